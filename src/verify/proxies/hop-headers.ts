// RFC 9110, section 7.6.1, and headers of older software.
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values in turn, as they came over the wire. */
export type RawHeaders = readonly string[];

/** The end-to-end headers: not those of the connection, nor those that `Connection` names. */
export function endToEnd(raw: RawHeaders): string[] {
  const named = valuesOf(raw, 'connection').flatMap((value) =>
    value.split(',').map((name) => name.trim().toLowerCase()),
  );
  const dropped = new Set([...hopByHop, ...named]);
  return without(raw, (name) => dropped.has(name));
}

/**
 * The headers of a request for the next server.
 * @param address of the client, appended to `X-Forwarded-For`
 */
export function forwarded(method: string, raw: RawHeaders, address: string): string[] {
  const headers = without(endToEnd(raw), (name) => name === 'x-forwarded-for');
  headers.push('X-Forwarded-For', [...valuesOf(raw, 'x-forwarded-for'), address].join(', '));
  // The framing of the body is kept, as it is forwarded in the same way.
  if (valuesOf(raw, 'transfer-encoding').length > 0) headers.push('Transfer-Encoding', 'chunked');
  else if (valuesOf(raw, 'content-length').length === 0 && /^(POST|PUT|PATCH)$/.test(method))
    headers.push('Content-Length', '0');
  return headers;
}

function valuesOf(raw: RawHeaders, wanted: string): string[] {
  return pairs(raw).flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []));
}

function without(raw: RawHeaders, drop: (name: string) => boolean): string[] {
  return pairs(raw)
    .filter(([name]) => !drop(name.toLowerCase()))
    .flat();
}

function pairs(raw: RawHeaders): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, place) => [raw[place * 2]!, raw[place * 2 + 1]!]);
}
