import { NotApplicable } from '../contract/not-applicable.js';

/** PostgreSQL manual, appendix A: undefined_table and undefined_column. */
const undefinedThings = ['42P01', '42703'];

/**
 * A failure of a statement of a row, which names tables and columns as generated projects do.
 * @throws NotApplicable when the database has no such thing, else that error
 */
export function absenceTold(error: Error & { code?: string }): never {
  if (!undefinedThings.includes(error.code ?? '')) throw error;
  throw new NotApplicable(`its tables have other names than those of generated projects: ${error.message}`);
}
