import { hash } from 'node:crypto';

/** A piece of a text that is replaced by another: from `start` up to `end`, in UTF-16 units. */
export interface Change {
  start: number;
  end: number;
  text: string;
}

/** A kind of mistake, written once for a language. */
export interface Operator<Source> {
  /** The same in all languages that have it: `drop-await`. */
  name: string;
  /** @returns one change for each place where the mistake can be made */
  changes(source: Source): Change[];
}

/** One mistake in one file of a project. */
export interface Mutant {
  /** Of file, operator and text: the same as long as these lines stay as they are. */
  hash: string;
  operator: string;
  /** From the root of the project. */
  file: string;
  /** Of the first line that is changed, from 1. */
  line: number;
  /** The whole lines that are changed, before and after. */
  before: string;
  after: string;
  /** The whole file with the mistake. */
  text: string;
}

/** The text after a change. */
export function applied(text: string, { start, end, text: replacement }: Change): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/**
 * The mutants that changes make of a file. A mistake that two operators make is the one of the first.
 * @param changes with the name of their operator
 */
export function mutantsOf(
  file: string,
  text: string,
  changes: readonly (Change & { operator: string })[],
): Mutant[] {
  const seen = new Set([text]);
  const times = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const change of changes) {
    const changed = applied(text, change);
    if (seen.has(changed)) continue;
    seen.add(changed);
    const [before, after] = linesOf(text, change);
    const identity = [file, change.operator, before, after].join('\0');
    const count = times.get(identity) ?? 0;
    times.set(identity, count + 1);
    mutants.push({
      hash: hash('sha256', `${identity}\0${count}`).slice(0, 12),
      operator: change.operator,
      file,
      line: text.slice(0, change.start).split('\n').length,
      before,
      after,
      text: changed,
    });
  }
  return mutants;
}

/** The whole lines that a change is about, before and after it. */
function linesOf(text: string, change: Change): [before: string, after: string] {
  const start = text.lastIndexOf('\n', change.start - 1) + 1;
  const newline = text.indexOf('\n', Math.max(change.end - 1, change.start));
  const end = newline < 0 ? text.length : newline;
  const before = text.slice(start, end);
  const after =
    text.slice(start, change.start) + change.text + text.slice(change.end, Math.max(end, change.end));
  return [before.trim(), after.trim()];
}
