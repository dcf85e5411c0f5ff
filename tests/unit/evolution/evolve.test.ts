import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { problems } from '../../../src/answers/judge.js';
import { hashOf, manifestPath } from '../../../src/answers/manifest.js';
import { resolveAnswers } from '../../../src/answers/resolve.js';
import { axisNames } from '../../../src/catalog/axes.js';
import { Changes } from '../../../src/evolution/apply.js';
import { basePath } from '../../../src/evolution/base.js';
import { evolve } from '../../../src/evolution/evolve.js';
import { readProject } from '../../../src/evolution/project.js';
import {
  besideMigrations,
  catalog,
  changeTo,
  earlierProject,
  expectedFiles,
  filesOf,
  projectWith,
  put,
  removeProjects,
  rendering,
  textAt,
} from './project.js';

afterEach(removeProjects);

const outcomesOf = ({ steps }: { steps: { at: string; outcome: string; because?: string }[] }) =>
  Object.fromEntries(steps.map(({ at, outcome }) => [at, outcome]));

/** All pairs of values of an axis that a framework has, the default with each other one. */
const pairs = ['fastify', 'fastapi'].flatMap((framework) =>
  axisNames.flatMap((axis) => {
    if (axis === 'framework') return [];
    const [first, ...others] = catalog.values(axis, framework).map(({ name }) => name);
    return others
      .map((other) => ({
        framework,
        axis,
        from: { framework, [axis]: first! },
        to: { framework, [axis]: other },
      }))
      .filter(({ from, to }) => problems(catalog, from).length + problems(catalog, to).length === 0);
  }),
);

describe('a project that nobody has edited', () => {
  test.each(pairs)('becomes what it would have been: $framework, $axis $to', async ({ from, to }) => {
    const root = await projectWith(from);
    const { steps } = await changeTo(root, to);
    expect(steps.filter(({ outcome }) => ['clash', 'merged', 'kept'].includes(outcome))).toEqual([]);
    expect(besideMigrations(filesOf(root))).toEqual(besideMigrations(expectedFiles(to)));
    expect((await changeTo(root, to)).changes).toBe(false);
  });

  test.each([
    [{ cache: 'memory' }, { ci: 'gitlab' }],
    [{ auth: 'none' }, { loadTest: 'k6' }],
  ])('has the same files whatever comes first, %o or %o, and goes back', async (one, other) => {
    const root = await projectWith();
    const before = filesOf(root);
    await changeTo(root, one);
    await changeTo(root, other);
    const both = filesOf(root);
    expect(besideMigrations(both)).toEqual(besideMigrations(expectedFiles({ ...one, ...other })));
    const { answers } = JSON.parse(before[manifestPath]!);
    await changeTo(root, answers);
    expect(filesOf(root)).toEqual(before);
    await changeTo(root, other);
    await changeTo(root, one);
    expect(filesOf(root)).toEqual(both);
  });

  test('is not written when nothing changes', async () => {
    const root = await projectWith();
    const times = () =>
      [manifestPath, basePath, 'package.json'].map(
        (file) => fs.statSync(path.join(root, file), { bigint: true }).mtimeNs,
      );
    const before = times();
    expect((await changeTo(root)).changes).toBe(false);
    expect(times()).toEqual(before);
    expect(fs.readdirSync(path.join(root, '.scalable-api'))).toEqual(['base']);
  });
});

/** What an owner does to a text file. */
const edit = fc.oneof(
  fc.record({
    do: fc.constant('insert' as const),
    file: fc.nat(),
    place: fc.nat(),
    line: fc.stringMatching(/^[a-z]{8,20}$/),
  }),
  fc.record({ do: fc.constant('delete' as const), file: fc.nat() }),
  fc.record({ do: fc.constant('mode' as const), file: fc.nat() }),
  fc.record({ do: fc.constant('windows' as const), file: fc.nat() }),
  fc.record({ do: fc.constant('mark' as const), file: fc.nat() }),
  fc.record({ do: fc.constant('own' as const), name: fc.stringMatching(/^[a-z]{4,8}$/), text: fc.string() }),
);

