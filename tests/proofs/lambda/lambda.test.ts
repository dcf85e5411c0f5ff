import { setTimeout as sleep } from 'node:timers/promises';
import fs from 'fs-extra';
import { afterAll, describe, expect, onTestFailed, test } from 'vitest';
import { makeProject, scratchFolder } from '../../command-line.js';
import { verify } from '../../contract/projects.js';
import { Passed } from '../../passed.js';
import { debian, requires, uv } from '../../requirements.js';
import { Client } from './client.js';
import { Functions } from './functions.js';
import { adapterProgram } from './tools.js';

const combinations = ['fastify', 'fastapi'].map((framework) => ({
  framework,
  database: 'postgresql',
  cache: 'redis',
  auth: 'jwt',
  ci: 'none',
  deploy: 'lambda',
}));
const count = 5;
/** That the proxy of the database lends to all functions together. */
const connections = 3;
/** Checks about TRACE, which API Gateway refuses, and about %00 in a path, which it has decoded. */
const refusedByGateway = ['ME1', 'VA5'];
const rounds = 12;
/** CACHE_L2_TTL_S, and what a busy machine takes. */
const longestStaleMs = 7000;
const passed = new Passed(
  'lambda',
  ['tests/proofs/lambda', 'src/verify'],
  /^(certificates|docs|load|observability|tests)\/|^deploy\/terraform\/(?!settings\.tf$)|\.md$/,
);
const folder = scratchFolder('lambda');

const prepare = requires(debian('pgbouncer', 'redis-server'), adapterProgram, uv);

afterAll(() => fs.removeSync(folder));

describe.each(combinations)('$framework', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });
  let functions: Functions;
  let client: Client;

  if (open)
    prepare(async () => {
      const project = await makeProject(folder, choices.framework, choices);
      functions = await Functions.start(project, count, connections);
      client = new Client(functions.url, functions.token);
    });

  afterAll(() => functions?.close());

  test.runIf(open)('verify passes through the gateway, and functions share the connections', async () => {
    const skip = refusedByGateway.join(',');
    const env = { VERIFY_TOKEN: functions.token };
    const { code, failed, output } = await verify(functions.url, ['--write', '--skip', skip], env);
    expect(failed, output).toEqual([]);
    expect(code, output).toBe(0);
    expect(await functions.connections()).toBeLessThanOrEqual(connections);
  });

  test.runIf(open)('each function sees at once what another has changed', async () => {
    onTestFailed(() => console.error(functions.lines().join('\n')));
    await client.create();
    for (let round = 0; round < rounds; round += 1) {
      const name = `Round ${round}`;
      await client.rename(name);
      expect(await client.names(count)).toEqual(Array(count).fill(name));
      // Frozen for longer and shorter.
      await sleep(round % 3 === 0 ? 1200 : 50);
    }
  });

  test.runIf(open).each(['database', 'cache'] as const)(
    'connections to the %s that are lost while functions are frozen fail no request',
    async (name) => {
      onTestFailed(() => console.error(functions.lines().join('\n')));
      for (const kind of ['refuse', 'reset'] as const) {
        functions.faults[name].set({ kind });
        await sleep(200);
        functions.faults[name].set({ kind: 'pass' });
        await sleep(200);
        await client.list(2 * count);
        const changed = `${name} ${kind}`;
        await client.rename(changed);
        const start = performance.now();
        while ((await client.names(count)).some((seen) => seen !== changed)) {
          expect(performance.now() - start, 'a change is not seen').toBeLessThan(longestStaleMs);
          await sleep(200);
        }
      }
    },
  );

  test.runIf(open)('a function ends with 0 after SIGTERM', async () => {
    expect(await functions.endFirst()).toBe(0);
  });
});
