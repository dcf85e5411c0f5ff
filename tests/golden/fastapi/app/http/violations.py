"""What is wrong in a request, said by the keywords of JSON Schema (2020-12)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import quote

from app.contract import Schema
from app.fields import from_text, has_format
from app.problem import Violation

_MOST = 50
_LONGEST = 4096
"""Of a pointer, in characters: names of properties are the caller's, and as long."""

_UNESCAPED = ";,/?:@&=+$-_.!~*'()#"
"""What a URI fragment may hold, besides letters and digits."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: (
        not isinstance(value, bool)
        and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


@lru_cache
def _pattern(pattern: str) -> re.Pattern[str]:
    # In Python a `$` would also match before a last line break.
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minLength": (lambda value, bound: len(value) >= bound, "must NOT have fewer than {} characters"),
    "maxLength": (lambda value, bound: len(value) <= bound, "must NOT have more than {} characters"),
    "pattern": (lambda value, bound: _pattern(bound).search(value) is not None, 'must match pattern "{}"'),
    "format": (has_format, 'must match format "{}"'),
    "minimum": (lambda value, bound: value >= bound, "must be >= {}"),
    "maximum": (lambda value, bound: value <= bound, "must be <= {}"),
}
_OF_STRINGS = ("minLength", "maxLength", "pattern", "format")
_OF_NUMBERS = ("format", "minimum", "maximum")

Error = Mapping[str, Any]
"""An error of Pydantic: `type`, `loc`, whose first part is `body` or `query`, and `input`."""


def body_violations(errors: Sequence[Error], schema: Schema) -> list[Violation]:
    """What is wrong in a body, with a JSON Pointer as URI fragment (RFC 6901, section 6). Values are not echoed."""
    said = ((error, entry) for error in errors for entry in _said(error, schema))
    return [
        {"pointer": _pointer(error["loc"][1:]), "code": code, "detail": detail}
        for error, (code, detail) in islice(said, _MOST)
    ]


def parameter_violations(errors: Sequence[Error], schemas: Mapping[str, Schema]) -> list[Violation]:
    """What is wrong with query parameters."""
    found: list[Violation] = []
    for error in errors:
        name = str(error["loc"][1])
        typed = {**error, "input": from_text(error["input"], schemas.get(name, {}).get("type"))}
        found += [
            {"parameter": name, "code": code, "detail": detail}
            for code, detail in _said(typed, {"properties": schemas})
        ]
    return found[:_MOST]


def _said(error: Error, schema: Schema) -> Iterator[tuple[str, str]]:
    """Code and detail of each keyword that a value breaks."""
    kind, path = error["type"], error["loc"][1:]
    if not path:
        yield "type", "must be object"
    elif kind == "missing":
        yield "required", "is required"
    elif kind == "extra_forbidden":
        yield "unknown", "is not known here"
    else:
        said = list(broken(schema["properties"][path[0]], error["input"]))
        # The models and the contract differ, which a test keeps them from: a refusal still needs a reason.
        yield from said or [("type", str(error["msg"]))]


def broken(schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
    """Code and detail of each keyword of a scalar's schema that `value` breaks."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_TYPES[name](value) for name in types):
        yield "type", f"must be {','.join(types)}"
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        yield "enum", f"must be one of {', '.join('' if entry is None else str(entry) for entry in allowed)}"
    for keyword in _keywords_of(value):
        holds, sentence = _BOUNDS[keyword]
        if keyword in schema and not holds(value, schema[keyword]):
            yield keyword, sentence.format(schema[keyword])


def _keywords_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return _OF_STRINGS
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return _OF_NUMBERS if number else ()


def _pointer(path: Sequence[str | int]) -> str:
    steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    return quote(f"#{steps}"[:_LONGEST], safe=_UNESCAPED)[:_LONGEST]
