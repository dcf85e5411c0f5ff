import type { Workload } from '../capacity/workload.js';
import { type Axis, type AxisSpec, axes, type Choices, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Problem } from '../cli/errors.js';
import { type CommandForm, type Flag, parseFlags } from '../cli/flags.js';
import type { GivenResource } from '../resources/history.js';
import { readAnswersFile } from './answers-file.js';
import { workloadFlags, workloadOf } from './workload-flags.js';

const axisFlags = Object.fromEntries(
  axes.map((axis: AxisSpec) => {
    const { name, formerly } = axis;
    const spec = { group: 'choices', value: '<value>', valuesOf: name, ...(formerly ? { formerly } : {}) };
    return [flagOf(name), spec];
  }),
) as Record<string, Flag>;

export const switchFlags = {
  yes: { group: 'run', about: 'use the defaults for missing options' },
  'dry-run': { group: 'run', about: 'list the files, write nothing' },
  merge: { group: 'run', about: 'create in a folder that is not empty; fails if a file exists' },
  json: { group: 'run', about: 'print one JSON document' },
  'no-install': { group: 'run', about: 'do not install packages' },
  'no-git': { group: 'run', about: 'do not create a git repository' },
} as const satisfies Record<string, Flag>;

export type Switch = keyof typeof switchFlags;

export const layersFlag = {
  group: 'project',
  value: '<folder|package>',
  repeatable: true,
  about: 'layers of your own, added to those of this package; repeatable',
} as const satisfies Flag;

/** The form of the command without a name: it makes a project. */
export const createForm = {
  name: '',
  argument: '[directory]',
  about: 'create a project; prompts for missing options',
  flags: {
    ...axisFlags,
    resource: {
      group: 'project',
      value: '<spec>',
      repeatable: true,
      about: 'a resource of the API, instead of the sample; repeatable',
    },
    name: { group: 'project', value: '<name>', about: 'name of the project, instead of that of its folder' },
    preset: { group: 'project', value: '<name>', valuesOf: 'preset' },
    answers: {
      group: 'project',
      value: '<file|->',
      about: 'answers as JSON, from a file or standard input',
    },
    layers: layersFlag,
    ...workloadFlags,
    ...switchFlags,
  },
  example: 'create-scalable-api --help',
} as const satisfies CommandForm;

/** The input for a project from the command line, an answers file and prompts; may be incomplete. */
export interface Request {
  directory: string | undefined;
  /** The name of the project; that of its folder if it is undefined. */
  name: string | undefined;
  choices: Partial<Choices>;
  /** Taken where they are possible and nothing else is given. */
  preferred: Partial<Choices>;
  /** Resources as given; none stands for the sample. */
  resources: GivenResource[];
  load: Partial<Workload>;
  /** Layers from outside; a folder as the current one sees it. */
  layers: { from: string }[];
  preset: string | undefined;
  switches: ReadonlySet<Switch>;
  /** Everything that is wrong with its form. */
  problems: Problem[];
  /** One sentence for each flag or key of an answers file that is given by its former name. */
  hints: string[];
}

/**
 * Parses the command line that makes a project. Values are not judged; `resolve` does that. An answers file is read;
 * flags win over it.
 * @param packageManager that runs this process, which is the default where it is possible
 */
export function parse(argv: readonly string[], packageManager?: string): Request {
  const flags = parseFlags<Record<string, Flag>>(createForm, argv);
  const problems = [...flags.problems];
  const load = workloadOf(flags, problems);
  const source = flags.one('answers');
  const file = source === undefined ? {} : readAnswersFile(source, problems);
  const given = axes.flatMap(({ name }) => {
    const value = flags.one(flagOf(name));
    return value === undefined ? [] : [[name, value] as [Axis, string]];
  });
  return {
    directory: flags.argument,
    name: flags.one('name') ?? file.name,
    choices: { ...file.choices, ...(Object.fromEntries(given) as Partial<Choices>) },
    preferred: packageManager === undefined ? {} : { packageManager },
    resources: flags.all('resource').length > 0 ? flags.all('resource') : (file.resources ?? []),
    load: { ...file.load, ...load },
    layers: flags.has('layers') ? flags.all('layers').map((from) => ({ from })) : (file.layers ?? []),
    preset: flags.one('preset'),
    switches: new Set((Object.keys(switchFlags) as Switch[]).filter((name) => flags.has(name))),
    problems,
    hints: [...flags.hints, ...(file.hints ?? [])],
  };
}

/** Completes a request with the answers of its preset; an unknown preset is a problem. */
export function withPreset(catalog: Catalog, request: Request): Request {
  if (request.preset === undefined) return request;
  const preset = catalog.presets.find(({ name }) => name === request.preset);
  if (preset) return { ...request, choices: { ...preset.answers, ...request.choices } };
  const possible = catalog.presets.map(({ name }) => name);
  const problem = {
    given: `--preset ${request.preset}`,
    possible: `possible: ${possible.join(', ')}`,
    command: `create-scalable-api shop --preset ${possible[0]}`,
  };
  return { ...request, problems: [...request.problems, problem] };
}
