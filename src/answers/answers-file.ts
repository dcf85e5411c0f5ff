import fs from 'node:fs';
import path from 'node:path';
import {
  isWorkload,
  possibleWorkload,
  type Workload,
  workloadKeys,
  workloadOptions,
} from '../capacity/workload.js';
import { type AxisSpec, axes, axisNames, type Choices } from '../catalog/axes.js';
import { seenFrom } from '../catalog/layers-source.js';
import type { Problem } from '../cli/errors.js';
import { type GivenResource, isHistory } from '../resources/history.js';

/** The content of an answers file; every entry is optional. */
export interface AnswersFile {
  choices?: Partial<Choices>;
  resources?: GivenResource[];
  load?: Partial<Workload>;
  /** Layers from outside; a folder as the current one sees it. */
  layers?: { from: string }[];
  /** The project's name as its user gave it. */
  name?: string;
  /** One sentence for each key with its former name. */
  hints?: string[];
}

const largest = 1_000_000;
const keys = [...axisNames, 'resources', 'load', 'project', 'layers'];

/**
 * Reads answers as JSON. The manifest of a project can be given as it is.
 * @param source a file, or `-` for standard input
 * @param problems receives everything that is wrong with it
 * @returns its answers; none if anything is wrong
 */
export function readAnswersFile(source: string, problems: Problem[]): AnswersFile {
  const given = source === '-' ? 'answers on standard input' : `answers file "${source}"`;
  const before = problems.length;
  const refuse = refuser(given, problems);
  const text = textOf(source, refuse);
  const value = text === undefined ? undefined : jsonOf(text, refuse);
  if (problems.length > before) return {};
  return answersOf(value, { given, directory: source === '-' ? '.' : path.dirname(source) }, problems);
}

/**
 * Judges answers, as an answers file has them.
 * @param given what they are called in problems, and the folder from which they see layers
 * @param problems receives everything that is wrong with them
 * @returns the answers; none if anything is wrong
 */
export function answersOf(
  value: unknown,
  { given, directory }: { given: string; directory: string },
  problems: Problem[],
): AnswersFile {
  const before = problems.length;
  const refuse = refuser(given, problems);
  const found = rootOf(value, refuse);
  if (!found) return {};
  const { root, hints } = renamed(found, refuse);
  judge(root, refuse);
  if (problems.length > before) return {};
  const choices = axisNames.flatMap((axis) => (root[axis] === undefined ? [] : [[axis, root[axis]]]));
  return {
    choices: Object.fromEntries(choices),
    ...(root.resources === undefined ? {} : { resources: root.resources as GivenResource[] }),
    ...(root.load === undefined ? {} : { load: root.load as Partial<Workload> }),
    ...(root.layers === undefined
      ? {}
      : {
          layers: (root.layers as { from: string }[]).map(({ from }) => ({
            from: seenFrom('.', from, directory),
          })),
        }),
    ...(root.project === undefined ? {} : { name: (root.project as { title: string }).title }),
    hints: hints.map((hint) => `${given}: ${hint}`),
  };
}

/** The answers with the keys of today. */
function renamed(found: Record<string, unknown>, refuse: Refuse) {
  const root = { ...found };
  const hints: string[] = [];
  for (const { name, formerlyInAnswers: former } of axes as readonly AxisSpec[]) {
    if (former === undefined || root[former] === undefined) continue;
    if (root[name] !== undefined) refuse(`has "${former}", which is now "${name}", and both; give one`);
    hints.push(`"${former}" is now "${name}"`);
    root[name] = root[former];
    delete root[former];
  }
  return { root, hints };
}

type Refuse = (possible: string) => void;

function refuser(given: string, problems: Problem[]): Refuse {
  return (possible) =>
    void problems.push({ given, possible, command: 'create-scalable-api shop --answers answers.json' });
}

function textOf(source: string, refuse: Refuse): string | undefined {
  const tooLarge = 'is larger than 1 MB; it holds a handful of answers';
  try {
    if (source !== '-' && fs.statSync(source).size > largest) return void refuse(tooLarge);
    const text = fs.readFileSync(source === '-' ? 0 : source, 'utf8');
    return text.length > largest ? void refuse(tooLarge) : text;
  } catch (error) {
    return void refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function jsonOf(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return void refuse('is not JSON');
  }
}

function rootOf(value: unknown, refuse: Refuse): Record<string, unknown> | undefined {
  const root = isObject(value) && isObject(value.answers) ? value.answers : value;
  return isObject(root)
    ? root
    : void refuse('must be an object such as {"framework": "…", "resources": ["…"]}');
}

function judge(root: Record<string, unknown>, refuse: Refuse): void {
  for (const key of Object.keys(root))
    if (!keys.includes(key)) refuse(`has "${key}", which is no answer; possible: ${keys.join(', ')}`);
  for (const axis of axisNames)
    if (root[axis] !== undefined && typeof root[axis] !== 'string') refuse(`has a "${axis}" that is no text`);
  const { resources, load, project, layers } = root;
  if (project !== undefined && !(isObject(project) && typeof project.title === 'string'))
    refuse('has a "project" without a "title" that is a text');
  if (
    resources !== undefined &&
    !(Array.isArray(resources) && resources.every((given) => typeof given === 'string' || isHistory(given)))
  )
    refuse('has "resources" that are no list of texts, or of entries as a manifest has them');
  if (
    layers !== undefined &&
    !(Array.isArray(layers) && layers.every((entry) => isObject(entry) && typeof entry.from === 'string'))
  )
    refuse('has "layers" that are no list of {"from": "<folder or package>"}');
  if (load !== undefined && !isObject(load)) refuse('has a "load" that is no object');
  for (const [key, number] of Object.entries(isObject(load) ? load : {})) {
    if (!Object.hasOwn(workloadOptions, key))
      refuse(`has a "load" with "${key}"; possible: ${workloadKeys.join(', ')}`);
    else if (!isWorkload(key as keyof Workload, number))
      refuse(`has a "load" whose "${key}" is not ${possibleWorkload(key as keyof Workload)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
