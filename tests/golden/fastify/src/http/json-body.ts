import { isUtf8 } from 'node:buffer';
import { Problem } from '../problem.js';

/** Levels of arrays and objects in a body. */
const depthLimit = 32;
/** Members and items in a body, in total: validation takes time for each. */
const memberLimit = 1000;

/**
 * The text of a JSON body.
 * @throws Problem `malformed-request` for bytes that are not UTF-8 (RFC 8259, section 8.1)
 */
export function jsonText(body: Buffer): string {
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.');
  return body.toString();
}

/**
 * Bounds the cost of validation: takes a parsed body, and stops at the first level or member too many.
 * @throws Problem `malformed-request`
 */
export function requireBounded(body: unknown): void {
  countMembers(body, 0, 0);
}

function countMembers(value: unknown, depth: number, counted: number): number {
  if (typeof value !== 'object' || value === null) return counted;
  if (depth === depthLimit) throw malformed(`A body may have ${depthLimit} levels.`);
  const members = Array.isArray(value) ? value : Object.values(value);
  let total = counted + members.length;
  if (total > memberLimit) throw malformed(`A body may have ${memberLimit} members and items in total.`);
  for (const member of members) total = countMembers(member, depth + 1, total);
  return total;
}

function malformed(detail: string): Problem {
  return new Problem('malformed-request', { detail });
}
