import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { resolvedWith } from '../src/answers/resolve.js';
import { catalogOf } from '../src/catalog/compile.js';
import { render } from '../src/render/render.js';

// npm run bench [-- --node PATH]: builds the generator and measures its CPU time against an empty process of the same
// Node.js. Ends with 1 when a limit is missed.
const root = path.resolve(import.meta.dirname, '..');
const place = process.argv.indexOf('--node');
const node = place < 0 ? process.execPath : path.resolve(process.argv[place + 1]!);
const cli = path.join(root, 'dist/cli.js');
const runs = 15;
execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
const empty = path.join(work, 'empty.mjs');
fs.writeFileSync(empty, '');

/** CPU seconds, user and system, of one run, as the shell accounts them. */
function cpu(args: string[]): number {
  const script = '"$@" >/dev/null 2>&1 || exit; times';
  const printed = execFileSync('bash', ['-c', script, '_', node, ...args], { cwd: work, encoding: 'utf8' });
  const [user = 0, system = 0] = [
    ...printed
      .trim()
      .split('\n')[1]!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds));
  return user + system;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Ratio of pairs, so that a machine that gets slower does not matter. */
function ratio(args: () => string[]): number {
  cpu(args());
  return median(Array.from({ length: runs }, () => cpu(args()) / cpu([empty])));
}

let count = 0;
const project = () => {
  count += 1;
  return [cli, `shop-${count}`, '--yes', '--no-install', '--no-git'];
};

const evolved = 'evolved';
execFileSync(node, [cli, evolved, '--yes', '--no-install', '--no-git'], { cwd: work, stdio: 'ignore' });
/** Changes the cache of a project, there and back. */
const change = () => {
  count += 1;
  return [cli, 'add', `cache=${count % 2 === 0 ? 'redis' : 'memory'}`, evolved, '--no-install'];
};

/** CPU seconds of making a project with that many resources. */
function resources(number: number): number {
  const specs = Array.from({ length: number }, (_, index) => [
    '--resource',
    `thing${index}: name:string(1,80)`,
  ]);
  return median(Array.from({ length: 7 }, () => cpu([...project(), ...specs.flat()])));
}

/** What one resource of a hundred costs, against one of twenty: 1 where growth is linear. */
function growth(): number {
  const one = resources(1);
  return (resources(100) - one) / 99 / ((resources(20) - one) / 19);
}

/** Peak memory of making a project, in MiB. */
function memory(): number {
  const hook =
    'data:text/javascript,process.on("exit",()=>process.stderr.write("RSS"+process.resourceUsage().maxRSS+"E"))';
  const script = '"$@" 2>&1 >/dev/null';
  const printed = execFileSync('bash', ['-c', script, '_', node, '--import', hook, ...project()], {
    cwd: work,
    encoding: 'utf8',
  });
  return Number(/RSS(\d+)E/.exec(printed)![1]) / 1024;
}

/** CPU milliseconds of a render of the default project in a process that has rendered before. */
function warmRender(): number {
  const catalog = catalogOf(path.join(root, 'templates'));
  const times = Array.from({ length: 200 }, () => {
    const before = process.cpuUsage();
    render(resolvedWith(catalog), '1.0.0');
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return median(times.slice(50));
}

const rows: [name: string, value: number, limit: number, unit: string][] = [
  ['--version', ratio(() => [cli, '--version']), 1.3, 'x'],
  ['--help', ratio(() => [cli, '--help']), 1.6, 'x'],
  ['a whole project', ratio(project), 5, 'x'],
  ['update, the same', ratio(() => [cli, 'update', evolved]), 12, 'x'],
  ['add, 35 files', ratio(change), 12, 'x'],
  ['peak memory', memory(), 80, ' MiB'],
  ['warm render', warmRender(), 15, ' ms'],
  ['growth', growth(), 1.5, 'x'],
];
console.log(`${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}, median of ${runs} pairs`);
for (const [name, value, limit, unit] of rows) {
  const verdict = value <= limit ? 'good' : 'over the limit';
  console.log(
    `${name.padEnd(16)} ${value.toFixed(2).padStart(7)}${unit.padEnd(4)}  limit ${limit}${unit}  ${verdict}`,
  );
  if (value > limit) process.exitCode = 1;
}
fs.rmSync(work, { recursive: true, force: true });
