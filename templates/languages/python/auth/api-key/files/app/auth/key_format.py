"""API keys as text: a prefix for people and secret scanners, a public id, a secret and a checksum."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import choice
from typing import Final
from zlib import crc32

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 16
_SECRET_LENGTH: Final = 32
"""32 of 62 characters are 190 bits."""
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(
    rf"[A-Za-z0-9._-]{{1,64}}_([0-9A-Za-z]{{{_ID_LENGTH}}})[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECKSUM_LENGTH}}}"
)


def new_key(prefix: str) -> str:
    """Make a key."""
    start = f"{prefix}_{''.join(choice(_DIGITS) for _ in range(_ID_LENGTH + _SECRET_LENGTH))}"
    return start + _checksum(start)


def id_in(key: str) -> str | None:
    """Return the public id of a key; None for a text that is no key. Most mistakes and guesses end here, without a query."""
    found = _FORM.fullmatch(key)
    if found is None or _checksum(key[:-_CHECKSUM_LENGTH]) != key[-_CHECKSUM_LENGTH:]:
        return None
    return found[1]


def hash_of(key: str) -> str:
    """Return what the database has of a key. No salt and no slow hash: it is random, there is nothing to guess."""
    return urlsafe_b64encode(sha256(key.encode()).digest()).rstrip(b"=").decode()


def _checksum(text: str) -> str:
    rest = crc32(text.encode())
    places = []
    for _ in range(_CHECKSUM_LENGTH):
        rest, place = divmod(rest, len(_DIGITS))
        places.append(_DIGITS[place])
    return "".join(reversed(places))
