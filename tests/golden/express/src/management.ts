import { createServer, type Server } from 'node:http';
import type { Config } from './config.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics.js';

interface Parts {
  config: Pick<Config, 'MANAGEMENT_HOST' | 'MANAGEMENT_PORT'>;
  metrics: Metrics;
  log: Log;
}

/** Serves /metrics on a port of its own, which stays inside the network. */
export async function startManagement({ config, metrics, log }: Parts): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.expose().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
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