test('nothing that an owner wrote, added or deleted is lost or brought back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), async (edits) => {
      const root = await projectWith();
      const files = [...rendering({}).keys()].filter((file) => file !== manifestPath);
      const inserted: { file: string; line: string }[] = [];
      const deleted = new Set<string>();
      const own: Record<string, string> = {};
      for (const change of edits) {
        if (change.do === 'own') {
          own[`src/own-${change.name}.ts`] = change.text;
          put(root, `src/own-${change.name}.ts`, change.text);
          continue;
        }
        const file = files[change.file % files.length]!;
        const full = path.join(root, file);
        const text = textAt(root, file);
        if (text === undefined) continue;
        if (change.do === 'insert') {
          const lines = text.split('\n');
          lines.splice(change.place % lines.length, 0, `// ${change.line}`);
          fs.writeFileSync(full, lines.join('\n'));
          inserted.push({ file, line: change.line });
        } else if (change.do === 'delete') {
          fs.rmSync(full);
          deleted.add(file);
        } else if (change.do === 'mode') fs.chmodSync(full, 0o744);
        else if (change.do === 'windows') fs.writeFileSync(full, text.replace(/\r?\n/g, '\r\n'));
        else if (!text.startsWith('\uFEFF')) fs.writeFileSync(full, `\uFEFF${text}`);
      }
      const result = await changeTo(root, { cache: 'memory' });
      for (const { file, line } of inserted)
        if (!deleted.has(file)) expect(textAt(root, file), file).toContain(line);
      for (const file of deleted) expect(textAt(root, file), file).toBeUndefined();
      for (const [file, text] of Object.entries(own)) expect(textAt(root, file)).toBe(text);
      // Whatever the new rendering adds is in the tree, unless the report names the file.
      const named = new Set(
        result.steps
          .filter(({ outcome }) => outcome === 'clash' || outcome === 'kept')
          .map(({ at }) => at.replace(/\.new$/, '')),
      );
      for (const [file, { text }] of rendering({ cache: 'memory' })) {
        if (file === manifestPath || named.has(file) || deleted.has(file)) continue;
        const present = new Set(
          textAt(root, file)
            ?.replace(/^\uFEFF/, '')
            .split(/\r?\n/),
        );
        const before = new Set(rendering({}).get(file)?.text.split('\n'));
        const missing = text.split('\n').filter((line) => !present.has(line) && !before.has(line));
        expect(missing, file).toEqual([]);
      }
      // Commands refuse a project with clashes.
      if (result.steps.every(({ outcome }) => outcome !== 'clash'))
        expect((await changeTo(root, { cache: 'memory' })).changes).toBe(false);
    }),
    { numRuns: 15 },
  );
});

