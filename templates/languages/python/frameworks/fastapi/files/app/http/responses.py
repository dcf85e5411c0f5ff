"""Responses of operations on resources."""

from typing import Final

from fastapi import Request, Response

from app.auth.credentials import CREDENTIAL_HEADERS, has_credentials
from app.cache.port import Entry
from app.cache.reading import Reading
from app.http.cache_status import cache_status
from app.http.conditional import is_known
from app.http.list_query import Selection, next_link
from app.problem import Problem

_JSON: Final = "application/json"
_UNSTORED: Final = {"cache-control": "no-store"}
_PUBLIC_READ: Final = "public, max-age=5, stale-while-revalidate=30, stale-if-error=300"
_PRIVATE_READ: Final = "private, no-cache"
_VARY: Final = ", ".join(("accept", *CREDENTIAL_HEADERS))


def entity_tag(version: int | str) -> str:
    """Strong entity tag of a version (RFC 9110, section 8.8.3); the same on every instance."""
    return f'"{version}"'


def item(
    entry: Entry | Selection | None,
    request: Request,
    if_none_match: str | None,
    reading: Reading | None = None,
) -> Response:
    """200 with the resource, or 304 when If-None-Match names its version; `reading` says how the cache answered.

    Raises Problem `not-found` when there is no entry.
    """
    if entry is None:
        raise Problem("not-found")
    etag = entity_tag(entry.version)
    headers = {**_caching(request), "etag": etag}
    if reading is not None:
        headers |= cache_status(reading)
    if is_known(if_none_match, etag):
        return Response(None, 304, headers)
    return Response(entry.body, 200, headers, _JSON)


def page(body: bytes, next_cursor: str | None, request: Request) -> Response:
    """200 with a page, and the Link to the next where there is one."""
    headers = _caching(request)
    if next_cursor is not None:
        headers["link"] = next_link(request.state.context.path, request.url.query, next_cursor)
    return Response(body, 200, headers, _JSON)


def created(entry: Entry, location: str) -> Response:
    """201 with the resource and where it is."""
    headers = {**_UNSTORED, "location": location, "etag": entity_tag(entry.version)}
    return Response(entry.body, 201, headers, _JSON)


def changed(entry: Entry) -> Response:
    """200 with the resource as it is now."""
    return Response(entry.body, 200, {**_UNSTORED, "etag": entity_tag(entry.version)}, _JSON)


def _caching(request: Request) -> dict[str, str]:
    """Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see."""
    caching = _PRIVATE_READ if has_credentials(request.headers) else _PUBLIC_READ
    return {"cache-control": caching, "vary": _VARY}
