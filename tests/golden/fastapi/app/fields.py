"""The types of fields. Values stay text: times in UTC, identifiers in lower case."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}", re.ASCII | re.IGNORECASE)


def _utc(text: str) -> str:
    """A date-time of RFC 3339 with milliseconds and Z, whatever its offset was."""
    if not text.endswith(("Z", "z")) and text[-2:] > "59":
        raise ValueError("no date-time")
    moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(text: str) -> str:
    """A full-date of RFC 3339 that is in the calendar."""
    if not _DATE.fullmatch(text):
        raise ValueError("no date")
    return date.fromisoformat(text).isoformat()


def _identifier(text: str) -> str:
    if not _UUID.fullmatch(text):
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


def _apart(values: Any) -> Any:
    """The parts of a list in one text."""
    if len(values) != 1:
        raise ValueError("is given more than once")
    return values[0].split(",")


def shared(name: str) -> dict[str, Any]:
    """For `json_schema_extra` of a parameter: in the document it becomes a component of that name."""
    return {"x-component": name}


def example(value: dict[str, Any]) -> dict[str, Any]:
    """For `json_schema_extra` of a model: a valid value of it."""
    return {"example": value}


def references(path: str, on_delete: str) -> Any:
    """Metadata of an identifier: the collection that it refers to, and what a deletion there does to this resource."""
    return Field(json_schema_extra={"format": "uuid", "x-references": path, "x-on-delete": on_delete})


UNCHANGED: Any = None
"""Default of a field that may be left out and may not be null."""

T = TypeVar("T")
CommaList = Annotated[
    list[T],
    BeforeValidator(_apart),
    Field(min_length=1, max_length=20, json_schema_extra={"x-explode": False}),
]
"""Of a query: values that are separated by commas."""

CURSOR = r"^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$"
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
Version = Annotated[int, Field(ge=1, le=2**31 - 1, json_schema_extra={"format": "int32"})]
Time = Annotated[str, Field(max_length=35, json_schema_extra={"format": "date-time"})]
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


class Body(BaseModel):
    """A body: nothing is converted, and no property is let through that is not named."""

    model_config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())


class Query(BaseModel):
    """A query: no parameter is let through that is not named."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ListQuery(Query):
    """The query that every list takes."""

    limit: int = Field(
        default=50,
        ge=1,
        le=100,
        description="Size of the page.",
        json_schema_extra={"format": "int32", **shared("Limit")},
    )
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        pattern=CURSOR,
        description="Where the page starts; `nextCursor` of the page before.",
        json_schema_extra=shared("Cursor"),
    )


class View(BaseModel):
    """A response; its names in JSON are in camelCase."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, protected_namespaces=())


class PageMeta(View):
    """Size of a page, and the cursor of the next."""

    model_config = ConfigDict(json_schema_extra=example({"pageSize": 50, "nextCursor": None}))

    page_size: int = Field(
        ge=1,
        le=100,
        description="The limit that was applied.",
        json_schema_extra={"format": "int32"},
    )
    next_cursor: str | None = Field(
        max_length=2048,
        pattern=CURSOR,
        description="`cursor` of the next page; null on the last.",
    )
