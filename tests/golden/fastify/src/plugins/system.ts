import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { docsAssets } from '../http/docs.js';

/** What is not under /v1: probes, the contract itself and the page that shows it. Not limited and not shed. */
async function system(app: FastifyInstance): Promise<void> {
  const { contract, lifecycle } = app.platform;
  const unstored = { 'cache-control': 'no-store' };

  app.operation('getLiveness', async () => ({ status: 200, headers: unstored, body: '{"status":"alive"}' }));

  app.operation('getReadiness', async () => {
    const readiness = await lifecycle.readiness();
    const wanted = readiness.status === 'ready' || readiness.status === 'degraded';
    return { status: wanted ? 200 : 503, headers: unstored, body: JSON.stringify(readiness) };
  });

  const document = (
    path: string,
    type: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
  ) =>
    app.get(path, { config: { probe: true } }, (_request, reply) =>
      reply.headers(headers).type(type).send(body),
    );
  document('/openapi.yaml', 'application/yaml; charset=utf-8', contract.yaml);
  document('/openapi.json', 'application/json; charset=utf-8', contract.json);
  for (const [path, { type, body, headers }] of docsAssets()) document(path, type, body, headers);
}

export default plugin(system, { name: 'system', dependencies: ['contract'] });
