import type { Move } from './plan.js';

/** Files that templates have moved, the first moves first. What an owner has edited in them goes along. */
export const moves: readonly Move[] = [];
