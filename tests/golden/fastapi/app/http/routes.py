"""Finding the route of a request, before any framework does."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from app.problem import Problem

UNMATCHED = "unmatched"
"""Route of a request that no route takes: one name for all of them keeps the number of time series bounded."""

_LONGEST_PARAMETER = 256
_ANY = "{}"
_TEMPLATE = "template"
_INCOMPLETE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Match(NamedTuple):
    """The template of a path, and what stands for its parameters, decoded."""

    template: str
    parameters: dict[str, str]


class RouteTable:
    """Path templates, found step by step: one look into a table for each part of a path."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._root: dict[str, Any] = {}
        self._static: dict[str, Match] = {}
        for template in templates:
            if "{" not in template:
                self._static[template] = Match(template, {})
            node = self._root
            for step in template.split("/"):
                node = node.setdefault(_ANY if step.startswith("{") else f"/{step}", {})
            names = [step[1:-1] for step in template.split("/") if step.startswith("{")]
            node[_TEMPLATE] = (template, names)

    def match(self, path: str) -> Match | None:
        """The route of a path as it came in, percent-encoded; None where there is none.

        Raises Problem `malformed-request` for a path that cannot be decoded, `not-found` for a part that is longer
        than any identifier.
        """
        found = self._static.get(path)
        if found is not None:
            return found
        steps = path.split("/")
        if "%" in path:
            steps = [_decoded(step) for step in steps]
        node = self._root
        values: list[str] = []
        for step in steps:
            child = node.get(f"/{step}")
            if child is None:
                child = node.get(_ANY) if step else None
                if child is None:
                    return None
                values.append(step)
            node = child
        if _TEMPLATE not in node:
            return None
        template, names = node[_TEMPLATE]
        if max(map(len, values), default=0) > _LONGEST_PARAMETER:
            raise Problem("not-found")
        return Match(template, dict(zip(names, values, strict=True)))


def _decoded(step: str) -> str:
    try:
        decoded = None if _INCOMPLETE.search(step) else unquote_to_bytes(step).decode()
    except UnicodeDecodeError:
        decoded = None
    if decoded is None:
        raise Problem("malformed-request", detail="The URI cannot be decoded.")
    return decoded
