"""Refuses passwords that guessing programs try first (NIST SP 800-63B: a blocklist, no rules of composition)."""

from unicodedata import normalize

from app.problem import Problem

FEWEST_DIFFERENT_CHARACTERS = 5
SHORTEST_NAME = 4

# What common passwords of twelve characters and more are made of, once digits and signs around it are gone.
# fmt: off
COMMON_STEMS = frozenset((
    "password", "passwort", "passw0rd", "p@ssw0rd", "p@ssword", "mypassword", "thepassword",
    "passwordpassword", "qwerty", "qwertyuiop", "qwertyqwerty", "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm", "asdfghjkl", "asdfghjklqwertyuiop", "zxcvbnm", "qazwsx", "qazwsxedc",
    "qazwsxedcrfv", "abcdef", "abcdefgh", "abcdefghijkl", "abcdefghijklmnopqrstuvwxyz", "letmein",
    "letmeinnow", "welcome", "iloveyou", "iloveyouforever", "ilovemyself", "admin", "administrator",
    "superuser", "changeme", "changemenow", "monkey", "dragon", "football", "baseball", "basketball",
    "sunshine", "princess", "starwars", "superman", "batman", "trustnoone", "secret", "topsecret",
    "unknown", "default", "master", "shadow", "freedom", "whatever", "computer", "internet", "spring",
    "summer", "autumn", "winter", "january", "february", "september", "october", "november", "december",
    "monday", "friday",
))
# fmt: on
LONGEST = 128
"""Of a password, in characters."""
RUNS = tuple(
    keys * (LONGEST // len(keys) + 2)
    for keys in ("0123456789", "9876543210", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn")
)
"""They begin anywhere, and go round."""


def require_strong_password(password: str, email: str) -> None:
    """Let pass what is hard to guess; the length of a password stands in the contract.

    Raises Problem `validation-failed`.
    """
    weakness = _weakness(normalize("NFC", password).lower(), email.lower())
    if weakness:
        raise Problem(
            "validation-failed",
            detail="The password is too easy to guess.",
            errors=[{"pointer": "#/password", "code": "weak", "detail": weakness}],
        )


def _weakness(password: str, email: str) -> str | None:
    if len(set(password)) < FEWEST_DIFFERENT_CHARACTERS:
        return "repeats a few characters"
    name = email.partition("@")[0]
    if email in password or (len(name) >= SHORTEST_NAME and _stem(password) == _stem(name)):
        return "is made from the e-mail address"
    if _stem(password) in COMMON_STEMS or any(password in run for run in RUNS):
        return "is a common password"
    return None


def _stem(text: str) -> str:
    """Cut off what is no letter, at both ends."""
    letters = [at for at, character in enumerate(text) if character.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else ""
