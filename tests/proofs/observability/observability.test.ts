import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { ProjectTarget } from '../../../src/verify/project-target.js';
import type { Session } from '../../../src/verify/session.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { Passed } from '../../passed.js';
import { debian, requires, uv } from '../../requirements.js';
import { prometheusPackage, prometheusPrograms } from '../prometheus-package.js';
import { Prometheus } from './prometheus.js';
import { panelsOf, type Query, rulesOf, selectionsOf } from './queries.js';
import { useEverything } from './traffic.js';

const combinations = ['fastify', 'fastapi'].map((framework) => ({
  framework,
  database: 'postgresql',
  cache: 'redis',
  auth: 'jwt',
  queue: 'redis',
}));
/** Small enough to be reached. */
const settings = { RATE_LIMIT_WRITE: 10, MAX_INFLIGHT: 8 };
const promtool = [
  ['check', 'config', 'prometheus.yml'],
  ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'],
  ['test', 'rules', 'tests.yml'],
];
const passed = new Passed('observability', ['tests/proofs/observability']);
const folder = scratchFolder('observability');

const prepare = requires(debian('redis-server'), prometheusPackage, uv);

afterAll(() => fs.removeSync(folder));

describe.each(combinations)('$framework', (choices) => {
  passed.recordWhenPassed({ choices }, afterAll);
  const open = !passed.has({ choices });
  const name = choices.framework;
  let directory: string;
  let target: ProjectTarget;
  let session: Session;
  let prometheus: Prometheus;

  if (open)
    prepare(async () => {
      directory = await makeProject(folder, name, choices);
      const { signal } = new AbortController();
      target = await ProjectTarget.open(directory, { build: true, stage: () => {}, signal });
      session = await target.session(settings);
      prometheus = await Prometheus.start({
        configuration: path.join(directory, 'observability/prometheus'),
        scratch: folder,
        targets: {
          [name]: hosts(session.fleet.instances),
          [`${name}-worker`]: hosts(await session.fleet.workers()),
        },
      });
    });

  afterAll(async () => {
    await prometheus?.close();
    await target?.close();
  });

  test.runIf(open).each(promtool)('promtool %s %s', async (...args) => {
    const { exitCode, all } = await execa(path.join(prometheusPrograms, 'promtool'), args, {
      cwd: path.join(directory, 'observability/prometheus'),
      all: true,
      reject: false,
    });
    expect(exitCode, all).toBe(0);
  });

  test.runIf(open)('no alert is pending while nothing happens', async () => {
    await prometheus.scraped(8);
    const alerts = await prometheus.query('ALERTS{alertname!="ApiTooFewInstances", severity!="none"}');
    expect(alerts.map(({ labels }) => labels)).toEqual([]);
  });

  test.runIf(open)('every selector of a rule and every panel has data after use of all parts', async () => {
    await useEverything(session, 20_000);
    const queries = [...selectionsOf(rulesOf(directory)), ...panelsOf(directory, name)];
    // Pooler and backups belong to a deployment, of which there is none here.
    const ofApi = queries.filter(({ expr }) => !new RegExp(`job="${name}-(pooler|backup)"`).test(expr));
    expect(await unanswered(prometheus, ofApi)).toEqual([]);
  });

  test.runIf(open)('Prometheus understands every rule', async () => {
    const refused: string[] = [];
    for (const { of, expr } of rulesOf(directory))
      await prometheus.query(expr).catch((error: Error) => refused.push(`${of}: ${error.message}`));
    expect(refused).toEqual([]);
  });
});

const hosts = (processes: readonly { managementUrl: string }[]) =>
  processes.map(({ managementUrl }) => new URL(managementUrl).host);

/** The queries without an answer, or with one that has no number. */
async function unanswered(prometheus: Prometheus, queries: readonly Query[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { of, expr } of queries) {
    const answer = await prometheus.query(expr).catch((error: Error) => error);
    if (answer instanceof Error) faults.push(`${of}: ${answer.message}: ${expr}`);
    else if (!answer.some(({ value }) => Number.isFinite(value))) faults.push(`${of}: no data: ${expr}`);
  }
  return faults;
}
