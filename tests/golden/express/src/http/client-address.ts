/**
 * The address a request came from. With `hops` proxies in front, the entry that the outermost of them wrote into
 * X-Forwarded-For; what a client wrote itself is never believed.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
): string {
  const chain = hops > 0 && forwardedFor ? forwardedFor.split(',').slice(-hops) : [];
  const address = (chain[0]?.trim() || peer) ?? 'unknown';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** The key that an address is limited by: a subscriber has at least a whole IPv6 /64. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  const all = tail === undefined ? groups : [...groups, ...Array(8).fill('0')];
  return `${all.slice(0, 4).join(':')}::/64`;
}
