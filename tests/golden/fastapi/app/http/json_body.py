"""JSON of callers."""

import json
from typing import Any, NoReturn

import orjson

from app.problem import Problem

_DEEPEST = 32
"""Levels of arrays and objects in a body."""
_MOST = 1000
"""Members and items in a body, of all its objects and arrays together."""


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8 (RFC 8259). Raises Problem `malformed-request`, also for one that is too deep or
    has too many members: whatever looks at it next takes much longer than the parser.

    A lone surrogate, which has no form in UTF-8, becomes U+FFFD. Names that change the prototype of objects in some
    languages are refused: what one service lets through, another behind it may apply.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_what_is_rare(body)
    _require_small(value)
    # Either name may be written with escapes.
    if (b"proto" in body or b"\\u" in body) and _changes_prototypes(value):
        raise Problem("malformed-request")
    return value


def _parse_what_is_rare(body: bytes) -> Any:
    """What JSON allows and the fast parser does not: lone surrogates, numbers without bounds, a byte order mark."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise Problem("malformed-request", detail="The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Problem("malformed-request") from error
    _require_small(value)
    units = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    value = json.loads(units.decode("utf-16", "replace"))
    if _changes_prototypes(value):
        raise Problem("malformed-request")
    return value


def _require_small(value: Any) -> None:
    """Raises Problem `malformed-request`; looks at no more than a body may have."""
    depth = total = 0
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    while level:
        depth += 1
        total += sum(map(len, level))
        if depth > _DEEPEST:
            raise Problem("malformed-request", detail=f"A body may have {_DEEPEST} levels.")
        if total > _MOST:
            raise Problem("malformed-request", detail=f"A body may have {_MOST} members and items.")
        level = [
            entry
            for parent in level
            for entry in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(entry, dict | list)
        ]


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
