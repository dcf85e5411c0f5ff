import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashOf } from '../../../src/answers/manifest.js';
import { type Change, Changes } from '../../../src/evolution/apply.js';
import { emptyProject, put, removeProjects } from './project.js';

afterEach(removeProjects);

const operations = ['writeFileSync', 'renameSync', 'rmSync', 'mkdirSync', 'rmdirSync', 'chmodSync'] as const;
const real = Object.fromEntries(operations.map((name) => [name, fs[name]])) as Pick<
  typeof fs,
  (typeof operations)[number]
>;

const journal = '.scalable-api/journal';
const lockPath = `${journal}/lock`;

class Killed extends Error {}

/**
 * Does work in a process that is killed at one of its writes: half of a text is written then, and nothing after it.
 * @param at the number of the write, from 1
 * @returns whether it came so far
 */
async function killedAt(at: number, root: string, work: () => Promise<unknown>): Promise<boolean> {
  let left = at;
  const stopped =
    (name: (typeof operations)[number]) =>
    (file: string, ...args: unknown[]): unknown => {
      if (left > 0) left -= 1;
      if (left > 0) return (real[name] as (...all: unknown[]) => unknown)(file, ...args);
      if (left === 0 && name === 'writeFileSync') {
        const [content, options] = args as [string | Uint8Array, { flag?: string } | undefined];
        real.writeFileSync(file, content.slice(0, content.length / 2), options);
      }
      left = -1;
      throw new Killed();
    };
  Object.assign(fs, Object.fromEntries(operations.map((name) => [name, stopped(name)])));
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  } finally {
    Object.assign(fs, real);
    // Its lock is that of a process that is gone.
    const lock = path.join(root, lockPath);
    if (fs.existsSync(lock) && fs.readFileSync(lock, 'utf8') === `${process.pid}\n`)
      put(root, lockPath, '999999\n');
  }
}

/** Everything in a project but the journal: bytes, rights and folders. */
function stateOf(root: string): Record<string, string> {
  const state: Record<string, string> = {};
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name);
    const file = path.relative(root, full);
    if (file === '.scalable-api' || file.startsWith(journal)) continue;
    const mode = (fs.statSync(full).mode & 0o777).toString(8);
    state[file] = entry.isDirectory() ? 'folder' : `${mode} ${fs.readFileSync(full, 'utf8')}`;
  }
  return state;
}

const to = (text: string, executable = false) => ({ text, executable });
const first: Change[] = [
  { file: 'a.txt', to: to('the second text of a') },
  { file: 'own/rights.txt', to: to('the second text of it') },
  { file: 'run.sh', to: to('the first run', true) },
  { file: 'gone/only.txt', to: null },
  { file: 'new/below/it/file.txt', to: to('a file of the first change') },
];
const second: Change[] = [
  { file: 'a.txt', to: to('the third text of a') },
  { file: 'run.sh', to: to('the first run') },
  { file: 'new/below/it/file.txt', to: null },
  { file: 'more/below/file.txt', to: to('a file of the second change') },
];

let root: string;

beforeEach(() => {
  root = emptyProject();
  put(root, 'a.txt', 'the first text of a');
  put(root, 'own/rights.txt', 'the first text of it', 0o600);
  put(root, 'run.sh', 'the first run');
  put(root, 'gone/only.txt', 'a text that goes');
});

const { signal } = new AbortController();
const textOf = (file: string) => {
  const full = path.join(root, file);
  return fs.existsSync(full) ? hashOf(fs.readFileSync(full)) : undefined;
};

const make = (changes: Change[]) => {
  const all = new Changes(root);
  return all.exclusively(async () => all.make(changes, 'a test', textOf, signal));
};
/** What the next process does first. @returns whether something was interrupted */
const recover = () => new Changes(root).exclusively(async (interrupted) => interrupted);
const undo = () => {
  const all = new Changes(root);
  return all.exclusively(async (interrupted) => interrupted || all.undo());
};
/** What is left for the next process: the state, and the one after an undo. */
async function left(): Promise<{ state: Record<string, string>; undone: Record<string, string> }> {
  await recover();
  const state = stateOf(root);
  await undo().catch((error) => {
    if (!String(error.message).includes('nothing to undo')) throw error;
  });
  return { state, undone: stateOf(root) };
}

describe('a process that is killed at any of its writes', () => {
  test('has made all changes or none, whether others came before or not', async () => {
    const none = stateOf(root);
    let kills = 0;
    for (let at = 1; await killedAt(at, root, () => make(first)); at += 1) {
      const { state, undone } = await left();
      kills += 1;
      // Killed after the last write, all is there.
      if (state['a.txt'] !== none['a.txt']) expect(state['gone/only.txt']).toBeUndefined();
      else expect([at, state]).toEqual([at, none]);
      expect([at, undone]).toEqual([at, none]);
    }
    expect(kills).toBeGreaterThan(20);
    const one = stateOf(root);
    expect(one['new/below/it/file.txt']).toBe('644 a file of the first change');
    expect(one['own/rights.txt']).toBe('600 the second text of it');
    fs.cpSync(root, `${root}-kept`, { recursive: true });
    try {
      for (let at = 1; await killedAt(at, root, () => make(second)); at += 1) {
        const { state, undone } = await left();
        if (state['a.txt'] !== one['a.txt']) expect(state['more/below/file.txt']).toBeDefined();
        else expect([at, state]).toEqual([at, one]);
        // The first change can be undone until the second has begun.
        const taken = undone['a.txt'] === none['a.txt'] ? none : one;
        expect([at, undone]).toEqual([at, taken]);
        fs.rmSync(root, { recursive: true });
        fs.cpSync(`${root}-kept`, root, { recursive: true });
      }
    } finally {
      fs.rmSync(`${root}-kept`, { recursive: true });
    }
    await undo();
    expect(stateOf(root)).toEqual(one);
  });

  test('while it takes back what another has left has taken it back or not, and the next goes on', async () => {
    const none = stateOf(root);
    let kills = 0;
    for (let at = 8; at <= 32; at += 8) {
      expect(await killedAt(at, root, () => make(first))).toBe(true);
      for (let again = 1; await killedAt(again, root, recover); again += 1) {
        kills += 1;
        await recover();
        expect([at, again, stateOf(root)]).toEqual([at, again, none]);
        await killedAt(at, root, () => make(first));
      }
      expect([at, stateOf(root)]).toEqual([at, none]);
    }
    expect(kills).toBeGreaterThan(20);
  });

  test('while it undoes has undone all or nothing', async () => {
    const none = stateOf(root);
    await make(first);
    const one = stateOf(root);
    let kills = 0;
    for (let at = 1; await killedAt(at, root, undo); at += 1) {
      kills += 1;
      await recover();
      const state = stateOf(root);
      expect([at, state]).toEqual([at, state['a.txt'] === one['a.txt'] ? one : none]);
      if (state['a.txt'] === none['a.txt']) await make(first);
    }
    expect(kills).toBeGreaterThan(10);
    expect(stateOf(root)).toEqual(none);
  });
});

test('what its owner does after a change was taken back stays', async () => {
  await killedAt(30, root, () => make(first));
  await recover();
  put(root, 'a.txt', 'mine');
  await recover();
  expect(stateOf(root)['a.txt']).toBe('644 mine');
});
