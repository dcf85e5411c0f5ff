import { hash } from 'node:crypto';
import type { Mutant } from './change.js';

/**
 * An order of mutants in which operators take turns, and each takes the file that was taken least: any first part of it
 * is a sample in which neither an operator nor a file dominates.
 * @param seed another one makes another order
 */
export function ordered(mutants: readonly Mutant[], seed: number): Mutant[] {
  const shuffled = mutants
    .map((mutant) => ({ mutant, key: hash('sha256', `${seed} ${mutant.hash}`) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ mutant }) => mutant);
  const taken = new Map<string, number>();
  const waiting = new Map<string, Mutant[]>();
  for (const mutant of shuffled)
    waiting.set(mutant.operator, [...(waiting.get(mutant.operator) ?? []), mutant]);
  const order: Mutant[] = [];
  while (waiting.size > 0) {
    for (const [operator, left] of waiting) {
      const times = left.map(({ file }) => taken.get(file) ?? 0);
      const [next] = left.splice(times.indexOf(Math.min(...times)), 1);
      taken.set(next!.file, (taken.get(next!.file) ?? 0) + 1);
      order.push(next!);
      if (left.length === 0) waiting.delete(operator);
    }
  }
  return order;
}
