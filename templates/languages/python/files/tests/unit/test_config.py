"""Settings: valid values, and the errors of invalid ones."""

import pytest

from app.config import SettingsError
from scripts.secrets import new_secrets
from tests.support.parts import config_of


def lines(**environment: str) -> list[str]:
    """Return what is said about an environment."""
    with pytest.raises(SettingsError) as refused:
        config_of(environment)
    return refused.value.lines


def test_each_thing_that_is_wrong_is_a_line() -> None:
    said = lines(PORT="0", MANAGEMENT_PORT="many", LOG_LEVEL="middle", DATABASE_URL="http://user:hidden@host")
    assert "PORT: Input should be greater than or equal to 1" in said
    assert any(line.startswith("MANAGEMENT_PORT: Input should be a valid integer") for line in said)
    assert any(line.startswith("LOG_LEVEL: Input should be 'trace', 'debug'") for line in said)
    assert any(line.startswith("DATABASE_URL: must be a URL that starts with ") for line in said)
    assert "CURSOR_SECRET is not set (README.md says what it is for)" in said
    assert "hidden" not in "".join(said)


def test_what_is_empty_counts_as_not_set() -> None:
    assert "CURSOR_SECRET is not set (README.md says what it is for)" in lines(PORT="", CURSOR_SECRET="")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("short", "CURSOR_SECRET: String should have at least 32 characters"),
        ("a" * 32, 'CURSOR_SECRET: is too easy to guess: make one with "openssl rand -base64 32"'),
        (
            "change-me-to-something-that-nobody-knows",
            'CURSOR_SECRET: is too easy to guess: make one with "openssl rand -base64 32"',
        ),
    ],
)
def test_secrets_that_can_be_guessed_are_refused(text: str, sentence: str) -> None:
    assert sentence in lines(CURSOR_SECRET=text)


def test_texts_become_values(surroundings: dict[str, str]) -> None:
    given = {"PORT": "80", "CORS_ORIGINS": " https://a , https://b,", "LOG_LEVEL": "warn"}
    config = config_of({**surroundings, **new_secrets(), **given})
    assert (config.PORT, config.CORS_ORIGINS, config.LOG_LEVEL) == (80, ("https://a", "https://b"), "warn")
    assert (config.MANAGEMENT_HOST, config.READINESS_GATES) == ("127.0.0.1", ())
