import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Bounds in seconds, as OpenTelemetry's HTTP conventions advise, with 10 s at the end. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Bounds in seconds for what a request waits for. */
const useTimeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Metrics = ReturnType<typeof createMetrics>;

/** Everything that is measured, in one place. Names follow OpenTelemetry's conventions where there is one. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const collectors: (() => void)[] = [];
  return {
    /** Runs before each scrape, for what is cheaper to look up than to count. */
    onCollect(collector: () => void): void {
      collectors.push(collector);
    },
    /** Everything measured, in Prometheus' text format. */
    expose(): Promise<string> {
      for (const collect of collectors) collect();
      return registry.metrics();
    },
    registry,
    requestDuration: new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: durationBuckets,
      registers,
    }),
    requestsActive: new Gauge({
      name: 'http_server_active_requests',
      help: 'Requests in progress.',
      registers,
    }),
    requestsMax: new Gauge({
      name: 'http_server_active_requests_max',
      help: 'Requests that may be in progress before new ones are answered 503.',
      registers,
    }),
    requestsShed: new Counter({
      name: 'http_server_shed_requests_total',
      help: 'Requests answered 503 because the instance was busy.',
      labelNames: ['reason'],
      registers,
    }),
    outboundDuration: new Histogram({
      name: 'http_client_request_duration_seconds',
      help: 'Time of an attempt to call another service.',
      labelNames: ['server_address', 'http_request_method', 'http_response_status_code', 'error_type'],
      buckets: durationBuckets,
      registers,
    }),
    connections: new Gauge({
      name: 'db_client_connection_count',
      help: 'Database connections by state.',
      labelNames: ['db_client_connection_pool_name', 'db_client_connection_state'],
      registers,
    }),
    connectionsMax: new Gauge({
      name: 'db_client_connection_max',
      help: 'Database connections that the pool may open.',
      labelNames: ['db_client_connection_pool_name'],
      registers,
    }),
    connectionsPending: new Gauge({
      name: 'db_client_connection_pending_requests',
      help: 'Requests that wait for a database connection.',
      labelNames: ['db_client_connection_pool_name'],
      registers,
    }),
    connectionUseTime: new Histogram({
      name: 'db_client_connection_use_time_seconds',
      help: 'Time between getting a database connection and giving it back.',
      labelNames: ['db_client_connection_pool_name'],
      buckets: useTimeBuckets,
      registers,
    }),
    connectionTimeouts: new Counter({
      name: 'db_client_connection_timeouts_total',
      help: 'Requests that got no database connection in time.',
      labelNames: ['db_client_connection_pool_name'],
      registers,
    }),
    cacheRequests: new Counter({
      name: 'cache_requests_total',
      help: 'Cache reads by the level that answered and the outcome (hit, miss, stale).',
      labelNames: ['level', 'outcome'],
      registers,
    }),
    rateLimited: new Counter({
      name: 'rate_limit_rejections_total',
      help: 'Requests answered 429, by policy.',
      labelNames: ['policy'],
      registers,
    }),
    rateLimitFallback: new Counter({
      name: 'rate_limit_fallback_total',
      help: 'Requests limited by a local bucket because the shared one did not answer.',
      registers,
    }),
    breakerState: new Gauge({
      name: 'circuit_breaker_state',
      help: 'State of a breaker: 0 closed, 1 half-open, 2 open.',
      labelNames: ['name'],
      registers,
    }),
  };
}
