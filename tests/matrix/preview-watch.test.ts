import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../verify/eventually.js';

const root = path.resolve(import.meta.dirname, '../..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'preview-'));
const templates = path.join(work, 'templates');
let preview: ChildProcess;
let output = '';

/** Replaces a text in a template; the preview sees it. */
function edit(file: string, from: string, to: string): void {
  const place = path.join(templates, file);
  const text = fs.readFileSync(place, 'utf8');
  expect(text).toContain(from);
  output = '';
  fs.writeFileSync(place, text.replace(from, to));
}

const printed = (text: string) => eventually(() => expect(output).toContain(text));

beforeAll(async () => {
  fs.copySync(path.join(root, 'templates'), templates);
  // The compiler of this repository checks one file: nothing has to be installed for that.
  const manager = path.join(templates, 'languages/node/package-managers/npm/layer.json');
  const layer = fs.readJsonSync(manager);
  layer.installation.command = 'true';
  layer.contributes.commands.lint = 'true';
  layer.contributes.commands.typecheck = `${root}/node_modules/.bin/tsc --ignoreConfig --noEmit --strict --target esnext src/problem.ts`;
  fs.writeJsonSync(manager, layer);
  const script = path.join(root, 'scripts/preview.ts');
  const args = [path.join(work, 'shop'), '--framework', 'fastify', '--watch', `--templates=${templates}`];
  preview = spawn(path.join(root, 'node_modules/.bin/tsx'), [script, ...args]);
  for (const stream of [preview.stdout!, preview.stderr!])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  await printed('lint and type check pass');
});

afterAll(() => {
  preview.kill();
  fs.removeSync(work);
});

test('a type error is reported at the line of its template', async () => {
  const file = 'languages/node/files/src/problem.ts.hbs';
  const lines = fs.readFileSync(path.join(templates, file), 'utf8').split('\n');
  const place = lines.findIndex((line) => line.startsWith('export '));
  edit(file, lines[place]!, `export const planted: number = 'text';\n${lines[place]}`);
  await printed(`from templates/${file}:${place + 1}`);
  expect(output).toContain("Type 'string' is not assignable to type 'number'");
  edit(file, "export const planted: number = 'text';\n", '');
  await printed('lint and type check pass');
});

test('a name that a template misspells is reported at its line', async () => {
  const file = 'project/files/AGENTS.md.hbs';
  edit(file, '{{project.title}}', '{{project.titel}}');
  await printed(`templates/${file}:1: "titel" not defined`);
  edit(file, '{{project.titel}}', '{{project.title}}');
  await printed('lint and type check pass');
});

test('a name that a document misspells is reported at its line', async () => {
  const file = 'languages/node/files/package.json.data.yaml';
  const source = fs.readFileSync(path.join(templates, file), 'utf8');
  const line = source.split('\n').findIndex((text) => text.includes('((project.name))')) + 1;
  edit(file, '((project.name))', '((project.nam))');
  await printed(`templates/${file}:${line}: "project.nam" not defined`);
  edit(file, '((project.nam))', '((project.name))');
  await printed('lint and type check pass');
});

test('a document that is no YAML is reported at its line', async () => {
  const file = 'languages/node/files/package.json.data.yaml';
  edit(file, 'type: module', 'type: module\ntype: module');
  await printed(`templates/${file}: Map keys must be unique at line`);
});
