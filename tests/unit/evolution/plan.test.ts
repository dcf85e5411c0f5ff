import { afterEach, expect, test } from 'vitest';
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

test('where a file in another format clashes, renderings in its format are merged', () => {
  const format: Formatter = (_, texts) => texts.map((text) => text.toUpperCase());
  const mine = { 'a.ts': `${lines.toUpperCase()}MINE\n` };
  const next = { 'a.ts': `new\n${lines}` };
  expect(planned({ 'a.ts': lines }, mine, next).steps).toMatchObject([{ outcome: 'clash' }]);
  expect(planned({ 'a.ts': lines }, mine, next, { format }).steps).toMatchObject([
    { outcome: 'merged', write: { text: `NEW\n${lines.toUpperCase()}MINE\n` } },
  ]);
});
