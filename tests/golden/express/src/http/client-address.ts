import { isIP, isIPv6, SocketAddress } from 'node:net';

/** An address with its port, as proxies write it: `203.0.113.9:50001`, `[2001:db8::1]:443`. */
const withPort = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;
const mapped = '::ffff:';

/**
 * The address a request came from. With `hops` proxies in front, the entry that the outermost of them wrote into
 * X-Forwarded-For; what a client wrote itself is never believed. An entry that is no IP address counts as the peer.
 * @param peer address of the other end of the connection
 * @returns the address in one spelling (RFC 5952), IPv4 in IPv6 as IPv4; `unknown` for a connection without one
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
): string {
  const chain = hops > 0 && forwardedFor ? forwardedFor.split(',').slice(-hops) : [];
  return parsed(chain[0]?.trim() ?? '') ?? withoutPrefix(peer ?? 'unknown');
}

/** The key that an address is limited by: a subscriber has at least a whole IPv6 /64. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = [], tail = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}

function parsed(entry: string): string | undefined {
  const [, bracketed, beforePort] = withPort.exec(entry) ?? [];
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  const address = bracketed ?? beforePort ?? entry;
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return address;
  return withoutPrefix(new SocketAddress({ address, family: 'ipv6' }).address);
}

/** IPv4 that a dual-stack socket writes as IPv6 (RFC 4291, section 2.5.5.2). */
function withoutPrefix(address: string): string {
  return address.startsWith(mapped) ? address.slice(mapped.length) : address;
}
