import type { FastifyInstance, FastifyReply } from 'fastify';
import plugin from 'fastify-plugin';
import { docsAssets } from '../http/docs.js';

/** What is not under /v1: probes, the contract itself and the page that shows it. Not limited and not shed. */
async function system(app: FastifyInstance): Promise<void> {
  const { contract, lifecycle } = app.platform;
  const json = (reply: FastifyReply, status: number, body: object) =>
    reply.code(status).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body);

  app.operation('getLiveness', async (_request, reply) => json(reply, 200, { status: 'alive' }));

  app.operation('getReadiness', async (_request, reply) => {
    const readiness = await lifecycle.readiness();
    return json(reply, ['ready', 'degraded'].includes(readiness.status) ? 200 : 503, readiness);
  });
}

export default plugin(system, { name: 'system', dependencies: ['contract'] });
