import { authentication } from './authentication.js';
import { caching } from './caching.js';
import { correctness } from './correctness.js';
import { errors } from './errors.js';
import { jobs } from './jobs.js';
import { lifecycle } from './lifecycle.js';
import { limits } from './limits.js';
import { lists } from './lists.js';
import type { Mutant } from './mutant.js';
import { observability } from './observability.js';
import { versioning } from './versioning.js';
import { writes } from './writes.js';

/** At least one for each row. */
export const mutants: readonly Mutant[] = [
  ...correctness,
  ...errors,
  ...lists,
  ...caching,
  ...writes,
  ...limits,
  ...authentication,
  ...lifecycle,
  ...jobs,
  ...observability,
  ...versioning,
];
