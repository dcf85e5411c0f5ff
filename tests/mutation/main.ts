import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fs from 'fs-extra';
import { cancellable } from '../../src/cli/signals.js';
import { cli, shared } from '../contract/projects.js';
import { mutantsOfFile } from './languages.js';
import { mutantText, reportText } from './report.js';
import { Results } from './results.js';
import { run, withoutText } from './run.js';
import { ordered } from './sample.js';
import { readEquivalents, recordScore, scoreOf } from './score.js';

// npm run test:mutants -- [--framework fastify] [--sample 200] [--seed 1] [--concurrency 3] [--minutes 600]
// [--only OPERATOR] [--file PART] [--list] [--record]: makes mistakes in a project, one at a time, and asks `verify` of each.
const { values } = parseArgs({
  options: {
    framework: { type: 'string', default: 'fastify' },
    sample: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '600' },
    only: { type: 'string' },
    file: { type: 'string' },
    list: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const choices = { framework: values.framework, ...shared };
const [sample, seed, concurrency, minutes] = [
  values.sample,
  values.seed,
  values.concurrency,
  values.minutes,
].map(Number);
const files = renderedFiles();
const wanted = [...files]
  .flatMap(([file, text]) => mutantsOfFile(file, text))
  .filter(({ operator, file }) => (values.only ?? operator) === operator && file.includes(values.file ?? ''));
const order = ordered(wanted, seed!);

if (values.list) {
  console.log(order.slice(0, sample).map(withoutText).map(mutantText).join('\n\n'));
  console.log(`\n${order.length} mutants, before any is compiled`);
} else {
  const kept = new Results(values.framework, files);
  const plan = { choices, order, sample: sample!, minutes: minutes!, concurrency: concurrency!, kept };
  // Without a minute, only what is known is reported.
  if (minutes! > 0) await cancellable((signal) => run(plan, signal));
  const results = kept.judged(order, sample!);
  const equivalent = readEquivalents();
  const score = scoreOf(results, { seed: seed!, date: new Date().toISOString().slice(0, 10), equivalent });
  if (values.record) recordScore(values.framework, score);
  console.log(reportText(values.framework, score, results, equivalent));
}

/** The files of the project with their text, as they are rendered. */
function renderedFiles(): Map<string, string> {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'mutants-'));
  const folder = path.join(parent, Object.values(choices).join('-'));
  const flags = Object.entries(choices).flatMap(([axis, value]) => [`--${axis}`, value]);
  execFileSync('node', [cli, folder, '--yes', '--no-install', '--no-git', ...flags], { stdio: 'pipe' });
  const names = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
  const files = new Map(names.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]));
  fs.removeSync(parent);
  return files;
}
