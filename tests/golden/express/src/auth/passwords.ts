import { randomBytes } from 'node:crypto';
import * as argon2 from '@node-rs/argon2';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import type { CallContext } from '../context.js';
import { Problem } from '../problem.js';

/** argon2id with 19 MiB, two passes, one lane: the OWASP password storage cheat sheet's first choice. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const algorithm = 'argon2id';
const prefix = `$${algorithm}$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;
/** A queue of this length per hash at work drains in about a second. */
const waitingPerHash = 50;

/** Hashes and checks passwords on libuv's threads, a few at a time: each takes 19 MiB and a core. */
export class Passwords {
  readonly #lanes;
  /** Stands in for the hash of an account that does not exist, so that looking it up takes just as long. */
  readonly #nobody: Promise<string>;

  constructor(concurrency: number) {
    this.#lanes = bulkhead(concurrency, concurrency * waitingPerHash);
    this.#nobody = argon2.hash(randomBytes(16), parameters);
    this.#nobody.catch(() => {});
  }

  /**
   * @returns the hash in PHC string format
   * @throws Problem `overloaded` when too many are waiting already, or why the request was cancelled
   */
  hash(password: string, context: CallContext): Promise<string> {
    return this.#run(context, () => argon2.hash(canonical(password), parameters));
  }

  /**
   * Whether the password is the one that was hashed.
   * @param hash undefined for an account that does not exist: false, after as much work
   * @throws as `hash`
   */
  verify(hash: string | undefined, password: string, context: CallContext): Promise<boolean> {
    return this.#run(context, async () => {
      const matches = await argon2.verify(hash ?? (await this.#nobody), canonical(password));
      return matches && hash !== undefined;
    });
  }

  /** Whether a hash was made with other parameters than those of today. */
  isOutdated(hash: string): boolean {
    return !hash.startsWith(prefix);
  }

  #run<Result>(context: CallContext, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const stop = context.onCancel(reject);
      // Without the signal of the request: one that is over must take its turn, or those behind it never get theirs.
      this.#lanes
        .execute(() => (context.cancelled ? Promise.reject(context.cancelled) : work()))
        .then(resolve, (error) => reject(error instanceof BulkheadRejectedError ? tooMany(error) : error))
        .finally(stop);
    });
  }
}

function tooMany(cause: Error): Problem {
  const headers = { 'retry-after': '1' };
  return new Problem('overloaded', { detail: 'Too many sign-ins at once.', headers, cause });
}

/** One spelling for what can be typed in several ways (RFC 8265, section 4.2). */
function canonical(password: string): string {
  return password.normalize('NFC');
}
