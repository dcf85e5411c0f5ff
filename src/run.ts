import path from 'node:path';
import { generate } from '../generators/environment.js';
import type { Answers } from './answers.js';
import { type Arguments, readArguments } from './args.js';
import { axisNames } from './axes.js';
import type { Catalog } from './catalog.js';
import { collect, commandFor, complete, type Given, openAxes, quoted } from './collect.js';
import { Cancelled, type Problem, UserError } from './errors.js';
import { listText } from './help.js';
import { loadCatalog } from './load-catalog.js';
import { type RenderedFile, render } from './render.js';
import { print, report } from './report.js';
import type { Say } from './steps.js';
import { inspectTarget, requireNoClash } from './target.js';
import { version } from './version.js';
import { Journal, writeProject } from './write.js';

interface Outcome {
  answers: Answers;
  directory: string;
  files: string[];
  command: string;
  next: string[];
  written: boolean;
}

/**
 * Carries out a command line.
 * @returns the exit code: 0 done, 1 failed, 2 the call was wrong, 130 cancelled
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { arguments: args, problems } = readArguments(argv);
  const json = args.switches.has('json');
  const say: Say = (line) => process.stderr.write(`${line}\n`);
  try {
    const catalog = loadCatalog();
    if (args.command === 'list') return list(catalog, args, problems, json);
    const outcome = await create(catalog, args, problems, say);
    if (json) print({ ok: true, ...outcome, problems: [] });
    else tell(outcome, args);
    return 0;
  } catch (error) {
    return report(error, json);
  }
}

async function create(catalog: Catalog, args: Arguments, problems: Problem[], say: Say): Promise<Outcome> {
  const { switches } = args;
  let given: Given = collect(catalog, args, problems);
  if (
    !switches.has('yes') &&
    !args.preset &&
    (openAxes(given.choices).length > 0 || given.directory === undefined)
  ) {
    const { stdin, stdout, env } = process;
    if (!stdin.isTTY || !stdout.isTTY || env.CI || switches.has('json')) throw missingAnswers(given);
    given = await asked(catalog, given);
  }
  if (given.directory === undefined) throw missingAnswers(given);
  const answers = complete(catalog, given, given.directory);
  const target = inspectTarget(given.directory, switches.has('merge'));
  const rendered = render(catalog, answers, version);
  requireNoClash(target, rendered.keys());
  const outcome: Outcome = {
    answers,
    directory: target.directory,
    files: [...rendered.keys()],
    command: commandFor(answers, given.directory),
    next: nextSteps(answers, given.directory, switches),
    written: !switches.has('dry-run'),
  };
  if (!outcome.written) return outcome;
  await write(target, answers, rendered, switches, say);
  return outcome;
}

async function asked(catalog: Catalog, given: Given): Promise<Given> {
  const [{ ask }, { openTerminal }] = await Promise.all([import('./prompts.js'), import('./terminal.js')]);
  const terminal = openTerminal(process.env);
  try {
    return await ask(catalog, given, terminal, (said) => summary(complete(catalog, said, said.directory)));
  } finally {
    terminal.close();
  }
}

async function write(
  target: ReturnType<typeof inspectTarget>,
  answers: Answers,
  rendered: ReadonlyMap<string, RenderedFile>,
  switches: Arguments['switches'],
  say: Say,
): Promise<void> {
  const journal = new Journal();
  const abort = new AbortController();
  const stop = () => abort.abort(new Cancelled());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    const files = await generate({ answers, version, files: rendered });
    abort.signal.throwIfAborted();
    writeProject(target, files, journal);
    await pendingSignals();
    abort.signal.throwIfAborted();
    if (!switches.has('no-install')) {
      const { install } = await import('./steps.js');
      await install(target.directory, answers.packageManager, journal, abort.signal, say);
    }
    if (!switches.has('no-git')) {
      const { initialCommit } = await import('./steps.js');
      await initialCommit(target.directory, journal, abort.signal, say);
    }
  } catch (error) {
    journal.undo();
    throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
}

/** A signal that came while files were written is delivered only when the event loop has looked for it. */
function pendingSignals(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1));
}

function missingAnswers(given: Given): UserError {
  const flags = openAxes(given.choices).map((axis) => `--${axis}`);
  const missing = [...(given.directory === undefined ? ['a directory'] : []), ...flags];
  return new UserError([
    {
      given: process.env.CI ? 'CI is set, so nothing is asked' : 'no terminal to ask on',
      possible: `missing: ${missing.join(', ')}; give them, or --yes for the defaults`,
      command: `create-scalable-api ${given.directory === undefined ? 'shop' : quoted(given.directory)} --yes`,
    },
  ]);
}

function summary(answers: Answers): string {
  return [
    ...axisNames.map((axis) => `${axis.padEnd(10)} ${answers[axis]}`),
    ...answers.resources.map((spec) => `${'resource'.padEnd(10)} ${spec}`),
  ].join('\n');
}

function nextSteps(answers: Answers, directory: string, switches: Arguments['switches']): string[] {
  const manager = answers.packageManager;
  return [
    ...(path.resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
    ...(switches.has('no-install') ? [`${manager} install`] : []),
    `${manager} run dev`,
    `${manager} test`,
  ];
}

function list(catalog: Catalog, args: Arguments, problems: Problem[], json: boolean): number {
  const surplus =
    args.directory === undefined
      ? []
      : [
          {
            given: args.directory,
            possible: '"list" takes no argument',
            command: 'create-scalable-api list',
          },
        ];
  if (problems.length + surplus.length > 0) throw new UserError([...problems, ...surplus]);
  if (json)
    print({
      axes: Object.fromEntries(axisNames.map((axis) => [axis, catalog.values(axis)])),
      presets: catalog.presets,
    });
  else process.stdout.write(listText(catalog));
  return 0;
}

function tell({ answers, files, directory, command, next, written }: Outcome, args: Arguments): void {
  const lines = written
    ? [`Made ${answers.project.name} in ${directory} (${files.length} files).`]
    : [...tree(files), '', `${files.length} files would be made in ${directory}; nothing was written.`];
  lines.push('', 'The same again:', `  ${command}`);
  if (written) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  if (written && args.switches.has('no-install')) {
    lines.push('', 'The installation makes the lock file; commit it, the image is built from it.');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function tree(files: readonly string[]): string[] {
  const shown = new Set<string>();
  return files.flatMap((file) => {
    const parts = file.split('/');
    return parts.flatMap((part, depth) => {
      const key = parts.slice(0, depth + 1).join('/');
      if (shown.has(key)) return [];
      shown.add(key);
      return [`${'  '.repeat(depth)}${part}${depth < parts.length - 1 ? '/' : ''}`];
    });
  });
}
