"""Names: the nearest one of a misspelt name, and names of columns in JSON."""

import re
from collections.abc import Sequence
from difflib import get_close_matches


def nearest(given: str, known: Sequence[str]) -> str | None:
    """Of the names that are known the one most like the one given."""
    return next(iter(get_close_matches(given, known, n=1)), None)


def must_be_one_of(given: str, known: Sequence[str]) -> str:
    """`must be one of a, b; did you mean a?`"""
    meant = nearest(given, known)
    return f"must be one of {', '.join(known)}" + (f"; did you mean {meant}?" if meant else "")


def camel(column: str) -> str:
    """The name in JSON of a column: `createdAt` of `created_at`."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), column)
