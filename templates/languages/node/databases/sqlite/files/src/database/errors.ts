import { dependencyUnavailable } from '../problem.js';
import { ConstraintError } from './database.js';

/** Turns an error of SQLite into what the port promises; anything else stays as it is. */
export function toDatabaseError(error: unknown): unknown {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(code))
    return new ConstraintError('unique', keyIn(message), { cause: error });
  if (isForeignKeyError(error)) {
    return new ConstraintError('missing', { table: '', columns: [] }, { cause: error });
  }
  if (/^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY)/.test(code))
    return dependencyUnavailable('database', error);
  return error;
}

/** Whether a reference leads to nothing, or a row is still referred to: SQLite does not say which. */
export function isForeignKeyError(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return code === 'SQLITE_CONSTRAINT_FOREIGNKEY' || /FOREIGN KEY/.test(message);
}

/** The key in `UNIQUE constraint failed: table.a, table.b`. */
function keyIn(message: string): { table: string; columns: string[] } {
  const names = [...message.matchAll(/(\w+)\.(\w+)/g)];
  return { table: names[0]?.[1] ?? '', columns: names.map(([, , column = '']) => column) };
}
