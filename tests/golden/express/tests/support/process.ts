import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Surroundings } from './api.js';

const startMs = 180_000;

/** An instance in a process of its own. */
export interface Instance {
  port: number;
  child: ChildProcess;
  /** What it has logged so far, by line. */
  lines: Record<string, unknown>[];
  /** Sends SIGTERM, and waits for the exit code. */
  stop(): Promise<number | null>;
}

/** Starts an instance as `npm start` does, but from its sources. It ends with the test at the latest. */
export async function startProcess({ environment }: Surroundings): Promise<Instance> {
  const [port, managementPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    env: {
      ...process.env,
      ...environment,
      NODE_ENV: 'test',
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      PORT: `${port}`,
      MANAGEMENT_PORT: `${managementPort}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await answering(port, child);
  return {
    port,
    child,
    lines,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + startMs;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the instance ended with ${child.exitCode}`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`the instance did not answer within ${startMs} ms`);
}
