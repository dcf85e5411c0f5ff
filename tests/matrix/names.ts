import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { RenderedFile } from '../../src/render/render.js';
import { namesOf } from '../../src/resources/names.js';

const tsc = path.resolve(import.meta.dirname, '../../node_modules/.bin/tsc');

/** The parts of an OpenAPI document that are looked at here. */
export interface Contract {
  tags: { name: string }[];
  paths: Record<string, Record<string, { operationId?: string }>>;
  components: Record<string, Record<string, unknown>>;
}

/** Every name that a project uses for things of its own, found in its files. */
export function namesInUse(files: ReadonlyMap<string, RenderedFile>): string[] {
  const contract = parse(files.get('openapi.yaml')!.text) as Contract;
  const names = [
    ...contract.tags.map(({ name }) => name),
    ...Object.keys(contract.paths).flatMap((route) => route.split(/[/.]/)),
    ...Object.values(contract.components).flatMap((part) => Object.keys(part)),
    ...operationsOf(contract),
    ...operationsOf(contract).map((name) => name.replace(/^[a-z]+/, '')),
  ];
  for (const [file, { text }] of files) {
    if (/^(src|tests|scripts|migrations|redis)\//.test(file)) names.push(...file.split(/[/.]|\d_/));
    for (const [, table] of text.matchAll(/create (?:table|index)(?: if not exists)? "?(\w+)/g))
      names.push(table!);
    if (!file.startsWith('src/resources/')) continue;
    for (const [, list] of text.matchAll(/^import (?:type )?\{([^}]*)\}/gm))
      names.push(...list!.split(',').map((name) => name.replace(/^.* /, '')));
    for (const [, name] of text.matchAll(/\b([A-Z]\w+)\b/g)) names.push(name!);
  }
  // What a resource adds to its name could make one of these.
  names.push(...names.map((name) => name.replace(/[A-Z][a-z]+$/, '')));
  const spelled = names.filter((name) => /^[A-Za-z][\w-]*$/.test(name));
  return [...new Set(spelled.map((name) => namesOf(name).singular))].sort();
}

export function operationsOf({ paths }: Contract): string[] {
  return Object.values(paths).flatMap((path) =>
    Object.values(path).flatMap(({ operationId }) => operationId ?? []),
  );
}

/** Tables, indexes and constraints have one space of names, cut off at 63 characters. */
export function relationsOf(files: ReadonlyMap<string, RenderedFile>): string[] {
  return [...files.values()].flatMap(({ text }) => [
    ...[...text.matchAll(/^create (?:unique )?index (?:concurrently )?(?:if not exists )?"?(\w+)/gm)].map(
      ([, index]) => index!.slice(0, 63),
    ),
    ...[...text.matchAll(/create table (?:if not exists )?"?(\w+)"? \(\n([\s\S]*?)^ *\)/gm)].flatMap(
      ([, table, columns]) => [
        table!.slice(0, 63),
        `${table}_pkey`,
        ...[...columns!.matchAll(/^ {2}"?(\w+)"? .* unique/gm)].map(([, column]) => `${table}_${column}_key`),
      ],
    ),
  ]);
}

/** What the compiler has against the names in src/. Packages are not there, so it has more to say of which nothing is kept. */
export function clashesOfTypes(files: ReadonlyMap<string, RenderedFile>): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'names-'));
  for (const [file, { text }] of files)
    if (/^src\/|^tsconfig/.test(file)) write(path.join(folder, file), text);
  const options = [
    '--noEmit',
    '--pretty',
    'false',
    '--types',
    '',
    '-p',
    path.join(folder, 'tsconfig.build.json'),
  ];
  const { stdout } = spawnSync(tsc, options, { encoding: 'utf8', cwd: folder });
  fs.rmSync(folder, { recursive: true });
  // Without packages there is always something to say.
  expect(stdout).toContain('error TS2307');
  return stdout.split('\n').filter((line) => /error TS(2300|2310|2395|2427|2430|2440|2451|2456)/.test(line));
}

/** Writes a file, with the folders it is in. */
export function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
