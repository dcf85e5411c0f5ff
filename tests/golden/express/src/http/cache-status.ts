import type { Reading } from '../cache/two-level.js';

/**
 * Cache-Status (RFC 9211) and, for a stale answer, Age (RFC 9111) in seconds. `l1` is the memory of the instance, `l2`
 * the store that instances share.
 */
export function cacheStatus({ outcome, level, ageSeconds, ttlSeconds }: Reading): Record<string, string> {
  if (outcome === 'miss') return { 'cache-status': 'l1; fwd=miss' };
  const ttl = Math.floor(ttlSeconds);
  if (outcome === 'hit') return { 'cache-status': `${level}; hit; ttl=${ttl}` };
  // It was forwarded because it was stale; the copy is used because that failed.
  return {
    'cache-status': `${level}; fwd=stale; ttl=${ttl}; detail=origin-unavailable`,
    age: `${Math.floor(ageSeconds)}`,
  };
}
