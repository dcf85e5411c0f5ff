"""Writes: one transaction each, once for each Idempotency-Key."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.context import RequestContext
from app.database.idempotency import Identity, StoredResponse, idempotent
from app.database.port import Transaction
from app.dependencies import context_of, services_of
from app.fields import shared
from app.services import Services
from app.unit_of_work import UnitOfWork

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Makes a retry safe; the same key with the same body is carried out once.",
        json_schema_extra=shared("IdempotencyKey"),
    ),
]
Work = Callable[[UnitOfWork], Awaitable[Response]]


class Writer:
    """Runs the write of one request."""

    def __init__(
        self, services: Services, request: Request, context: RequestContext, key: str | None
    ) -> None:
        self._services = services
        self._request = request
        self._context = context
        self._key = key

    async def run(self, work: Work) -> Response:
        """Run `work` in a transaction, then what it wants to follow the commit.

        With an Idempotency-Key the response is stored in that same transaction, so a retry gets it again even when
        the process died after the commit (draft-ietf-httpapi-idempotency-key-header).
        Raises Problem `idempotency-in-progress` or `idempotency-key-reused`, and what `work` raises.
        """
        fingerprint = await self._fingerprint() if self._key else ""

        async def attempt(transaction: Transaction) -> tuple[Response, UnitOfWork]:
            unit = UnitOfWork(transaction, self._context.principal)
            if self._key is None:
                return await work(unit), unit
            ttl_s = self._services.config.IDEMPOTENCY_TTL_S
            identity = Identity(self._context.principal.key, self._key, fingerprint, ttl_s)

            async def execute() -> StoredResponse:
                return _stored(await work(unit))

            stored, replayed = await idempotent(transaction, identity, execute)
            headers = {**stored.headers, "idempotent-replayed": "true"} if replayed else stored.headers
            return Response(stored.body, stored.status, headers), unit

        response, unit = await self._services.database.transaction(self._context, attempt)
        if unit.effects:
            await asyncio.gather(*(effect() for effect in unit.effects))
        await self._services.recent_writes.add(self._context)
        return response

    async def _fingerprint(self) -> str:
        """Hash of method, path and body."""
        what = f"{self._request.method} {self._context.path}\n".encode() + await self._request.body()
        return urlsafe_b64encode(sha256(what).digest()).decode().rstrip("=")


def _stored(response: Response) -> StoredResponse:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return StoredResponse(response.status_code, headers, bytes(response.body) or None)


async def _writer(request: Request, key: IdempotencyKey = None) -> Writer:
    return Writer(services_of(request), request, context_of(request), key)


Write = Annotated[Writer, Depends(_writer)]
