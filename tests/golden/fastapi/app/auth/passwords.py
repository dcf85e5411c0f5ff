"""Hashes of passwords (argon2id, RFC 9106), a few at a time: each takes 19 MiB and a core."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from app.context import RequestContext
from app.problem import Problem

# A queue of this length per hash at work drains in about a second.
WAITING_PER_HASH = 50

R = TypeVar("R")


class Passwords:
    """Hashes and checks passwords in threads: 19 MiB, two passes, one lane, the OWASP cheat sheet's first choice."""

    def __init__(self, concurrency: int) -> None:
        """Take how many passwords may be at work at once."""
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(concurrency, "password")
        self._lanes = asyncio.Semaphore(concurrency)
        self._room = concurrency * WAITING_PER_HASH
        self._waiting = 0
        # Stands in for the hash of an account that does not exist, so that looking it up takes just as long.
        self._nobody = self._threads.submit(self._hasher.hash, token_hex(16))

    async def hash(self, password: str, context: RequestContext) -> str:
        """Return the hash in PHC string format.

        Raises Problem `overloaded` when too many are waiting already, or `deadline-exceeded`.
        """
        return await self._run(context, lambda: self._hasher.hash(_canonical(password)))

    async def verify(self, password_hash: str | None, password: str, context: RequestContext) -> bool:
        """Tell whether the password is the one that was hashed.

        None stands for an account that does not exist: False, after as much work. Raises as `hash`.
        """

        def matches() -> bool:
            try:
                return self._hasher.verify(password_hash or self._nobody.result(), _canonical(password))
            except VerifyMismatchError:
                return False

        return await self._run(context, matches)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Begin nothing more; what is at work is finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, context: RequestContext, work: Callable[[], R]) -> R:
        if self._lanes.locked() and self._waiting >= self._room:
            raise Problem("overloaded", detail="Too many sign-ins at once.", headers={"retry-after": "1"})
        self._waiting += 1
        try:
            async with context.time_limit():
                await self._lanes.acquire()
        finally:
            self._waiting -= 1
        result = asyncio.get_running_loop().run_in_executor(self._threads, work)
        result.add_done_callback(self._leave)
        # A thread cannot be stopped: a request that is over gets no answer, but keeps its lane until the hash is done.
        async with context.time_limit():
            return await asyncio.shield(result)

    def _leave(self, result: asyncio.Future[R]) -> None:
        self._lanes.release()
        # Of a request that is over nobody else looks at the outcome.
        if not result.cancelled():
            result.exception()


def _canonical(password: str) -> str:
    """Make one spelling of what can be typed in several ways (RFC 8265, section 4.2)."""
    return normalize("NFC", password)
