import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import pino from 'pino';
import { createStores } from '../../src/cache/connect.js';
import { createCache } from '../../src/cache/two-level.js';
import { createLimiter } from '../../src/limits/limiter.js';
import { RequestContext } from '../../src/request-context.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

const settings = { CACHE_L1_ENTRIES: 100, CACHE_L1_TTL_MS: 30_000, CACHE_L2_TTL_S: 60, CACHE_STALE_S: 60 };
const log = pino({ level: 'silent' });

/** Cache and limiter of one instance. Instances with the same `prefix` share what is in Redis. */
export async function instance(url: string, prefix: string, changed: Partial<typeof settings> = {}) {
  const metrics = createMetrics();
  const stores = await createStores({ config: { REDIS_URL: url, CACHE_PREFIX: prefix }, log, metrics });
  const cache = createCache({ shared: stores.store, config: { ...settings, ...changed }, metrics });
  const limiter = createLimiter({ shared: stores.bucket, metrics, log });
  return { stores, cache, limiter, metrics };
}

/** The context of a request with ten seconds to go. */
export function someContext(): RequestContext {
  return new RequestContext('test', trace.wrapSpanContext(INVALID_SPAN_CONTEXT), 10_000);
}

/** Waits until it is true, or fails after `withinMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
