import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFaultProxy } from '../../src/verify/proxies/fault-proxy.js';
import type { FaultProxy } from '../../src/verify/proxies/faults.js';
import { eventually } from './eventually.js';

/** Sends back what it gets, and closes when the client does. */
let server: Server;
let proxy: FaultProxy;
const accepted = new Set<Socket>();
const clients: Socket[] = [];

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.add(socket);
    socket.on('error', () => {}).once('close', () => accepted.delete(socket));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Counts lines.
  const counter = () => (chunk: Buffer) => chunk.toString().split('\n').length - 1;
  proxy = await openFaultProxy({ host: '127.0.0.1', port, counter });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  server.close();
  await eventually(() => expect(accepted.size).toBe(0));
});

/** A client of the proxy. */
function open() {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  let text = '';
  let end = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('end', () => {
    end ||= 'end';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code!;
  });
  return {
    socket,
    text: () => text,
    end: () => end,
    gets: (wanted: string) => eventually(() => expect(text).toBe(wanted)),
    ends: (how: string) => eventually(() => expect(end).toBe(how)),
  };
}

describe('without a fault', () => {
  it('passes bytes and ends in both directions, and counts', async () => {
    const one = open();
    one.socket.write('a\nb\n');
    await one.gets('a\nb\n');
    const other = open();
    other.socket.write('c\n');
    await other.gets('c\n');
    expect([proxy.connections, proxy.peakConnections, proxy.commands]).toEqual([2, 2, 3]);
    one.socket.end('d\n');
    await one.gets('a\nb\nd\n');
    await one.ends('end');
    expect([proxy.connections, proxy.peakConnections]).toEqual([1, 2]);
    proxy.resetCounts();
    expect([proxy.connections, proxy.peakConnections, proxy.commands]).toEqual([1, 1, 0]);
  });

  it('reads no more than the other side takes', async () => {
    const { socket } = open();
    await once(socket, 'connect');
    await eventually(() => expect(accepted.size).toBe(1));
    const [peer] = accepted;
    peer!.unpipe();
    peer!.pause();
    let sent = 0;
    const chunk = Buffer.alloc(1024 * 1024);
    while (sent < 100 && (socket.write(chunk) || (await Promise.race([once(socket, 'drain'), sleep(300)]))))
      sent += 1;
    expect(sent).toBeLessThan(60);
    let received = 0;
    peer!.on('data', (bytes) => {
      received += bytes.length;
    });
    peer!.resume();
    await eventually(() => expect(received).toBe((sent + 1) * chunk.length));
  });

  it('closes a client whose server cannot be reached', async () => {
    server.close();
    for (const socket of accepted) socket.destroy();
    await open().ends('ECONNRESET');
  });

  it('leads new connections to another server and leaves open ones where they are', async () => {
    const other = createServer((socket) => socket.end('other')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const earlier = open();
    earlier.socket.write('a');
    await earlier.gets('a');
    proxy.lead({ host: '127.0.0.1', port: (other.address() as AddressInfo).port });
    await open().gets('other');
    earlier.socket.write('b');
    await earlier.gets('ab');
    proxy.lead();
    const later = open();
    later.socket.write('c');
    await later.gets('c');
    other.close();
  });

  it('ends a client when the server resets', async () => {
    const client = open();
    client.socket.write('x');
    await client.gets('x');
    for (const socket of accepted) socket.resetAndDestroy();
    await client.ends('ECONNRESET');
  });
});

describe('delay', () => {
  it('lets each answer come later, in order, and what waits at once when it is over', async () => {
    const client = open();
    client.socket.write('0');
    await client.gets('0');
    proxy.set({ kind: 'delay', ms: 300 });
    const begin = performance.now();
    for (const letter of 'abcdef') {
      client.socket.write(letter);
      await sleep(10);
    }
    await client.gets('0abcdef');
    expect(performance.now() - begin).toBeGreaterThan(299);
    proxy.set({ kind: 'delay', ms: 60_000 });
    client.socket.end('last\n');
    await eventually(() => expect(proxy.commands).toBe(1));
    await sleep(50);
    expect(client.text()).toBe('0abcdef');
    proxy.set({ kind: 'pass' });
    await client.gets('0abcdeflast\n');
    await client.ends('end');
  });
});

describe('hang', () => {
  it('takes bytes and connections, gives nothing, and goes on with what waits', async () => {
    const old = open();
    old.socket.write('a\n');
    await old.gets('a\n');
    proxy.set({ kind: 'hang' });
    const young = open();
    old.socket.write('b\n');
    young.socket.write('c\n');
    await eventually(() => expect(proxy.connections).toBe(2));
    await sleep(100);
    expect([old.text(), old.end(), young.text(), young.end()]).toEqual(['a\n', '', '', '']);
    expect([proxy.commands, accepted.size]).toEqual([1, 1]);
    proxy.set({ kind: 'pass' });
    await old.gets('a\nb\n');
    await young.gets('c\n');
    expect(proxy.commands).toBe(3);
  });

  it('keeps back answers that were on their way', async () => {
    const client = open();
    proxy.set({ kind: 'delay', ms: 100 });
    client.socket.write('late');
    await eventually(() => expect(accepted.size).toBe(1));
    proxy.set({ kind: 'hang' });
    await sleep(200);
    expect(client.text()).toBe('');
    proxy.set({ kind: 'pass' });
    await client.gets('late');
  });

  it('notices clients that leave', async () => {
    const client = open();
    client.socket.write('a');
    await client.gets('a');
    proxy.set({ kind: 'hang' });
    client.socket.destroy();
    await eventually(() => expect(proxy.connections).toBe(0));
    expect(accepted.size).toBe(1);
    proxy.set({ kind: 'pass' });
    await eventually(() => expect(accepted.size).toBe(0));
  });
});

describe('refuse', () => {
  it('closes open connections and refuses new ones, and listens again on the same port', async () => {
    const old = open();
    old.socket.write('a');
    await old.gets('a');
    proxy.set({ kind: 'refuse' });
    await eventually(() => expect(old.end()).toMatch(/end|ECONNRESET/));
    await open().ends('ECONNREFUSED');
    await eventually(() => expect([proxy.connections, accepted.size]).toEqual([0, 0]));
    proxy.set({ kind: 'pass' });
    await eventually(async () => {
      const young = open();
      young.socket.write('b');
      await vi.waitFor(() => expect(young.text()).toBe('b'), 200);
    });
  });

  it('does what was said last, however quickly it follows', async () => {
    for (const kind of ['refuse', 'pass', 'refuse', 'pass', 'hang', 'refuse'] as const) proxy.set({ kind });
    await sleep(50);
    await open().ends('ECONNREFUSED');
    for (const kind of ['pass', 'refuse', 'pass'] as const) proxy.set({ kind });
    await sleep(50);
    const client = open();
    client.socket.write('x');
    await client.gets('x');
  });

  it('waits for its port when another has it', async () => {
    proxy.set({ kind: 'refuse' });
    const other = createServer().listen(proxy.port, '127.0.0.1');
    await once(other, 'listening');
    proxy.set({ kind: 'pass' });
    await sleep(50);
    await new Promise((resolve) => other.close(resolve));
    await sleep(100);
    const client = open();
    client.socket.write('x');
    await client.gets('x');
  });
});

describe('reset', () => {
  it('ends connections with RST, open and new ones', async () => {
    const old = open();
    old.socket.write('a');
    await old.gets('a');
    proxy.set({ kind: 'reset' });
    await old.ends('ECONNRESET');
    await open().ends('ECONNRESET');
    await eventually(() => expect(proxy.connections).toBe(0));
  });
});

describe('close', () => {
  it('ends everything, whatever the fault', async () => {
    const client = open();
    client.socket.write('a');
    await client.gets('a');
    proxy.set({ kind: 'hang' });
    await proxy.close();
    await eventually(() => expect(client.end()).toMatch(/end|ECONNRESET/));
    await open().ends('ECONNREFUSED');
    proxy.set({ kind: 'pass' });
    await sleep(50);
    await open().ends('ECONNREFUSED');
  });
});
