const escaped = /%([2-7][0-9a-f])/gi;
const unreserved = /^[\w.~-]$/;

/**
 * A request target in the one form that routes are compared with. What needs no escape is written out in the path, as
 * /v1/%70roducts is /v1/products (RFC 3986, section 6.2.2.2); a fragment, which has no place there, is not cut off but
 * belongs to the query.
 */
export function normalTarget(target: string): string {
  if (!target.includes('%') && !target.includes('#')) return target;
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  const query = end < 0 ? '' : `?${target.slice(end + 1).replaceAll('#', '%23')}`;
  return path.replace(escaped, written) + query;
}

function written(escape: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return unreserved.test(character) ? character : escape;
}
