"""Names of tenants."""

import re
from typing import Final

_FORM: Final = re.compile(r"[!-~]{1,255}")
"""Visible ASCII: what keys of caches and settings of the database take."""


def is_tenant(text: str) -> bool:
    """Whether a text can name a tenant."""
    return _FORM.fullmatch(text) is not None


def tenant_in(claim: object) -> str | None:
    """Return the tenant that a claim names; other forms than a name of a tenant name none."""
    return claim if isinstance(claim, str) and is_tenant(claim) else None
