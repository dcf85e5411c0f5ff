import { LRUCache } from 'lru-cache';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Grant, Policy, SharedBucket, Verdict } from './bucket.js';
import { Lease } from './lease.js';
import { createLocalBucket } from './local-bucket.js';

const leasesKept = 50_000;

export interface Limiter {
  /**
   * Takes one request from the bucket of `key`. Answers at once when this instance holds tokens of it or knows it to
   * be empty. Never rejects: while the shared bucket does not answer, a local one decides.
   */
  take(policy: Policy, key: string): Verdict | Promise<Verdict>;
  /** Puts back what `take` took, where only some outcomes count. Never rejects. */
  giveBack(policy: Policy, key: string): Promise<void>;
}

/**
 * Limits that hold over all instances, when there is a shared bucket. Instances take tokens from it in batches of
 * `policy.lease`; together they never let more through than the quota, and may let through a little less.
 */
export function createLimiter({
  shared,
  metrics,
  log,
}: {
  shared: SharedBucket | undefined;
  metrics: Pick<Metrics, 'rateLimitFallback'>;
  log: Log;
}): Limiter {
  const local = createLocalBucket();
  if (!shared)
    return {
      take: (policy, key) => verdictOf(policy, local.take(key, policy)),
      giveBack: async (policy, key) => local.giveBack(key, policy),
    };

  const leases = new Map<string, LRUCache<string, Lease>>();
  let falling = false;

  function leaseOf(policy: Policy, key: string): Lease {
    let ofPolicy = leases.get(policy.name);
    if (!ofPolicy) {
      ofPolicy = new LRUCache({ max: leasesKept });
      leases.set(policy.name, ofPolicy);
    }
    let lease = ofPolicy.get(key);
    if (!lease) {
      lease = new Lease(policy);
      ofPolicy.set(key, lease);
    }
    return lease;
  }

  async function ask(bucket: SharedBucket, policy: Policy, key: string, lease: Lease): Promise<void> {
    lease.asking = true;
    try {
      do {
        const wanted = Math.max(lease.batch, lease.waiting.length);
        const askedAt = performance.now();
        lease.receive(await bucket.take(key, policy, wanted), wanted, askedAt, performance.now());
      } while (lease.waiting.length > 0);
      if (falling) log.info('rate limits are shared again');
      falling = false;
    } catch (error) {
      if (!falling)
        log.warn({ reason: (error as Error).message }, 'rate limits are local: the shared bucket fails');
      falling = true;
      for (const answer of lease.waiting.splice(0)) answer(undefined);
    } finally {
      lease.asking = false;
    }
  }

  async function waitFor(bucket: SharedBucket, policy: Policy, key: string, lease: Lease): Promise<Verdict> {
    const verdict = await new Promise<Verdict | undefined>((resolve) => {
      lease.waiting.push(resolve);
      if (!lease.asking) void ask(bucket, policy, key, lease);
    });
    if (verdict) return verdict;
    metrics.rateLimitFallback.inc();
    return verdictOf(policy, local.take(key, policy));
  }

  return {
    take(policy, key) {
      const lease = leaseOf(policy, key);
      const verdict = lease.take(performance.now());
      if (!verdict) return waitFor(shared, policy, key, lease);
      if (verdict.allowed && lease.low) void ask(shared, policy, key, lease);
      return verdict;
    },
    async giveBack(policy, key) {
      leaseOf(policy, key).refilled();
      await shared.take(key, policy, -1).catch(() => local.giveBack(key, policy));
    },
  };
}

function verdictOf(policy: Policy, { granted, remaining, retryAfterMs, resetMs }: Grant): Verdict {
  return {
    allowed: granted > 0,
    policy,
    remaining,
    resetSeconds: Math.ceil(resetMs / 1000),
    retryAfterSeconds: granted > 0 ? 0 : Math.max(1, Math.ceil(retryAfterMs / 1000)),
  };
}
