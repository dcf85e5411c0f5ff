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

/** The bucket that instances share. */
export interface SharedBucket {
  /**
   * Takes up to `tokens` tokens (at least one, or none at all).
   * @returns how many were granted, how many are left, and the milliseconds until one more and until all are free
   * @throws when the store refuses or does not answer in time
   */
  take(key: string, policy: Policy, tokens: number): Promise<{ granted: number; remaining: number; retryAfterMs: number; resetMs: number }>;
}
