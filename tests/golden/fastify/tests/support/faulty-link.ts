import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay to a Redis that can be made to hang, to be cut, to heal and to lead elsewhere. */
export async function faultyLink(target: string) {
  const { protocol, username, password, pathname } = new URL(target);
  let { hostname, port } = new URL(target);
  const pairs = new Set<[Socket, Socket]>();
  let fault: 'none' | 'hang' | 'cut' = 'none';
  const server = createServer((near) => {
    if (fault === 'cut') return near.destroy();
    const far = connect(Number(port || 6379), hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('data', (data) => to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
    if (fault === 'hang') far.pause();
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const credentials = password ? `${username}:${password}@` : '';
  return {
    url: `${protocol}//${credentials}127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    /** Commands arrive, answers do not. */
    hang() {
      fault = 'hang';
      for (const [, far] of pairs) far.pause();
    },
    /** Connections break and new ones are refused. */
    cut() {
      fault = 'cut';
      for (const [near, far] of pairs) {
        near.resetAndDestroy();
        far.destroy();
      }
    },
    /** New connections lead to another server; open ones stay. */
    lead(to: string) {
      ({ hostname, port } = new URL(to));
    },
    heal() {
      fault = 'none';
      for (const [, far] of pairs) far.resume();
    },
    close() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
    },
  };
}
