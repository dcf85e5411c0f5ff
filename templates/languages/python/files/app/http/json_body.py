"""Reading a body, and the JSON in it."""

import json
from typing import Any, NoReturn

import orjson
from starlette.types import Receive

from app.http.negotiation import too_large
from app.problem import Problem


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body. Raises Problem `content-too-large` as soon as it is longer than `limit_bytes`."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        chunks = [body]
    else:
        chunks, length = [body], len(body)
        while message.get("more_body") and length <= limit_bytes:
            message = await receive()
            chunk = message.get("body", b"")
            chunks.append(chunk)
            length += len(chunk)
    whole = b"".join(chunks)
    if len(whole) > limit_bytes:
        raise too_large(limit_bytes)
    return whole


def parse_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259). Raises Problem `malformed-request`.

    A lone surrogate, which has no form in UTF-8, becomes U+FFFD. Names that change the prototype of objects in some
    languages are refused: what one service lets through, another behind it may apply.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _parse_what_is_rare(body)
    # Either name may be written with escapes.
    if (b"proto" in body or b"\\u" in body) and _changes_prototypes(value):
        raise Problem("malformed-request", detail="The body holds a name that is not allowed.")
    return value


def _parse_what_is_rare(body: bytes) -> Any:
    """What JSON allows and the fast parser does not: surrogates without their other half, numbers without bounds."""
    try:
        value = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=_refuse)
        return json.loads(
            json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        )
    except (ValueError, RecursionError) as error:
        raise Problem("malformed-request") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _changes_prototypes(value: Any) -> bool:
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting.extend(entry)
        elif isinstance(entry, dict):
            constructor = entry.get("constructor")
            if "__proto__" in entry or (isinstance(constructor, dict) and "prototype" in constructor):
                return True
            waiting.extend(entry.values())
    return False
