import path from 'node:path';
import { type Arguments, readArguments } from './args.js';
import { axisNames } from './axes.js';
import { cancellable, pendingSignals } from './cancellation.js';
import type { Catalog } from './catalog.js';
import { collect, commandFor, complete, type Given, quoted } from './collect.js';
import { type Problem, UserError } from './errors.js';
import { listText } from './help.js';
import type { Installation } from './layer.js';
import { loadCatalog } from './load-catalog.js';
import { askForMissing } from './missing.js';
import { type Outcome, print, report, surviveLostReader, tell } from './output.js';
import { explain } from './plan/explain.js';
import { type RenderedFile, render } from './render.js';
import type { Say } from './steps.js';
import { inspectTarget, requireNoClash, type Target } from './target.js';
import { version } from './version.js';
import { Journal, writeProject } from './write.js';

const say: Say = (line) => process.stderr.write(`${line}\n`);

/**
 * Carries out a command line.
 * @returns the exit code: 0 done, 1 failed, 2 the call was wrong, 130 cancelled
 */
export async function run(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const { arguments: args, problems } = readArguments(argv);
  const json = args.switches.has('json');
  try {
    const catalog = loadCatalog();
    if (args.command === 'list') return list(catalog, args, problems, json);
    // Before signals are caught: answers may be read from a standard input that never ends.
    const given = collect(catalog, args, problems);
    const outcome = await cancellable((signal) => create(catalog, args, given, signal));
    if (json) print({ ok: true, ...outcome, problems: [] });
    else tell(outcome, args);
    return 0;
  } catch (error) {
    return report(error, json);
  }
}

async function create(
  catalog: Catalog,
  args: Arguments,
  given: Given,
  signal: AbortSignal,
): Promise<Outcome> {
  const { switches } = args;
  const said = await askForMissing(catalog, args, given, signal);
  const answers = complete(catalog, said, said.directory);
  const target = inspectTarget(said.directory, switches.has('merge'));
  const manager = catalog.packageManager(answers.framework, answers.packageManager);
  const rendered = render(catalog, answers, version);
  requireNoClash(target, rendered.keys());
  const outcome: Outcome = {
    answers,
    directory: target.directory,
    files: [...rendered.keys()],
    command: commandFor(catalog, answers, said.directory),
    warnings: explain(answers.load).warnings,
    next: nextSteps(manager, said.directory, switches),
    written: !switches.has('dry-run'),
  };
  if (outcome.written) await write(target, rendered, switches, manager.installation, signal);
  return outcome;
}

async function write(
  target: Target,
  files: ReadonlyMap<string, RenderedFile>,
  switches: Arguments['switches'],
  installation: Installation,
  signal: AbortSignal,
): Promise<void> {
  const journal = new Journal();
  try {
    writeProject(target, files, journal);
    await pendingSignals();
    signal.throwIfAborted();
    if (!switches.has('no-install')) {
      const { install } = await import('./steps.js');
      await install(target.directory, installation, journal, signal, say);
    }
    if (!switches.has('no-git')) {
      const { initialCommit } = await import('./steps.js');
      await initialCommit(target.directory, journal, signal, say);
    }
  } catch (error) {
    journal.undo();
    throw error;
  }
}

function nextSteps(
  { installation, commands }: ReturnType<Catalog['packageManager']>,
  directory: string,
  switches: Arguments['switches'],
): string[] {
  return [
    ...(path.resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
    ...(switches.has('no-install') ? [installation.command] : []),
    commands.dev!,
    commands.test!,
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
