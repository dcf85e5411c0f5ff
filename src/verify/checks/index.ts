import { authentication } from './authentication/index.js';
import { caching } from './caching/index.js';
import { correctness } from './correctness/index.js';
import { errors } from './errors/index.js';
import { jobs } from './jobs/index.js';
import { lifecycle } from './lifecycle/index.js';
import { limits } from './limits/index.js';
import { lists } from './lists/index.js';
import { observability } from './observability/index.js';
import { groups, type Row } from './row.js';
import { transport } from './transport/index.js';
import { versioning } from './versioning/index.js';
import { writes } from './writes/index.js';

/** It counts up when a row comes, goes or asks for something else; reports contain it. */
export const contractVersion = 8;

/** All rows, in the order in which reports show them. */
export const rows: readonly Row[] = [
  ...correctness,
  ...errors,
  ...lists,
  ...caching,
  ...authentication,
  ...transport,
  ...limits,
  ...writes,
  ...lifecycle,
  ...jobs,
  ...observability,
  ...versioning,
].sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
