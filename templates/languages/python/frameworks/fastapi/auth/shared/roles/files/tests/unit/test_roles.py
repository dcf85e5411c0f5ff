"""Roles as dependencies."""

from typing import Any

import pytest

from app.auth.dependencies import require_role


def test_a_role_that_is_not_known_stops_the_start() -> None:
    unknown: Any = "edtior"
    with pytest.raises(ValueError, match="did you mean editor"):
        require_role(unknown)
