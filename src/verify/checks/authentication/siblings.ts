import type { Contract, Operation, Schema } from '../../contract/contract.js';
import { type Role, roles } from '../../http/exchange.js';
import { expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';

const writing = ['POST', 'PUT', 'PATCH', 'DELETE'];

export const siblings: Row[] = [
  {
    id: 'AU10',
    group: 'authentication',
    title: 'consistent security of related operations in the document',
    expected:
      'where one write of a collection and its items requires credentials, all do; none requires a lower role than all others',
    source: 'OWASP API5:2023; OWASP API9:2023; OpenAPI 3.1, section 4.8.10.1 (security)',
    remedy: 'Give the operation the security and x-required-role of its siblings.',
    evidence: [],
    needs: ['secured'],
    quick: true,
    async run({ contract }) {
      for (const family of families(contract))
        for (const operation of family) {
          const others = family.filter((other) => other !== operation);
          expectAsClosed(operation, others);
          expectAsHigh(operation, others);
        }
    },
  },
];

/** Writes of each collection and its items. */
function families({ operations }: Contract): Operation[][] {
  const byPath = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (!writing.includes(operation.method) || takesPassword(operation)) continue;
    const collection = operation.path.replace(/\/\{[^/]+\}$/, '');
    byPath.set(collection, [...(byPath.get(collection) ?? []), operation]);
  }
  return [...byPath.values()];
}

/** Sign-up and sign-in need no credentials. */
function takesPassword({ source }: Operation): boolean {
  const contents: Schema[] = Object.values(source.requestBody?.content ?? {});
  return contents.some(({ schema }) =>
    Object.keys(schema?.properties ?? {}).some((name) => /password/i.test(name)),
  );
}

function expectAsClosed(operation: Operation, others: readonly Operation[]): void {
  const closed = others.filter((other) => other.closed);
  expectThat(
    operation.closed || closed.length === 0,
    `security of ${named(operation)}, as of ${closed.map(named).join(', ')}`,
    'none: anybody may call it',
  );
}

function expectAsHigh(operation: Operation, others: readonly Operation[]): void {
  expectThat(
    others.length === 0 || !others.every((other) => isLower(operation.role, other.role)),
    `a role of ${named(operation)} (x-required-role) that is not lower than those of ${others.map(named).join(', ')}`,
    operation.role || 'none: every signed-in caller may call it',
  );
}

/** Of two roles that are not both of the contract, neither is lower. */
function isLower(role: string, other: string): boolean {
  if (role === '' || other === '') return role === '' && other !== '';
  const [own, its] = [role, other].map((name) => roles.indexOf(name as Role)) as [number, number];
  return own >= 0 && own < its;
}

function named({ method, path }: Operation): string {
  return `${method} ${path}`;
}
