import path from 'node:path';
import fs from 'fs-extra';
import { judge } from './tools.js';

/** Connections that try to hold the server: more than it works on at once. */
const connections = 200;
const seconds = 15;
/** The longest that another request may take meanwhile. */
const patience = 1000;

interface Attack {
  name: string;
  options: string[];
  /** Whether the server ends it. A client that reads slowly is served by the operating system. */
  cutOff: boolean;
}

/** Addresses of an instance that are attacked. */
export interface Addresses {
  /** A document that anybody may read. */
  document: string;
  /** A list that anybody may read. */
  list: string;
  /** An operation without sign-in that reads a body. */
  open: string;
}

/**
 * slowhttptest holds as many connections as it can; other callers must be served, and slow clients cut off.
 * @param scratch an existing folder
 * @returns the longest wait of another caller in milliseconds, by attack
 * @throws Error that says what the instance did instead
 */
export async function attack(
  { document, list, open }: Addresses,
  scratch: string,
): Promise<Record<string, number>> {
  const json = 'application/json';
  const attacks: Attack[] = [
    { name: 'headers', options: ['-H', '-u', document], cutOff: true },
    { name: 'body', options: ['-B', '-u', open, '-f', json, '-m', json], cutOff: true },
    { name: 'range', options: ['-R', '-u', document, '-a', '10', '-b', '3000'], cutOff: true },
    { name: 'read', options: ['-X', '-u', document, '-k', '5', '-w', '10', '-y', '20'], cutOff: false },
  ];
  const waits: Record<string, number> = {};
  for (const { name, options, cutOff } of attacks) {
    const other = others(list);
    const file = path.join(scratch, name);
    const sizes = ['-c', `${connections}`, '-r', '100', '-i', '1', '-l', `${seconds}`, '-p', '3'];
    const printed = await judge('slowhttptest', [...options, ...sizes, '-g', '-o', file], {
      cwd: scratch,
    }).finally(async () => {
      waits[name] = await other.end();
    });
    const problem =
      (waits[name]! > patience && `another request took ${waits[name]} ms`) ||
      problemIn(fs.readFileSync(`${file}.csv`, 'utf8')) ||
      (cutOff && !printed.includes('No open connections left') && 'the slow ones are still connected');
    if (problem) throw new Error(`slow ${name}: ${problem}`);
  }
  return waits;
}

/** What its own probe has seen, a line a second: `Seconds,Closed,Pending,Connected,Service Available`. */
function problemIn(table: string): string | undefined {
  const rows = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  if (rows.length < 2) return `it has measured nothing:\n${table}`;
  if (rows.some(([, , , , available]) => available === 0)) return `it was not available:\n${table}`;
  if (!rows.some(([, , , connected]) => connected! > 0)) return `it was never connected to:\n${table}`;
  return undefined;
}

/** Somebody else, who asks four times a second. */
function others(url: string) {
  let longest = 0;
  let running = true;
  const asking = (async () => {
    while (running) {
      const start = performance.now();
      const { ok } = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => ({ ok: false }));
      longest = Math.max(longest, ok ? Math.round(performance.now() - start) : Number.POSITIVE_INFINITY);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    /** @returns milliseconds that the slowest answer took; Infinity when one was none */
    async end(): Promise<number> {
      running = false;
      await asking;
      return longest;
    },
  };
}
