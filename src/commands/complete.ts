import fs from 'node:fs';
import path from 'node:path';
import { exampleFolder } from '../answers/answers.js';
import { quoted } from '../answers/command-line.js';
import type { Request } from '../answers/request.js';
import { type Resolved, resolve } from '../answers/resolve.js';
import { flagOf, openAxes } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { type Problem, UserError } from '../cli/errors.js';
import { version } from '../cli/version.js';
import { type Destination, inspectDestination } from '../disk/destination.js';
import { requireOwnInstallation } from '../disk/workspace.js';
import { withBase } from '../evolution/base.js';
import { type RenderedFile, render } from '../render/render.js';

/** A project that can be rendered and written. */
export interface Complete {
  resolved: Resolved;
  target: Destination;
  /** The folder as given. */
  directory: string;
}

/**
 * Resolves a request. Prompts for missing answers on an interactive terminal.
 * @param signal ends the questions
 * @throws UserError with all problems of the request, with the missing answers and why there is no prompt, or when the project
 *   would be installed into a workspace
 */
export async function complete(catalog: Catalog, request: Request, signal: AbortSignal): Promise<Complete> {
  const completed = await answered(catalog, request, signal);
  await requireOwnInstallation(completed.target.directory, completed.resolved.installation);
  return completed;
}

/** All files of a new project: those rendered with their base, and what makes the folder a project of its own. */
export function filesOf({
  resolved,
  target,
}: Pick<Complete, 'resolved' | 'target'>): Map<string, RenderedFile> {
  const files = withBase(render(resolved, version));
  const { claims } = resolved.installation;
  if (claims && !fs.existsSync(path.join(target.directory, claims)))
    files.set(claims, { text: '', executable: false });
  return files;
}

async function answered(catalog: Catalog, request: Request, signal: AbortSignal): Promise<Complete> {
  const { directory } = request;
  const merge = request.switches.has('merge');
  const judged = resolve(catalog, { ...request, directory: directory ?? exampleFolder });
  const problems: Problem[] = Array.isArray(judged) ? [...judged] : [];
  const target =
    directory === undefined ? undefined : inspected(() => inspectDestination(directory, merge), problems);
  if (Array.isArray(judged) || problems.length > 0) throw new UserError(problems);
  const withDefaults = request.switches.has('yes') || request.preset !== undefined;
  // An axis with one value has no prompt.
  const open = openAxes(request.choices).filter((axis) => catalog.values(axis).length > 1);
  const flags = withDefaults ? [] : open.map((axis) => `--${flagOf(axis)}`);
  if (directory !== undefined && target && flags.length === 0) return { resolved: judged, target, directory };
  const reason = reasonForSilence(request);
  if (reason !== undefined) throw missing(reason, directory, flags);
  return asked(catalog, request, target, signal);
}

function inspected(inspect: () => Destination, problems: Problem[]): Destination | undefined {
  try {
    return inspect();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function missing(reason: string, directory: string | undefined, flags: readonly string[]): UserError {
  const all = [...(directory === undefined ? ['a directory'] : []), ...flags].join(', ');
  return new UserError([
    {
      given: reason,
      possible: `missing: ${all}; give ${flags.length === 0 ? 'it' : 'them, or --yes for the defaults'}`,
      command: `create-scalable-api ${directory === undefined ? 'shop' : quoted(directory)} --yes`,
    },
  ]);
}

function reasonForSilence({ switches, preset }: Request): string | undefined {
  const { stdin, stdout, env } = process;
  if (switches.has('json')) return '--json disables prompts';
  if (switches.has('yes')) return '--yes disables prompts';
  if (preset !== undefined) return '--preset disables prompts';
  if (env.CI) return 'prompts are disabled because CI is set';
  return stdin.isTTY && stdout.isTTY ? undefined : 'no terminal for prompts';
}

async function asked(
  catalog: Catalog,
  request: Request,
  given: Destination | undefined,
  signal: AbortSignal,
): Promise<Complete> {
  const [{ ask }, { openTerminal }] = await Promise.all([
    import('./prompts.js'),
    import('../cli/terminal.js'),
  ]);
  const terminal = openTerminal(process.env, signal);
  let target = given;
  try {
    const { resolved, directory } = await ask(catalog, request, terminal, (folder) => {
      target = inspectDestination(folder, request.switches.has('merge'));
    });
    return { resolved, target: target!, directory };
  } finally {
    terminal.close();
  }
}
