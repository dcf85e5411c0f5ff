"""Conditional requests (RFC 9110, section 13)."""

import re

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


def allowed_versions(if_match: str | None) -> list[int] | None:
    """The versions that If-Match allows a change of (RFC 9110, section 13.1.1); None where any will do.

    The comparison is strong: a weak tag matches nothing. Raises Problem `malformed-request` for a value that is no
    list of tags.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if len(if_match) > _LONGEST or not _TAG_LIST.fullmatch(if_match):
        raise _malformed(f"If-Match takes * or ETags in double quotes, {_LONGEST} characters at most.")
    versions = (_VERSION.fullmatch(tag) for tag in _TAG.findall(if_match))
    return [int(version[1]) for version in versions if version]


def precondition_failed() -> Problem:
    """412: the resource is not in a version that If-Match allows, or is not there at all."""
    return Problem("precondition-failed", detail="The resource is not in the version that If-Match names.")


def _malformed(detail: str) -> Problem:
    return Problem("malformed-request", detail=detail)
