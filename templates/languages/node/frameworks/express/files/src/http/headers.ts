import type { Config } from '../config.js';

const oneYear = 31_536_000;

const strictTransport = `max-age=${oneYear}; includeSubDomains`;

/**
 * Headers of every answer (OWASP secure headers): an API is nothing to render, frame or sniff. They are written out
 * for each, as a literal costs a small part of what copying an object with spread syntax does.
 */
export function commonHeaders(requestId: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': strictTransport,
    'x-request-id': requestId,
  };
}

const exposed =
  'etag, link, location, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';
const allowedHeaders = 'authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id';

/** CORS headers for an origin on the list, else undefined. `null` is never on it. */
export function corsHeaders(origin: string | undefined, config: Config): Record<string, string> | undefined {
  if (origin === undefined || origin === 'null' || !config.CORS_ORIGINS.includes(origin)) return undefined;
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed,
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  };
}

/** What a preflight is told besides `corsHeaders`. */
export function preflightHeaders(allow: string): Record<string, string> {
  return {
    'access-control-allow-methods': allow,
    'access-control-allow-headers': allowedHeaders,
    'access-control-max-age': '600',
  };
}

/** What callers of a deprecated operation are told (RFC 9745), with its last day where there is one (RFC 8594). */
export function deprecationHeaders({ sunset }: { sunset: string | undefined }): Record<string, string> {
  const headers = { deprecation: '@0', link: '</docs>; rel="deprecation"' };
  return sunset ? { ...headers, sunset: new Date(sunset).toUTCString() } : headers;
}

const requestIdForm = /^[A-Za-z0-9._-]{8,128}$/;

/** The caller's X-Request-Id when it is well formed, else a new one. */
export function requestId(given: string | string[] | undefined, fresh: () => string): string {
  return typeof given === 'string' && requestIdForm.test(given) ? given : fresh();
}
