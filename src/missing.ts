import type { Answers } from './answers.js';
import type { Arguments } from './args.js';
import { axisNames, flagOf } from './axes.js';
import type { Catalog } from './catalog.js';
import { complete, type Given, openAxes, quoted } from './collect.js';
import { UserError } from './errors.js';
import { projectOf } from './project-name.js';
import { inspectTarget } from './target.js';

type Located = Given & { directory: string };

/**
 * Asks for what a command line leaves open, if anybody can be asked.
 * @param signal ends the questions
 * @returns what is given, with nothing open but what defaults fill
 * @throws UserError that says what is missing and why it is not asked for
 */
export async function askForMissing(
  catalog: Catalog,
  args: Arguments,
  given: Given,
  signal: AbortSignal,
): Promise<Located> {
  const { directory } = given;
  const withDefaults = args.switches.has('yes') || args.preset !== undefined;
  const flags = withDefaults ? [] : openAxes(given.choices).map((axis) => `--${flagOf(axis)}`);
  if (directory !== undefined && flags.length === 0) return { ...given, directory };
  const reason = reasonForSilence(args);
  if (reason === undefined) return asked(catalog, args, given, signal);
  const missing = [...(directory === undefined ? ['a directory'] : []), ...flags].join(', ');
  throw new UserError([
    {
      given: reason,
      possible: `missing: ${missing}; give ${flags.length === 0 ? 'it' : 'them, or --yes for the defaults'}`,
      command: `create-scalable-api ${directory === undefined ? 'shop' : quoted(directory)} --yes`,
    },
  ]);
}

function reasonForSilence({ switches, preset }: Arguments): string | undefined {
  const { stdin, stdout, env } = process;
  if (switches.has('json')) return '--json disables prompts';
  if (switches.has('yes')) return '--yes disables prompts';
  if (preset !== undefined) return '--preset disables prompts';
  if (env.CI) return 'prompts are disabled because CI is set';
  return stdin.isTTY && stdout.isTTY ? undefined : 'no terminal for prompts';
}

async function asked(catalog: Catalog, args: Arguments, given: Given, signal: AbortSignal): Promise<Located> {
  const [{ ask }, { openTerminal }] = await Promise.all([import('./prompts.js'), import('./terminal.js')]);
  const terminal = openTerminal(process.env, signal);
  const checkFolder = (folder: string) => {
    projectOf(folder);
    inspectTarget(folder, args.switches.has('merge'));
  };
  const summaryOf = (said: Located) => summary(complete(catalog, said, said.directory));
  try {
    return await ask(catalog, given, terminal, checkFolder, summaryOf);
  } finally {
    terminal.close();
  }
}

function summary(answers: Answers): string {
  return [
    ...axisNames.map((axis) => `${flagOf(axis).padEnd(10)} ${answers[axis]}`),
    ...answers.resources.map((spec) => `${'resource'.padEnd(10)} ${spec}`),
  ].join('\n');
}
