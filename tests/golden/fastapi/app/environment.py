"""Settings from the environment: what each may be, and what is said about one that is not."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from pydantic_core import Url as ParsedUrl

Settings = TypeVar("Settings", bound=BaseModel)


class SettingsError(Exception):
    """Everything that is wrong with the environment, a line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines for the one who reads them on the terminal."""
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def setting(default: object = ...) -> Any:
    """Declare a field of a setting that must be set, or has a default that is read like what is set."""
    return Field(default=default)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a variable may be, as an annotation of its type.

    `development_default` stands for a variable that is not set in development, `below` names a setting that must be
    greater.
    """

    development_default: str | None = None
    below: str | None = None

    @abstractmethod
    def read(self, text: str) -> Any:
        """Return the value of a text; an empty one is a default. Raises ValueError with what is wrong."""

    def _validate(self, value: object) -> Any:
        try:
            return self.read(str(value))
        except ValueError as wrong:
            raise PydanticCustomError("setting", "{sentence}", {"sentence": str(wrong)}) from wrong

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)


@dataclass(frozen=True, kw_only=True)
class Integer(Setting):
    """A whole number in a range, both ends included."""

    min: int
    max: int

    def read(self, text: str) -> int:
        if not re.fullmatch("[0-9]{1,15}", text) or not self.min <= int(text) <= self.max:
            raise ValueError(f'must be a whole number from {self.min} to {self.max}, not "{text}"')
        return int(text)


@dataclass(frozen=True, kw_only=True)
class String(Setting):
    """Any text."""

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True, kw_only=True)
class Boolean(Setting):
    """`true` or `false`."""

    def read(self, text: str) -> bool:
        if text.lower() not in {"true", "false"}:
            raise ValueError(f'must be true or false, not "{text}"')
        return text.lower() == "true"


@dataclass(frozen=True, kw_only=True)
class Enum(Setting):
    """One of a few words."""

    values: Sequence[str]

    def read(self, text: str) -> str:
        if text not in self.values:
            raise ValueError(f'must be one of {", ".join(self.values)}, not "{text}"')
        return text


@dataclass(frozen=True, kw_only=True)
class List(Setting):
    """Words, separated by commas."""

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(entry for part in text.split(",") if (entry := part.strip()))


@dataclass(frozen=True, kw_only=True)
class Url(Setting):
    """A URL of one of some protocols. Its value is never echoed: it may hold a password."""

    protocols: Sequence[str]

    def read(self, text: str) -> str:
        known = [f"{protocol}:" for protocol in self.protocols]
        if text == "":
            return text
        try:
            ParsedUrl(text)
        except ValidationError:
            parsed = False
        else:
            parsed = text.startswith(tuple(known))
        if not parsed:
            raise ValueError(f"must be a URL that starts with {' or '.join(known)}")
        return text


@dataclass(frozen=True, kw_only=True)
class Secret(Setting):
    r"""A text that cannot be guessed; `\n` in it stands for a line break."""

    min_length: int = 32

    def read(self, text: str) -> str:
        if len(text) < self.min_length:
            raise ValueError(f"is too short: at least {self.min_length} characters")
        if len(set(text)) < 10 or re.search("change.?me|example|placeholder|password", text, re.IGNORECASE):
            raise ValueError('is too easy to guess: make one with "openssl rand -base64 32"')
        return text.replace("\\n", "\n")


def read_environment(settings: type[Settings], environ: Mapping[str, str]) -> Settings:
    """Read all settings; a variable that is set to nothing counts as not set.

    Raises SettingsError with a line for each that is missing or wrong.
    """
    rules = {
        name: rule
        for name, field in settings.model_fields.items()
        for rule in field.metadata
        if isinstance(rule, Setting)
    }
    given = {name: environ[name] for name in rules if environ.get(name)}
    if environ.get("APP_ENV") == "development":
        for name, rule in rules.items():
            if rule.development_default is not None:
                given.setdefault(name, rule.development_default)
    try:
        values = settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError(
            [_sentence(wrong["type"], wrong["loc"][0], wrong["msg"]) for wrong in error.errors()]
        ) from None
    lines = [
        f"{name} ({getattr(values, name)}) must be less than {rule.below} ({getattr(values, rule.below)})"
        for name, rule in rules.items()
        if rule.below and getattr(values, name) >= getattr(values, rule.below)
    ]
    if lines:
        raise SettingsError(lines)
    return values


def _sentence(kind: str, name: int | str, message: str) -> str:
    return f"{name} is not set (README.md says what it is for)" if kind == "missing" else f"{name} {message}"
