"""Conditional requests (RFC 9110, section 13)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.problem import Problem

_LONGEST = 1024
"""Of a header, in characters."""

_TAG_LIST = re.compile(r'(?:(?:W/)?"[^"]*"|[ \t,])+')
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_VERSION = re.compile(r'"(\d{1,9})"', re.ASCII)


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match says that the client has this version already (RFC 9110, section 13.1.2).

    The comparison is weak, the value may be a list or `*`. A value that is neither matches nothing.
    Raises Problem `malformed-request` for one that is too long.
    """
    if if_none_match is None:
        return False
    if len(if_none_match) > _LONGEST:
        raise _malformed(f"If-None-Match takes {_LONGEST} characters at most.")
    if if_none_match.strip() == "*":
        return True
    return any(tag.removeprefix("W/") == etag for tag in _TAG.findall(if_none_match))


@dataclass(frozen=True, slots=True)
class ChangeCondition:
    """The versions of a resource that a request may change."""

    allowed: list[int] | None
    """The versions that If-Match lists; None for any."""
    refused: list[int] | None
    """The versions that If-None-Match lists; None for any."""

    @property
    def only(self) -> int | None:
        """The one version that may be changed, if that is known without a look at the resource."""
        return self.allowed[0] if self.allowed and len(self.allowed) == 1 and self.refused == [] else None

    def holds(self, version: int) -> bool:
        """Whether that version may be changed."""
        allowed = self.allowed is None or version in self.allowed
        return allowed and self.refused is not None and version not in self.refused


def change_condition(if_match: str | None, if_none_match: str | None) -> ChangeCondition | None:
    """The condition of a change (RFC 9110, sections 13.1.1 and 13.1.2); None where any version will do.

    If-Match compares strongly: a weak tag matches nothing. Raises Problem `malformed-request` for an If-Match that is no
    list of tags, and for a header that is too long.
    """
    allowed = None if if_match is None or if_match.strip() == "*" else _listed(if_match)
    if if_none_match is None:
        return None if allowed is None else ChangeCondition(allowed, [])
    if len(if_none_match) > _LONGEST:
        raise _malformed(f"If-None-Match takes {_LONGEST} characters at most.")
    if if_none_match.strip() == "*":
        return ChangeCondition(allowed, None)
    return ChangeCondition(allowed, _versions(tag.removeprefix("W/") for tag in _TAG.findall(if_none_match)))


def precondition_failed() -> Problem:
    """412: a condition of the request does not hold for the resource as it is, or there is none."""
    detail = "The version of the resource does not meet If-Match or If-None-Match."
    return Problem("precondition-failed", detail=detail)


def _listed(if_match: str) -> list[int]:
    if len(if_match) > _LONGEST or not _TAG_LIST.fullmatch(if_match):
        raise _malformed(f"If-Match takes * or ETags in double quotes, {_LONGEST} characters at most.")
    return _versions(_TAG.findall(if_match))


def _versions(tags: Iterable[str]) -> list[int]:
    return [int(version[1]) for version in map(_VERSION.fullmatch, tags) if version]


def _malformed(detail: str) -> Problem:
    return Problem("malformed-request", detail=detail)
