"""Media types and lengths, as they are declared."""

import re

from app.contract import Operation
from app.http.asked import Headers
from app.problem import Problem

_PLAIN = re.compile(r"application/json(?:,|\Z)")
_OFFERED = (("application", "json"), ("application", "problem+json"))


def require_json_accepted(accept: str | None) -> None:
    """Raises Problem `not-acceptable` when JSON is none of what the client accepts (RFC 9110, section 12.5.1)."""
    if accept is None or accept == "*/*" or _PLAIN.match(accept):
        return
    ranges = [parsed for part in accept.split(",") if (parsed := _media_range(part))]
    if not any(_quality(offered, ranges) > 0 for offered in _OFFERED):
        raise Problem("not-acceptable", detail="This resource is application/json.")


def require_readable_body(headers: Headers, operation: Operation, limit_bytes: int) -> None:
    """Checks the declared encoding, type and length of a body.

    Raises Problem `unsupported-media-type` or `content-too-large`.
    """
    length = headers.get(b"content-length")
    has_body = b"transfer-encoding" in headers or (length is not None and length != b"0")
    if not has_body:
        return
    if headers.get(b"content-encoding", b"").strip().lower() not in {b"", b"identity"}:
        detail = "Send the body without a content coding."
        raise Problem("unsupported-media-type", detail=detail, headers={"accept-encoding": "identity"})
    taken = operation.media_types
    if taken and (media_type(headers) not in taken or not _is_utf_8(headers)):
        name = "accept-patch" if operation.method == "PATCH" else "accept"
        known = media_type(headers) in taken
        detail = "Send JSON as UTF-8." if known else f"Send {' or '.join(taken)}."
        raise Problem("unsupported-media-type", detail=detail, headers={name: ", ".join(taken)})
    if length is not None and int(length) > limit_bytes:
        raise too_large(limit_bytes)


def media_type(headers: Headers) -> str | None:
    """The type of the body without its parameters, in lower case."""
    value = headers.get(b"content-type")
    return None if value is None else value.decode("latin-1").split(";")[0].strip().lower()


def _is_utf_8(headers: Headers) -> bool:
    """Whether no other charset is given for the body (RFC 8259, section 8.1)."""
    value = headers[b"content-type"].decode("latin-1").lower()
    parameters = (parameter.partition("=") for parameter in value.split(";")[1:])
    return all(
        given.strip().strip('"') in {"utf-8", "utf8"}
        for name, _, given in parameters
        if name.strip() == "charset"
    )


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a client takes gzip (RFC 9110, section 12.5.3)."""
    qualities: dict[str, float] = {}
    for part in (accept_encoding or "").lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            qualities[coding.strip()] = float(value) if name == "q" else 1.0
        except ValueError:
            continue
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def is_json(headers: Headers) -> bool:
    """Whether a body says that it is JSON, or a merge patch of it (RFC 7396)."""
    return media_type(headers) in {"application/json", "application/merge-patch+json"}


def too_large(limit_bytes: int) -> Problem:
    """413: the body is larger than `limit_bytes`."""
    return Problem("content-too-large", detail=f"A body may have {limit_bytes} bytes.")


_Range = tuple[str, str, float, bool]
"""Type, subtype, quality, and whether it has parameters that JSON does not have."""

_MEDIA_RANGE = re.compile(r"\s*([^\s/;]+)/([^;\s]+)\s*(?:;(.*))?", re.DOTALL)


def _media_range(text: str) -> _Range | None:
    found = _MEDIA_RANGE.fullmatch(text)
    if not found:
        return None
    quality, parameters = 1.0, False
    for parameter in (found[3] or "").split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
            break
        parameters = parameters or name != ""
    return found[1].lower(), found[2].lower(), quality, parameters


def _quality(offered: tuple[str, str], ranges: list[_Range]) -> float:
    """The quality that the most specific range gives to a type; 0 where none does."""
    best, quality = -1, 0.0
    for kind, subtype, value, parameters in ranges:
        exact = (kind == offered[0]) * 4 + (subtype == offered[1]) * 2
        fits = kind in {offered[0], "*"} and subtype in {offered[1], "*"} and not parameters
        if fits and exact > best:
            best, quality = exact, value
    return quality
