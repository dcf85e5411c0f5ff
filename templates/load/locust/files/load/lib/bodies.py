"""Bodies that the API accepts."""
# ruff: noqa: S311 (nothing here is secret)

import json
import random
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# The collections of openapi.yaml, each after those that it refers to.
RESOURCES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("resources.json").read_text())

LONGEST_TEXT = 24


def _text(schema: dict[str, Any]) -> str:
    length = max(schema["minLength"], min(schema["maxLength"], LONGEST_TEXT))
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=length))


def _moment() -> datetime:
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)
    return first + random.random() * (last - first)


# Values that no other row has, as far as the type has that many.
FRESH: dict[str, Callable[[dict[str, Any]], Any]] = {
    "string": _text,
    "integer": lambda _: random.randrange(2**31),
    "decimal": lambda _: f"{random.randint(1, 10**12)}.{random.randint(10, 99)}",
    "uuid": lambda _: str(uuid.uuid4()),
    "date": lambda _: _moment().date().isoformat(),
    "datetime": lambda _: _moment().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
}


def body_for(resource: dict[str, Any], referred: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """A body that the API accepts. `referred` gives the id of a row that a field may refer to."""
    body = dict(random.choice(resource["samples"]))
    for name, field in resource["fields"].items():
        if body.get(name, "") is None:
            continue
        if field["type"] == "ref":
            body[name] = referred(field)
        elif field["unique"]:
            body[name] = FRESH[field["type"]](field["schema"])
    return body


def changes_for(resource: dict[str, Any]) -> dict[str, Any]:
    """A merge patch of what can be changed without regard to other rows."""
    fields = resource["fields"]
    return {
        name: value
        for name, value in random.choice(resource["samples"]).items()
        if fields[name]["type"] != "ref" and not fields[name]["unique"]
    }
