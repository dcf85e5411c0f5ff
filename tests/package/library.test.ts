import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fs from 'fs-extra';
import { expect, test } from 'vitest';
import { place, quick, run, snapshot, usePackage } from './fixture.js';

usePackage();

const root = path.resolve(import.meta.dirname, '../..');

const program = `
import { type Answers, type Problem, type Project, type ProjectFile, render, resolve } from 'create-scalable-api';

const good = await resolve({ project: { title: 'shop' }, cache: 'memory', resources: ['note: text:text'] });
if (Array.isArray(good)) throw new Error(good.map(({ possible }: Problem) => possible).join());
const project: Project = good;
const answers: Answers = project.answers;
const files: Map<string, ProjectFile> = render(project);
const again = await resolve(answers);
const layered = await resolve({ ...answers, layers: [{ from: './layers' }] }, 'project');
const bad = [
  await resolve({ project: { title: 'shop' }, cache: 'redi' }),
  await resolve({ ...answers, layers: [{ from: './nowhere' }] }),
  // @ts-expect-error: no answer
  await resolve({ project: { title: 'shop' }, cahce: 'redis' }),
  // @ts-expect-error: there is no name
  await resolve({}),
];
const own = () => {
  try {
    render({ ...project });
    return 'rendered';
  } catch (error) {
    return String(error);
  }
};
console.log(
  JSON.stringify({
    answers,
    commands: [project.install, project.commands.test],
    warnings: project.warnings.map(({ what }) => what),
    files: Object.fromEntries(files),
    same: !Array.isArray(again) && JSON.stringify([...render(again)]) === JSON.stringify([...files]),
    layered: Array.isArray(layered) ? layered : [layered.answers.layers?.[0]?.from, render(layered).get('acme.txt')],
    bad,
    own: own(),
  }),
);
`;

test('a program in TypeScript resolves answers and renders a project, and nothing is written', () => {
  const folder = path.join(place.installed, 'program');
  fs.outputFileSync(path.join(folder, 'main.ts'), program);
  const [, example] = /```ts\n(.*?)```/s.exec(fs.readFileSync(path.join(root, 'README.md'), 'utf8'))!;
  fs.outputFileSync(path.join(folder, 'readme.ts'), example!);
  fs.outputFileSync(path.join(folder, 'project/layers/acme/layer.json'), '{}');
  fs.outputFileSync(path.join(folder, 'project/layers/acme/files/acme.txt'), 'Acme\n');
  fs.outputJsonSync(path.join(folder, 'tsconfig.json'), {
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: 'nodenext',
      target: 'es2023',
      types: [],
      lib: ['es2023', 'dom'],
      skipLibCheck: false,
    },
    files: ['main.ts', 'readme.ts'],
  });
  fs.outputJsonSync(path.join(folder, 'package.json'), { type: 'module' });
  execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'pipe' });
  const before = snapshot(folder);
  const found = JSON.parse(execFileSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8' }));
  const listed = execFileSync(process.execPath, ['readme.js'], { cwd: folder, encoding: 'utf8' });
  expect(listed).toMatch(/^package\.json \d+ false$/m);
  expect(snapshot(folder)).toEqual(before);

  expect(run(['shop', '--cache', 'memory', '--resource', 'note: text:text', ...quick]).code).toBe(0);
  const written = snapshot(path.join(place.here, 'shop'));
  const texts = Object.entries(found.files as Record<string, { text: string }>).map(([file, { text }]) => [
    file,
    text,
  ]);
  expect(Object.fromEntries(texts)).toEqual(
    Object.fromEntries(
      Object.entries(written).filter(
        ([file, content]) => content !== 'folder' && !file.startsWith('.scalable-api/'),
      ),
    ),
  );
  expect(found.files['.githooks/pre-commit'].executable).toBe(true);
  expect(found).toMatchObject({
    answers: { project: { name: 'shop' }, cache: 'memory', database: 'postgresql' },
    commands: ['npm install', 'npm test'],
    warnings: [],
    same: true,
    layered: ['./layers', { text: 'Acme\n', executable: false }],
    own: 'TypeError: render takes a project as resolve returned it',
  });
  const reasons = (found.bad as { possible: string }[][]).map(([problem]) => problem!.possible);
  expect(reasons).toEqual([
    expect.stringContaining('did you mean redis?'),
    expect.stringContaining('there is no folder'),
    expect.stringContaining('has "cahce", which is no answer'),
    expect.stringContaining('"project" with a "title"'),
  ]);
});
