import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { transform } from 'esbuild';
import { loadModule, parseSync } from 'libpg-query';
import Sqlite from 'libsql';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sampleResource } from '../../src/answers/answers.js';
import { problems } from '../../src/answers/judge.js';
import { type Resolved, resolvedWith } from '../../src/answers/resolve.js';
import { axisNames } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';
import { wrongIn } from './workflows.js';

await loadModule();
const catalog = catalogOf(path.resolve(import.meta.dirname, '../../templates'));

/** Written by hand, not read from the catalogue: what is promised to be possible. */
const promised = {
  framework: ['fastify', 'express', 'fastapi'],
  database: ['postgresql', 'mysql', 'sqlite'],
  cache: ['redis', 'memory'],
  auth: ['jwt', 'api-key', 'oidc', 'none'],
  queue: ['none', 'redis'],
  deploy: ['compose', 'kubernetes', 'ecs', 'cloud-run', 'lambda', 'none'],
  ci: ['github', 'gitlab', 'jenkins', 'none'],
  loadTest: ['k6', 'artillery', 'locust'],
  packageManager: ['npm', 'pnpm', 'yarn', 'uv'],
};

/** What the values need of others, written by hand as well. */
const shared = { database: 'postgresql', cache: 'redis' };
const needs: Record<string, Choices> = {
  'deploy cloud-run': shared,
  'deploy ecs': shared,
  'deploy lambda': shared,
  'deploy kubernetes': shared,
  'database mysql': { framework: 'fastify express' },
  'queue redis': { database: 'postgresql', deploy: 'compose kubernetes ecs cloud-run none' },
};

const specs = {
  sample: [sampleResource],
  'every type': [
    'order: total:decimal, status:enum(pending|paid), group:string(0,10)?',
    'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)?, tag:uuid!, day:date+, due:datetime+, open:boolean?, orderId:ref(order), parent:ref(item)?',
  ],
  'odd names': [
    'news: title:string(1,80)',
    'category: order:integer, select:text?, class:string(1,9)',
    'Person: firstName:string(1,40), last_name:string(1,40)+',
    'purchase-order-line: from:date, to:date?',
  ],
};

type Choices = Record<string, string>;

/** Axes that have nothing to do with most others: the values of one go round, the other has its default. */
const { loadTest: tools, packageManager: _, ...crossed } = promised;

const all = Object.entries(crossed).reduce<Choices[]>(
  (some, [axis, values]) => some.flatMap((choices) => values.map((value) => ({ ...choices, [axis]: value }))),
  [{}],
);
const combinations = all
  .filter((choices) =>
    Object.entries(choices).every(([axis, value]) =>
      Object.entries(needs[`${axis} ${value}`] ?? {}).every(([other, needed]) =>
        needed.split(' ').includes(choices[other]!),
      ),
    ),
  )
  .map((choices, turn): Choices => ({ ...choices, loadTest: tools[turn % tools.length]! }));

function nameOf(choices: Choices, axes: string[]): string {
  return axes.map((axis) => choices[axis]).join(' ');
}

function resolvedFor(choices: Choices, resources: string[], packageManager?: string): Resolved {
  const project = { title: 'Shop API', name: 'shop-api', snake: 'shop_api' };
  const manager = packageManager === undefined ? {} : { packageManager };
  return resolvedWith(catalog, { ...choices, project, resources, ...manager });
}

/** Files that Python parses, all at once: a process for each would take minutes. */
const inPython: [file: string, text: string][] = [];
const parsePython = `import ast, json, sys, tomllib
for file, text in json.load(sys.stdin):
    try:
        ast.parse(text) if file.endswith(".py") else tomllib.loads(text)
    except (SyntaxError, ValueError) as error:
        print(file, error)`;

/** What has been looked at already: most files are the same in most combinations. */
const seen = new Set<string>();

