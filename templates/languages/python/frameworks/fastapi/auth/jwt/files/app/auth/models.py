"""Bodies of the operations of accounts."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app import fields

_EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+"
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
)


class AuthCredentials(fields.Body):
    """Who signs in."""

    email: Annotated[
        str,
        Field(min_length=3, max_length=254, pattern=_EMAIL, json_schema_extra={"format": "email"}),
        AfterValidator(fields.mail),
    ]
    password: Annotated[
        str,
        Field(min_length=12, max_length=128, pattern=fields.NO_NULL, json_schema_extra={"writeOnly": True}),
    ]


class AuthRefreshToken(fields.Body):
    """What a session is continued or ended with."""

    refresh_token: Annotated[
        str,
        Field(alias="refreshToken", min_length=20, max_length=256, pattern=r"^[A-Za-z0-9._-]+$"),
    ]
