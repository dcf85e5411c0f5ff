import { afterEach, describe, expect, test } from 'vitest';
import type { Manifest } from '../../../src/answers/manifest.js';
import { hashOf } from '../../../src/answers/manifest.js';
import { type Formatter, type Move, planOf } from '../../../src/evolution/plan.js';
import { Tree } from '../../../src/evolution/tree.js';
import { emptyProject, put, removeProjects } from './project.js';

afterEach(removeProjects);

/** The plan for files as they were rendered, as their owner has them, and as they are rendered now. */
function planned(
  old: Record<string, string>,
  mine: Record<string, string>,
  next: Record<string, string>,
  {
    moves = [],
    format = () => undefined,
    moved,
  }: { moves?: Move[]; format?: Formatter; moved?: Record<string, string> } = {},
) {
  const root = emptyProject();
  for (const [file, text] of Object.entries(mine)) put(root, file, text);
  const hashes = Object.entries(old).map(([file, text]) => [file, hashOf(text)]);
  const manifest = { format: 2, files: Object.fromEntries(hashes), ...(moved ? { moved } : {}) };
  const rendered = Object.entries(next).map(([file, text]) => [file, { text, executable: false }] as const);
  return planOf({
    tree: new Tree(root),
    manifest: manifest as unknown as Manifest,
    rendered: new Map(rendered),
    source: (file) => old[file],
    moves,
    labels: { mine: 'yours', base: 'base', theirs: 'theirs' },
    format,
    freshMigrations: false,
  });
}

const lines = 'one\ntwo\nthree\nfour\nfive\nsix\n';
const moves = [{ from: 'a.ts', to: 'lib/b.ts' }];

test('a file that the templates have moved takes the edits of its owner along', () => {
  const { steps, entries } = planned(
    { 'a.ts': lines },
    { 'a.ts': `${lines}mine\n` },
    { 'lib/b.ts': `new\n${lines}` },
    { moves },
  );
  expect(steps).toEqual([
    {
      path: 'lib/b.ts',
      at: 'a.ts',
      outcome: 'merged',
      write: { at: 'lib/b.ts', text: `new\n${lines}mine\n`, executable: false },
      remove: 'a.ts',
    },
  ]);
  expect([...entries.keys()]).toEqual(['lib/b.ts']);
});

test('a file that the templates have only moved is moved, edited or not', () => {
  for (const text of [lines, `${lines}mine\n`]) {
    const { steps } = planned({ 'a.ts': lines }, { 'a.ts': text }, { 'lib/b.ts': lines }, { moves });
    expect(steps).toMatchObject([{ outcome: 'changed', write: { at: 'lib/b.ts', text }, remove: 'a.ts' }]);
  }
});

test('a file that the templates and its owner have moved stays where its owner has it', () => {
  const now = { 'lib/b.ts': `new\n${lines}` };
  const { steps, moved } = planned({ 'a.ts': lines }, { 'mine.ts': lines }, now, {
    moves,
    moved: { 'a.ts': 'mine.ts' },
  });
  expect(steps).toEqual([
    {
      path: 'lib/b.ts',
      at: 'mine.ts',
      outcome: 'changed',
      write: { at: 'mine.ts', text: now['lib/b.ts'], executable: false },
    },
  ]);
  expect([...moved]).toEqual([['lib/b.ts', 'mine.ts']]);
});

test('a file is not moved to where its owner has another', () => {
  const { steps } = planned(
    { 'a.ts': lines },
    { 'a.ts': lines, 'lib/b.ts': 'mine' },
    { 'lib/b.ts': lines },
    { moves },
  );
  expect(steps).toEqual([
    {
      path: 'lib/b.ts',
      at: 'a.ts',
      outcome: 'kept',
      because: 'it is at lib/b.ts now, where you have another file',
    },
  ]);
});

test('a change that its owner has made already is listed', () => {
  const { steps } = planned({ 'a.ts': lines }, { 'a.ts': `new\n${lines}` }, { 'a.ts': `new\n${lines}` });
  expect(steps).toEqual([{ path: 'a.ts', at: 'a.ts', outcome: 'adopted' }]);
});

test('a rendering is not put beside a file where its owner has another, and all such places are named', () => {
  const mine = { 'a.ts': 'mine\n', 'a.ts.new': 'mine\n', 'b.ts': 'mine\n', 'b.ts.new/c.ts': 'mine\n' };
  expect(() => planned({}, mine, { 'a.ts': lines, 'b.ts': lines })).toThrow(
    /^a\.ts\.new: is a file of yours, and the place of the new rendering of a\.ts; .*\nb\.ts\.new: is/,
  );
});

test('of two files that are like one that is gone, none is taken for it', () => {
  const mine = { 'x.ts': `${lines}x\n`, 'y.ts': `${lines}y\n` };
  const { steps } = planned({ 'a.ts': lines }, mine, { 'a.ts': `new\n${lines}` });
  expect(steps).toEqual([{ path: 'a.ts', at: 'a.ts', outcome: 'kept', because: 'you have deleted it' }]);
});

