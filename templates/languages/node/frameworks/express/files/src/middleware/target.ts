const escaped = /%([2-7][0-9a-f])/gi;
const unreserved = /^[\w.~-]$/;

/**
 * A request target in the one form that routes are compared with: what needs no escape is written out in the path, as
 * /v1/%70roducts is /v1/products (RFC 3986, section 6.2.2.2).
 */
export function normalTarget(target: string): string {
  if (!target.includes('%')) return target;
  const end = target.indexOf('?');
  const path = end < 0 ? target : target.slice(0, end);
  return path.replace(escaped, written) + target.slice(path.length);
}

function written(text: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return unreserved.test(character) ? character : text;
}
