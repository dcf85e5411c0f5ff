const oneYear = 31_536_000;
const strictTransport = `max-age=${oneYear}; includeSubDomains`;

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
