import type { Choices } from './axes.js';
import type { Load } from './load.js';

export interface Answers extends Choices {
  project: Project;
  /** Resource specs in canonical form, e.g. `order: total:decimal, note:text?`. */
  resources: string[];
  load: Load;
  packageManager: string;
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
