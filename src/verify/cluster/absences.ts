import { NotApplicable } from '../contract/not-applicable.js';
import type { Sql } from '../services/service.js';

/** Undefined tables and columns: PostgreSQL manual, appendix A; MySQL Error Message Reference, 1146 and 1054. */
const undefinedThings = ['42P01', '42703', 'ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR'];

/**
 * A database whose tables and columns may have other names than those of generated projects, which rows take for granted:
 * what fails for that reason throws NotApplicable.
 */
export function absencesTold(sql: Sql): Sql {
  return new Proxy(sql, {
    get(target, name) {
      const ask = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => ask(...args).catch(absenceTold);
    },
  });
}

function absenceTold(error: Error & { code?: string }): never {
  if (!undefinedThings.includes(error.code ?? '')) throw error;
  throw new NotApplicable(`its tables have other names than those of generated projects: ${error.message}`);
}
