import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolvedWith } from '../../src/answers/resolve.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { deployment, withTarget } from './made-up-target.js';
import { wrongIn } from './workflows.js';

const real = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const catalog = withTarget(real);

function rendered(
  ci: string,
  from: Catalog,
  { auth = 'jwt', loadTest = 'k6' } = {},
): (file: string) => string {
  const shared = { database: 'postgresql', cache: 'redis' };
  const choices = { framework: 'fastify', ...shared, auth, queue: 'none', ci, loadTest };
  const files = render(resolvedWith(from, { ...choices, deploy: 'none' }), '1.0.0');
  return (file) => files.get(file)!.text;
}

/** What a shell says of lines that a pipeline runs. */
function parsedByShell(lines: string): string {
  return execFileSync('sh', ['-n'], { input: lines, encoding: 'utf8' });
}

function scripts(job: { script: string[] }): string {
  expect(job.script.filter((line) => typeof line !== 'string')).toEqual([]);
  return job.script.join('\n');
}

describe('github', () => {
  const workflow = (from: Catalog, auth?: string) =>
    rendered('github', from, { auth })('.github/workflows/ci.yml');

  test.each(['jwt', 'none'])('deploys to staging, tries it and waits for approval: %s', async (auth) => {
    const text = workflow(catalog, auth);
    expect(await wrongIn(text, 'ci.yml')).toEqual([]);
    const { jobs } = parse(text);
    expect(jobs.publish.needs).toEqual(['test', 'secrets', 'alerts', 'image']);
    expect(jobs.staging.needs).toEqual(['publish']);
    expect(jobs.production.needs).toEqual(['publish', 'smoke-staging']);
    expect(jobs.production.environment.name).toBe('production');
    const { run, env } = jobs.production.steps.at(-1);
    expect(env).toMatchObject({
      ENVIRONMENT: 'production',
      REGION: `\${{ vars.REGION }}`,
      REGISTRY_PASSWORD: `\${{ github.token }}`,
    });
    expect(run).toContain('export CLUSTER_FILE=');
    for (const command of deployment.commands) expect(run).toContain(command);
    parsedByShell(run);
    expect(JSON.stringify(jobs['smoke-staging'])).toContain('load/smoke.js');
    expect(JSON.stringify(jobs['smoke-production'])).not.toContain('load/smoke.js');
  });

  test('only what publishes may write, and only what deploys has an identity', () => {
    const { permissions, jobs } = parse(workflow(catalog));
    expect(permissions).toEqual({ contents: 'read' });
    const wider = Object.entries<{ permissions?: object }>(jobs).flatMap(([name, job]) =>
      job.permissions ? [[name, job.permissions]] : [],
    );
    expect(Object.fromEntries(wider)).toEqual({
      publish: { packages: 'write', 'id-token': 'write', attestations: 'write' },
      staging: { contents: 'read', packages: 'read', 'id-token': 'write' },
      production: { contents: 'read', packages: 'read', 'id-token': 'write' },
    });
  });

  test('ends with the image where the target says nothing', () => {
    expect(Object.keys(parse(workflow(real)).jobs)).toEqual([
      'test',
      'secrets',
      'alerts',
      'dependencies',
      'image',
      'publish',
    ]);
  });
});

describe.each([
  ['k6', 'grafana/k6', 'run load/smoke.js', 'k6 run load/smoke.js'],
  [
    'artillery',
    'artilleryio/artillery',
    'run load/smoke.js',
    'SHELL=/bin/sh /home/node/artillery/bin/run run load/smoke.js',
  ],
  [
    'locust',
    'locustio/locust',
    '--headless --locustfile load/smoke.py',
    'locust --headless --locustfile load/smoke.py',
  ],
])('the smoke test of %s', (loadTest, image, inImage, inShell) => {
  const file = (ci: string, name: string) => rendered(ci, catalog, { loadTest })(name);

  test('is run in its image by github', () => {
    expect(file('github', '.github/tools/Dockerfile')).toMatch(
      new RegExp(`^FROM ${image}:\\S+ AS ${loadTest}$`, 'm'),
    );
    const job = parse(file('github', '.github/workflows/ci.yml')).jobs['smoke-staging'];
    expect(job.steps.at(-1).run).toContain(`--target ${loadTest} .github/tools)" ${inImage}`);
    parsedByShell(job.steps.at(-1).run);
  });

  test('is run by its program in gitlab', () => {
    const job = parse(file('gitlab', '.gitlab-ci.yml'))['smoke-staging'];
    expect(job.image.name).toContain(`${image}:`);
    expect(job.script.at(-1)).toBe(`BASE_URL=$API_URL ${inShell}`);
    parsedByShell(scripts(job));
  });

  test('is run by its program in jenkins', () => {
    const text = file('jenkins', 'Jenkinsfile');
    expect(text).toContain(`image '${image}:`);
    expect(text).toContain(`  ${inShell}\n`);
    for (const [, lines] of text.matchAll(/sh '''([\s\S]*?)'''/g)) parsedByShell(lines!);
  });
});

describe('gitlab', () => {
  const pipeline = (from: Catalog) => parse(rendered('gitlab', from)('.gitlab-ci.yml'));

  test('deploys to staging, tries it and waits to be started', () => {
    const { staging, production, ...jobs } = pipeline(catalog);
    expect(staging.needs).toEqual(['build']);
    expect(staging.rules.map(({ when }: { when?: string }) => when)).toEqual([undefined]);
    expect(production.needs).toEqual(['smoke-staging', 'build']);
    expect(production.rules.map(({ when }: { when?: string }) => when)).toEqual(['manual']);
    expect(production.id_tokens).toEqual({ IDENTITY_WEB_IDENTITY_TOKEN_FILE: { aud: 'sts.example.com' } });
    expect(production.variables).toMatchObject({ REGISTRY_PASSWORD: '$CI_REGISTRY_PASSWORD' });
    for (const command of deployment.commands) expect(scripts(production)).toContain(command);
    for (const job of [staging, production, jobs.build, jobs['smoke-staging']]) parsedByShell(scripts(job));
    expect(scripts(jobs['smoke-staging'])).toContain('load/smoke.js');
    expect(scripts(jobs['smoke-production'])).not.toContain('load/smoke.js');
  });

  test('ends with the image where the target says nothing', () => {
    expect(Object.keys(pipeline(real))).not.toContain('staging');
  });
});

describe('jenkins', () => {
  const jenkinsfile = (from: Catalog) => rendered('jenkins', from)('Jenkinsfile');
  const stages = (text: string) => [...text.matchAll(/stage\('([^']+)'\)/g)].map(([, name]) => name);

  test('deploys to staging, tries it and asks', () => {
    const text = jenkinsfile(catalog);
    expect(stages(text).slice(-4)).toEqual([
      'Deploy to staging',
      'Smoke test of staging',
      'Deploy to production',
      'Smoke test of production',
    ]);
    expect(text.match(/message '.*'/g)).toEqual(["message 'Deploy to production?'"]);
    expect(text).toContain(`CLUSTER_FILE = credentials('production-CLUSTER_FILE')`);
    expect(text).toContain('REGISTRY_PASSWORD="$LOGIN_PSW"');
    for (const [, lines] of text.matchAll(/sh '''([\s\S]*?)'''/g)) parsedByShell(lines!);
  });

  test('ends with the image where the target says nothing', () => {
    expect(stages(jenkinsfile(real)).at(-1)).toBe('Publish');
  });
});
