"""Page cursors that clients cannot make themselves."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from app.problem import Problem

Position = list[Any]
"""Position in a sorted list: the sort values and the id of the last row that was sent."""


class Cursors:
    """Signs positions with HMAC-SHA-256, together with the list that they belong to."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def encode(self, list_identity: str, position: Position) -> str:
        """The cursor of a position. `list_identity` names the list, its order and its filters."""
        payload = _base64(orjson.dumps(position))
        return f"{payload}.{_base64(self._sign(list_identity, payload))}"

    def decode(self, list_identity: str, cursor: str) -> Position:
        """Raises Problem `invalid-cursor` when it was changed or belongs to another list."""
        payload, _, signature = cursor.partition(".")
        if not hmac.compare_digest(_base64(self._sign(list_identity, payload)), signature):
            detail = "Use the nextCursor of the page before, with the same sort and filters."
            raise Problem("invalid-cursor", detail=detail)
        position: Position = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return position

    def _sign(self, list_identity: str, payload: str) -> bytes:
        return hmac.digest(self._key, f"{list_identity}\0{payload}".encode(), "sha256")[:16]


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
