import { roles } from './auth/roles.js';
import { mustBeOneOf } from './nearest.js';

type Values = Record<string, unknown>;

/** What is wrong with a value; undefined when nothing is. */
type Check = (value: unknown) => string | undefined;

/**
 * Everything that openapi.yaml says of an operation beyond OpenAPI. Another word stops the start; one that is meant
 * for other tools is added here as `'x-word': anything`.
 */
function extensions(policies: readonly string[]): Record<string, Check> {
  return {
    /** A policy of src/limits/policies.ts, or `none`. Without it reads have `default` and writes `write`. */
    'x-rate-limit': oneOf([...policies, 'none']),
    /** A role of src/auth/roles.ts; `admin` may do everything. Without it every caller who has signed in may call. */
    'x-required-role': oneOf(roles),
    /** Whether callers need a tenant, because rows belong to tenants. */
    'x-required-tenant': (value) => (value === true ? undefined : 'must be true'),
    /** Largest body in bytes, where it is smaller than BODY_LIMIT_BYTES. */
    'x-body-limit': (value) =>
      Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'must be a number of bytes',
    /** Last day of an operation that is `deprecated`. */
    'x-sunset': (value) => (Number.isNaN(Date.parse(String(value))) ? 'must be a date' : undefined),
  };
}

/** For words of other tools. */
export const anything: Check = () => undefined;

/**
 * Checks all `x-` words of paths and operations.
 * @throws Error that names every word and value that is not known, each with the nearest that is
 */
export function requireKnownExtensions(
  document: { paths: Record<string, Values>; security?: unknown },
  policies: readonly string[],
): void {
  const known = extensions(policies);
  const faults = Object.entries(document.paths).flatMap(([path, item]) => [
    ...wordsOf(item).map(([word]) => `${path}: ${word} belongs to an operation`),
    ...Object.entries(item).flatMap(([method, operation]) => {
      if (!isOperation(operation)) return [];
      return faultsOf({ security: document.security, ...operation }, known).map(
        (fault) => `${method.toUpperCase()} ${path}: ${fault}`,
      );
    }),
  ]);
  if (faults.length > 0) throw new Error(`openapi.yaml has faults:\n  ${faults.join('\n  ')}`);
}

function faultsOf(operation: Values, known: Record<string, Check>): string[] {
  const faults = wordsOf(operation).flatMap(([word, value]) => {
    const check = known[word];
    const fault = check ? check(value) : mustBeOneOf(word, Object.keys(known));
    return fault === undefined ? [] : [`${word}${check ? ` "${value}"` : ''} ${fault}`];
  });
  for (const word of ['x-required-role', 'x-required-tenant'])
    if (operation[word] !== undefined && isOpen(operation.security))
      faults.push(`${word} needs a \`security\` that every caller has to meet`);
  return faults;
}

/** Whether callers need no credentials: no requirement, or an empty one among them. */
export function isOpen(security: unknown): boolean {
  const requirements: object[] = Array.isArray(security) ? security : [];
  return requirements.length === 0 || requirements.some((each) => Object.keys(each).length === 0);
}

function wordsOf(values: Values): [string, unknown][] {
  return Object.entries(values).filter(([name]) => name.startsWith('x-'));
}

function isOperation(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && 'operationId' in value;
}

function oneOf(names: readonly string[]): Check {
  return (value) => (names.includes(String(value)) ? undefined : mustBeOneOf(String(value), names));
}
