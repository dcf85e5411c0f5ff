import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { documents } from '../http/docs.js';
import { liveness, readiness } from '../http/probes.js';
import { otherMethods } from './other-methods.js';

/** What is not under /v1: probes, the contract itself and the page that shows it. Not limited and not shed. */
async function system(app: FastifyInstance): Promise<void> {
  const { contract, lifecycle } = app.platform;
  app.operation('getLiveness', async () => liveness());
  app.operation('getReadiness', async () => readiness(lifecycle));
  for (const [path, document] of documents(contract)) {
    app.get(path, { config: { probe: true } }, (request, reply) => {
      const { status, headers, body } = document(request.headers);
      return reply.code(status).headers(headers).send(body);
    });
    otherMethods(app, path, path, ['GET']);
  }
}

export default plugin(system, { name: 'system', dependencies: ['contract'] });
