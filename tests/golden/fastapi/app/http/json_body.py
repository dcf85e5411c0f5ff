"""Reading a body, and the JSON in it."""

import json
import re
from typing import Any, NoReturn

import orjson
from starlette.types import Receive

from app.http.negotiation import too_large
from app.problem import Problem

_DEEPEST = 3
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


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
        raise Problem("malformed-request")
    return value


def _parse_what_is_rare(body: bytes) -> Any:
    """What JSON allows and the fast parser does not.

    Surrogates without their other half, numbers without bounds, a byte order mark, and any depth.
    """
    text = _shallow(body.decode("utf-8-sig", "replace"))
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise Problem("malformed-request") from error
    units = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.loads(units.decode("utf-16", "replace"))


def _shallow(text: str) -> str:
    """The text without what is deeper than any body of the contract: parsers go only so deep."""
    kept: list[str] = []
    depth = end = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST:
                kept.append(text[end : token.start()])
        elif token[0] in "]}":
            if depth == _DEEPEST:
                kept.append("0")
                end = token.end()
            depth -= 1
    return "".join([*kept, text[end:] if depth < _DEEPEST else ""])


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
