"""What an operation answers, before a framework sends it."""

from dataclasses import dataclass, field
from typing import Protocol

from app.cache.reading import Reading
from app.http.asked import Asked
from app.http.cache_status import cache_status
from app.http.conditional import is_known
from app.http.list_query import next_link
from app.problem import Problem

_PUBLIC_READ = "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"
_PRIVATE_READ = "private, no-cache"
_VARY = "accept, authorization, origin"


@dataclass(slots=True)
class Answer:
    """Status, headers (names in lower case) and the body, which is JSON text in UTF-8."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def entity_tag(version: int) -> str:
    """Strong entity tag of a version (RFC 9110, section 8.8.3); the same on every instance."""
    return f'"{version}"'


class Version(Protocol):
    """One version of a resource as JSON."""

    version: int
    body: bytes


def item(entry: Version | None, asked: Asked, reading: Reading | None = None) -> Answer:
    """200 with the resource, or 304 when If-None-Match names its version.

    Takes how it came out of the cache, if it did. Raises Problem `not-found` when there is no entry.
    """
    if entry is None:
        raise Problem("not-found")
    etag = entity_tag(entry.version)
    headers = _read_caching(asked)
    headers["etag"] = etag
    if reading is not None:
        headers.update(cache_status(reading))
    if is_known(asked.header("if-none-match"), etag):
        return Answer(304, headers)
    return Answer(200, headers, entry.body)


def page(body: bytes, next_cursor: str | None, asked: Asked) -> Answer:
    """200 with a page, and the Link to the next where there is one."""
    headers = _read_caching(asked)
    if next_cursor is not None:
        headers["link"] = next_link(asked.target, next_cursor)
    return Answer(200, headers, body)


def created(entry: Version, location: str) -> Answer:
    """201 with the resource and where it is."""
    headers = {"location": location, "etag": entity_tag(entry.version), "cache-control": "no-store"}
    return Answer(201, headers, entry.body)


def updated(entry: Version) -> Answer:
    """200 with the resource as it is now."""
    headers = {"etag": entity_tag(entry.version), "cache-control": "no-store"}
    return Answer(200, headers, entry.body)


def no_content() -> Answer:
    """204."""
    return Answer(204)


def _read_caching(asked: Asked) -> dict[str, str]:
    """Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see."""
    signed_in = asked.header("authorization") is not None
    return {"cache-control": _PRIVATE_READ if signed_in else _PUBLIC_READ, "vary": _VARY}
