"""A file that is served as it stands."""

import gzip
from base64 import urlsafe_b64encode
from hashlib import sha256

from fastapi import Response

from app.http.conditional import is_known


class Document:
    """Plain and compressed, each with its ETag. Compressed once: that costs more than many requests."""

    def __init__(self, media_type: str, body: bytes, headers: dict[str, str]) -> None:
        """Take a media type without parameters, text in UTF-8 and headers with names in lower case."""
        tag = urlsafe_b64encode(sha256(body).digest()[:15]).decode()
        self._media_type = f"{media_type}; charset=utf-8"
        common = {**headers, "vary": "accept-encoding"}
        self._plain = body, {**common, "etag": f'"{tag}"'}
        # An ETag is that of one form (RFC 9110, section 8.8.3.3).
        self._packed = gzip.compress(body, mtime=0), {**common, "etag": f'"{tag}-gzip"'}

    def response(self, accept_encoding: str | None, if_none_match: str | None) -> Response:
        """200, or 304 if the client has this form already."""
        packed = accepts_gzip(accept_encoding)
        body, headers = self._packed if packed else self._plain
        if is_known(if_none_match, headers["etag"]):
            return Response(None, 304, headers)
        if packed:
            headers = {**headers, "content-encoding": "gzip"}
        return Response(body, 200, headers, self._media_type)


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
