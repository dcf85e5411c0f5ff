"""Refuses passwords that guessing programs try first (NIST SP 800-63B-4, section 3.1.1.2).

A blocklist and no rules of composition: common passwords, rows of keys, repetitions, dates, and what is made from the
address or the service's name.
"""

import re
from typing import Final
from unicodedata import normalize

from zxcvbn import zxcvbn

from app.problem import Problem

LEAST_GUESSES: Final = 1e9
"""Guesses that a password must withstand."""
ESTIMATED: Final = 32
"""Characters that are looked at: the time for an estimate grows faster than their number."""
SHORTEST_NAME: Final = 4


def require_strong_password(password: str, email: str, service: str) -> None:
    """Let pass what is hard to guess, also for who knows the name of the service.

    The length of a password stands in the contract. Raises Problem `validation-failed`.
    """
    weakness = _weakness(normalize("NFC", password), email.lower(), service)
    if weakness:
        raise Problem(
            "validation-failed",
            detail="The password is too easy to guess.",
            errors=[{"pointer": "#/password", "code": "weak", "detail": weakness}],
        )


def _weakness(password: str, email: str, service: str) -> str | None:
    if email in password.lower():
        return "is made from the e-mail address"
    words = [email.partition("@")[0], service, re.sub(r"[\W_]", "", service)]
    if _stem(password) in [name for name in map(_stem, words) if len(name) >= SHORTEST_NAME]:
        return "is made from a name"
    if zxcvbn(password[:ESTIMATED], words)["guesses"] < LEAST_GUESSES:
        return "is common, or made from common words or a pattern"
    return None


def _stem(text: str) -> str:
    """Cut off digits and signs at both ends."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text.lower())