describe('a file that', () => {
  const main = 'src/main.ts';
  const older = { [main]: (text: string) => text.replace(/^.*$/m, '// An older first line.') };

  test('was edited in another place is merged', async () => {
    const root = await earlierProject(older);
    put(root, main, `${textAt(root, main)}// mine\n`);
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'merged' });
    expect(textAt(root, main)).toBe(`${rendering({}).get(main)!.text}// mine\n`);
  });

  test('was edited in the same place has marks with all three, and is in the manifest', async () => {
    const root = await earlierProject(older);
    put(root, main, textAt(root, main)!.replace('An older', 'My'));
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'clash' });
    expect(textAt(root, main)).toMatch(
      /^<<<<<<< yours\n\/\/ My first line\.\n\|{7} as generated by 0\.0\.1\n\/\/ An older first line\.\n=======\n/,
    );
    expect(JSON.parse(textAt(root, manifestPath)!).clashes).toEqual([main]);
  });

  test.each([
    ['removed', false],
    ['damaged', true],
  ])('was edited is not merged when the base is %s', async (_, damaged) => {
    const root = await earlierProject(older, { base: damaged });
    if (damaged)
      put(root, basePath, textAt(root, basePath)!.replace(/^(src\/main\.ts\t\w+\t).{8}/m, '$1AAAAAAAA'));
    put(root, main, `${textAt(root, main)}// mine\n`);
    const mine = textAt(root, main);
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'clash' });
    expect(textAt(root, main)).toBe(mine);
    expect(textAt(root, `${main}.new`)).toBe(rendering({}).get(main)!.text);
  });

  test('was edited is merged against what git has of it', async () => {
    const root = await earlierProject(older, { base: false });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: root });
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'made');
    put(root, main, `${textAt(root, main)}// mine\n`);
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'merged' });
  });

  test('was moved by its owner is changed where it is now, also the next time', async () => {
    const root = await earlierProject(older);
    fs.renameSync(path.join(root, main), path.join(root, 'src/start.ts'));
    fs.appendFileSync(path.join(root, 'src/start.ts'), '// mine\n');
    expect(outcomesOf(await changeTo(root))).toEqual({ 'src/start.ts': 'merged' });
    expect(textAt(root, main)).toBeUndefined();
    expect(textAt(root, 'src/start.ts')).toBe(`${rendering({}).get(main)!.text}// mine\n`);
    expect(JSON.parse(textAt(root, manifestPath)!).moved).toEqual({ [main]: 'src/start.ts' });
    expect((await changeTo(root)).changes).toBe(false);
  });

  test('was deleted stays deleted, and is named when its rendering changes', async () => {
    const root = await earlierProject(older);
    fs.rmSync(path.join(root, main));
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'kept' });
    expect(textAt(root, main)).toBeUndefined();
  });

  test('is no longer generated goes, with its empty folder, unless it was edited', async () => {
    const root = await earlierProject({ 'old/a/one.ts': () => 'one\n', 'old/b/two.ts': () => 'two\n' });
    put(root, 'old/b/two.ts', 'two, edited\n');
    expect(outcomesOf(await changeTo(root))).toEqual({ 'old/a/one.ts': 'deleted', 'old/b/two.ts': 'kept' });
    expect(fs.readdirSync(path.join(root, 'old'))).toEqual(['b']);
  });

  test('its owner has added as well is kept, and the new one put beside it', async () => {
    const root = await earlierProject({ [main]: () => undefined });
    put(root, main, 'mine\n');
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'clash' });
    expect(textAt(root, main)).toBe('mine\n');
    expect(textAt(root, `${main}.new`)).toBe(rendering({}).get(main)!.text);
  });

  test.runIf(process.platform !== 'win32')('is a link, or below one, is not written', async () => {
    const root = await earlierProject({ ...older, 'src/app.ts': (text) => `// older\n${text}` });
    const elsewhere = await projectWith();
    fs.rmSync(path.join(root, main));
    fs.symlinkSync(path.join(elsewhere, main), path.join(root, main));
    const before = filesOf(elsewhere);
    const { steps } = await changeTo(root);
    expect(steps).toContainEqual({ path: main, at: main, outcome: 'kept', because: 'is a symbolic link' });
    fs.renameSync(path.join(root, 'src'), path.join(root, 'source'));
    fs.symlinkSync(path.join(elsewhere, 'src'), path.join(root, 'src'));
    await changeTo(root, { cache: 'memory' });
    expect(filesOf(elsewhere)).toEqual(before);
  });

  test.runIf(process.platform !== 'win32')('its owner has made executable stays so', async () => {
    const root = await earlierProject(older);
    fs.chmodSync(path.join(root, main), 0o755);
    expect(outcomesOf(await changeTo(root))).toEqual({ [main]: 'changed' });
    expect(fs.statSync(path.join(root, main)).mode & 0o777).toBe(0o755);
  });

  test('has changed its run bit only gets it', async () => {
    const script = [...rendering({})].find(([, { executable }]) => executable)![0];
    const root = await earlierProject({ [script]: (text) => text });
    const manifest = JSON.parse(textAt(root, manifestPath)!);
    manifest.files[script] = manifest.files[script].replace(' +x', '');
    put(root, manifestPath, JSON.stringify(manifest));
    fs.chmodSync(path.join(root, script), 0o644);
    expect(outcomesOf(await changeTo(root))).toEqual({ [script]: 'changed' });
    expect(fs.statSync(path.join(root, script)).mode & 0o100).toBe(0o100);
  });
});

test('an update can be taken back, byte by byte, and not after an edit', async () => {
  const root = await projectWith();
  put(root, 'src/config.ts', `${textAt(root, 'src/config.ts')}// mine\n`);
  const before = filesOf(root);
  await changeTo(root, { cache: 'memory' });
  const after = filesOf(root);
  put(root, 'README.md', 'edited\n');
  await expect(new Changes(root).exclusively(async () => new Changes(root).undo())).rejects.toThrow(
    /^README\.md: has been changed since/,
  );
  put(root, 'README.md', after['README.md']!);
  await new Changes(root).exclusively(async () => new Changes(root).undo());
  expect(filesOf(root)).toEqual(before);
  expect(fs.readdirSync(path.join(root, '.scalable-api'))).toEqual(['base']);
});

test('a failure in the middle leaves the disk as it was', async () => {
  const root = await projectWith();
  const before = filesOf(root);
  let wrote = 0;
  const rename = fs.renameSync;
  fs.renameSync = (from, to) => {
    wrote += 1;
    if (wrote === 12) throw Object.assign(new Error('no space'), { code: 'ENOSPC', path: String(to) });
    rename(from, to);
  };
  try {
    await expect(changeTo(root, { cache: 'memory' })).rejects.toThrow(
      /the disk is full; everything is as it was/,
    );
  } finally {
    fs.renameSync = rename;
  }
  expect(wrote).toBeGreaterThan(12);
  expect(filesOf(root)).toEqual(before);
});

