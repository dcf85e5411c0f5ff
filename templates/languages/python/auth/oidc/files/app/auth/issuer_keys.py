"""The public keys of the issuer (RFC 7517), found by OpenID Connect Discovery."""

import asyncio
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt

from app.problem import Problem
from app.telemetry.log import Log

_FETCH_S: Final = 2.0
"""Of metadata and keys together."""
_RENEWAL_S: Final = 600.0
"""How soon keys that the issuer has withdrawn are refused."""
_RETRY_S: Final = 5.0
"""An issuer that did not answer is asked again sooner."""


class IssuerKeys:
    """Known keys stay while the issuer is down."""

    def __init__(self, issuer: str, cooldown_s: float, log: Log, on_change: Callable[[], None]) -> None:
        """Begin to fetch them. `on_change` is called when they are others than before."""
        self._issuer = issuer
        self._cooldown_s = cooldown_s
        self._log = log
        self._on_change = on_change
        self._document: object = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._algorithms: dict[str, str | None] = {}
        self._failed = False
        self._next_fetch = 0.0
        self._fetching: asyncio.Task[None] | None = None
        self._timer = asyncio.create_task(self._renew_for_ever())

    async def find(self, kid: str, algorithm: str) -> Any:
        """Return the key that a token names. An unknown one can be new: the keys are fetched again then, once for all.

        Raises Problem `dependency-unavailable` when the issuer cannot be asked, as the token may be good.
        """
        if kid not in self._keys and (self._fetching or monotonic() >= self._next_fetch):
            await self._renew()
        key = self._keys.get(kid)
        if key is None:
            if kid and self._failed:
                wait_s = max(1, ceil(self._next_fetch - monotonic()))
                detail = "The issuer of access tokens is not available at the moment."
                raise Problem("dependency-unavailable", detail=detail, headers={"retry-after": str(wait_s)})
            raise jwt.InvalidTokenError("the token names no key of the issuer")
        if (self._algorithms.get(kid) or algorithm) != algorithm:
            raise jwt.InvalidAlgorithmError("the key is for another algorithm")
        return key.key

    def close(self) -> None:
        """End what runs in the background."""
        self._timer.cancel()
        if self._fetching:
            self._fetching.cancel()

    async def _renew_for_ever(self) -> None:
        while True:
            await self._renew()
            await asyncio.sleep(_RENEWAL_S)

    async def _renew(self) -> None:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
        # One request that is cancelled must not end the fetch of others.
        await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            # A client reads the certificates of the system first: that is not the issuer's time.
            async with httpx.AsyncClient(timeout=None) as client, asyncio.timeout(_FETCH_S):  # noqa: S113
                document = await _jwks(client, self._issuer)
            keys = jwt.PyJWKSet.from_dict(document).keys
            if document != self._document:
                self._document = document
                self._keys = {key.key_id: key for key in keys if key.key_id and key.public_key_use != "enc"}
                # That of a key without one is a guess of PyJWT.
                self._algorithms = {jwk.get("kid"): jwk.get("alg") for jwk in document["keys"]}
                self._on_change()
            self._failed = False
        except (httpx.HTTPError, jwt.PyJWTError, OSError, KeyError, TypeError, ValueError) as error:
            self._failed = True
            self._log.warning("issuer keys not fetched", issuer=self._issuer, error=error)
        finally:
            self._fetching = None
            wait_s = min(_RETRY_S, self._cooldown_s) if self._failed else self._cooldown_s
            self._next_fetch = monotonic() + wait_s


async def _jwks(client: httpx.AsyncClient, issuer: str) -> dict[str, Any]:
    metadata = await _read(client, f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    if metadata["issuer"] != issuer:
        raise ValueError(f"the metadata is of the issuer {metadata['issuer']}")
    return await _read(client, metadata["jwks_uri"])


async def _read(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    if not is_trustworthy(url):
        raise ValueError(f"{url} is neither HTTPS nor on this machine")
    response = await client.get(url)
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise TypeError(f"{url} is no object")
    return document


def is_trustworthy(url: str) -> bool:
    """Tell whether nobody on the way can change what that URL answers."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
