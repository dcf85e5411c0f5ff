import fs from 'node:fs';
import { type Answers, sampleResource } from './answers.js';
import type { Arguments } from './args.js';
import { type Axis, askedAxes, axes, axisNames, type Choices, flagOf } from './axes.js';
import type { Catalog } from './catalog.js';
import { possibleValues, problems } from './check.js';
import { type Problem, UserError } from './errors.js';
import { defaultLoad, isLoad, type Load, loadKeys, loadOptions, possibleLoad } from './load.js';
import { projectOf } from './project-name.js';
import { parseResources } from './resource.js';
import { inspectTarget } from './target.js';

const largestAnswers = 1_000_000;
const answerKeys = [...axisNames, 'resources', 'load', 'packageManager', 'project'];

/** What has been answered so far, by flags, an answers file or a preset. */
export interface Given {
  directory: string | undefined;
  choices: Partial<Choices>;
  resources: string[];
  load: Load;
  packageManager: string | undefined;
}

/**
 * Puts flags, answers file and preset together: a flag wins over the file, the file over the preset.
 * @throws UserError with everything that is wrong in any of them
 */
export function collect(catalog: Catalog, args: Arguments, found: readonly Problem[]): Given {
  const all: Problem[] = [...found];
  const file = args.answers === undefined ? {} : readAnswers(args.answers, all);
  const preset = catalog.presets.find(({ name }) => name === args.preset);
  if (args.preset !== undefined && !preset) {
    const possible = catalog.presets.map(({ name }) => name);
    all.push({
      given: `--preset ${args.preset}`,
      possible: `possible: ${possible.join(', ')}`,
      command: `create-scalable-api shop --preset ${possible[0]}`,
    });
  }
  const choices = { ...preset?.answers, ...pick(file), ...args.choices };
  all.push(...problems(catalog, choices));
  const packageManager = args.packageManager ?? file.packageManager ?? undefined;
  // Which are possible is known when the framework is.
  if (choices.framework !== undefined && catalog.languageOf(choices.framework) !== undefined)
    all.push(...managerProblems(catalog, choices.framework, packageManager));
  const resources = args.resources.length > 0 ? args.resources : (file.resources ?? []);
  const { directory } = args;
  all.push(...problemsOf(() => parseResources(resources, catalog.reserved)));
  if (directory !== undefined) {
    all.push(...problemsOf(() => projectOf(directory)));
    all.push(...problemsOf(() => inspectTarget(directory, args.switches.has('merge'))));
  }
  if (all.length > 0) throw new UserError(all);
  return {
    directory,
    choices,
    resources,
    load: { ...defaultLoad, ...file.load, ...args.load },
    packageManager,
  };
}

/** The axes that are still to be asked for. */
export function openAxes(choices: Partial<Choices>): Axis[] {
  return askedAxes.map(({ name }) => name).filter((name) => choices[name] === undefined);
}

function managerProblems(catalog: Catalog, framework: string, manager: string | undefined): Problem[] {
  const possible = catalog.packageManagers(framework).map(({ name }) => name);
  if (manager === undefined || possible.includes(manager)) return [];
  return [
    {
      given: `--package-manager ${manager}`,
      possible: `possible with ${framework}: ${possible.join(', ')}`,
      command: `create-scalable-api shop --framework ${framework} --package-manager ${possible[0]}`,
    },
  ];
}

/**
 * Fills what is open with defaults.
 * @throws UserError when the package manager that was given is none of the framework's
 */
export function complete(catalog: Catalog, given: Given, directory: string): Answers {
  const choices = { ...given.choices };
  for (const { name } of axes) choices[name] ??= possibleValues(catalog, name, choices)[0]?.name;
  const wrong = managerProblems(catalog, choices.framework!, given.packageManager);
  if (wrong.length > 0) throw new UserError(wrong);
  const managers = catalog.packageManagers(choices.framework!).map(({ name }) => name);
  const caller = (process.env.npm_config_user_agent ?? '').split('/')[0]!;
  return {
    project: projectOf(directory),
    ...(choices as Choices),
    resources: parseResources(
      given.resources.length > 0 ? given.resources : [sampleResource],
      catalog.reserved,
    ).map(({ spec }) => spec),
    load: given.load,
    packageManager: given.packageManager ?? (managers.includes(caller) ? caller : managers[0]!),
  };
}

