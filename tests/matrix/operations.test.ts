import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolvedWith } from '../../src/answers/resolve.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { scratchFolder } from '../command-line.js';

const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));
const frameworks = catalog.values('framework').map(({ name }) => name);
const folder = scratchFolder('operations');

afterAll(() => fs.removeSync(folder));

function filesOf(choices: Record<string, string>): Map<string, string> {
  const files = render(resolvedWith(catalog, choices), '1.0.0');
  return new Map([...files].map(([file, { text }]) => [file, text]));
}

interface Service {
  env_file?: string;
  command?: string;
  environment?: Record<string, string | null>;
}

const served = { database: 'postgresql', cache: 'redis', auth: 'jwt' };
const withWorkers = { ...served, queue: 'redis' };
/** Variables of a configuration of Prometheus that its service does not have. */
const unset = (configuration: string, { environment = {} }: Service) =>
  [...configuration.matchAll(/\$\{(\w+)\}/g)]
    .filter(([, name]) => !environment[name!])
    .map(([, name]) => name);
const composed = (choices: Record<string, string>) => {
  const files = filesOf({ deploy: 'compose', ...choices });
  const compose = parse(files.get('compose.yaml')!, { merge: true });
  return { files, services: compose.services as Record<string, Service> };
};

describe.each(frameworks)('%s', (framework) => {
  const { files, services } = composed({ framework, ...withWorkers });

  test('alerts of compose name their environment', () => {
    const configuration = files.get('observability/prometheus/prometheus.yml')!;
    expect(parse(configuration).global.external_labels).toMatchObject({
      environment: expect.stringContaining('{ENVIRONMENT}'),
    });
    expect(unset(configuration, services.prometheus!)).toEqual([]);
    expect(files.get('observability/alertmanager/start.sh')).toMatch(/group_by: \[.*\benvironment\b/);
  });

  test('a container gets the settings and secrets that it needs, and no others', () => {
    const { run } = JSON.parse(files.get('.scalable-api.json')!);
    const settings = run.env.map(({ name }: { name: string }) => name);
    const given = Object.fromEntries(
      Object.entries(services).map(([name, { env_file, environment = {} }]) => {
        expect([name, env_file]).toEqual([name, undefined]);
        return [name, environment];
      }),
    );
    for (const name of ['api', 'migrate', 'worker'])
      expect(Object.keys(given[name]!).sort()).toEqual([...settings, 'PGPASSWORD'].sort());
    const read = (name: string) =>
      [...JSON.stringify(given[name]).matchAll(/\$\{(\w+):\?/g)].map(([, variable]) => variable).sort();
    expect(Object.fromEntries(Object.keys(given).map((name) => [name, read(name)]))).toMatchObject({
      alertmanager: [],
      access: ['API_DATABASE_PASSWORD', 'POSTGRES_PASSWORD'],
      api: ['API_DATABASE_PASSWORD', 'CURSOR_SECRET', 'JWT_PRIVATE_KEY'],
      backup: ['POSTGRES_PASSWORD'],
      'backup-exporter': [],
      balancer: [],
      grafana: ['GRAFANA_ADMIN_PASSWORD'],
      migrate: ['CURSOR_SECRET', 'JWT_PRIVATE_KEY', 'POSTGRES_PASSWORD'],
      pooler: ['API_DATABASE_PASSWORD', 'POOLER_STATS_PASSWORD'],
      'pooler-exporter': ['POOLER_STATS_PASSWORD'],
      postgresql: ['POSTGRES_PASSWORD'],
      prometheus: [],
      queue: [],
      redis: [],
      worker: ['API_DATABASE_PASSWORD', 'CURSOR_SECRET', 'JWT_PRIVATE_KEY'],
    });
  });

  test('secrets are made in a fresh clone, before anything is installed', async () => {
    const { run } = JSON.parse(files.get('.scalable-api.json')!);
    const [program, ...args] = run.commands.secrets.split(' ');
    // uv installs what a command needs by itself.
    if (program === 'uv') return;
    const clone = path.join(folder, framework);
    for (const [file, text] of files) fs.outputFileSync(path.join(clone, file), text);
    const { all } = await execa(program, args, {
      cwd: clone,
      env: { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` },
      all: true,
    });
    expect(all).toContain('POSTGRES_PASSWORD');
  });

  test('the image has neither package manager nor health check of the runtime, and any umask will do', () => {
    const docker = files.get('Dockerfile')!;
    const last = docker.slice(docker.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^RUN rm -rf .*(npm|pip)/m);
    expect(/HEALTHCHECK[\s\S]*?CMD (.*)/.exec(last)![1]).not.toMatch(/"(node|\S*python)"/);
    const copied = [...docker.matchAll(/^COPY (?!--from)(.*)$/gm)].map(([, line]) => line!);
    for (const line of copied.filter((each) => / (migrations|redis|app|openapi\.yaml) /.test(` ${each} `)))
      expect(line).toMatch(/^--chmod=755 /);
  });
});

test('a balancer tells the API which proxies a request has passed', () => {
  const { files, services } = composed({ framework: frameworks[0]!, ...served });
  expect(files.get('deploy/nginx.conf')).toContain('X-Forwarded-For $proxy_add_x_forwarded_for;');
  const tls = files.get('compose.tls.yaml')!;
  expect(tls).toMatch(/^ {2}balancer:\n {4}ports: !reset \[\]$/m);
  expect(tls).toMatch(/^ {2}api:\n {4}environment:\n(.*\n)? {6}TRUST_PROXY_HOPS: "2"$/m);
  expect(services.api!.environment!.TRUST_PROXY_HOPS).toMatch(/^\$\{TRUST_PROXY_HOPS:-1\}$/);
});

describe.each(['compose', 'kubernetes'])('%s', (deploy) => {
  const files = filesOf({ framework: frameworks[0]!, ...withWorkers, deploy });

  test('no password becomes part of a URL, where some of its characters would mean something else', () => {
    for (const [file, text] of files)
      for (const [url] of text.matchAll(/\w+:\/\/\S*\$[({]\w*PASSWORD\S*@/g))
        expect([file, url]).toBeUndefined();
  });

  test('its own PostgreSQL logs no values of rows', () => {
    const text = files.get(
      { compose: 'compose.yaml' }[deploy] ?? 'deploy/kubernetes/components/dependencies/postgresql.yaml',
    )!;
    for (const setting of [
      'parameter_max_length=0',
      'parameter_max_length_on_error=0',
      'error_verbosity=terse',
    ])
      expect(text).toContain(`log_${setting}`);
  });

  test('each runbook says where to look, what to do first, why, and when to wake somebody', () => {
    const pages = [...files].filter(([file]) => file.startsWith('docs/runbooks/'));
    expect(pages.length).toBeGreaterThan(10);
    for (const [file, page] of pages) {
      const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      expect([file, headings]).toEqual([
        file,
        ['Look', 'Stop the bleeding', 'Find the cause', 'Wake somebody', 'Done when'],
      ]);
      expect([file, page.split('\n## ')[1]]).toEqual([
        file,
        expect.stringMatching(/```sh\n(docker|kubectl)/),
      ]);
      expect([file, page]).toEqual([file, expect.not.stringMatching(/\n\n\n/)]);
    }
  });
});

const targets = catalog.values('deploy').map(({ name }) => name);

test.each(targets.filter((name) => name !== 'none'))(
  '%s has backups, with objectives and commands',
  (deploy) => {
    const files = filesOf({ framework: frameworks[0]!, ...served, deploy });
    const page = files.get('docs/backup.md')!;
    for (const objective of ['Recovery point', 'Recovery time', 'Backups are kept for'])
      expect(page).toMatch(new RegExp(`^\\| ${objective}.* \\| .+ \\|$`, 'm'));
    expect(page).toMatch(/## Restore[\s\S]*```sh\n/);
    expect(files.get('README.md')).toContain('(docs/backup.md)');
  },
);

test('a database in a file has backups as well', () => {
  const files = filesOf({
    framework: frameworks[0]!,
    database: 'sqlite',
    cache: 'memory',
    deploy: 'compose',
  });
  expect(files.get('docs/backup.md')).toMatch(/Recovery point[\s\S]*## Restore/);
  expect(files.get('README.md')).toContain('(docs/backup.md)');
});

test('runbooks of targets do not say the same', () => {
  const page = (deploy: string) =>
    filesOf({ framework: frameworks[0]!, ...served, deploy }).get('docs/runbooks/overload.md');
  expect(page('compose')).not.toBe(page('kubernetes'));
});