test('a run that is cancelled leaves the disk as it was', async () => {
  const root = await projectWith();
  const before = filesOf(root);
  const changes = ['README.md', 'package.json'].map((file) => ({ file, to: null }));
  const stopped = AbortSignal.abort(new Error('cancelled'));
  const made = new Changes(root).exclusively(async () =>
    new Changes(root).make(changes, 'a test', (file) => hashOf(textAt(root, file)!), stopped),
  );
  await expect(made).rejects.toThrow('cancelled');
  expect(filesOf(root)).toEqual(before);
});

test('a file that has changed since the plan stops all changes', async () => {
  const root = await projectWith();
  const before = filesOf(root);
  const to = { text: 'new\n', executable: false };
  const changes = ['README.md', 'added.txt'].map((file) => ({ file, to }));
  for (const [seen, file] of [
    [{ 'added.txt': undefined }, 'README.md'],
    [
      { 'README.md': hashOf(textAt(root, 'README.md')!), 'added.txt': hashOf('of another program') },
      'added.txt',
    ],
  ] as const) {
    const made = new Changes(root).exclusively(async () =>
      new Changes(root).make(
        changes,
        'a test',
        (path) => seen[path as keyof typeof seen],
        new AbortController().signal,
      ),
    );
    await expect(made).rejects.toThrow(`${file}: was changed by another program meanwhile`);
    expect(filesOf(root)).toEqual(before);
  }
});

test('folders that were made before a failure go again', async () => {
  const root = await projectWith();
  const make = fs.mkdirSync;
  fs.mkdirSync = ((folder: string, options) => {
    if (folder.endsWith('new/below')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    return make(folder, options);
  }) as typeof fs.mkdirSync;
  const change = { file: 'new/below/file.txt', to: { text: '', executable: false } };
  const { signal } = new AbortController();
  try {
    const made = new Changes(root).exclusively(async () =>
      new Changes(root).make([change], 'a test', () => undefined, signal),
    );
    await expect(made).rejects.toThrow('the disk is full; everything is as it was');
  } finally {
    fs.mkdirSync = make;
  }
  expect(fs.existsSync(path.join(root, 'new'))).toBe(false);
});

test('what a killed process has left half-written is taken back first', async () => {
  const root = await projectWith();
  const before = filesOf(root);
  await changeTo(root, { cache: 'memory' });
  const record = '.scalable-api/journal/record.json';
  put(root, record, textAt(root, record)!.replace('"done"', '"writing"'));
  await new Changes(root).exclusively(async (interrupted) => expect(interrupted).toBe(true));
  expect(filesOf(root)).toEqual(before);
});

test('two processes do not change one project at once', async () => {
  const root = await projectWith();
  await new Changes(root).exclusively(async () => {
    await expect(changeTo(root, { cache: 'memory' })).rejects.toThrow(/is changing this project now/);
  });
  // A process that was killed has left its lock.
  put(root, '.scalable-api/journal/lock', '999999\n');
  expect((await changeTo(root, { cache: 'memory' })).changes).toBe(true);
});

test.each([
  ['../outside', /leads out of the project/],
  ['/etc/passwd', /leads out of the project/],
  ['.git/hooks/pre-commit', /leads out of the project/],
  ['src\\main.ts', /leads out of the project/],
  ['SRC/main.ts', /twice, in different case/],
])('a manifest that names %s is refused', async (file, message) => {
  const root = await projectWith();
  const manifest = JSON.parse(textAt(root, manifestPath)!);
  manifest.files[file] = manifest.files['src/main.ts'];
  put(root, manifestPath, JSON.stringify(manifest));
  await expect(changeTo(root, { cache: 'memory' })).rejects.toThrow(message);
});

test('migrations stay, and new ones follow the last one', async () => {
  const root = await projectWith({ framework: 'fastapi', auth: 'none' });
  const before = filesOf(root);
  await changeTo(root, { auth: 'jwt' });
  const after = filesOf(root);
  for (const [file, text] of Object.entries(before))
    if (/^migrations\/versions\/\d/.test(file)) expect(after[file]).toBe(text);
  expect(after['migrations/versions/0002_auth.py']).toContain('down_revision = "0101"');
  expect((await changeTo(root, { auth: 'jwt' })).changes).toBe(false);
  await changeTo(root, { auth: 'none' });
  expect(textAt(root, 'migrations/versions/0002_auth.py')).toBeDefined();
  expect((await changeTo(root, { auth: 'jwt' })).steps.map(({ at }) => at)).not.toContain(
    'migrations/versions/0002_auth.py',
  );
});

test('migrations that come together follow each other', async () => {
  const root = await projectWith({ framework: 'fastapi', auth: 'none' });
  const { answers } = JSON.parse(textAt(root, manifestPath)!);
  await changeTo(root, { auth: 'jwt', resources: [...answers.resources, 'order: total:decimal'] });
  const text = (file: string) => textAt(root, `migrations/versions/${file}.py`);
  expect(text('0002_auth')).toContain('down_revision = "0101"');
  expect(text('0005_tenants_of_accounts')).toContain('down_revision = "0002"');
  expect(text('0102_orders')).toContain('down_revision = "0005"');
});

test('a new migration is refused where those of two branches come last', async () => {
  const root = await projectWith({ framework: 'fastapi', auth: 'none' });
  for (const id of ['ab12', 'cd34'])
    put(root, `migrations/versions/${id}_own.py`, `revision = "${id}"\ndown_revision = "0101"\n`);
  await expect(changeTo(root, { auth: 'jwt' })).rejects.toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({
          given: 'migrations ab12, cd34',
          command: 'uv run alembic merge heads --message merge',
        }),
      ],
    }),
  );
  put(root, 'migrations/versions/ef56_own.py', 'revision = "ef56"\ndown_revision = ("ab12", "cd34")\n');
  await changeTo(root, { auth: 'jwt' });
  expect(textAt(root, 'migrations/versions/0002_auth.py')).toContain('down_revision = "ef56"');
});

