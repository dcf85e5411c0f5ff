"""The types of fields. Values stay text: times in UTC, identifiers in lower case."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:z|([+-])(\d\d)(?::?(\d\d))?)", re.IGNORECASE | re.ASCII
)
_SEPARATORS = frozenset("Tt \t\n\r\f\v")
_DAY_MINUTES = 24 * 60
_INTEGER = re.compile(r"-?\d{1,1000}", re.ASCII)
_TRUTHS: dict[str, Any] = {"true": True, "false": False}
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}", re.ASCII | re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """RFC 9562, in any case."""
    return _UUID.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """A full-date of RFC 3339 that is in the calendar."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_datetime(text: str) -> bool:
    """A date-time of RFC 3339 with its offset, in any case; a leap second only where there can be one."""
    day, time = text[:10], _TIME.fullmatch(text[11:])
    if not time or not is_date(day) or text[10:11] not in _SEPARATORS:
        return False
    hour, minute, second = int(time[1]), int(time[2]), int(time[3])
    offset = _offset(time)
    if hour > 23 or minute > 59 or int(time[6] or 0) > 23 or int(time[7] or 0) > 59:
        return False
    return second < 60 or (second == 60 and (hour * 60 + minute - offset) % _DAY_MINUTES == _DAY_MINUTES - 1)


def _offset(time: re.Match[str]) -> int:
    """Minutes before UTC."""
    minutes = int(time[6] or 0) * 60 + int(time[7] or 0)
    return -minutes if time[5] == "-" else minutes


def has_format(value: str | float, name: str) -> bool:
    """Whether a value is of a format of JSON Schema; formats of texts say nothing of numbers, and the reverse."""
    if isinstance(value, str):
        check = _TEXT_FORMATS.get(name)
        return check is None or check(value)
    return name != "int32" or (value % 1 == 0 and -(2**31) <= value < 2**31)


_TEXT_FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "date": is_date,
    "date-time": is_datetime,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
}


def _utc(text: str) -> str:
    """Milliseconds and Z, whatever the offset was."""
    time = _TIME.fullmatch(text[11:])
    if time is None or not is_datetime(text):
        raise ValueError("no date-time")
    milliseconds = (time[4] or "0").ljust(3, "0")[:3]
    local = datetime.fromisoformat(f"{text[:10]}T{time[1]}:{time[2]}:{time[3]}.{milliseconds}+00:00")
    moment = local - timedelta(minutes=_offset(time))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(text: str) -> str:
    if not is_date(text):
        raise ValueError("no date")
    return text


def _identifier(text: str) -> str:
    if not is_uuid(text):
        raise ValueError("no UUID")
    return text.lower()


def mail(text: str) -> str:
    """The text, an address of RFC 5322 without comments and quotes. Raises ValueError when it is none."""
    if not _EMAIL.fullmatch(text):
        raise ValueError("no e-mail address")
    return text


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 1.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def from_text(value: Any, kind: str | None) -> Any:
    """What a text in a query stands for, when a value of that type is wanted; itself when it is none."""
    if not isinstance(value, str):
        return value
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    return _TRUTHS.get(value, value) if kind == "boolean" else value


def _digits(value: Any) -> Any:
    return from_text(value, "integer")


def _truth(value: Any) -> Any:
    return from_text(value, "boolean")


UNCHANGED: Any = None
"""Default of a field that may be left out and may not be null."""

NO_NULL = r"^[^\u0000]*$"
"""PostgreSQL stores no null character in a text."""

Text = Annotated[str, Field(min_length=0, max_length=10_000, pattern=NO_NULL)]
Whole = Annotated[
    int,
    Field(ge=-(2**31), le=2**31 - 1, json_schema_extra={"format": "int32"}),
    BeforeValidator(_whole),
]
Decimal = Annotated[str, Field(max_length=20, pattern=r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$")]
Uuid = Annotated[str, Field(max_length=36, json_schema_extra={"format": "uuid"}), AfterValidator(_identifier)]
Day = Annotated[
    str,
    Field(max_length=10, pattern=r"^[12][0-9]{3}-", json_schema_extra={"format": "date"}),
    AfterValidator(_day),
]
Moment = Annotated[
    str,
    Field(
        max_length=35,
        pattern=r"^[12][0-9]{3}-.{5}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(_utc),
]
QueryWhole = Annotated[Whole, BeforeValidator(_digits)]
QueryTruth = Annotated[bool, BeforeValidator(_truth)]


class Body(BaseModel):
    """A body: nothing is converted, and no property is let through that is not named."""

    model_config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())


class Query(BaseModel):
    """A query: what is text in a URI is converted, and no parameter is let through that is not named."""

    model_config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())


class ListQuery(Query):
    """The query that every list takes."""

    limit: Annotated[
        int, Field(ge=1, le=100, json_schema_extra={"format": "int32"}), BeforeValidator(_digits)
    ] = 50
    cursor: Annotated[
        str | None, Field(min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$")
    ] = None
