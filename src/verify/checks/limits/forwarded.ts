import { randomInt, randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { expectEqual, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  type Burst,
  burst,
  expectExactly,
  quotaOf,
  smallLimits,
  whileShared,
  write,
} from '../shared/small-limits.js';

export const forwardedAddresses: Row[] = [
  {
    id: 'RL7',
    group: 'limits',
    title: 'callers behind a trusted proxy',
    expected:
      'one bucket for one address, whatever a caller has written before it, with any port and in any spelling, and for a whole IPv6 /64; an entry that is no address counts as the proxy',
    source: 'RFC 7239, sections 6 and 8.1; RFC 4291, section 2.2; RFC 5952; OWASP API4:2023',
    remedy:
      'Count proxies from the right, cut the port off the entry of the proxy, parse it with the address library of the language, and limit IPv6 by its first 64 bits.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      for (const [what, spellings] of [
        ['from one address behind entries of the caller', addressBehindEntries],
        ['from one IPv4 address with several ports', portsOfIpv4],
        ['from one IPv4 address in several spellings', spellingsOfIpv4],
        ['from one IPv6 address with several ports', portsOfIpv6],
        ['from one IPv6 address in several spellings', spellingsOfIpv6],
        ['from several addresses of one IPv6 /64', addressesOfOneNetwork],
      ] as const)
        await whileShared(api, async () => {
          const quota = quotaOf(api, 'WRITE');
          expectExactly(quota, await burstFrom(api, quota, spellings()), what);
        });
      await whileShared(api, () => expectApart(api));
      await whileShared(api, () => expectAsProxy(api));
    },
  },
];

/** Sends twice the quota to one instance, with those entries of X-Forwarded-For in turn. */
function burstFrom(
  api: Api,
  quota: number,
  entries: readonly (string | string[] | undefined)[],
): Promise<Burst> {
  let turn = 0;
  return burst(api, quota, api.fleet.instances.slice(0, 1), (to) => {
    const entry = entries[turn % entries.length];
    turn += 1;
    return write(api, entry === undefined ? {} : { 'x-forwarded-for': entry }, to);
  });
}

/** Addresses of different networks have buckets of their own. */
async function expectApart(api: Api): Promise<void> {
  const quota = quotaOf(api, 'WRITE');
  const network = ipv6Network();
  const addresses = Array.from({ length: quota }, (_, place) => [
    ipv4().join('.'),
    `${[...network.slice(0, 3), (place + 1).toString(16)].join(':')}::1`,
  ]).flat();
  const { refused } = await burstFrom(api, quota, addresses);
  expectEqual(refused.length, 0, 'refused requests from addresses of different networks:');
}

/** The bucket of the proxy is there only once: a try before this one may have taken from it. */
async function expectAsProxy(api: Api): Promise<void> {
  const quota = quotaOf(api, 'WRITE');
  const { passed, most } = await burstFrom(api, quota, [
    undefined,
    'unknown',
    `_${randomUUID()}`,
    randomUUID(),
    `host-${randomInt(1e9)}.example.com:443`,
    `198.18.0.${randomInt(256, 1000)}`,
    `[${randomUUID()}]:443`,
  ]);
  expectThat(
    passed.length <= most,
    `at most ${most} of ${quota * 2} requests to pass with entries that are no address`,
    `${passed.length} that passed`,
  );
}

/** Numbers of an address for benchmarks (RFC 2544). */
function ipv4(): number[] {
  return [198, randomInt(18, 20), randomInt(256), randomInt(1, 255)];
}

/** Groups of a /64 for documentation (RFC 3849); each begins with a letter, so that case matters. */
function ipv6Network(): string[] {
  const group = () => randomInt(0xa000, 0xffff).toString(16);
  return ['2001', 'db8', group(), group()];
}

/** The last entry is the proxy's; those before it, and lines before its line, are the caller's. */
function addressBehindEntries(): (string | string[])[] {
  const address = ipv4().join('.');
  return Array.from({ length: 12 }, (_, place) => {
    const [first, second] = [ipv4().join('.'), ipv4().join('.')];
    return place % 3 === 2 ? [first, address] : `${place % 3 === 1 ? `${second}, ` : ''}${first}, ${address}`;
  });
}

function port(): number {
  return randomInt(1024, 65_536);
}

function portsOfIpv4(): string[] {
  const address = ipv4().join('.');
  return [address, ...Array.from({ length: 11 }, () => `${address}:${port()}`)];
}

function spellingsOfIpv4(): string[] {
  const numbers = ipv4();
  const address = numbers.join('.');
  const [a, b, c, d] = numbers.map((number) => number.toString(16).padStart(2, '0'));
  return [
    address,
    ` ${address}`,
    `::ffff:${address}`,
    `::FFFF:${address}`,
    `::ffff:${a}${b}:${c}${d}`,
    `0:0:0:0:0:ffff:${address}`,
    `[::ffff:${address}]:${port()}`,
  ];
}

function portsOfIpv6(): string[] {
  const address = `${ipv6Network().join(':')}::1`;
  return [address, `[${address}]`, ...Array.from({ length: 10 }, () => `[${address}]:${port()}`)];
}

function spellingsOfIpv6(): string[] {
  const network = ipv6Network();
  const short = `${network.join(':')}::1`;
  const padded = [...network, '0', '0', '0', '1'].map((group) => group.padStart(4, '0')).join(':');
  return [
    short,
    short.toUpperCase(),
    padded,
    padded.toUpperCase(),
    `${network.join(':')}:0:0:0:1`,
    `${network.join(':')}:0::1`,
    `[${padded}]:${port()}`,
    `${ipv4().join('.')}, ${short}`,
  ];
}

function addressesOfOneNetwork(): string[] {
  const network = ipv6Network().join(':');
  const group = () => randomInt(0x10000).toString(16);
  return Array.from({ length: 12 }, () => `${network}:${group()}:${group()}:${group()}:${group()}`);
}
