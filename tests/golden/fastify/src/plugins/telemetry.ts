import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import { startTracing } from '../telemetry/tracing.js';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Metrics, and traces that are sent to the collector where there is one. */
async function telemetry(app: FastifyInstance): Promise<void> {
  const stopTracing = startTracing(app.config);
  app.decorate('metrics', createMetrics());
  app.addHook('onClose', stopTracing);
}

export default plugin(telemetry, { name: 'telemetry' });
