import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as pty from '@lydell/node-pty';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { copyOfPackage } from '../e2e/project.js';

/** The installed package, and an empty folder for each test. */
export const place = { installed: '', cli: '', here: '' };

/** Installs the tarball once for a file of tests. */
export function usePackage(): void {
  beforeAll(() => {
    place.installed = copyOfPackage();
    place.cli = path.join(place.installed, 'node_modules/create-scalable-api/dist/cli.js');
  }, 300_000);
  afterAll(() => fs.rmSync(place.installed, { recursive: true, force: true }));
  const folders: string[] = [];
  beforeEach(() => {
    place.here = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
    folders.push(place.here);
  });
  afterAll(() => {
    for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
  });
}

export interface Run {
  code: number | null;
  out: string;
  err: string;
}

interface RunOptions {
  cwd?: string;
  input?: string;
  env?: Record<string, string>;
}

export function run(args: string[], options: RunOptions = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [place.cli, ...args], {
    cwd: options.cwd ?? place.here,
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
  });
  return { code: status, out: stdout, err: stderr };
}

/** A run that goes on beside the test. */
export function begin(args: string[], env: Record<string, string> = {}, cwd = place.here) {
  const child = spawn(process.execPath, [place.cli, ...args], { cwd, env: { ...process.env, ...env } });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Run>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

export const quick = ['--yes', '--no-install', '--no-git'];

/** Every path below a folder, with the content of files. */
export function snapshot(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      return [
        path.relative(folder, full),
        entry.isFile() ? fs.readFileSync(full, 'utf8') : entry.isDirectory() ? 'folder' : 'link',
      ];
    }),
  );
}

/** The run fails with that code, says that, and leaves the disk as it was. */
export function refused(args: string[], code: number, says: RegExp, options: RunOptions = {}): Run {
  const before = snapshot(place.here);
  const result = run(args, options);
  expect(result.err).toMatch(says);
  expect(result.code).toBe(code);
  expect(snapshot(place.here)).toEqual(before);
  return result;
}

/** An empty folder outside of the one that a test looks at. */
export function folderBeside(): string {
  return fs.mkdtempSync(path.join(place.installed, 'beside-'));
}

/** A program of that name, found before all others, that does what the script says. */
export function fake(name: string, script: string): Record<string, string> {
  const bin = folderBeside();
  fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env.PATH}` };
}

/** The command line on a pseudo-terminal. */
export function terminal(args: string[], env: Record<string, string> = {}) {
  // An empty NO_COLOR would count as well.
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_DISABLE_COLORS: ___, ...caller } = process.env;
  const child = pty.spawn(process.execPath, [place.cli, ...args], {
    cwd: place.here,
    cols: 120,
    rows: 40,
    env: { ...caller, TERM: 'xterm-256color', ACCESSIBLE: '', CI: '', ...env },
  });
  let output = '';
  child.onData((data) => {
    output += data;
  });
  // As a shell has it: 128 and the number of the signal.
  const ended = new Promise<number>((resolve) =>
    child.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode)),
  );
  // As when the window is closed. Not part of the types.
  const hangUp = () => (child as pty.IPty & { destroy(): void }).destroy();
  return { child, ended, hangUp, output: () => output };
}
