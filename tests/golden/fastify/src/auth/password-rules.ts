import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { Problem } from '../problem.js';

/** Decimal logarithm of the guesses that a password must withstand. */
const leastGuessesLog10 = 9;
/** Characters that are looked at: the time for an estimate grows faster than their number. */
const estimated = 32;
const shortestName = 4;
const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: 20 });

/**
 * Refuses a new password that guessing programs try first (NIST SP 800-63B-4, section 3.1.1.2: a blocklist, no rules of
 * composition): common ones, rows of keys, repetitions, dates, and what is made from the address or the service's name.
 * Its length stands in the contract.
 * @param service name of the service
 * @throws Problem `validation-failed`
 */
export function requireStrongPassword(password: string, email: string, service: string): void {
  const detail = weakness(password.normalize('NFC'), email.toLowerCase(), service);
  if (detail === undefined) return;
  const errors = [{ pointer: '#/password', code: 'weak', detail }];
  throw new Problem('validation-failed', { detail: 'The password is too easy to guess.', errors });
}

function weakness(password: string, email: string, service: string): string | undefined {
  if (password.toLowerCase().includes(email)) return 'is made from the e-mail address';
  const [name = ''] = email.split('@');
  const words = [name, service, service.replace(/[^\p{L}\p{N}]/gu, '')];
  const names = words.map(stem).filter(({ length }) => length >= shortestName);
  if (names.includes(stem(password))) return 'is made from a name';
  const { guessesLog10 } = estimator.check(password.slice(0, estimated), words);
  return guessesLog10 < leastGuessesLog10 ? 'is common, or made from common words or a pattern' : undefined;
}

/** Without digits and signs at both ends. */
function stem(text: string): string {
  return text.toLowerCase().replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}
