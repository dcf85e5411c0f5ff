import type { ConstraintError } from '../database/database.js';
import { propertyOf } from '../database/queries.js';
import { Problem, type Violation } from '../problem.js';

/** The answer to a write that breaks a key: which field it is, or what refers to the row. */
export function conflict(error: ConstraintError): Problem {
  const { table, columns } = error.key;
  // Values of some rows are unique for each owner or tenant: the key begins with that, which is no field.
  const [first = '', ...others] = columns;
  const told = others.length > 0 && ['owner_id', 'tenant_id'].includes(first) ? others : columns;
  const fields = (code: string, detail: string): Violation[] =>
    told.map((column) => ({ pointer: `#/${propertyOf(column)}`, code, detail }));
  switch (error.kind) {
    case 'unique':
      return problem('Another one has the same value already.', fields('taken', 'is taken'), error);
    case 'missing':
      return problem(
        'The request refers to something that does not exist.',
        fields('missing', 'refers to something that does not exist'),
        error,
      );
    case 'referenced': {
      const others = table === '' ? 'other resources' : table.replaceAll('_', ' ');
      const errors = [{ code: 'referenced', detail: `is referred to by ${others}` }];
      return problem(`It cannot be deleted while ${others} refer to it.`, errors, error);
    }
  }
}

function problem(detail: string, errors: Violation[], cause: ConstraintError): Problem {
  return new Problem('conflict', { detail, cause, ...(errors.length > 0 ? { errors } : {}) });
}
