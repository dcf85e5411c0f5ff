"""Conditional requests as dependencies (RFC 9110, section 13)."""

from typing import Annotated

from fastapi import Depends, Header

from app.fields import shared
from app.http.conditional import ChangeCondition, change_condition

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        min_length=1,
        max_length=1024,
        pattern=r'^(\*|((W/)?"[^"]*"|[ \t,])+)$',
        description="The change is made only in the version with this ETag.",
        json_schema_extra=shared("IfMatch"),
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=1024,
        pattern=r"^[\t -~\u0080-\u00ff]*$",
        description="A read answers 304, and a change 412, when the current version has one of these ETags.",
        json_schema_extra=shared("IfNoneMatch"),
    ),
]


async def _condition(if_match: IfMatch = None, if_none_match: IfNoneMatch = None) -> ChangeCondition | None:
    return change_condition(if_match, if_none_match)


Condition = Annotated[ChangeCondition | None, Depends(_condition)]
"""The versions of the item that the request may change."""
