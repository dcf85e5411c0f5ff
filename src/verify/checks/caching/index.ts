import type { Row } from '../row.js';
import { cacheLevels } from './cache-levels.js';
import { cacheLifetimes } from './cache-lifetimes.js';
import { conditional } from './conditional.js';
import { freshness } from './freshness.js';
import { signedInReads } from './signed-in-reads.js';

/** Rows on entity tags and caches: the client's, those on the way, and those of the instances. */
export const caching: Row[] = [
  ...conditional,
  ...freshness,
  ...signedInReads,
  ...cacheLifetimes,
  ...cacheLevels,
];
