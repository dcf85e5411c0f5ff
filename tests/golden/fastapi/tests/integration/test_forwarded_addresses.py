"""Limits of callers behind a proxy."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.support.api import instance

LIMIT = 5


@pytest.mark.parametrize(
    "entry",
    [
        lambda number: f"203.0.113.9:{50_000 + number}",
        lambda number: ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109"][number % 3],
        lambda number: f"2001:db8::1:{number}" if number % 2 else f"[2001:0DB8:0::0:{number}]:443",
        lambda number: f"client-{number}",
    ],
    ids=["ports", "spellings", "addresses of one network", "no addresses"],
)
async def test_a_caller_cannot_choose_the_bucket(
    surroundings: dict[str, str], entry: Callable[[int], str]
) -> None:
    # In a long window no token comes back while a slow machine asks.
    limits = {"RATE_LIMIT_DEFAULT": str(LIMIT), "RATE_LIMIT_WINDOW_S": "3600"}
    changed = {"CACHE_PREFIX": str(uuid4()), "TRUST_PROXY_HOPS": "1", **limits}
    async with instance(surroundings | changed) as api:

        async def limited(address: str) -> bool:
            headers = {"x-forwarded-for": f"{uuid4()}, {address}"}
            answer = await api.send("GET", api.list_path, headers=headers, anonymous=True)
            return answer.status == 429

        refused = [await limited(entry(number)) for number in range(LIMIT + 1)]
        assert refused == [False] * LIMIT + [True]
        assert not await limited("198.51.100.7")
