import path from 'node:path';
import { commandFor, quoted } from '../answers/command-line.js';
import { parse, type Request, withPreset } from '../answers/request.js';
import type { Resolved } from '../answers/resolve.js';
import type { Catalog } from '../catalog/catalog.js';
import { catalogFor } from '../catalog/catalog-for.js';
import type { Installation } from '../catalog/layer.js';
import { UserError } from '../cli/errors.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable, pendingSignals } from '../cli/signals.js';
import { type Destination, requireNoClash } from '../disk/destination.js';
import { Journal } from '../disk/journal.js';
import { writeProject } from '../disk/write.js';
import type { RenderedFile } from '../render/render.js';
import { complete, filesOf } from './complete.js';
import { type Created, createdText } from './created.js';

/**
 * `create-scalable-api [directory]`: parse, resolve, render, write.
 * @returns the exit code: 0 done, 1 failed, 2 the call was wrong, 130 cancelled
 */
export async function create(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  // Before signals are caught: answers may be read from a standard input that never ends.
  const request = parse(argv, callingPackageManager());
  const json = request.switches.has('json');
  try {
    const catalog = await catalogFor(request, '.');
    const given = withPreset(catalog, request);
    for (const hint of request.hints) process.stderr.write(`${hint}\n`);
    const { failure, ...created } = await cancellable((signal) => createProject(catalog, given, signal));
    if (json) print({ ok: !failure, ...created, problems: failure?.problems ?? [] });
    else process.stdout.write(createdText(created));
    return failure ? report(failure, false) : 0;
  } catch (error) {
    return report(error, json);
  }
}

/** The package manager that runs this process, such as `pnpm` for `pnpm create`. */
export function callingPackageManager(): string | undefined {
  return process.env.npm_config_user_agent?.split('/')[0];
}

/** @returns the result, and why its packages are missing if their installation failed */
async function createProject(
  catalog: Catalog,
  request: Request,
  signal: AbortSignal,
): Promise<Created & { failure?: UserError }> {
  const { resolved, target, directory } = await complete(catalog, request, signal);
  const files = filesOf({ resolved, target });
  requireNoClash(target, files.keys());
  const written = !request.switches.has('dry-run');
  const failure = written
    ? await write(target, files, request.switches, resolved.installation, signal)
    : undefined;
  const installed = !request.switches.has('no-install') && !failure;
  return {
    answers: resolved.answers,
    directory: target.directory,
    files: [...files.keys()],
    command: commandFor(catalog, resolved.answers, directory),
    warnings: resolved.plan.warnings,
    next: nextSteps(resolved, directory, installed),
    written,
    installed,
    ...(failure ? { failure } : {}),
  };
}

/** @returns the error of the package manager: the project is complete without its packages, so it stays */
export async function write(
  target: Destination,
  files: ReadonlyMap<string, RenderedFile>,
  switches: Request['switches'],
  installation: Installation,
  signal: AbortSignal,
): Promise<UserError | undefined> {
  const journal = new Journal();
  let failure: UserError | undefined;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    writeProject(target, files, journal);
    await pendingSignals();
    signal.throwIfAborted();
    if (!switches.has('no-install')) {
      const { install } = await import('../disk/steps.js');
      await install(target.directory, installation, journal, signal, say).catch((error) => {
        if (!(error instanceof UserError)) throw error;
        failure = error;
      });
    }
    if (!switches.has('no-git')) {
      const { initialCommit } = await import('../disk/steps.js');
      await initialCommit(target.directory, journal, signal, say);
    }
    return failure;
  } catch (error) {
    journal.undo();
    throw error;
  }
}

function nextSteps({ installation, commands }: Resolved, directory: string, installed: boolean): string[] {
  return [
    ...(path.resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
    ...(installed ? [] : [installation.command]),
    commands.dev!,
    commands.test!,
  ];
}
