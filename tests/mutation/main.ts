import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fs from 'fs-extra';
import { cancellable } from '../../src/cli/signals.js';
import { cli, shared } from '../contract/projects.js';
import type { Mutant } from './change.js';
import { commandLine, Judge } from './judge.js';
import { mutantsOfFile } from './languages.js';
import { mutantText, reportText } from './report.js';
import { type Result, Results } from './results.js';
import { ordered } from './sample.js';
import { readEquivalents, recordScore, scoreOf } from './score.js';
import { Workshop } from './workshop.js';

// npm run test:mutants -- [--framework fastify] [--sample 200] [--seed 1] [--concurrency 3] [--only OPERATOR]
// [--file PART] [--list] [--record]: makes mistakes in a project, one at a time, and asks `verify` of each.
const { values } = parseArgs({
  options: {
    framework: { type: 'string', default: 'fastify' },
    sample: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '3' },
    only: { type: 'string' },
    file: { type: 'string' },
    list: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const choices = { framework: values.framework, ...shared };
const [sample, seed, concurrency] = [values.sample, values.seed, values.concurrency].map(Number);
const files = renderedFiles();
const wanted = [...files]
  .flatMap(([file, text]) => mutantsOfFile(file, text))
  .filter(({ operator, file }) => (values.only ?? operator) === operator && file.includes(values.file ?? ''));
const order = ordered(wanted, seed!);

if (values.list) {
  console.log(order.slice(0, sample).map(withoutText).map(mutantText).join('\n\n'));
  console.log(`\n${order.length} mutants, before any is compiled`);
} else {
  const results = await cancellable(run);
  const equivalent = readEquivalents();
  const score = scoreOf(results, { seed: seed!, date: new Date().toISOString().slice(0, 10), equivalent });
  if (values.record) recordScore(values.framework, score);
  console.log(reportText(values.framework, score, results, equivalent));
}

/** Judges mutants in their order until as many as wanted were valid. @returns the results of the valid ones */
async function run(signal: AbortSignal): Promise<Result[]> {
  const kept = new Results(values.framework, files);
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  const workshop = new Workshop(choices, stopped);
  const judge = new Judge(workshop.whole, commandLine(stopped));
  const valid: Result[] = [];
  let next = 0;
  /** Of valid mutants, and of those that may turn out to be. */
  let taken = 0;
  const work = async () => {
    while (taken < sample! && next < order.length) {
      taken++;
      const mutant = order[next++]!;
      const known = kept.of(mutant);
      const result = known ?? (await resultOf(mutant, workshop, judge));
      if (!known) kept.keep(result);
      if (result.outcome === 'invalid') taken--;
      else {
        valid.push(result);
        const by = 'row' in result ? ` by ${result.row}` : '';
        console.error(
          `${valid.length}/${sample} ${result.outcome}${by}: ${mutant.file}:${mutant.line} ${mutant.operator} ${mutant.hash}`,
        );
      }
    }
  };
  const workers = Array.from({ length: concurrency! }, () => work().catch((error) => failure.abort(error)));
  await Promise.all(workers);
  workshop.remove();
  stopped.throwIfAborted();
  console.error(`results are kept in ${kept.file}`);
  return valid;
}

async function resultOf(mutant: Mutant, workshop: Workshop, judge: Judge): Promise<Result> {
  const made = await workshop.make(mutant);
  const about = withoutText(mutant);
  if ('invalid' in made) return { ...about, outcome: 'invalid', got: made.invalid };
  try {
    return { ...about, ...(await judge.judge(made.folder)) };
  } finally {
    fs.removeSync(made.folder);
  }
}

function withoutText({ text: _, ...about }: Mutant): Omit<Mutant, 'text'> {
  return about;
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
