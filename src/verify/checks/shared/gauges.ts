import type { Api, Instance } from '../../cluster/api.js';
import { exportsMetric, metricsOf, sumOf } from '../../cluster/metrics.js';

/**
 * Gauges that are 0 when no request is in progress: connections to the database that a request has (`used`), requests that
 * wait for one (`pending`), requests in progress (`active`). A project that was not generated may lack some.
 */
export type Gauges = { -readonly [gauge in keyof typeof sources]?: number };

const sources = {
  used: { metric: 'db_client_connection_count', labels: { db_client_connection_state: 'used' } },
  pending: { metric: 'db_client_connection_pending_requests', labels: {} },
  active: { metric: 'http_server_active_requests', labels: {} },
} as const;

/** The gauges of an instance now. @throws Mismatch when the management port does not answer */
export async function gaugesOf(api: Api, instance: Instance): Promise<Gauges> {
  const samples = await metricsOf(api, instance);
  const has = (metric: string, labels: object) =>
    exportsMetric(api, samples, metric) &&
    samples.some(
      (sample) => sample.name === metric && Object.keys(labels).every((label) => label in sample.labels),
    );
  return Object.fromEntries(
    Object.entries(sources)
      .filter(([, { metric, labels }]) => api.contract.isOwn || has(metric, labels))
      .map(([gauge, { metric, labels }]) => [gauge, sumOf(samples, metric, labels) ?? 0]),
  );
}

/** The same gauges when nothing is in progress. */
export function idle(gauges: Gauges): Gauges {
  return Object.fromEntries(Object.keys(gauges).map((name) => [name, 0]));
}

export function areIdle(gauges: Gauges): boolean {
  return Object.values(gauges).every((value) => value === 0);
}
