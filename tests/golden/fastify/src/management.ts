import { createServer, type Server } from 'node:http';
import type { Config } from './config.js';
import type { Lifecycle } from './lifecycle.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics.js';

interface Parts {
  config: Pick<Config, 'MANAGEMENT_HOST' | 'MANAGEMENT_PORT'>;
  metrics: Metrics;
  log: Log;
}

/**
 * Serves /metrics on a port of its own, which stays inside the network.
 * @param lifecycle of a process without another port: /livez and /readyz are here then
 */
export async function startManagement(
  { config, metrics, log }: Parts,
  lifecycle?: Lifecycle,
): Promise<Server> {
  const json = (status: number, body: object) => ({
    status,
    type: 'application/json',
    text: JSON.stringify(body),
  });
  const answers: Record<string, () => Promise<{ status: number; type: string; text: string }>> = {
    '/metrics': async () => ({
      status: 200,
      type: metrics.registry.contentType,
      text: await metrics.expose(),
    }),
    ...(lifecycle && {
      '/livez': async () => json(200, { status: 'alive' }),
      '/readyz': async () => {
        const state = await lifecycle.readiness();
        return json(state.status === 'ready' || state.status === 'degraded' ? 200 : 503, state);
      },
    }),
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url?.split('?')[0] ?? ''];
    if (request.method !== 'GET' || !answer) {
      response.writeHead(404).end();
      return;
    }
    answer().then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      (error) => {
        log.error({ error }, 'metrics not collected');
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.MANAGEMENT_PORT, config.MANAGEMENT_HOST, resolve);
  });
  return server;
}
