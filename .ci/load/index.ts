// Load tests of generated projects are run by the real k6, and seen to fail: npx tsx .ci/load
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { ProjectTarget } from '../../src/verify/project-target.js';
import { Passed } from '../../tests/passed.js';
import { installK6 } from './k6.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');
const password = 'a long password of nobody';
const projects = [
  {
    name: 'node-jwt',
    choices: { framework: 'fastify', database: 'postgresql', cache: 'redis', auth: 'jwt' },
    resources: [],
  },
  {
    name: 'python-none',
    choices: { framework: 'fastapi', database: 'sqlite', cache: 'memory', auth: 'none' },
    resources: [
      'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
      'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer!, amount:decimal!, ok:boolean, kind:enum(a|b)+, tag:uuid!, day:date!, due:datetime!, orderId:ref(order)!, parent:ref(item)?',
    ],
  },
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ci-load-'));
fs.chmodSync(folder, 0o755);
const passed = new Passed(
  '.ci/load',
  ['.ci/load'],
  /^(docs|deploy|observability|\.github)\/|\.md$|^compose\.yaml$/,
);

function demand(truth: unknown, what: string, said: string): asserts truth {
  if (!truth) throw new Error(`${what}:\n${said}`);
}

async function prove({ name, choices, resources }: (typeof projects)[number], k6: string): Promise<void> {
  const directory = path.join(folder, name);
  const flags = [
    ...Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`),
    ...resources.flatMap((spec) => ['--resource', spec]),
  ];
  await execa('node', [cli, name, '--yes', '--no-git', ...flags], { cwd: folder });
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(directory, { build: true, stage: () => {}, signal });
  const { fleet } = await target.session(undefined);
  const run = async (profile: string, env: Record<string, string> = {}) => {
    const { exitCode, all } = await execa(k6, ['run', '--no-usage-report', `load/${profile}.js`], {
      cwd: directory,
      env: {
        BASE_URL: fleet.url,
        LOAD_EMAIL: 'load@example.com',
        LOAD_PASSWORD: password,
        P95_MS: '1000',
        ...env,
      },
      all: true,
      reject: false,
    });
    return { exitCode, said: all };
  };
  const results = (profile: string) => fs.readJsonSync(path.join(directory, `load/results/${profile}.json`));
  try {
    if (choices.auth === 'jwt') {
      await fetch(`${fleet.url}/v1/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'load@example.com', password }),
      });
      await fleet.query('update auth_accounts set roles = $1', ['admin']);
    }
    const short = { TIME: '0.02', RATE: '0.1' };
    for (const [profile, env] of Object.entries({
      smoke: { TIME: '0.3', RATE: '5' },
      average: short,
      spike: short,
    })) {
      const { exitCode, said } = await run(profile, {
        ...env,
        SAVE_BASELINE: profile === 'average' ? '1' : '',
      });
      demand(exitCode === 0, `${name}: ${profile} does not pass`, said);
      const { metrics, failedRate } = results(profile);
      demand(metrics.http_reqs.values.count > 30, `${name}: ${profile} asked too little`, said);
      demand(failedRate === 0 && metrics.checks.values.fails === 0, `${name}: ${profile} has errors`, said);
      console.log(`${name}: ${profile} passes with ${metrics.http_reqs.values.count} requests`);
    }
    const operations = Object.keys(results('average').metrics);
    demand(operations.length > 5, `${name}: no metrics`, operations.join());

    const slow = await run('average', { ...short, P95_MS: '0.01' });
    demand(slow.exitCode === 99, `${name}: a limit that nothing can hold is held`, slow.said);
    const baseline = path.join(directory, 'load/baseline.json');
    const kept = fs.readJsonSync(baseline);
    demand(kept.average?.p95Ms > 0, `${name}: no baseline was kept`, JSON.stringify(kept));
    const same = await run('average', { ...short, BASELINE_RATIO: '50' });
    demand(
      same.exitCode === 0 && /times the baseline/.test(same.said),
      `${name}: is not compared`,
      same.said,
    );
    fs.writeJsonSync(baseline, { average: { ...kept.average, p95Ms: 0.01, p99Ms: 0.01 } });
    const worse = await run('average', { ...short, BASELINE_RATIO: '1' });
    demand(worse.exitCode === 99, `${name}: what is slower than the baseline passes`, worse.said);
    const away = await run('smoke', { BASE_URL: 'http://127.0.0.1:9' });
    demand(
      away.exitCode === 108 && /API is ready/.test(away.said),
      `${name}: an API that is away`,
      away.said,
    );
    console.log(`${name}: fails by limit, by baseline and without an API`);

    const { fleet: limited } = await target.session({ RATE_LIMIT_WRITE: 3 });
    const { exitCode, all } = await execa(k6, ['run', '--no-usage-report', 'load/smoke.js'], {
      cwd: directory,
      env: { BASE_URL: limited.url, LOAD_PASSWORD: password, RATE: '10', TIME: '0.3' },
      all: true,
      reject: false,
    });
    if (choices.auth === 'none')
      demand(exitCode === 108 && /RATE_LIMIT_/.test(all), `${name}: a rate limit is not told`, all);
    else demand(exitCode === 108 && /signing in as/.test(all), `${name}: a wrong password is not told`, all);
    console.log(`${name}: ends at once where it cannot measure`);
  } finally {
    await target.close();
  }
}

try {
  for (const project of projects) {
    if (passed.has(project)) console.log(`${project.name} has been loaded as it is`);
    else {
      await prove(project, await installK6());
      passed.record(project);
    }
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  fs.removeSync(folder);
}
