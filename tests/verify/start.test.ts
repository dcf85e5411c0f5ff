import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OwnInstance } from '../../src/verify/cluster/instance.js';

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

function start(takesMs: number, startup: { seconds?: number; path?: string }) {
  const env = (ports: { PORT: string }) => ({ PORT: ports.PORT, TAKES_MS: String(takesMs) });
  return OwnInstance.start(['node', 'server.mjs'], folder, env, { health: '/ready', startup });
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
    /was not ready in 2 s: \/late did not answer 2xx/,
  );
});
