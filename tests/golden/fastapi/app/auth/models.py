"""Bodies of the operations of accounts."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app import fields

_EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+"
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
)

_REFRESH = "refresh-token-of-the-last-answer"
_ACCOUNT = {
    "id": "01900000-0000-7000-8000-000000000001",
    "email": "ada@example.com",
    "roles": ["reader"],
    "createdAt": "2026-01-15T08:30:00.000Z",
}


Email = Annotated[
    str,
    Field(min_length=3, max_length=254, pattern=_EMAIL, json_schema_extra={"format": "email"}),
    AfterValidator(fields.mail),
]
Password = Annotated[
    str,
    Field(min_length=12, max_length=128, pattern=fields.NO_NULL, json_schema_extra={"writeOnly": True}),
]


class AuthRegistration(fields.Body):
    """Who wants an account."""

    model_config = ConfigDict(json_schema_extra=fields.example({"email": "ada@example.com"}))

    email: Email


class AuthConfirmation(fields.Body):
    """The token of the mail, and a password for the account."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {"token": "header.payload.signature", "password": "correct horse battery staple"}
        )
    )

    token: Annotated[
        str,
        Field(
            max_length=2048,
            pattern=r"^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+){2}$",
            json_schema_extra={"writeOnly": True},
        ),
    ]
    password: Password


class AuthCredentials(fields.Body):
    """Who signs in."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {"email": "ada@example.com", "password": "correct horse battery staple"}
        )
    )

    email: Email
    password: Password


class AuthRefreshToken(fields.Body):
    """The refresh token of the session."""

    model_config = ConfigDict(json_schema_extra=fields.example({"refreshToken": _REFRESH}))

    refresh_token: Annotated[
        str,
        Field(alias="refreshToken", min_length=20, max_length=256, pattern=r"^[A-Za-z0-9._-]+$"),
    ]


class AuthAccount(fields.View):
    """An account, as its owner sees it."""

    model_config = ConfigDict(json_schema_extra=fields.example(_ACCOUNT))

    id: str = Field(max_length=36, json_schema_extra={"format": "uuid"})
    email: str = Field(max_length=254, json_schema_extra={"format": "email"})
    roles: list[Literal["reader", "editor", "admin"]] = Field(max_length=10)
    created_at: fields.Time


class AuthTokens(fields.View):
    """The tokens of a new session."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {
                "tokenType": "Bearer",
                "accessToken": "header.payload.signature",
                "expiresIn": 600,
                "refreshToken": _REFRESH,
                "account": _ACCOUNT,
            }
        )
    )

    token_type: Literal["Bearer"]
    access_token: str = Field(
        max_length=4096,
        pattern="^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+){2}$",
        description="Goes into the Authorization header.",
    )
    expires_in: int = Field(
        ge=1,
        le=86400,
        description="Seconds until the access token expires.",
        json_schema_extra={"format": "int32"},
    )
    refresh_token: str = Field(
        max_length=256,
        pattern="^[A-Za-z0-9._-]+$",
        description="Good once. Sent again within a few seconds it is answered 409, after that it ends the session.",
    )
    account: AuthAccount


class AuthKeySet(BaseModel):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, Any]] = Field(max_length=10)