test('a file that has little of one that is gone is not taken for it', () => {
  const mine = { 'x.ts': 'one\ntwo\nthree\nof\nanother\nmatter\n' };
  const { steps } = planned({ 'a.ts': lines }, mine, { 'a.ts': `new\n${lines}` });
  expect(steps).toEqual([{ path: 'a.ts', at: 'a.ts', outcome: 'kept', because: 'you have deleted it' }]);
});

test('where a file in another format clashes, renderings in its format are merged', () => {
  const format: Formatter = (_, texts) => texts.map((text) => text.toUpperCase());
  const mine = { 'a.ts': `${lines.toUpperCase()}MINE\n` };
  const next = { 'a.ts': `new\n${lines}` };
  expect(planned({ 'a.ts': lines }, mine, next).steps).toMatchObject([{ outcome: 'clash' }]);
  expect(planned({ 'a.ts': lines }, mine, next, { format }).steps).toMatchObject([
    { outcome: 'merged', write: { text: `NEW\n${lines.toUpperCase()}MINE\n` } },
  ]);
});

describe('imports of files that their owner has moved', () => {
  const shared = 'export const one = 1;\nexport const two = 2;\nexport const three = 3;\n';
  const edited = `${shared}// mine\n`;

  test('lead to where they are: in a new file, in one that follows, and in one that is merged', () => {
    const old = { 'src/a/one.ts': shared, 'src/b.ts': lines, 'src/c.ts': `import './a/one.js';\n${lines}` };
    const mine = {
      'src/lib/first.ts': edited,
      'src/b.ts': lines,
      'src/c.ts': `import './lib/first.js';\n${lines}mine\n`,
    };
    const user = (from: string) =>
      [
        `import { one } from '${from}a/one.js';`,
        `export * from "${from}a/one.ts";`,
        `const late = import('${from}a/one.js');`,
        `vi.mock('${from}a/one.js');`,
        `const text = '${from}a/one.js';`,
        '',
      ].join('\n');
    const next = {
      ...old,
      'src/b.ts': user('./'),
      'src/c.ts': `import './a/one.js';\nnew\n${lines}`,
      'src/x/d.ts': user('../'),
    };
    const { steps, moved } = planned(old, mine, next);
    const written = Object.fromEntries(steps.map(({ at, write }) => [at, write?.text]));
    expect(written).toEqual({
      'src/b.ts': `import { one } from './lib/first.js';\nexport * from "./lib/first.ts";\nconst late = import('./lib/first.js');\nvi.mock('./lib/first.js');\nconst text = './a/one.js';\n`,
      'src/c.ts': `import './lib/first.js';\nnew\n${lines}mine\n`,
      'src/x/d.ts': user('../')
        .replaceAll('../a/one', '../lib/first')
        .replace("text = '../lib/first", "text = '../a/one"),
    });
    expect([...moved]).toEqual([['src/a/one.ts', 'src/lib/first.ts']]);
  });

  test('lead from where a moved file is to the others', () => {
    const old = { 'src/a/one.ts': `import '../b.js';\n${shared}`, 'src/b.ts': lines };
    const mine = { 'src/one.ts': `import './b.js';\n${shared}mine\n`, 'src/b.ts': lines };
    const next = {
      ...old,
      'src/a/one.ts': `import '../b.js';\nimport '../c.js';\nimport '../none.js';\n${shared}`,
      'src/c.ts': 'c\n',
    };
    const { steps } = planned(old, mine, next);
    expect(steps).toContainEqual(
      expect.objectContaining({
        at: 'src/one.ts',
        outcome: 'merged',
        write: expect.objectContaining({
          text: `import './b.js';\nimport './c.js';\nimport '../none.js';\n${shared}mine\n`,
        }),
      }),
    );
  });

  test('of Python lead to modules and packages', () => {
    const old = { 'app/database/port.py': shared, 'app/names/__init__.py': `${shared}${lines}` };
    const mine = { 'app/db/gate.py': edited, 'app/words/__init__.py': `${shared}${lines}` };
    const text = [
      'from app.database.port import one',
      'from app.database.port import (',
      '    two,',
      ')',
      'from app.database import port',
      'from app.database import port as gate',
      'from app.names import camel',
      'from app.database import other',
      '',
    ];
    const { steps } = planned(old, mine, { ...old, 'app/new.py': text.join('\n') });
    expect(steps[0]!.write!.text.split('\n')).toEqual([
      'from app.db.gate import one',
      'from app.db.gate import (',
      '    two,',
      ')',
      'from app.db import gate as port',
      'from app.db import gate as gate',
      'from app.words import camel',
      'from app.database import other',
      '',
    ]);
  });

  test('stay where something is in the old place, or the file is deleted', () => {
    const old = { 'src/one.ts': shared, 'src/two.ts': shared };
    const next = { ...old, 'src/three.ts': "import './one.js';\nimport './two.js';\n" };
    const { steps } = planned(
      old,
      { 'src/one.ts': 'export * from "./first.js";\n', 'src/first.ts': edited, 'src/second.ts': edited },
      next,
    );
    expect(steps).toMatchObject([{ at: 'src/three.ts', write: { text: next['src/three.ts'] } }]);
  });
});
