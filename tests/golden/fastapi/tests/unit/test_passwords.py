"""Hashes of passwords."""

import asyncio

import pytest

from app.auth.passwords import Passwords
from app.problem import Problem
from tests.support.parts import settled, some_context

PASSWORD = "a long enough sentence"
# By the argon2 of another language.
FOREIGN_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$3BqsLwqaySW70k1hGOHAHg$RZUk3Ud0+sVOt0yayK5m+xKxE3avwJE4Cf+nkr21e3o"
)


async def test_knows_a_password_and_no_other() -> None:
    passwords = Passwords(1)
    password_hash = await passwords.hash("Ångström enough", some_context())
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    # The same word, typed as letters and accents.
    assert await passwords.verify(password_hash, "A\u030angstro\u0308m enough", some_context())
    assert not await passwords.verify(password_hash, "Angstrom enough", some_context())
    assert not await passwords.verify(None, "Ångström enough", some_context())
    passwords.close()


async def test_knows_hashes_that_another_library_made() -> None:
    passwords = Passwords(1)
    assert await passwords.verify(FOREIGN_HASH, PASSWORD, some_context())
    assert not passwords.is_outdated(FOREIGN_HASH)
    assert passwords.is_outdated(FOREIGN_HASH.replace("t=2", "t=3"))
    passwords.close()


async def test_lets_go_of_requests_that_are_over_while_they_wait_and_the_next_gets_its_turn() -> None:
    passwords = Passwords(1)
    order: list[str] = []

    async def hash_for(name: str) -> None:
        try:
            await passwords.hash(PASSWORD, some_context())
        finally:
            order.append(name)

    first, *over, last = [asyncio.create_task(hash_for(name)) for name in ("first", "over", "over", "last")]
    await settled()
    for task in over:
        task.cancel()
    await asyncio.gather(first, *over, last, return_exceptions=True)
    assert order == ["over", "over", "first", "last"]
    passwords.close()


async def test_a_hash_at_work_keeps_its_lane_although_its_request_is_over() -> None:
    passwords = Passwords(1)
    first = asyncio.create_task(passwords.hash(PASSWORD, some_context()))
    await settled()
    first.cancel()
    await settled()
    assert first.cancelled()
    waiting = [asyncio.create_task(passwords.hash(PASSWORD, some_context())) for _ in range(51)]
    with pytest.raises(Problem, match="Too many"):
        await waiting.pop()
    assert await waiting[0]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    passwords.close()


async def test_a_wait_ends_at_the_deadline() -> None:
    passwords = Passwords(1)
    first = asyncio.create_task(passwords.hash(PASSWORD, some_context()))
    await settled()
    with pytest.raises(Problem, match="deadline"):
        await passwords.hash(PASSWORD, some_context(0))
    assert not first.done()
    assert await first
    passwords.close()


async def test_refuses_more_than_can_wait() -> None:
    passwords = Passwords(1)
    hashes = [asyncio.create_task(passwords.hash(PASSWORD, some_context())) for _ in range(52)]
    with pytest.raises(Problem, match="Too many"):
        await hashes[-1]
    for task in hashes:
        task.cancel()
    await asyncio.gather(*hashes, return_exceptions=True)
    passwords.close()
