import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress } from '../../src/http/client-address.js';

const peer = '10.0.0.1';

describe('the address of a client', () => {
  it.each([
    ['nothing is forwarded', undefined, 1, peer],
    ['no proxy is trusted', '203.0.113.9', 0, peer],
    ['the client wrote an entry before the proxy did', '198.51.100.6, 203.0.113.9', 1, '203.0.113.9'],
    ['two proxies are trusted', '198.51.100.6, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['IPv4 with a port', '203.0.113.9:50001', 1, '203.0.113.9'],
    ['IPv6', '2001:db8::1', 1, '2001:db8::1'],
    ['IPv6 in brackets', '[2001:db8::1]', 1, '2001:db8::1'],
    ['IPv6 in brackets with a port', '[2001:db8::1]:443', 1, '2001:db8::1'],
    ['IPv6 with zeros in capitals', '2001:0DB8:0000:0:0:0:0:0001', 1, '2001:db8::1'],
    ['IPv4 in IPv6, dotted', '::ffff:203.0.113.9', 1, '203.0.113.9'],
    ['IPv4 in IPv6, hexadecimal', '::FFFF:cb00:7109', 1, '203.0.113.9'],
    ['IPv4 in IPv6, in full with a port', '[0:0:0:0:0:ffff:203.0.113.9]:443', 1, '203.0.113.9'],
    ['a name', 'unknown', 1, peer],
    ['an empty entry', '198.51.100.6, ', 1, peer],
    ['a number out of range', '203.0.113.999', 1, peer],
    ['leading zeros', '203.0.113.009', 1, peer],
    ['a port without digits', '203.0.113.9:', 1, peer],
    ['IPv4 in brackets', '[203.0.113.9]:443', 1, peer],
    ['brackets without an end', '[2001:db8::1', 1, peer],
    ['a zone', 'fe80::1%eth0', 1, 'fe80::1'],
    ['two addresses without a comma', '203.0.113.9 198.51.100.6', 1, peer],
  ])('%s: %s behind %i', (_, forwardedFor, hops, address) => {
    expect(clientAddress(peer, forwardedFor, hops)).toBe(address);
  });

  it('is IPv4 for a peer of a dual-stack socket', () => {
    expect(clientAddress('::ffff:203.0.113.9', undefined, 0)).toBe('203.0.113.9');
    expect(clientAddress(undefined, undefined, 0)).toBe('unknown');
  });
});

describe('the key that an address is limited by', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['unknown', 'unknown'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001::3:4:5:6:7', '2001:0:0:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s: %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
