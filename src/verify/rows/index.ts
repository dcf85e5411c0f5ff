import { groups, type Row } from '../row.js';
import { authentication } from './authentication.js';
import { caching } from './caching.js';
import { correctness } from './correctness.js';
import { errors } from './errors.js';
import { lifecycle } from './lifecycle.js';
import { limits } from './limits.js';
import { lists } from './lists.js';
import { observability } from './observability.js';
import { versioning } from './versioning.js';
import { writes } from './writes.js';

/** All rows, in the order in which reports show them. */
export const rows: readonly Row[] = [
  ...correctness,
  ...errors,
  ...lists,
  ...caching,
  ...authentication,
  ...limits,
  ...writes,
  ...lifecycle,
  ...observability,
  ...versioning,
].sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
