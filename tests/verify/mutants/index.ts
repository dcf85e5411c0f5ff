import { errors } from './errors.js';
import type { Mutant } from './mutant.js';
import { versioning } from './versioning.js';

/** At least one for each row. */
export const mutants: readonly Mutant[] = [...errors, ...versioning];