test('the lock file of the package manager before goes, and comes back with the rest', async () => {
  const root = await projectWith();
  put(root, 'package-lock.json', '{}\n');
  put(root, 'node_modules/pg/index.js', '');
  const before = filesOf(root);
  const { steps } = await changeTo(root, { packageManager: 'pnpm' });
  expect(steps).toContainEqual(
    expect.objectContaining({ at: 'package-lock.json', outcome: 'deleted', because: expect.any(String) }),
  );
  expect(textAt(root, 'package-lock.json')).toBeUndefined();
  expect(textAt(root, 'node_modules/pg/index.js')).toBe('');
  await new Changes(root).exclusively(async () => new Changes(root).undo());
  expect(filesOf(root)).toEqual(before);
  expect(outcomesOf(await changeTo(root, { cache: 'memory' }))).not.toHaveProperty('package-lock.json');
});

test('an option that an earlier version did not have gets its default', async () => {
  const root = await projectWith();
  const manifest = JSON.parse(textAt(root, manifestPath)!);
  delete manifest.answers.queue;
  put(root, manifestPath, JSON.stringify(manifest));
  const { queue: _, ...answers } = manifest.answers;
  const options = { dryRun: false, allowDirty: true, old: undefined, noFormat: true, noBase: false };
  const { signal } = new AbortController();
  await new Changes(root).exclusively(async () =>
    evolve({ root, catalog, manifest, answers, about: 'a test' }, options, signal),
  );
  expect(filesOf(root)).toMatchObject(expectedFiles({}));
});

test('a choice that is no longer possible is refused, with one that is', async () => {
  const root = await projectWith();
  const { manifest } = readProject(root, 'test');
  const answers = { ...manifest.answers, deploy: 'nomad' };
  expect(() => resolveAnswers(catalog, answers)).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({
          given: 'deploy=nomad',
          command: expect.stringMatching(/^create-scalable-api add deploy=/),
        }),
      ],
    }),
  );
});

test('a project of format 1 is taken over', async () => {
  const root = await earlierProject({ 'src/main.ts': (text) => `// older\n${text}` }, { base: false });
  const manifest = JSON.parse(textAt(root, manifestPath)!);
  delete manifest.format;
  manifest.files = Object.fromEntries(
    Object.entries<string>(manifest.files).map(([file, entry]) => [file, entry.slice(0, 32)]),
  );
  manifest.answers.resources = manifest.answers.resources.map(({ spec }: { spec: string }) => spec);
  put(root, manifestPath, JSON.stringify(manifest));
  expect(outcomesOf(await changeTo(root))).toEqual({ 'src/main.ts': 'changed' });
  expect(besideMigrations(filesOf(root))).toEqual(besideMigrations(expectedFiles({})));
  expect(textAt(root, manifestPath)).toBe(rendering({}).get(manifestPath)!.text);
  expect(textAt(root, basePath)).toBeDefined();
});
