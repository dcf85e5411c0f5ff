"""Writes: one transaction each, and what follows once it is committed."""

import asyncio
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

import orjson

from app.config import Config
from app.context import Call
from app.database.idempotency import Identity, idempotent
from app.database.port import Database, Transaction
from app.database.recent_writes import RecentWrites
from app.http.answer import Answer
from app.problem import Problem

Effect = Callable[[], Awaitable[None]]
_KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")


class Stores(Protocol):
    """The part of the platform that writes need."""

    config: Config
    database: Database
    recent_writes: RecentWrites


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What a write request says about itself."""

    method: str
    path: str
    """Without query."""
    body: Any
    """As JSON has it."""
    key: str | None
    """The header Idempotency-Key."""


class UnitOfWork:
    """One write: its transaction, and what follows once it is committed."""

    __slots__ = ("effects", "transaction")

    def __init__(self, transaction: Transaction) -> None:
        """Begin without effects."""
        self.transaction = transaction
        self.effects: list[Effect] = []

    def after_commit(self, effect: Effect) -> None:
        """Have something done when the transaction is committed, and only then."""
        self.effects.append(effect)


async def perform_write(
    platform: Stores, request: WriteRequest, call: Call, work: Callable[[UnitOfWork], Awaitable[Answer]]
) -> Answer:
    """Run a write in one transaction.

    With an Idempotency-Key the answer is stored in that same transaction, so a retry gets it again even when the
    process died after the commit (draft-ietf-httpapi-idempotency-key-header).
    Raises Problem `idempotency-in-progress` or `idempotency-key-reused`, and what `work` raises.
    """

    async def attempt(transaction: Transaction) -> tuple[Answer, UnitOfWork]:
        unit = UnitOfWork(transaction)
        if request.key is None:
            return await work(unit), unit
        if not _KEY_FORM.fullmatch(request.key):
            raise Problem(
                "malformed-request", detail="Idempotency-Key takes 1 to 255 visible ASCII characters."
            )
        identity = Identity(
            call.principal.id, request.key, _fingerprint(request), platform.config.IDEMPOTENCY_TTL_S
        )
        answer, replayed = await idempotent(transaction, identity, lambda: work(unit))
        if replayed:
            answer = replace(answer, headers={**answer.headers, "idempotent-replayed": "true"})
        return answer, unit

    answer, unit = await platform.database.transaction(call, attempt)
    if unit.effects:
        await asyncio.gather(*(effect() for effect in unit.effects))
    await platform.recent_writes.add(call)
    return answer


def _fingerprint(request: WriteRequest) -> str:
    what = f"{request.method} {request.path}\n".encode() + orjson.dumps(request.body)
    return urlsafe_b64encode(sha256(what).digest()).decode().rstrip("=")
