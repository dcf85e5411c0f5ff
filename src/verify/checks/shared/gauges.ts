import type { Api, Instance } from '../../cluster/api.js';
import { metricsOf, sumOf } from '../../cluster/metrics.js';

/** Gauges that are 0 when no request is in progress. */
export interface Gauges {
  /** Connections to the database that a request has. */
  used: number;
  /** Requests that wait for one. */
  pending: number;
  /** Requests in progress. */
  active: number;
}

/** The gauges of an instance now. @throws Mismatch when the management port does not answer */
export async function gaugesOf(api: Api, instance: Instance): Promise<Gauges> {
  const samples = await metricsOf(api, instance);
  return {
    used: sumOf(samples, 'db_client_connection_count', { db_client_connection_state: 'used' }) ?? 0,
    pending: sumOf(samples, 'db_client_connection_pending_requests') ?? 0,
    active: sumOf(samples, 'http_server_active_requests') ?? 0,
  };
}

export function areIdle(gauges: Gauges): boolean {
  return Object.values(gauges).every((value) => value === 0);
}
