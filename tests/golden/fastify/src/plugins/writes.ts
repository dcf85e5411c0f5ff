import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { Answer } from '../database/idempotency.js';
import { jsonType } from '../http/responses.js';
import { performWrite, type UnitOfWork, writeRequest } from '../writes.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Runs a write in one transaction, once for each Idempotency-Key. Returns the body, which is JSON already. */
    write(
      request: FastifyRequest,
      reply: FastifyReply,
      work: (unit: UnitOfWork) => Promise<Answer>,
    ): Promise<string | undefined>;
  }
}

async function writes(app: FastifyInstance): Promise<void> {
  app.decorate('write', async (request, reply, work) => {
    const answer = await performWrite(app, writeRequest(request), request.context, work);
    reply.code(answer.status).headers(answer.headers);
    if (answer.body !== undefined) reply.type(jsonType);
    return answer.body;
  });
}

export default plugin(writes, { name: 'writes', dependencies: ['database'] });