/** The command that makes the same project again. It leaves out what is never asked for and has its default. */
export function commandFor(catalog: Catalog, answers: Answers, directory: string): string {
  const sample =
    answers.resources.length === 1 && answers.resources[0] === parseResources([sampleResource], {})[0]!.spec;
  const named = axisNames.filter(
    (axis) => askedAxes.some(({ name }) => name === axis) || answers[axis] !== catalog.values(axis)[0]?.name,
  );
  const parts = [
    'create-scalable-api',
    quoted(directory),
    ...named.map((axis) => `--${flagOf(axis)} ${answers[axis]}`),
    ...(sample ? [] : answers.resources.map((spec) => `--resource ${quoted(spec)}`)),
    ...loadKeys.flatMap((key) =>
      answers.load[key] === defaultLoad[key] ? [] : [`--${loadOptions[key].flag} ${answers.load[key]}`],
    ),
    `--package-manager ${answers.packageManager}`,
  ];
  return `npx ${parts.join(' ')}`;
}

/** As a POSIX shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:=@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

interface AnswersFile extends Partial<Record<Axis, string>> {
  resources?: string[];
  load?: Partial<Load>;
  packageManager?: string;
}

function readAnswers(source: string, all: Problem[]): AnswersFile {
  const given = source === '-' ? 'answers on standard input' : `answers file "${source}"`;
  const refuse = (possible: string): AnswersFile => {
    all.push({ given, possible, command: 'create-scalable-api shop --answers answers.json' });
    return {};
  };
  let text: string;
  try {
    if (source !== '-' && fs.statSync(source).size > largestAnswers)
      return refuse('is larger than 1 MB; it holds a handful of answers');
    text = fs.readFileSync(source === '-' ? 0 : source, 'utf8');
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.length > largestAnswers) return refuse('is larger than 1 MB; it holds a handful of answers');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  // The manifest of a project holds its answers, so it can be given as it is.
  const root = isObject(value) && isObject(value.answers) ? value.answers : value;
  if (!isObject(root)) return refuse('must be an object such as {"framework": "…", "resources": ["…"]}');
  for (const key of Object.keys(root)) {
    if (!answerKeys.includes(key))
      refuse(`has "${key}", which is no answer; possible: ${answerKeys.join(', ')}`);
  }
  for (const axis of [...axisNames, 'packageManager']) {
    if (root[axis] !== undefined && typeof root[axis] !== 'string') refuse(`has a "${axis}" that is no text`);
  }
  const { resources, load } = root;
  if (
    resources !== undefined &&
    !(Array.isArray(resources) && resources.every((entry) => typeof entry === 'string'))
  ) {
    refuse('has "resources" that are no list of texts');
  }
  if (load !== undefined && !isObject(load)) refuse('has a "load" that is no object');
  for (const [key, number] of Object.entries(isObject(load) ? load : {})) {
    if (!Object.hasOwn(loadOptions, key))
      refuse(`has a "load" with "${key}"; possible: ${loadKeys.join(', ')}`);
    else if (!isLoad(key as keyof Load, number))
      refuse(`has a "load" whose "${key}" is not ${possibleLoad(key as keyof Load)}`);
  }
  return all.length > 0 ? {} : (root as AnswersFile);
}

function problemsOf(check: () => unknown): readonly Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(file: AnswersFile): Partial<Choices> {
  return Object.fromEntries(
    axisNames.flatMap((axis) => (file[axis] === undefined ? [] : [[axis, file[axis]]])),
  );
}
