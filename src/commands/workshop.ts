import path from 'node:path';
import { sampleResource } from '../answers/answers.js';
import { quoted } from '../answers/command-line.js';
import { parse, type Switch, switchFlags } from '../answers/request.js';
import type { Catalog } from '../catalog/catalog.js';
import { shippedCatalog } from '../catalog/shipped.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { version } from '../cli/version.js';
import { requireNoClash } from '../disk/destination.js';
import { renderWorkshop, runner } from '../workshop/project.js';
import { programFolder, shippedWorkshop } from '../workshop/shipped.js';
import { archive } from './archive.js';
import { complete } from './complete.js';
import { write } from './create.js';
import { exercise } from './exercise.js';

/** The switches of a creation that a workshop has as well. */
const given = ['yes', 'dry-run', 'merge', 'json', 'no-install'] as const satisfies Switch[];

/** The preset whose answers a workshop has. */
const preset = 'workshop';

export const workshopForm = {
  name: 'workshop',
  argument: '[directory]',
  about: 'create a small project for a room of people, with exercises',
  flags: {
    framework: { group: 'choices', value: '<value>', valuesOf: 'framework' },
    yes: switchFlags.yes,
    'dry-run': switchFlags['dry-run'],
    merge: switchFlags.merge,
    json: switchFlags.json,
    'no-install': switchFlags['no-install'],
  },
  example: 'create-scalable-api workshop shop --yes',
} as const satisfies CommandForm;

/** Words in the place of the folder that are commands of their own. */
const steps: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = { archive, exercise };

/**
 * `create-scalable-api workshop [directory]`, `workshop archive` and `workshop exercise`.
 * @param argv what follows the word `workshop`
 * @returns the exit code: 0 done, 1 failed, 2 the call was wrong, 130 cancelled
 */
export async function workshop(argv: readonly string[]): Promise<number> {
  const [first = '', ...rest] = argv;
  if (Object.hasOwn(steps, first)) return steps[first]!(rest);
  surviveLostReader();
  const json = argv.includes('--json');
  try {
    const catalog = shippedCatalog();
    const { failure, ...made } = await cancellable((signal) => makeWorkshop(catalog, argv, signal));
    if (json) print({ ok: !failure, ...made, problems: failure?.problems ?? [] });
    else process.stdout.write(madeText(made));
    return failure ? report(failure, false) : 0;
  } catch (error) {
    return report(error, json);
  }
}

async function makeWorkshop(catalog: Catalog, argv: readonly string[], signal: AbortSignal) {
  const flags = parseFlags(workshopForm, argv);
  const { answers } = catalog.presets.find(({ name }) => name === preset)!;
  const framework = flags.one('framework');
  // Without a repository: a diff would show each fault.
  const switches = new Set<Switch>(['no-git', ...given.filter((name) => flags.has(name))]);
  const request = {
    ...parse([]),
    directory: flags.argument,
    problems: flags.problems,
    resources: [sampleResource],
    choices: { ...answers, ...(framework === undefined ? {} : { framework }) },
    switches,
  };
  const { resolved, target, directory } = await complete(catalog, request, signal);
  const shipped = shippedWorkshop();
  const files = renderWorkshop(catalog, resolved, shipped, { version, program: programFolder });
  requireNoClash(target, files.keys());
  const written = !flags.has('dry-run');
  const failure = written ? await write(target, files, switches, resolved.installation, signal) : undefined;
  const installed = written && !flags.has('no-install') && !failure;
  return {
    answers: resolved.answers,
    directory: target.directory,
    files: [...files.keys()],
    exercises: shipped.exercises.length,
    command: `npx create-scalable-api workshop ${quoted(directory)} --framework ${resolved.answers.framework}`,
    next: [
      ...(path.resolve(directory) === process.cwd() ? [] : [`cd ${quoted(directory)}`]),
      ...(installed ? [] : [resolved.installation.command]),
      `${runner} list`,
    ],
    written,
    installed,
    ...(failure ? { failure } : {}),
  };
}

function madeText(made: Omit<Awaited<ReturnType<typeof makeWorkshop>>, 'failure'>): string {
  const { answers, directory, files, exercises, command, next, written } = made;
  const lines = [
    written
      ? `Created the workshop ${answers.project.name} in ${directory}: ${exercises} exercises. WORKSHOP.md leads through it.`
      : `Would create ${files.length} files in ${directory}. Nothing was written.`,
    '',
    'Recreate with:',
    `  ${command}`,
  ];
  if (written) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  return `${lines.join('\n')}\n`;
}
