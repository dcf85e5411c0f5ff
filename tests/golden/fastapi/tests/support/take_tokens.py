"""An instance in a process of its own: takes tokens at once and prints how many it was given.

Arguments: URL of the Redis, prefix of the keys, policy as JSON, how many tokens.
"""

import asyncio
import json
import sys

from app.limits.bucket import Policy, Verdict
from tests.support.stores import instance


async def take(url: str, prefix: str, policy_text: str, count: str) -> None:
    """Say `ready`, wait for a line, take the tokens."""
    one = await instance(url, prefix)
    policy = Policy(**json.loads(policy_text))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

    async def verdict() -> Verdict:
        taken = one.limiter.take(policy, "caller")
        return taken if isinstance(taken, Verdict) else await taken

    verdicts = await asyncio.gather(*(verdict() for _ in range(int(count))))
    print(sum(verdict.allowed for verdict in verdicts), flush=True)
    await one.stores.close()


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:]))
