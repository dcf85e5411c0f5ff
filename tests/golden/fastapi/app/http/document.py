"""A file that is served as it stands."""

import gzip
from base64 import urlsafe_b64encode
from hashlib import sha256

from app.http.conditional import is_known
from app.http.negotiation import accepts_gzip

_VARY = "accept-encoding, origin"


class Document:
    """Plain and compressed, each with its ETag. Compressed once: that costs more than many requests."""

    def __init__(self, media_type: str, body: bytes, headers: dict[str, str]) -> None:
        """Take a media type without parameters, text in UTF-8 and headers with names in lower case."""
        tag = urlsafe_b64encode(sha256(body).digest()[:15]).decode()
        self._type = {"content-type": f"{media_type}; charset=utf-8"}
        self._plain = body, {**headers, "vary": _VARY, "etag": f'"{tag}"'}
        packed = gzip.compress(body, mtime=0)
        # An ETag is that of one form (RFC 9110, section 8.8.3.3).
        self._packed = packed, {**headers, "vary": _VARY, "etag": f'"{tag}-gzip"'}

    def answer(
        self, accept_encoding: str | None, if_none_match: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body: 304 if the client has this form already. Raises as `is_known`."""
        packed = accepts_gzip(accept_encoding)
        body, headers = self._packed if packed else self._plain
        if is_known(if_none_match, headers["etag"]):
            return 304, headers, b""
        return 200, {**headers, **self._type, **({"content-encoding": "gzip"} if packed else {})}, body
