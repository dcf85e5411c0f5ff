/** A policy of the generic cell rate algorithm: `quota` requests at once, refilled evenly over `windowSeconds`. */
export interface Policy {
  name: string;
  quota: number;
  windowSeconds: number;
  /** How many tokens an instance may take from the shared bucket at a time; 1 counts each request exactly. */
  lease: number;
}

export interface Verdict {
  allowed: boolean;
  policy: Policy;
  remaining: number;
  /** Seconds until the bucket is full again. */
  resetSeconds: number;
  /** Seconds until the next request passes; 0 when allowed. */
  retryAfterSeconds: number;
}

/** What a bucket answers. Times are milliseconds from the moment it was asked. */
export interface Grant {
  granted: number;
  /** Tokens left in the bucket. */
  remaining: number;
  /** Until one more token is free; 0 when all that were wanted were granted. */
  retryAfterMs: number;
  /** Until all tokens are free. */
  resetMs: number;
}

/** The bucket that instances share. */
export interface SharedBucket {
  /**
   * Takes as many tokens as are free, up to `tokens`; a negative number gives tokens back.
   * @throws when the store refuses or does not answer in time
   */
  take(key: string, policy: Policy, tokens: number): Promise<Grant>;
}

/** Microseconds in which one token comes back: whole, so that sums are exact. */
export function refillMicroseconds(policy: Policy): number {
  return Math.ceil((policy.windowSeconds * 1_000_000) / policy.quota);
}
