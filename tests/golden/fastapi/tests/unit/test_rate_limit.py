"""Rate limits as dependencies."""

from typing import Any

import pytest

from app.http.rate_limit import Access


def test_a_policy_that_is_not_known_stops_the_start() -> None:
    unknown: Any = "wirte"
    with pytest.raises(ValueError, match="did you mean write"):
        Access(unknown)
