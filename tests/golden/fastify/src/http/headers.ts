const oneYear = 31_536_000;
const strictTransport = `max-age=${oneYear}; includeSubDomains`;
const exposed =
  'etag, link, location, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset';
const allowedHeaders = 'authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id';

/** Headers of every response (OWASP secure headers): an API is nothing to render, frame or sniff. */
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

/** CORS headers for an origin on the list. `null` is never on it. */
export function corsHeaders(origin: string | undefined, origins: readonly string[]): Record<string, string> {
  if (origin === undefined || origin === 'null' || !origins.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed,
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  };
}

/** What a preflight of a listed origin is told besides `corsHeaders`. */
export function preflightHeaders(allow: string): Record<string, string> {
  return {
    'access-control-allow-methods': allow,
    'access-control-allow-headers': allowedHeaders,
    'access-control-max-age': '600',
  };
}
