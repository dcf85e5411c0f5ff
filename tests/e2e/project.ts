import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { scratchFolder } from '../command-line.js';

const root = path.resolve(import.meta.dirname, '../..');

/** A copy of the folder in which the packed package is installed, for one test file to change. */
export function copyOfPackage(): string {
  const folder = scratchFolder('package');
  fs.cpSync(inject('packageFolder'), folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** Packs the package as it would be published. Returns the folder in which it is installed. */
export function installPackage(): string {
  const folder = scratchFolder('package');
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  const tarball = packed.trim().split('\n').at(-1)!;
  execFileSync('npm', ['install', '--silent', '--no-audit', `./${tarball}`], { cwd: folder });
  return folder;
}

/** Installs the package managers in the versions that projects are made for. Returns the folder of their commands. */
export function installManagers(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'managers-'));
  const { dependencies } = JSON.parse(
    fs.readFileSync(path.join(root, 'templates/versions/package.json'), 'utf8'),
  );
  const packages = ['pnpm', '@yarnpkg/cli-dist'].map((name) => `${name}@${dependencies[name]}`);
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--silent', '--no-audit', ...packages], { cwd: folder });
  return path.join(folder, 'node_modules/.bin');
}

/** Runs a command in a folder; fails with all that it printed. */
export function run(
  folder: string,
  command: string,
  args: string[],
  env: Record<string, string> = {},
): string {
  try {
    return execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', VITEST: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1e8,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} in ${folder}\n${stdout}\n${stderr}`);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A started process, and what it printed. */
export interface Started {
  child: ChildProcess;
  output(): string;
  /** Ends it and waits. Returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function start(
  folder: string,
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Started {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', VITEST: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A package manager that runs a command does not always pass signals on: they go to all that it has started.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const closed = once(child, 'close');
  return {
    child,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
      await closed;
      return child.exitCode;
    },
  };
}

/** Like `run`, while this process goes on: what it talks to may be here. */
export async function finished(
  folder: string,
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  const { child, output } = start(folder, command, args, env);
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${command} ${args.join(' ')} in ${folder}\n${output()}`);
  return output();
}

/** Waits until it is true. @throws Error with `hint()` when it never is */
export async function until(
  check: () => boolean | Promise<boolean>,
  hint: () => string,
  seconds = 20,
): Promise<void> {
  for (let waited = 0; waited < seconds * 20; waited += 1) {
    try {
      if (await check()) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${seconds} s in vain: ${hint()}`);
}

/** Waits until an instance wants traffic. */
export async function ready(url: string, started: Started): Promise<void> {
  await until(async () => (await fetch(`${url}/readyz`)).ok, started.output);
}
