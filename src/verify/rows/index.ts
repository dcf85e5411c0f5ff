import { groups, type Row } from '../row.js';
import { errors } from './errors.js';
import { versioning } from './versioning.js';

/** All rows, in the order in which reports show them. */
export const rows: readonly Row[] = [...errors, ...versioning].sort(
  (a, b) => groups.indexOf(a.group) - groups.indexOf(b.group),
);
