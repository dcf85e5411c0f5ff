import type { Workload } from '../capacity/workload.js';
import { axisNames, type Choices } from '../catalog/axes.js';
import type { LayersSource } from '../catalog/layers-source.js';
import type { GivenResource, ResourceHistory } from '../resources/history.js';

/** Everything that a project is made from. */
export interface Answers extends Choices {
  project: Project;
  resources: ResourceHistory[];
  load: Workload;
  /** Layers from outside, if there are any. */
  layers?: LayersSource[];
}

/** Answers whose resources may be specs, as in an answers file, or in a manifest of format 1. */
export interface GivenAnswers extends Omit<Answers, 'resources'> {
  resources: readonly GivenResource[];
}

export interface Project {
  /** The name as given, e.g. "Shop API". */
  title: string;
  /** A name that package registries, databases and image tags accept: `[a-z][a-z0-9-]*`. */
  name: string;
  /** The same with underscores, for SQL and metrics. */
  snake: string;
}

/** The sample resource of a project that names none. */
export const sampleResource =
  'product: name:string(1,120), description:text?, price:decimal, status:enum(draft|active|archived)+';

/** The folder of a project for which none is given yet. */
export const exampleFolder = 'shop-api';

/** Answers in the order in which a manifest keeps them. */
export function inOrder(answers: Answers): Answers {
  const { project, resources, load, packageManager, layers } = answers;
  const others = axisNames.filter((name) => name !== 'packageManager').map((name) => [name, answers[name]]);
  return {
    project,
    ...(Object.fromEntries(others) as Choices),
    resources,
    load,
    packageManager,
    ...(layers === undefined ? {} : { layers }),
  };
}
