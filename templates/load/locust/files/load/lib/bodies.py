"""Bodies that the API accepts."""
# ruff: noqa: S311 (nothing here is secret)

import random
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lib.resources import Resource

LONGEST_TEXT = 24


def _text(length: int = LONGEST_TEXT) -> str:
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=length))


def _moment() -> datetime:
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)
    return first + random.random() * (last - first)


FORMATS: dict[str, Callable[[], str]] = {
    "uuid": lambda: str(uuid.uuid4()),
    "date": lambda: _moment().date().isoformat(),
    "date-time": lambda: _moment().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "email": lambda: f"{_text()}@example.com",
    "uri": lambda: f"https://example.com/{_text()}",
}


def _fresh(schema: dict[str, Any]) -> Any:
    """A value that no other row has, as far as the type has that many."""
    if "integer" in schema["type"]:
        return random.randint(schema.get("minimum", 0), schema.get("maximum", 2**31 - 1))
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]()
    if schema.get("pattern", "").startswith(("^-?(0|", "^(0|")):
        return f"{random.randint(1, 10**12)}.{random.randint(10, 99)}"
    longest = min(schema.get("maxLength", LONGEST_TEXT), LONGEST_TEXT)
    return _text(max(schema.get("minLength", 0), longest))


def _value(schema: dict[str, Any], usual: Any) -> Any:
    if "enum" in schema:
        return random.choice(schema["enum"])
    if schema.get("type") == "boolean":
        return random.random() < 0.5
    return _fresh(schema) if usual is None or schema.get("x-unique") else usual


def body_for(resource: Resource, referred: Callable[[dict[str, Any]], str | None]) -> dict[str, Any]:
    """
    A body that the API accepts: the example of the contract, with other values where the schema is free. `referred` gives
    the id of a row that a field may refer to.
    """
    body: dict[str, Any] = {}
    for name, schema in resource.fields.items():
        usual = resource.example.get(name)
        if usual is None and name not in resource.required:
            continue
        body[name] = referred(schema) if "x-references" in schema else _value(schema, usual)
    return body


def changes_for(resource: Resource) -> dict[str, Any]:
    """A merge patch of what can be changed without regard to other rows."""
    return {
        name: value
        for name, value in body_for(resource, lambda _: None).items()
        if value is not None and not resource.fields[name].get("x-unique")
    }
