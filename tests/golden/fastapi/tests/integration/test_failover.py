"""A Redis that becomes a replica and keeps its connections."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from redis import Redis

from app.cache.port import Entry
from app.limits.bucket import Policy, Verdict
from tests.support.faulty_link import faulty_link
from tests.support.parts import eventually, some_context
from tests.support.redis import redis_server
from tests.support.stores import Instance, instance

POLICY = Policy("write", 30, 3600, 1)


@dataclass(frozen=True, slots=True)
class Servers:
    """The primary, and a replica of it that takes over."""

    primary: str
    replica: str

    def fail_over(self) -> None:
        """Have them change places."""
        with Redis.from_url(self.primary) as primary, Redis.from_url(self.replica) as replica:
            replica.replicaof("no", "one")
            primary.replicaof("127.0.0.1", str(urlsplit(self.replica).port))


@pytest.fixture
def servers() -> Iterator[Servers]:
    """Start two servers."""
    with redis_server() as primary, redis_server() as replica:
        if primary is None or replica is None:
            pytest.skip("there is no redis-server to start")
        yield Servers(primary, replica)


async def is_shared(one: Instance) -> bool:
    """Take one request; tell whether the shared bucket let it through."""
    before = one.metrics.registry.get_sample_value("rate_limit_fallback_total")
    taken = one.limiter.take(POLICY, "caller")
    if not isinstance(taken, Verdict):
        await taken
    return one.metrics.registry.get_sample_value("rate_limit_fallback_total") == before


@pytest.mark.parametrize("late_s", [0, 1])
async def test_follows_the_address_to_the_new_primary(servers: Servers, late_s: float) -> None:
    prefix = str(uuid4())
    link = await faulty_link(servers.primary)
    one, other = await instance(link.url, prefix), await instance(link.url, prefix)
    await eventually(lambda: one.stores.store.connected and other.stores.store.connected, 10)
    assert await is_shared(one)

    servers.fail_over()
    await asyncio.sleep(late_s)
    assert not await is_shared(one) or late_s == 0
    link.lead_to(servers.replica)
    await eventually(lambda: is_shared(one), 5)
    with Redis.from_url(servers.replica) as client:
        assert client.exists(f"{prefix}:limit:{POLICY.name}:caller")

    async def is_told() -> bool:
        await one.cache.replace("item", Entry(2, b"{}", 0))
        found = await other.stores.store.get("item", some_context())
        return found is not None and found.version == 2

    await eventually(is_told, 10)
    # No connection is left to the old primary, from which nothing would be heard any more one day.
    await eventually(lambda: connections(servers.primary) == 0, 10)
    await eventually(lambda: one.stores.store.connected and other.stores.store.connected, 10)
    await one.stores.close()
    await other.stores.close()
    link.close()


def connections(url: str) -> int:
    """Return how many clients are connected, but for replication and the one that asks."""
    with Redis.from_url(url) as client:
        kinds = [*client.client_list(_type="normal"), *client.client_list(_type="pubsub")]
        own = client.client_id()
        return sum(int(one["id"]) != own for one in kinds)
