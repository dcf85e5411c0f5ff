import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkLibraries } from '../../scripts/dev/embedded-programs.js';
import { typescript } from '../../scripts/dev/typescript.js';

/** Machines that have a server of their own need not be able to run the embedded one. */
const given = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'embedded-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function startProcess(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, typescript('tests/support/run-embedded.ts'), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder, LANG: 'xx_XX.UTF-8', LC_ALL: 'xx_XX.UTF-8', TZ: 'Asia/Kolkata' },
  });
  const [url] = await once(createInterface(child.stdout), 'line');
  return { child, url };
}

async function ask(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}

test.skipIf(given)(
  'the server does not depend on the machine, and its process ends with its own code',
  async () => {
    const { child, url } = await startProcess();
    const settings = `select current_setting('server_encoding') as "encoding", current_setting('timezone') as "zone",
    lower('É') as "lower", (select string_agg(t, '' order by t) from unnest(array['b', 'A', 'a', 'B']) as t) as "sorted"`;
    expect(await ask(url, settings)).toEqual({ encoding: 'UTF8', zone: 'UTC', lower: 'é', sorted: 'ABab' });
    child.stdin!.write('end\n');
    const [code] = await once(child, 'exit');
    expect(code).toBe(3);
    await expect(ask(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(readdirSync(folder).filter((name) => name.startsWith('postgres'))).toEqual([]);
  },
  60_000,
);

test.skipIf(given)(
  'a killed process leaves no server and no data',
  async () => {
    const { child, url } = await startProcess();
    expect(await ask(url, 'select 1 as one')).toEqual({ one: 1 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const left = async () => {
      const answers = await ask(url, 'select 1').then(
        () => true,
        () => false,
      );
      return { answers, folders: readdirSync(folder).filter((name) => name.startsWith('postgres')) };
    };
    await expect.poll(left, { timeout: 60_000 }).toEqual({ answers: false, folders: [] });
  },
  60_000,
);

test('links between libraries are made where the install script did not run, and only there', () => {
  const library = path.join(folder, 'native', 'lib');
  mkdirSync(library, { recursive: true });
  const link = { source: 'native/lib/libicuuc.so.60.2', target: 'native/lib/libicuuc.so.60' };
  writeFileSync(path.join(folder, 'native', 'pg-symlinks.json'), JSON.stringify([link]));
  for (const _ of ['first', 'second']) linkLibraries(folder);
  expect(readlinkSync(path.join(library, 'libicuuc.so.60'))).toBe('libicuuc.so.60.2');
});
