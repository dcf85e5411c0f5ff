import { LRUCache } from 'lru-cache';
import type { SharedMarks } from '../cache/store.js';
import type { Config } from '../config.js';
import { addressKey } from '../http/client-address.js';
import type { Policy, Verdict } from '../limits/bucket.js';
import type { Limiter } from '../limits/limiter.js';
import { accountKey } from './accounts.js';

const addressesKept = 50_000;

type Settings = Pick<
  Config,
  'RATE_LIMIT_AUTH_FAILURES' | 'RATE_LIMIT_AUTH_FAILURES_WINDOW_S' | 'REFRESH_TOKEN_TTL_S'
>;

/**
 * Bounds the failed sign-ins of an account over all addresses and instances (NIST SP 800-63B-4, section 3.2.2). An
 * address that the account was used from lately is counted by itself: others cannot lock its owner out.
 */
export class FailedSignIns {
  readonly #policy: Policy;
  readonly #knownMs: number;
  readonly #known: LRUCache<string, true>;

  /** @param marks notifies the other instances of known addresses, if there are other instances */
  constructor(
    config: Settings,
    private readonly limiter: Limiter,
    private readonly marks: SharedMarks | undefined,
  ) {
    this.#policy = {
      name: 'failures',
      quota: config.RATE_LIMIT_AUTH_FAILURES,
      windowSeconds: config.RATE_LIMIT_AUTH_FAILURES_WINDOW_S,
      lease: 1,
    };
    this.#knownMs = config.REFRESH_TOKEN_TTL_S * 1000;
    this.#known = new LRUCache({ max: addressesKept, ttl: this.#knownMs });
  }

  /**
   * Runs `check` unless too many attempts failed. Each counts as failed until it is known not to be: of many at once,
   * none is missed.
   * @param check undefined says that it failed; an error, that nothing was found out
   * @returns whether it was let through, and what `check` found
   */
  async attempt<Found>(
    email: string,
    address: string,
    check: () => Promise<Found | undefined>,
  ): Promise<{ verdict: Verdict; found?: Found | undefined }> {
    const own = keyOf(email, address);
    const known = this.#known.has(own) || (await this.marks?.has(markOf(own)));
    const bucket = known ? own : accountKey(email);
    const verdict = await this.limiter.take(this.#policy, bucket);
    if (!verdict.allowed) return { verdict };
    let failed = false;
    try {
      const found = await check();
      failed = found === undefined;
      return { verdict, found };
    } finally {
      if (!failed) await this.limiter.giveBack(this.#policy, bucket);
    }
  }

  /** Knows the address from now on, for as long as a refresh token lives. */
  async remember(email: string, address: string): Promise<void> {
    const own = keyOf(email, address);
    this.#known.set(own, true);
    await this.marks?.leave(markOf(own), this.#knownMs);
  }
}

function keyOf(email: string, address: string): string {
  return `${accountKey(email)}:${addressKey(address)}`;
}

function markOf(key: string): string {
  return `signed-in:${key}`;
}
