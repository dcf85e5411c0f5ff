"""Finding the route of a request, before any framework does."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from app.problem import Problem

UNMATCHED = "unmatched"
"""Route of a request that no route takes: one name for all of them keeps the number of time series bounded."""

_LONGEST_PARAMETER = 256
_ANY = "{}"


class Match(NamedTuple):
    """The template of a path, and the path decoded."""

    template: str
    path: str


class RouteTable:
    """Path templates, found step by step: one look into a table for each part of a path."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._root: dict[str, Any] = {}
        self._static: dict[str, Match] = {}
        for template in templates:
            if "{" not in template:
                self._static[template] = Match(template, template)
            node = self._root
            for step in template.split("/"):
                node = node.setdefault(_ANY if step.startswith("{") else step, {})
            node[""] = template

    def match(self, path: str) -> Match | None:
        """The route of a path as it came in, percent-encoded; None where there is none.

        Raises Problem `malformed-request` for a path that cannot be decoded, `not-found` for a part that is longer
        than any identifier.
        """
        found = self._static.get(path)
        if found is not None:
            return found
        node: dict[str, Any] | None = self._root
        steps = []
        for raw in path.split("/"):
            step = _decoded(raw) if "%" in raw else raw
            steps.append(step)
            if node is not None:
                node = self._next(node, step)
        template = node.get("") if node is not None else None
        return Match(template, "/".join(steps)) if isinstance(template, str) else None

    @staticmethod
    def _next(node: dict[str, Any], step: str) -> dict[str, Any] | None:
        # An empty text is the key of a template, except for what is before the first slash.
        known = node.get(step)
        if isinstance(known, dict):
            return known
        anything: dict[str, Any] | None = node.get(_ANY) if step else None
        if anything is not None and len(step) > _LONGEST_PARAMETER:
            raise Problem("not-found")
        return anything


def _decoded(step: str) -> str:
    try:
        return unquote_to_bytes(step).decode()
    except UnicodeDecodeError as error:
        raise Problem("malformed-request", detail="The URI cannot be decoded.") from error
