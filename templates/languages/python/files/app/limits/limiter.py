"""Limits that hold over all instances, when there is a shared bucket."""

import asyncio
from collections.abc import Awaitable
from math import ceil

from cachetools import LRUCache

from app.limits.bucket import Grant, Policy, SharedBucket, Verdict
from app.limits.lease import Lease
from app.limits.local_bucket import LocalBucket, monotonic_ms
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

LEASES_KEPT = 50_000


class Limiter:
    """Instances take tokens from the shared bucket in batches of `policy.lease`; together they never let more through
    than the quota, and may let through a little less. While the shared bucket does not answer, a local one decides.
    """

    def __init__(self, shared: SharedBucket | None, metrics: Metrics, log: Log) -> None:
        self._shared = shared
        self._fallbacks = metrics.rate_limit_fallback
        self._log = log
        self._local = LocalBucket()
        self._leases: dict[str, LRUCache[str, Lease]] = {}
        self._falling = False
        self._asking: set[asyncio.Task[None]] = set()

    def take(self, policy: Policy, key: str) -> Verdict | Awaitable[Verdict]:
        """Takes one request from the bucket of `key`. Answers at once when this instance holds tokens of it or knows it
        to be empty. Never raises.
        """
        shared = self._shared
        if shared is None:
            return verdict_of(policy, self._local.take(key, policy))
        lease = self._lease_of(policy, key)
        verdict = lease.take(monotonic_ms())
        if verdict is None:
            return self._wait(shared, policy, key, lease)
        if verdict.allowed and lease.low:
            self._begin(shared, policy, key, lease)
        return verdict

    async def give_back(self, policy: Policy, key: str) -> None:
        """Puts back what `take` took, where only some outcomes count. Never raises."""
        shared = self._shared
        if shared is None:
            self._local.give_back(key, policy)
            return
        self._lease_of(policy, key).refilled()
        try:
            await shared.take(key, policy, -1)
        except Exception:
            self._local.give_back(key, policy)

    def _lease_of(self, policy: Policy, key: str) -> Lease:
        of_policy = self._leases.get(policy.name)
        if of_policy is None:
            of_policy = self._leases[policy.name] = LRUCache(LEASES_KEPT)
        lease = of_policy.get(key)
        if lease is None:
            lease = of_policy[key] = Lease(policy)
        return lease

    async def _wait(self, shared: SharedBucket, policy: Policy, key: str, lease: Lease) -> Verdict:
        waiting: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        lease.waiting.append(waiting)
        if not lease.asking:
            self._begin(shared, policy, key, lease)
        verdict = await waiting
        if verdict is not None:
            return verdict
        self._fallbacks.inc()
        return verdict_of(policy, self._local.take(key, policy))

    def _begin(self, shared: SharedBucket, policy: Policy, key: str, lease: Lease) -> None:
        lease.asking = True
        task = asyncio.create_task(self._ask(shared, policy, key, lease))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, shared: SharedBucket, policy: Policy, key: str, lease: Lease) -> None:
        try:
            while True:
                wanted = max(lease.batch, len(lease.waiting))
                asked_at = monotonic_ms()
                grant = await shared.take(key, policy, wanted)
                lease.receive(grant, wanted, asked_at, monotonic_ms())
                if not lease.waiting:
                    break
            if self._falling:
                self._log.info("rate limits are shared again")
            self._falling = False
        except Exception as error:
            if not self._falling:
                self._log.warning("rate limits are local: the shared bucket fails", reason=str(error))
            self._falling = True
        finally:
            lease.asking = False
            lease.give_up()


def create_limiter(*, shared: SharedBucket | None, metrics: Metrics, log: Log) -> Limiter:
    """Limits by that bucket; by buckets of this process where there is none."""
    return Limiter(shared, metrics, log)


def verdict_of(policy: Policy, grant: Grant) -> Verdict:
    """The state of a bucket after one token was taken."""
    allowed = grant.granted > 0
    return Verdict(
        allowed,
        policy,
        grant.remaining,
        ceil(grant.reset_ms / 1000),
        0 if allowed else max(1, ceil(grant.retry_after_ms / 1000)),
    )
