import type { Row } from '../row.js';
import { cursors } from './cursors.js';
import { depth } from './depth.js';
import { paging } from './paging.js';
import { ranges } from './ranges.js';
import { relations } from './relations.js';
import { selection } from './selection.js';

/** Rows on lists: their pages, and what of a row is in them. */
export const lists: Row[] = [...paging, ...cursors, ...depth, ...selection, ...ranges, ...relations];
