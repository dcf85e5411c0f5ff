"""Idempotency keys that have expired."""

import pytest
from sqlalchemy import text

from app import background
from app.database.port import Transaction
from app.database.query import compiled
from tests.support.api import instance
from tests.support.parts import eventually, some_context

INSERT = compiled(
    "",
    text(
        'insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "expires_at")'
        " values (:principal, :key, 'f', 200, '{}', :expires)"
    ),
)
COUNT = compiled(
    "", text('select "principal", count(*) as "count" from "idempotency_keys" group by "principal"')
)


async def test_an_instance_deletes_all_that_have_expired_and_no_others(
    surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def insert(transaction: Transaction) -> None:
        for number in range(2500):
            past = {"principal": "past", "key": str(number), "expires": "2026-01-15T08:30:00.000Z"}
            await transaction.query(INSERT, past)
        future = {"principal": "future", "key": "0", "expires": "9999-12-31T00:00:00.000Z"}
        await transaction.query(INSERT, future)

    async with instance(surroundings) as api:
        await api.services.database.transaction(some_context(120), insert)
    monkeypatch.setattr(background, "FIRST_PURGE_S", (0, 0))
    async with instance(surroundings) as api:

        async def one_is_left() -> bool:
            rows = await api.services.database.read(COUNT, {}, some_context())
            return rows == [{"principal": "future", "count": 1}]

        await eventually(one_is_left, 60)


async def test_the_context_of_a_request_knows_of_its_transaction(surroundings: dict[str, str]) -> None:
    context = some_context()

    async def known(_: Transaction) -> bool:
        return context.in_transaction

    async with instance(surroundings) as api:
        assert await api.services.database.transaction(context, known)
    assert not context.in_transaction
