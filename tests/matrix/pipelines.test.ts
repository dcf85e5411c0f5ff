import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
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
  { auth = 'jwt', loadTest = 'k6', queue = 'none' } = {},
): (file: string) => string {
  const shared = { database: 'postgresql', cache: 'redis' };
  const choices = { framework: 'fastify', ...shared, auth, queue, ci, loadTest };
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
  const file = (from: Catalog, name: string, auth?: string) =>
    rendered('github', from, { auth })(`.github/workflows/${name}`);
  const ci = (from: Catalog) => parse(file(from, 'ci.yml'));
  const deploy = () => parse(file(catalog, 'deploy.yml'));

  test.each(['jwt', 'none'])('deploys to staging, tries it and waits for approval: %s', async (auth) => {
    for (const name of ['ci.yml', 'deploy.yml', 'update.yml'])
      expect(await wrongIn(file(catalog, name, auth), name)).toEqual([]);
    const { jobs } = parse(file(catalog, 'ci.yml', auth));
    expect(jobs.publish.needs).toEqual(['test', 'secrets', 'alerts', 'image']);
    expect(jobs.staging).toMatchObject({
      needs: ['publish'],
      uses: './.github/workflows/deploy.yml',
      with: { environment: 'staging', image: `\${{ needs.publish.outputs.image }}`, load: true },
      secrets: 'inherit',
    });
    expect(jobs.production.with).not.toHaveProperty('load');
  });

  test('production is deployed from a push only where somebody has to agree', () => {
    const { jobs } = ci(catalog);
    expect(jobs.staging.if).toBeUndefined();
    expect(jobs.production.needs).toEqual(['publish', 'staging', 'approval-production']);
    expect(jobs.production.if).toBe("needs.approval-production.outputs.required == 'true'");
    const [{ run }] = jobs['approval-production'].steps;
    const asked = (program: string) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'approval-'));
      fs.writeFileSync(path.join(folder, 'gh'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
      const output = path.join(folder, 'output');
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, GITHUB_OUTPUT: output };
      execFileSync('bash', ['-e', '-c', run], {
        env: { ...env, GITHUB_SHA: 'abc', GITHUB_REPOSITORY: 'acme/shop' },
      });
      const [, required] = /^required=(.*)$/m.exec(fs.readFileSync(output, 'utf8'))!;
      fs.rmSync(folder, { recursive: true });
      return required;
    };
    expect(
      asked('case "$2" in repos/acme/shop/environments/production) echo true ;; *) exit 9 ;; esac'),
    ).toBe('true');
    expect(asked('echo false')).toBe('false');
    expect(asked(`echo '{"message": "Not Found"}'; exit 1`)).toBe('false');
  });

  test('what deploys does as the target says, for an image of this run or of a commit', () => {
    const { jobs, on } = deploy();
    expect(on.workflow_dispatch.inputs.environment.options).toEqual(['staging', 'production']);
    expect(jobs.deploy.if).toBe("github.ref == 'refs/heads/main'");
    expect(jobs.deploy.environment.name).toBe(`\${{ inputs.environment }}`);
    const { run, env } = jobs.deploy.steps.at(-1);
    expect(env).toMatchObject({
      ENVIRONMENT: `\${{ inputs.environment }}`,
      IMAGE: `\${{ steps.find.outputs.image }}`,
      REGION: `\${{ vars.REGION }}`,
      REGISTRY_PASSWORD: `\${{ github.token }}`,
    });
    expect(run).toContain('export CLUSTER_FILE=');
    for (const name of [...Object.keys(env), 'WEB_IDENTITY_TOKEN_FILE'])
      expect(run).toContain(` --env ${name} `);
    for (const command of deployment.commands) expect(run).toContain(command);
    parsedByShell(run);
    expect(jobs.smoke.steps.at(-1).if).toBe('inputs.load');
  });

  test('only what publishes may write, and only what deploys has an identity', () => {
    const wider = ({ jobs }: { jobs: Record<string, { permissions?: object }> }) =>
      Object.fromEntries(
        Object.entries(jobs).flatMap(([name, job]) => (job.permissions ? [[name, job.permissions]] : [])),
      );
    expect(ci(catalog).permissions).toEqual({ contents: 'read' });
    expect(wider(ci(catalog))).toEqual({
      publish: { packages: 'write', 'id-token': 'write', attestations: 'write' },
      staging: { contents: 'read', packages: 'read', 'id-token': 'write' },
      'approval-production': { actions: 'read' },
      production: { contents: 'read', packages: 'read', 'id-token': 'write' },
    });
    expect(deploy().permissions).toEqual({});
    expect(wider(deploy())).toEqual({
      deploy: { contents: 'read', packages: 'read', 'id-token': 'write' },
      smoke: { contents: 'read' },
    });
  });

  test('asks for a review of dependencies, and for attestations, only where the plan has them', () => {
    const { jobs } = ci(catalog);
    const steps = [jobs.dependencies, ...jobs.publish.steps].filter(({ uses, steps }) =>
      /dependency-review|actions\/attest@/.test(uses ?? JSON.stringify(steps)),
    );
    expect(steps).toHaveLength(3);
    for (const step of steps)
      expect(step.if).toMatch(/!github\.event\.repository\.private \|\| vars\.[A-Z_]+ ==/);
  });

  test('ends with the image where the target says nothing', () => {
    expect(Object.keys(ci(real).jobs)).toEqual([
      'test',
      'secrets',
      'alerts',
      'dependencies',
      'image',
      'publish',
    ]);
    expect(file.bind(null, real, 'deploy.yml')).toThrow();
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
    const job = parse(file('github', '.github/workflows/deploy.yml')).jobs.smoke;
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
    expect(stages(text).slice(-5)).toEqual([
      'Deploy to staging',
      'Smoke test of staging',
      'Approval of production',
      'Deploy to production',
      'Smoke test of production',
    ]);
    expect(text.match(/input message: '.*'/g)).toEqual(["input message: 'Deploy to production?'"]);
    expect(text).toContain(`CLUSTER_FILE = credentials('production-CLUSTER_FILE')`);
    expect(text).toContain('REGISTRY_PASSWORD="$LOGIN_PSW"');
    for (const [, lines] of text.matchAll(/sh '''([\s\S]*?)'''/g)) parsedByShell(lines!);
  });

  test('neither a branch nor an approval that is awaited holds a lock', () => {
    const text = jenkinsfile(catalog);
    const [, ...parts] = text.split(/^ {8}stage\(/m);
    for (const part of parts.filter((each) => /^ {12}when /m.test(each)))
      expect(part, part).toMatch(/when \{\n +beforeOptions true\n/);
    for (const part of parts) expect(/\block\(/.test(part) && /\binput\b/.test(part), part).toBe(false);
    expect(parts.filter((part) => /\block\(/.test(part) && /\bmilestone \d/.test(part))).toHaveLength(2);
  });

  test('leaves neither an image nor a login on an agent', () => {
    const text = jenkinsfile(catalog);
    for (const [, lines] of text.matchAll(/sh '''([\s\S]*?)'''/g))
      if (lines!.includes('docker login'))
        expect(lines).toMatch(/DOCKER_CONFIG=\$\(mktemp -d\)[\s\S]*trap 'rm -rf/);
    expect(text).toMatch(/post \{\n +always \{[\s\S]*docker image rm --force "\$NAME:\$GIT_COMMIT"/);
  });

  test('ends with the image where the target says nothing', () => {
    expect(stages(jenkinsfile(real)).at(-1)).toBe('Publish');
  });
});

test.each([
  ['github', '.github/workflows/ci.yml', '.github/tools/compose.yaml'],
  ['gitlab', '.gitlab-ci.yml', '.gitlab-ci.yml'],
  ['jenkins', 'Jenkinsfile', 'Jenkinsfile'],
])('the queue has a Redis of its own, at another address than the cache: %s', (ci, file, services) => {
  const text = rendered(ci, real, { queue: 'redis' });
  const { host, hostname, port } = new URL(/TEST_QUEUE_URL\W+(redis:[\w:/.]+)/.exec(text(file))![1]!);
  expect(text(file)).toMatch(/TEST_REDIS_URL\W+redis:/);
  expect(text(file)).not.toMatch(new RegExp(`TEST_REDIS_URL\\W+redis://${host}\\b`));
  expect(text(services)).toMatch(
    hostname === 'localhost' ? `127.0.0.1:${port}:6379` : new RegExp(`alias:? ${hostname}\\b`),
  );
});

test('a variable has the image built on a runner of another architecture', () => {
  const { jobs } = parse(rendered('github', real)('.github/workflows/ci.yml'));
  expect(jobs.image['runs-on']).toBe(`\${{ vars.IMAGE_RUNNER || 'ubuntu-24.04' }}`);
  const { build, variables } = parse(rendered('gitlab', real)('.gitlab-ci.yml'));
  expect(build.tags).toEqual(['$IMAGE_RUNNER']);
  // Without a default, the tag would be the name of the variable.
  expect(variables.IMAGE_RUNNER).toBe('');
  expect(rendered('jenkins', real)('Jenkinsfile')).toMatch(
    /stage\('Build'\) \{\n[^{]*agent \{ label "\$\{env\.IMAGE_AGENT \?: 'docker'\}" \}/,
  );
});

/** The files of a project of each CI with each deploy target. */
const projects = ['github', 'gitlab', 'jenkins'].flatMap((ci) =>
  ['none', 'compose', 'kubernetes', 'ecs', 'lambda', 'cloud-run'].map((deploy) => {
    const choices = {
      framework: 'fastapi',
      database: 'postgresql',
      cache: 'redis',
      auth: 'jwt',
      queue: 'none',
    };
    const files = render(resolvedWith(real, { ...choices, loadTest: 'k6', ci, deploy }), '1.0.0');
    const pipelines = [
      '.github/workflows/ci.yml',
      '.github/workflows/deploy.yml',
      '.github/workflows/update.yml',
      '.gitlab-ci.yml',
      'Jenkinsfile',
      'update.Jenkinsfile',
      '.ci/update',
    ];
    const pipeline = pipelines.map((file) => files.get(file)?.text ?? '').join('');
    return { ci, deploy, files, pipeline };
  }),
);

describe.each(projects)('$ci with $deploy', ({ ci, deploy, files, pipeline }) => {
  test.runIf(deploy !== 'none')('a release is given longer than all that it waits for', () => {
    const minutes = [...pipeline.matchAll(/timeout(?:-minutes: |: |\(time: )(\d+)/g)].map(([, text]) =>
      Number(text),
    );
    const release = Math.max(...minutes);
    const text = [...files]
      // Nobody waits for what runs by itself.
      .flatMap(([file, { text }]) =>
        file.startsWith('deploy/') && !text.includes('kind: CronJob') ? [text] : [],
      )
      .join('\n');
    const waits = [
      ...[...text.matchAll(/lock-timeout=(\d+)m/g)].map(([, wait]) => Number(wait)),
      // A wait of the AWS CLI gives up after ten minutes.
      ...[...text.matchAll(/^for _ in ([\d ]+);/gm)].map(
        ([, rounds]) => 10 * rounds!.trim().split(' ').length,
      ),
      ...[...text.matchAll(/^ +timeout += "(\d+)s"$/gm)].map(([, seconds]) => Number(seconds) / 60),
      ...[...text.matchAll(/activeDeadlineSeconds: (\d+)/g)].map(([, seconds]) => Number(seconds) / 60),
      // What Terraform waits for a service, and Kubernetes for each of two deployments.
      20,
    ];
    expect(release, waits.join(' + ')).toBeGreaterThan(waits.reduce((sum, wait) => sum + wait, 0));
  });

  test('checks what deploys', () => {
    const program =
      { none: '', compose: 'nginx -t ', kubernetes: 'kustomize build ' }[deploy] ??
      'terraform -chdir=deploy/terraform test';
    expect(pipeline).toContain(program);
    if (files.has('deploy/Caddyfile')) expect(pipeline).toContain('caddy validate --config deploy/Caddyfile');
  });

  test.runIf(deploy === 'kubernetes')('builds every overlay, and fails with one', () => {
    const command = pipeline.match(/find deploy\/kubernetes.*kustomize build .*; done/)![0];
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'overlays-'));
    const found = [...files].filter(([file]) =>
      /^deploy\/kubernetes\/overlays\/.*\/kustomization\.yaml$/.test(file),
    );
    for (const [file, { text }] of found) {
      fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    }
    const overlays = found.flatMap(([file, { text }]) => (/^kind: Component$/m.test(text) ? [] : [file]));
    const built = path.join(folder, 'built');
    const program = (lines: string) =>
      fs.writeFileSync(path.join(folder, 'kustomize'), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const run = () => execFileSync('sh', ['-ec', command], { cwd: folder, env });
    program(`echo "$2/kustomization.yaml" >> ${built}`);
    run();
    expect(fs.readFileSync(built, 'utf8').trim().split('\n').sort()).toEqual(overlays.sort());
    program('case $2 in */canary) exit 1 ;; esac');
    expect(run).toThrow();
    fs.rmSync(folder, { recursive: true });
  });

  test('runs nothing of a registry by its name, and says how to add what is missing', () => {
    expect(pipeline).not.toMatch(/\bnpx\b|pnpm dlx|yarn dlx|\buvx\b/);
    // The command itself says it.
    expect(pipeline).toMatch(
      /if \[ -e node_modules\/\.bin\/create-scalable-api \]; then\s+uv run verify\b[\s\S]+?uv run verify \|\| echo "/,
    );
  });

  test('every image is kept up to date, a week after it came out', () => {
    const versions = new Set(Object.values(real.versions.images));
    const named = [...files].filter(
      ([file, { text }]) => !file.endsWith('.md') && [...versions].some((image) => text.includes(image)),
    );
    expect(named.length).toBeGreaterThan(1);
    const missed = named.map(([file]) => file).filter((file) => !updated(ci, files, file));
    expect(missed).toEqual([]);
    expect(files.get(ci === 'github' ? '.github/dependabot.yml' : 'renovate.json')!.text).toMatch(
      /default-days: 7\b|"minimumReleaseAge": "7 days"/,
    );
  });
});

/** Whether the bot of a CI finds the images of a file. */
function updated(ci: string, files: ReturnType<typeof render>, file: string): boolean {
  if (ci === 'github') {
    const { updates } = parse(files.get('.github/dependabot.yml')!.text);
    const kinds: Record<string, RegExp> = {
      docker: /Dockerfile$|\.yaml$/,
      'docker-compose': /(^|\/)compose[^/]*\.yaml$/,
    };
    const folder = file.includes('/') ? `/${path.dirname(file)}` : '/';
    return updates.some((update: { 'package-ecosystem': string; directories: string[] }) =>
      update.directories.some(
        (directory) =>
          (directory.endsWith('/**') ? folder.startsWith(directory.slice(0, -2)) : folder === directory) &&
          kinds[update['package-ecosystem']]?.test(file),
      ),
    );
  }
  const renovate = JSON.parse(files.get('renovate.json')!.text);
  const patterns = [
    ...(renovate.kubernetes?.managerFilePatterns ?? []),
    ...renovate.customManagers.flatMap(
      ({ managerFilePatterns }: { managerFilePatterns: string[] }) => managerFilePatterns,
    ),
  ].map((pattern: string) => new RegExp(pattern.slice(1, -1)));
  const own = [/(^|\/)Dockerfile$/, /(^|\/)(docker-)?compose[^/]*\.ya?ml$/, /(^|\/)\.gitlab-ci\.yml$/];
  return [...own, ...patterns].some((pattern) => pattern.test(file));
}
