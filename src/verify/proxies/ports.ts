import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ephemeral range: an outgoing connection could take a port that is closed for a moment.
const first = 20_000;
const last = 32_767;
const given = new Set<number>();

/** A TCP port of 127.0.0.1 on which nothing listens; a process is never given the same one twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, last + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
