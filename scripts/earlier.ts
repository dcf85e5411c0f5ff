import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type EarlierProject, packProjects } from '../tests/earlier/projects.js';

// npx tsx scripts/earlier.ts: packs this package as it was at earlier commits, makes a project with each, and records them for tests
// of updates. The history has to be there; the tests do not need it.

const root = path.resolve(import.meta.dirname, '..');
/** Of packages before the version of today, with the packages of today. */
const version = '0.0.9';
const resources = [
  'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active|archived)+',
  // The one that the first step of docs/how-to.md adds.
  'note: title:string(1,80), product:ref(product)',
];
const recorded = [
  // The last before manifests had a format.
  { commit: 'a6ad40af', frameworks: ['fastify', 'fastapi'] },
  // With format 2.
  { commit: '974f6472', frameworks: ['express', 'fastapi'] },
];

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'earlier-'));
const projects: EarlierProject[] = [];
for (const { commit, frameworks } of recorded) {
  const source = path.join(work, commit);
  fs.mkdirSync(source);
  const archive = path.join(work, 'source.tar');
  execFileSync('git', ['archive', `--output=${archive}`, commit], { cwd: root });
  execFileSync('tar', ['-xf', archive, '-C', source]);
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(source, 'node_modules'));
  const about = path.join(source, 'package.json');
  fs.writeFileSync(about, JSON.stringify({ ...JSON.parse(fs.readFileSync(about, 'utf8')), version }));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', work], {
    cwd: source,
    encoding: 'utf8',
  });
  execFileSync('tar', ['-xzf', path.join(work, packed.trim().split('\n').at(-1)!), '-C', work]);
  for (const framework of frameworks) {
    const made = path.join(work, `${commit}-${framework}`);
    const flags = ['--framework', framework, '--name', 'shop', '--yes', '--no-install', '--no-git'];
    const specs = resources.flatMap((spec) => ['--resource', spec]);
    execFileSync(process.execPath, [path.join(work, 'package/dist/cli.js'), made, ...flags, ...specs]);
    projects.push({ commit, framework, files: filesIn(made) });
  }
}
packProjects(projects);
fs.rmSync(work, { recursive: true });

function filesIn(folder: string): EarlierProject['files'] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.sort().flatMap((file) => {
      const name = path.relative(folder, file);
      // Their base follows from the other files.
      if (name.startsWith('.scalable-api/')) return [];
      const executable = (fs.statSync(file).mode & 0o100) !== 0;
      return [[name, { text: fs.readFileSync(file, 'utf8'), executable }]];
    }),
  );
}
