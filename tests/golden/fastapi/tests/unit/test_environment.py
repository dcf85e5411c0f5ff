"""Settings: what they may be, and what is said about those that are not."""

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict

from app.environment import (
    Boolean,
    Enum,
    Integer,
    List,
    Secret,
    SettingsError,
    String,
    Url,
    read_environment,
    setting,
)

SECRET = "k3Jx9vQ2mT8bW5cZ7nR4pL6sD1fG0hYa"  # gitleaks:allow


class Some(BaseModel):
    """One setting of each kind."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    SIZE: Annotated[int, Integer(min=1, max=10)] = setting(default=3)
    LIMIT: Annotated[int, Integer(min=1, max=10, below="SIZE")] = setting(default=2)
    NAME: Annotated[str, String()] = setting(default="shop")
    WORDY: Annotated[bool, Boolean()] = setting(default=False)
    LEVEL: Annotated[str, Enum(values=["low", "high"])] = setting(default="low")
    ORIGINS: Annotated[tuple[str, ...], List()] = setting(default="")
    PLACE: Annotated[str, Url(protocols=["redis", "rediss"], development_default="")] = setting()
    KEY: Annotated[str, Secret()] = setting()


GOOD = {"PLACE": "redis://:pass@localhost", "KEY": SECRET}


def lines(environ: dict[str, str]) -> list[str]:
    """Return what is said about an environment."""
    with pytest.raises(SettingsError) as refused:
        read_environment(Some, {**GOOD, **environ})
    return refused.value.lines


def test_what_is_not_set_has_its_default() -> None:
    some = read_environment(Some, GOOD)
    assert (some.SIZE, some.NAME, some.WORDY, some.LEVEL, some.ORIGINS) == (3, "shop", False, "low", ())


def test_texts_become_values() -> None:
    given = {"SIZE": "7", "WORDY": "true", "ORIGINS": " https://a , https://b,", "KEY": SECRET + "\\n"}
    some = read_environment(Some, {**GOOD, **given})
    assert (some.SIZE, some.WORDY, some.ORIGINS) == (7, True, ("https://a", "https://b"))
    assert some.KEY == SECRET + "\n"


def test_each_thing_that_is_wrong_is_a_line() -> None:
    wrong = {"SIZE": "11", "WORDY": "yes", "LEVEL": "middle", "PLACE": "http://user:hidden@host", "KEY": ""}
    assert lines(wrong) == [
        'SIZE must be a whole number from 1 to 10, not "11"',
        'WORDY must be true or false, not "yes"',
        'LEVEL must be one of low, high, not "middle"',
        "PLACE must be a URL that starts with redis: or rediss:",
        "KEY is not set (README.md says what it is for)",
    ]


@pytest.mark.parametrize("text", ["0", "-1", "1e1", "1.0", " 1", "٣", "0x1", "9999999999999999"])
def test_only_plain_whole_numbers_in_range_are_taken(text: str) -> None:
    assert lines({"SIZE": text}) == [f'SIZE must be a whole number from 1 to 10, not "{text}"']


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("short", "KEY is too short: at least 32 characters"),
        ("a" * 32, 'KEY is too easy to guess: make one with "openssl rand -base64 32"'),
        ("changeme" + SECRET, 'KEY is too easy to guess: make one with "openssl rand -base64 32"'),
    ],
)
def test_secrets_that_can_be_guessed_are_refused(text: str, sentence: str) -> None:
    assert lines({"KEY": text}) == [sentence]


def test_a_setting_may_have_to_be_less_than_another() -> None:
    assert lines({"LIMIT": "3"}) == ["LIMIT (3) must be less than SIZE (3)"]


def test_what_development_goes_without_production_needs() -> None:
    without = {"KEY": SECRET}
    assert read_environment(Some, {**without, "APP_ENV": "development"}).PLACE == ""
    with pytest.raises(SettingsError, match="PLACE is not set"):
        read_environment(Some, without)
