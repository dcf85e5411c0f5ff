"""The way of an address to its account.

The response says nothing about an account: the answer goes to the address, by mail. A new one gets a token, a signed text that names
the address; nothing is kept until it comes back.
"""

import time
from math import ceil
from typing import Final

import jwt

from app.auth import accounts
from app.auth.signing_keys import ALGORITHM, SigningKeys
from app.config import Config
from app.context import RequestContext
from app.database.port import Database
from app.mail.port import Mail, Mailer
from app.problem import Problem

TOKEN_TYPE: Final = "registration+jwt"  # noqa: S105
"""Tells these tokens from access tokens (RFC 8725, section 3.11)."""


class Registration:
    """Sends the mails, and reads the tokens in them."""

    def __init__(self, config: Config, keys: SigningKeys, database: Database, mailer: Mailer | None) -> None:
        """Take what signs tokens and sends mail; without a mailer, nobody can register."""
        self._issuer = config.JWT_ISSUER
        self._audience = config.JWT_AUDIENCE
        self._service = config.OTEL_SERVICE_NAME
        self._ttl_s = config.REGISTRATION_TTL_S
        self._page = config.REGISTRATION_URL
        self._keys = keys
        self._database = database
        self._mailer = mailer

    async def begin(self, email: str, context: RequestContext) -> None:
        """Send a mail to the address: a token, or that it has an account.

        Raises Problem `forbidden` when no mail can be sent at all, `dependency-unavailable` when none can be sent now.
        """
        if self._mailer is None:
            raise Problem("forbidden", detail="Registration is closed.")
        known = await accounts.by_email(self._database, email, context)
        await self._mailer.send(self._reminder(email) if known else self._invitation(email), context)

    def email_of(self, token: str) -> str:
        """Return the address that a token was sent to.

        Raises Problem `validation-failed`, the same whatever is wrong with it.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.verifying.get(header.get("kid", ""))
            if key is None or header.get("typ") != TOKEN_TYPE:
                raise jwt.InvalidTokenError("the token names no key of ours, or is of another kind")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["sub", "exp"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise Problem(
                "validation-failed",
                detail="The token is expired or not valid: register again.",
                errors=[{"pointer": "#/token", "code": "expired", "detail": "is expired or not valid"}],
            ) from error
        return str(claims["sub"])

    def _invitation(self, email: str) -> Mail:
        token = self._token(email)
        # Behind a #: servers and other sites never see it.
        way = f"Choose a password:\n\n{self._page}#token={token}" if self._page else f"Your token:\n\n{token}"
        minutes = ceil(self._ttl_s / 60)
        end = f"It is good for {minutes} minutes. If you did not ask for it, ignore this mail.\n"
        return Mail(email, f"Your account at {self._service}", f"{way}\n\n{end}")

    def _reminder(self, email: str) -> Mail:
        text = (
            f"Somebody asked to register this address at {self._service}. It has an account already: sign in.\n\n"
            "If it was not you, ignore this mail.\n"
        )
        return Mail(email, f"Your account at {self._service}", text)

    def _token(self, email: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": accounts.canonical_email(email),
            "iat": now,
            "exp": now + self._ttl_s,
        }
        return jwt.encode(
            claims, self._keys.private_key, ALGORITHM, {"typ": TOKEN_TYPE, "kid": self._keys.kid}
        )
