import { dependencyUnavailable } from '../problem.js';
import { ConstraintError } from './database.js';

/** Turns an error of SQLite into what the port promises; anything else stays as it is. */
export function toDatabaseError(error: unknown): unknown {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(code))
    return new ConstraintError('unique', message, { cause: error });
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY' || /FOREIGN KEY/.test(message)) {
    return new ConstraintError('missing', message, { cause: error });
  }
  if (/^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY)/.test(code))
    return dependencyUnavailable('database', error);
  return error;
}