/** Finds what is no text of its kind, or was not filled in. */
async function inspect(file: string, text: string, { database }: Choices): Promise<void> {
  const key = `${file} ${text}`;
  if (seen.has(key)) return;
  expect(file).not.toMatch(/[{}]|\.hbs$/);
  // Expressions of workflows, braces in formatted strings of Python, which have no name before a dot, and legends of
  // Grafana, which are made of labels.
  const legends = /"legendFormat": .*/g;
  const bare = (/(dashboards|monitoring)\/api\.json$/.test(file) ? text.replaceAll(legends, '') : text)
    .replaceAll(/\$\{\{[^}]*\}\}/g, '')
    .replaceAll(/\{\{(?![#/]?\w+[\s.}])/g, '');
  const found = /\r|\{\{|\[object Object\]|\bundefined\b(?=["',\n ]*(,|$))/.exec(
    /\.(ts|js|py)$/.test(file) ? bare.replaceAll('undefined', '') : bare,
  );
  expect([file, found?.[0]]).toEqual([file, undefined]);
  await parseAs(file, text, database!);
  seen.add(key);
}

async function parseAs(file: string, text: string, database: string): Promise<void> {
  if (file.endsWith('.sql') && database === 'postgresql') parseSync(text);
  else if (file.startsWith('.github/workflows/')) {
    expect([file, await wrongIn(text, file)]).toEqual([file, []]);
  } else if (/\.(py|toml)$/.test(file)) inPython.push([file, text]);
  else if (/\.[jt]s$/.test(file))
    await transform(text, { loader: file.endsWith('.ts') ? 'ts' : 'js', sourcefile: file });
  else if (/\.json$/.test(file)) JSON.parse(text);
  else if (file.endsWith('.sh') || text.startsWith('#!/bin/sh'))
    execFileSync('sh', ['-n'], { input: text, stdio: 'pipe' });
  // The template of the Helm chart is text, which the proof of Kubernetes renders.
  else if (/\.ya?ml$/.test(file) && !file.startsWith('deploy/kubernetes/templates/')) {
    for (const document of parseAllDocuments(text, { strict: true }))
      expect([file, document.errors]).toEqual([file, []]);
  } else if (file === 'Dockerfile') {
    const stages = [...text.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
    for (const [, from] of text.matchAll(/--from=(\S+)/g)) expect(stages).toContain(from);
    const instructions = text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
    for (const line of instructions) {
      expect(line.trim()).toMatch(
        /^(FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|STOPSIGNAL|HEALTHCHECK|CMD|ENTRYPOINT|ARG|LABEL)\s/,
      );
    }
  }
}

test('the promised values are those that are there', () => {
  const there = Object.fromEntries(
    axisNames.map((axis) => [
      axis,
      catalog
        .values(axis)
        .map(({ name }) => name)
        .sort(),
    ]),
  );
  expect(there).toEqual(
    Object.fromEntries(Object.entries(promised).map(([axis, values]) => [axis, [...values].sort()])),
  );
  expect(combinations).toHaveLength(1040);
  const allowed = new Set(combinations.map((choices) => nameOf(choices, Object.keys(crossed))));
  for (const choices of all)
    expect([choices, problems(catalog, choices).length === 0]).toEqual([
      choices,
      allowed.has(nameOf(choices, Object.keys(crossed))),
    ]);
});

describe.each(Object.entries(specs))('%s', (_, resources) => {
  test.each(combinations.map((choices) => [Object.values(choices).join(' '), choices] as const))(
    '%s',
    async (_name, choices) => {
      const files = render(resolvedFor(choices, resources), '1.0.0');
      const again = render(resolvedFor(choices, resources), '1.0.0');
      expect([...again.keys()]).toEqual([...files.keys()]);
      for (const [file, { text }] of files) {
        expect(again.get(file)!.text === text, `${file} is the same again`).toBe(true);
        await inspect(file, text, choices);
      }
    },
  );
});

test('what is for Python can be parsed by it', () => {
  expect(inPython.length).toBeGreaterThan(100);
  const input = JSON.stringify(inPython);
  expect(execFileSync('python3', ['-c', parsePython], { input, encoding: 'utf8' })).toBe('');
});

describe.each(Object.entries(specs))('%s in SQLite', (_, resources) => {
  // Alembic's are compared with them by tests/proofs/migrations.
  const inSql = (framework = '') => catalog.languageOf(framework) === 'node';
  const inSqlite = combinations.filter(
    ({ database, framework }) => database === 'sqlite' && inSql(framework),
  );
  test.each(inSqlite.map((choices) => [Object.values(choices).join(' '), choices] as const))(
    'migrations and seeds run: %s',
    (_name, choices) => {
      const files = render(resolvedFor(choices, resources), '1.0.0');
      const database = new Sqlite(':memory:');
      database.exec('pragma foreign_keys = on');
      for (const folder of ['migrations/', 'seeds/']) {
        for (const [file, { text }] of files) if (file.startsWith(folder)) database.exec(text);
      }
      const [{ count }] = database
        .prepare(`select count(*) as count from sqlite_master where type = 'table'`)
        .all() as [{ count: number }];
      expect(count).toBeGreaterThan(resources.length);
    },
  );
});

test('every load tool is tried with every framework, way of signing in and CI', () => {
  for (const axis of ['framework', 'auth', 'ci'] as const) {
    const met = new Set(combinations.map((choices) => nameOf(choices, [axis, 'loadTest'])));
    expect([axis, met.size]).toEqual([axis, promised[axis].length * tools.length]);
  }
});

test.each(tools)(
  '%s has a script for each load, a caller for each way of signing in, and keeps a baseline',
  (loadTest) => {
    for (const auth of promised.auth) {
      const choices = { ...combinations[0]!, auth, loadTest };
      const files = [...render(resolvedFor(choices, specs.sample), '1.0.0').keys()];
      for (const script of ['smoke', 'average', 'peak', 'stress', 'spike', 'soak', 'lib/callers'])
        expect([
          script,
          files.filter((file) => file.replace(/\.\w+$/, '') === `load/${script}`).length,
        ]).toEqual([script, 1]);
      expect(files).toEqual(expect.arrayContaining(['load/baseline.json', 'load/results/.gitignore']));
    }
  },
);

test.each([
  ['npm', 'npm ci', 'package-lock.json', '.npmrc', ''],
  ['pnpm', 'pnpm install --frozen-lockfile', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'global pnpm@'],
  ['yarn', 'yarn install --immutable', 'yarn.lock', '.yarnrc.yml', 'global @yarnpkg/cli-dist@'],
])(
  '%s installs what its lock file says, in the image and in CI',
  async (manager, install, lock, settings, pin) => {
    const choices = combinations.find(({ ci }) => ci === 'github')!;
    const files = render(resolvedFor(choices, specs.sample, manager), '1.0.0');
    const text = (file: string) => files.get(file)?.text ?? '';
    expect(files.has(settings)).toBe(true);
    expect(text('Dockerfile')).toContain(install);
    expect(text('Dockerfile')).toContain(lock);
    expect(text('.github/workflows/ci.yml')).toContain(install);
    expect(text('README.md')).toContain(`${manager} run dev`);
    const pinned = new RegExp(`${pin}\\d+\\.\\d+\\.\\d+`);
    // npm comes with Node.js, whose version is pinned.
    for (const file of ['Dockerfile', '.github/workflows/ci.yml'])
      if (pin) expect(text(file)).toMatch(pinned);
    for (const [file, content] of files) await inspect(file, content.text, choices);
  },
);

test('one instance where the choice allows no more', () => {
  for (const choices of combinations.filter(({ deploy }) => deploy === 'compose')) {
    const text = render(resolvedFor(choices, specs.sample), '1.0.0').get('compose.yaml')!.text;
    const single = choices.database === 'sqlite' || choices.cache === 'memory';
    const [, instances] = /replicas: (\d+)|scale: (\d+)/.exec(text)?.filter(Boolean) ?? [];
    expect([choices.database, choices.cache, instances]).toEqual([
      choices.database,
      choices.cache,
      single ? '1' : '3',
    ]);
  }
});
