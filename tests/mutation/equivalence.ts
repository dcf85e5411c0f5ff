import type { Result } from './results.js';

type Change = Pick<Result, 'operator' | 'file' | 'before' | 'after'>;

/** A kind of mutants that nobody can tell from the original. */
interface Rule {
  reason: string;
  holds(change: Change): boolean;
}

const comparisons = ['swap-comparison', 'sql-swap-comparison'];
const clock = /\bnow\(\)|\bnow\b|\btime\.(time|monotonic)\(\)|\bmonotonic\(\)/;

/**
 * They hold in all projects. A rule is about a kind of change whose effect neither an answer, nor a setting, nor a metric,
 * nor data at rest can show. A mutant that a row finds counts as found, whatever is here.
 */
export const rules: readonly Rule[] = [
  {
    reason: 'It differs in the one moment of the clock in which both sides are equal.',
    holds: ({ operator, before }) =>
      comparisons.includes(operator) && isOnlyOne(before) && clock.test(before),
  },
  {
    reason: 'The bound is neither in the document nor a setting: one more or less breaks no promise.',
    holds: ({ operator, before }) =>
      operator === 'swap-comparison' && isOnlyOne(before) && /[<>]=? (longest|most)\w*\b/i.test(before),
  },
  {
    reason:
      'The statements of the project alone write to its own tables, and give each of these columns a value: no request can leave one out.',
    holds: ({ operator, file, before }) =>
      operator === 'sql-drop-constraint' && /^migrations\/00\d\d_/.test(file) && /\bnot null\b/i.test(before),
  },
  {
    reason: 'All that has expired is deleted, in one batch or several; which is first is seen by nobody.',
    holds: ({ operator, file }) =>
      ['sql-drop-order', 'sql-drop-limit'].includes(operator) && /(^|\/)purge\.\w+$/.test(file),
  },
  {
    reason: 'The process ends by an explicit exit, whichever timers are left.',
    holds: ({ before, after }) =>
      before.includes('.unref()') &&
      [before.replace('.unref()', ''), before.replace(/^[\w.#]+\.unref\(\)/, '')].includes(after),
  },
];

/** Why nobody can tell the mutant from the original; undefined where somebody may. */
export function ruledOut(change: Change): string | undefined {
  return rules.find(({ holds }) => holds(change))?.reason;
}

/** Whether a line has one comparison, which is then the one that is changed. */
function isOnlyOne(line: string): boolean {
  return [...line.replaceAll('=>', '').matchAll(/[<>]=?/g)].length === 1;
}
