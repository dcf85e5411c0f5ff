import path from 'node:path';
import fs from 'fs-extra';
import type { Instance, Project } from './projects.js';
import { ask, type Verdict } from './tools.js';

/** Connections that try to hold the server: more than it works on at once. */
const connections = 200;
const seconds = 15;
/** The longest that another request may take meanwhile. */
const patience = 1000;

interface Attack {
  name: string;
  options: string[];
  /** Whether the server ends it; who reads slowly is sent all that it asked for, by the operating system. */
  cutOff: boolean;
}

/** slowhttptest holds as many connections as it can; others must be served, and what is slow cut off. */
export async function judgeSlowClients(
  project: Project,
  instance: Instance,
  scratch: string,
): Promise<Verdict> {
  const document = `${instance.url}/openapi.json`;
  const attacks: Attack[] = [
    { name: 'headers', options: ['-H', '-u', document], cutOff: true },
    {
      name: 'body',
      options: ['-B', '-u', instance.url + project.open, '-f', 'application/json', '-m', 'application/json'],
      cutOff: true,
    },
    { name: 'range', options: ['-R', '-u', document, '-a', '10', '-b', '3000'], cutOff: true },
    { name: 'read', options: ['-X', '-u', document, '-k', '5', '-w', '10', '-y', '20'], cutOff: false },
  ];
  const slowest: string[] = [];
  for (const attack of attacks) {
    const other = others(`${instance.url}${project.list}`);
    const file = path.join(scratch, `${project.name}-${attack.name}`);
    const { agrees, said } = await ask(
      'slowhttptest',
      [
        ...attack.options,
        ...['-c', `${connections}`, '-r', '100', '-i', '1', '-l', `${seconds}`, '-p', '3', '-g', '-o', file],
      ],
      { cwd: scratch },
    );
    const longest = await other.end();
    slowest.push(`${attack.name} ${longest} ms`);
    const problem =
      (!agrees && `it ended badly:\n${said}`) ||
      (longest > patience && `another request took ${longest} ms`) ||
      problemIn(fs.readFileSync(`${file}.csv`, 'utf8')) ||
      (attack.cutOff && !said.includes('No open connections left') && 'the slow ones are still connected');
    if (problem)
      return {
        tool: 'slowhttptest',
        project: project.name,
        agrees: false,
        said: `slow ${attack.name}: ${problem}`,
      };
  }
  return {
    tool: 'slowhttptest',
    project: project.name,
    agrees: true,
    said: `others waited at most: ${slowest.join(', ')}`,
  };
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
