import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OwnInstance } from '../../src/verify/cluster/instance.js';
import { Started } from '../../src/verify/cluster/process.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'start-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Answers `/ready` from the start, and `/late` after that time. */
fs.writeFileSync(
  path.join(folder, 'server.mjs'),
  `import http from 'node:http';
const start = Date.now();
const up = () => Date.now() - start > Number(process.env.TAKES_MS);
http
  .createServer(({ url }, response) => {
    if (url === '/late') response.writeHead(up() ? 200 : 503).end();
    else response.writeHead(url === '/ready' ? 200 : 404).end(up() ? 'up' : 'starts');
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
`,
);

function start(takesMs: number, startup: { seconds?: number; path?: string }, health = '/ready') {
  const env = (ports: { PORT: string }) => ({ PORT: ports.PORT, TAKES_MS: String(takesMs) });
  return OwnInstance.start(['node', 'server.mjs'], folder, env, { health, startup });
}

test('an instance has started when the path for that says so', async () => {
  const instance = await start(800, { path: '/late' });
  try {
    expect(await (await fetch(`${instance.url}/ready`)).text()).toBe('up');
  } finally {
    await instance.stop();
  }
});

test('a start takes no longer than the project says, and the path that is missing is told', async () => {
  await expect(start(60_000, { path: '/late', seconds: 2 })).rejects.toThrow(
    /was not ready in 2 s: \/late answered status 503, no 2xx/,
  );
});

test('a path for health that is not there is told before the start may take no longer', async () => {
  const begun = performance.now();
  await expect(start(0, {}, '/healthy')).rejects.toThrow(
    /was not ready in 3\d s: \/healthy answered status 404, no 2xx/,
  );
  expect(performance.now() - begun).toBeLessThan(100_000);
}, 180_000);

test.each([
  [
    'an object after the error',
    "const error = new Error('no database'); error.client = Object.fromEntries(Array.from({ length: 90 }, (_, n) => ['member' + n, n])); setTimeout(() => { throw error; });",
    ['node', '-e'],
    /code 1\n[\s\S]*Error: no database\n/,
  ],
  [
    'a long trace before the error',
    'def f(n):\n  if n > 0: f(n - 1)\n  else: g()\ndef g():\n  raise ValueError("no database")\nf(2)\nprint("x")',
    ['python3', '-c'],
    /code 1\nTraceback \(most recent call last\):\n[\s\S]*ValueError: no database$/,
  ],
  ['no error', 'for (let n = 0; n < 30; n += 1) console.log(n)', ['node', '-e'], /code 0\n18\n[\s\S]*\n29$/],
])('the end of a process is told with its error: %s', async (_, code, command, expected) => {
  const ending = await new Started([...command, code], folder, {}).ending();
  expect(ending).toMatch(expected);
  expect(ending.split('\n').length).toBeLessThan(16);
});
