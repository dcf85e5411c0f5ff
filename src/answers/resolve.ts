import { explain, type Plan } from '../capacity/explain.js';
import { defaultWorkload } from '../capacity/workload.js';
import { axes, type Choices } from '../catalog/axes.js';
import type { Catalog, Commands, Versions } from '../catalog/catalog.js';
import { helpers } from '../catalog/helpers.js';
import type { Installation, Layer } from '../catalog/layer.js';
import { seenFrom } from '../catalog/layers-source.js';
import { type Problem, UserError } from '../cli/errors.js';
import type { ResourceHistory } from '../resources/history.js';
import { type Migration, migrationsOf } from '../resources/migrations.js';
import { parseResources, type Resource } from '../resources/resource.js';
import { type Answers, type GivenAnswers, inOrder, sampleResource } from './answers.js';
import { asOptions, markProblems, possibleValues, problems as problemsOf } from './judge.js';
import { projectNamed, projectOf } from './project-name.js';
import type { Request } from './request.js';

/** Everything that rendering and installing a project need: made once, from complete answers. */
export interface Resolved {
  answers: Answers;
  resources: Resource[];
  /** Of the changes of resources. */
  migrations: Migration[];
  /** The chosen layers, in the order in which they are rendered. */
  layers: Layer[];
  /** The sizes for the load, and how they come about. */
  plan: Plan;
  versions: Versions;
  helpers: Catalog['helpers'];
  installation: Installation;
  commands: Commands;
}

/**
 * Validates a request and completes it with defaults.
 * @returns everything that is wrong with it, if anything is
 */
export function resolve(catalog: Catalog, request: Request): Resolved | Problem[] {
  const { choices, preferred, load, directory } = request;
  const found = [...request.problems, ...problemsOf(catalog, choices)];
  const attempt = <Value>(work: () => Value): Value | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      found.push(...error.problems);
      return undefined;
    }
  };
  const specs = request.resources.length > 0 ? request.resources : [sampleResource];
  const resources = attempt(() => parseResources(specs, catalog.reserved));
  if (resources) found.push(...markProblems(catalog, choices, specs));
  const named = () => (request.name === undefined ? projectOf(directory!) : projectNamed(request.name));
  const project = directory === undefined ? undefined : attempt(named);
  if (directory === undefined)
    found.push({ given: 'no directory', possible: 'give one', command: 'create-scalable-api shop' });
  if (found.length > 0 || !resources || !project) return found;
  return assembled(
    catalog,
    {
      ...completed(catalog, choices, preferred),
      project,
      resources: historiesOf(resources),
      load: { ...defaultWorkload, ...load },
    },
    resources,
    directory,
  );
}

/**
 * Resolves the answers of a manifest, of this format or the one before. An axis that an earlier version did not have gets its
 * default.
 * @throws UserError when a resource is wrong, or a choice is not possible: with other layers, or in another version
 */
export function resolveAnswers(catalog: Catalog, answers: GivenAnswers): Resolved {
  const found = problemsOf(catalog, answers);
  if (found.length > 0) throw new UserError(found.map((problem) => asOptions(problem)));
  const resources = parseResources(answers.resources, catalog.reserved);
  const choices = completed(catalog, answers, {});
  const refused = markProblems(catalog, choices, answers.resources);
  if (refused.length > 0) throw new UserError(refused.map((problem) => asOptions(problem)));
  return assembled(catalog, { ...answers, ...choices, resources: historiesOf(resources) }, resources);
}

/** In the order of their numbers, so that an entry is added at the end. */
function historiesOf(resources: readonly Resource[]): ResourceHistory[] {
  return resources.map(({ history }) => history).sort((a, b) => a.number - b.number);
}

/**
 * Complete answers, for tests and tools; missing ones get their default.
 * @throws UserError when the choices do not go together
 */
export function answersWith(catalog: Catalog, given: Partial<GivenAnswers> = {}): Answers {
  const { project, resources = [sampleResource], load = defaultWorkload, ...choices } = given;
  const found = problemsOf(catalog, choices);
  if (found.length > 0) throw new UserError(found);
  return inOrder({
    ...completed(catalog, choices, {}),
    project: project ?? { title: 'Shop', name: 'shop', snake: 'shop' },
    resources: historiesOf(parseResources(resources, catalog.reserved)),
    load,
  });
}

/**
 * The same, resolved.
 * @throws UserError when the choices do not go together, or a resource is wrong
 */
export function resolvedWith(catalog: Catalog, given: Partial<GivenAnswers> = {}): Resolved {
  return resolveAnswers(catalog, answersWith(catalog, given));
}

/** Completes open axes: with the preferred value if it is possible, otherwise with the first possible one. */
function completed(catalog: Catalog, given: Partial<Choices>, preferred: Partial<Choices>): Choices {
  const choices = { ...given };
  for (const { name } of axes) {
    if (choices[name] !== undefined) continue;
    const possible = possibleValues(catalog, name, choices).map((value) => value.name);
    choices[name] = possible.find((value) => value === preferred[name]) ?? possible[0]!;
  }
  return choices as Choices;
}

/** @param directory of the project, seen from the one that the catalogue found its layers from */
function assembled(catalog: Catalog, given: Answers, resources: Resource[], directory = '.'): Resolved {
  const { layers: _, ...answers } = given;
  const sources = catalog.sources.map((source) => ({ ...source, from: seenFrom(directory, source.from) }));
  const layers = catalog.layersOf(answers);
  const sqlTypes: Record<string, unknown> = Object.assign(
    {},
    ...layers.map(({ data }) => data.contributes?.sqlTypes),
  );
  const tableChanges = layers.find(({ data }) => data.tableChanges)?.data.tableChanges ?? 'rebuild';
  return {
    answers: inOrder({ ...answers, ...(sources.length > 0 ? { layers: sources } : {}) }),
    resources,
    migrations: migrationsOf(resources, tableChanges, (column) => helpers.typeOf(sqlTypes, column)),
    layers,
    plan: explain(
      answers.load,
      undefined,
      layers.some(({ data }) => data.contributes?.workerCommand),
    ),
    versions: catalog.versions,
    helpers: catalog.helpers,
    ...catalog.packageManager(answers.framework, answers.packageManager),
  };
}
