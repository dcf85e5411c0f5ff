"""Passwords that are guessed first."""

import time

import pytest

from app.auth.password_rules import require_strong_password
from app.problem import Problem


def check(password: str) -> None:
    """Ask whether somebody may take the password."""
    require_strong_password(password, "mara@example.com", "corner-shop")


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "1234567890123",
        "098765432109",
        "abababababab",
        "monkeymonkey",
        "password1234",
        "P@$$w0rd1234",
        "q1w2e3r4t5y6",
        "zaq12wsxcde3",
        "qwertyuiop[]",
        "Welcome2024!",
        "cornershop12",
        "Corner-Shop1",
        "2031mara2031",
        "x mara@example.com x",
        "a" * 128,
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(Problem, match="too easy to guess"):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "walnut-vortex-copper77",
        "A_2O76UMFxFk",
        "Ångström enough sentence",
        "long enough, and all of it in words",
    ],
)
def test_others_are_accepted(password: str) -> None:
    check(password)


def test_the_longest_password_is_looked_at_in_a_moment() -> None:
    began = time.perf_counter()
    for _ in range(20):
        check(("a@4(1!0$3" * 15)[:128])
    assert time.perf_counter() - began < 5
