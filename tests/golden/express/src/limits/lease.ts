import { type Grant, type Policy, refillMicroseconds, type Verdict } from './bucket.js';

/**
 * What an instance knows of one caller's shared bucket: the tokens it holds of it, and until when the bucket is known
 * to be empty. All times are `performance.now()`.
 */
export class Lease {
  /** Requests that wait for the answer of the shared bucket. */
  readonly waiting: ((verdict: Verdict | undefined) => void)[] = [];
  /** Whether the shared bucket is being asked. */
  asking = false;
  #held = 0;
  #left: number;
  #fullAt = 0;
  #emptyUntil = 0;
  readonly #intervalMs: number;

  constructor(private readonly policy: Policy) {
    this.#left = policy.quota;
    this.#intervalMs = refillMicroseconds(policy) / 1000;
  }

  /** Tokens to ask for at a time: fewer the emptier the bucket is, so that other instances are not left without. */
  get batch(): number {
    return Math.max(1, Math.min(this.policy.lease, Math.floor(this.#left / 4)));
  }

  /** Whether to ask for more now, so that the next requests need not wait. */
  get low(): boolean {
    return !this.asking && this.#held <= this.batch >> 2 && this.batch > 1;
  }

  /** The answer as far as it is known here; undefined when the shared bucket must be asked. */
  take(now: number): Verdict | undefined {
    if (this.#held > 0) {
      // The shared bucket refills while tokens are held here: a token counts no longer once its place is taken.
      this.#held = Math.min(this.#held, Math.max(0, Math.floor((this.#fullAt - now) / this.#intervalMs)));
      if (this.#held > 0) {
        this.#held -= 1;
        return this.verdict(true, now);
      }
    }
    return now < this.#emptyUntil ? this.verdict(false, now) : undefined;
  }

  /**
   * Takes in what the shared bucket answered and hands it to the requests that wait.
   * @param askedAt when it was asked: the bucket's own time is no earlier, so nothing is believed for too long
   */
  receive(grant: Grant, wanted: number, askedAt: number, now: number): void {
    this.#held += grant.granted;
    this.#left = grant.remaining;
    this.#fullAt = askedAt + grant.resetMs;
    this.#emptyUntil = askedAt + grant.retryAfterMs;
    for (const answer of this.waiting.splice(0, this.#held)) {
      this.#held -= 1;
      answer(this.verdict(true, now));
    }
    if (grant.granted === wanted) return;
    for (const answer of this.waiting.splice(0)) answer(this.verdict(false, now));
  }

  /** A token came back: the bucket must be asked again, although it was empty. */
  refilled(): void {
    this.#emptyUntil = 0;
  }

  private verdict(allowed: boolean, now: number): Verdict {
    const resetMs = this.#fullAt - now - this.#held * this.#intervalMs;
    return {
      allowed,
      policy: this.policy,
      remaining: this.#left + this.#held,
      resetSeconds: Math.max(0, Math.ceil(resetMs / 1000)),
      retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((this.#emptyUntil - now) / 1000)),
    };
  }
}
