import type { Response } from '../../http/exchange.js';
import { expectHeader, expectThat } from '../../http/expectations.js';

/** How a cache handled the request (RFC 9211). */
export interface CacheEntry {
  /** Name of the cache. */
  name: string;
  hit: boolean;
  /** Why the request was forwarded: `miss`, `stale`. */
  forwarded: string | undefined;
}

/** The caches from the origin to the client. @throws Mismatch when the header is missing or says neither */
export function cacheEntries(response: Response): CacheEntry[] {
  const value = expectHeader(response, 'Cache-Status');
  return value.split(',').map((member) => {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim());
    const forwarded = parameters.find((parameter) => parameter.startsWith('fwd='))?.slice('fwd='.length);
    const hit = parameters.includes('hit');
    expectThat(
      /^([A-Za-z*][\w!#$%&'*+.^`|~:/-]*|"[^"]*")$/.test(name) && hit === (forwarded === undefined),
      'Cache-Status like "name; hit" or "name; fwd=miss"',
      value,
    );
    return { name, hit, forwarded };
  });
}

/** Name of the cache that answered; undefined when it was none. */
export function levelOf(response: Response): string | undefined {
  return cacheEntries(response).find(({ hit }) => hit)?.name;
}
