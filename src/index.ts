import type { Answers } from './answers/answers.js';
import { answersOf } from './answers/answers-file.js';
import { type Resolved, resolve as resolveRequest } from './answers/resolve.js';
import type { Warning } from './capacity/warnings.js';
import type { Workload } from './capacity/workload.js';
import type { Choices } from './catalog/axes.js';
import { catalogFor } from './catalog/catalog-for.js';
import { type Problem, UserError } from './cli/errors.js';
import { version } from './cli/version.js';
import { render as renderFiles } from './render/render.js';
import type { GivenResource } from './resources/history.js';

export type { Answers, Choices, GivenResource, Problem, Warning, Workload };

/** What a project is made from, as in an answers file or a manifest. What is left out has its default. */
export interface GivenAnswers extends Partial<Choices> {
  /** The name of the project. */
  project: { title: string };
  /** Specs such as `order: total:decimal`, or histories of resources. */
  resources?: readonly GivenResource[];
  load?: Partial<Workload>;
  /** Folders and packages with layers of your own. */
  layers?: readonly { from: string }[];
}

/** A project that can be rendered. */
export interface Project {
  /** The complete answers. */
  readonly answers: Answers;
  /** Budgets that the load exceeds. */
  readonly warnings: readonly Warning[];
  /** The command that installs its packages. */
  readonly install: string;
  /** Shell commands, by their purpose, such as `dev` and `test`. */
  readonly commands: Readonly<Record<string, string>>;
}

/** A file of a project. */
export interface ProjectFile {
  text: string;
  executable: boolean;
}

const made = new WeakMap<Project, Resolved>();

/**
 * Validates answers and completes them with defaults. Reads layers from outside, and nothing else from the disk.
 * @param directory the folder of the project, from which relative folders and packages of layers are looked for
 * @returns the project, or everything that is wrong with the answers
 */
export async function resolve(answers: GivenAnswers, directory = '.'): Promise<Project | Problem[]> {
  const problems: Problem[] = [];
  const {
    choices = {},
    resources = [],
    load = {},
    name,
    layers = [],
  } = answersOf(answers, { given: 'answers', directory }, problems);
  if (problems.length > 0) return problems;
  if (name === undefined) return [{ given: 'answers', possible: 'need a "project" with a "title"' }];
  try {
    const catalog = await catalogFor({ layers }, '.');
    const resolved = resolveRequest(catalog, {
      directory,
      name,
      choices,
      preferred: {},
      resources,
      load,
      layers,
      preset: undefined,
      switches: new Set(),
      problems,
      hints: [],
    });
    if (Array.isArray(resolved)) return resolved;
    const { commands, installation, plan } = resolved;
    const project = {
      answers: resolved.answers,
      warnings: plan.warnings,
      install: installation.command,
      commands,
    };
    made.set(project, resolved);
    return project;
  } catch (error) {
    if (error instanceof UserError) return [...error.problems];
    throw error;
  }
}

/**
 * Renders the files of a project, its manifest included. The same answers, version and layers give the same bytes.
 * @param project as `resolve` returned it
 * @returns path, with `/`, to content; sorted by path
 * @throws Error when layers from outside do not fit the project
 */
export function render(project: Project): Map<string, ProjectFile> {
  const resolved = made.get(project);
  if (!resolved) throw new TypeError('render takes a project as resolve returned it');
  return renderFiles(resolved, version);
}
