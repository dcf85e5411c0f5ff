"""Sign-in with accounts of our own, access tokens and refresh tokens."""

import asyncio
from dataclasses import dataclass

from app.auth import sessions
from app.auth.access_tokens import AccessTokens
from app.auth.passwords import Passwords
from app.auth.sign_in import SignIn
from app.auth.signing_keys import Jwk, read_signing_keys
from app.background import purge_for_ever
from app.config import Config
from app.context import Principal, RequestContext
from app.database.port import Database
from app.limits.bucket import Policy
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Auth:
    """The authenticator and what the operations of sign-in need."""

    sign_in: SignIn
    policy: Policy
    """Attempts to sign in, per account and address."""
    jwks: dict[str, list[Jwk]]
    tokens: AccessTokens
    passwords: Passwords
    purge: asyncio.Task[None]

    async def authenticate(self, credentials: str, context: RequestContext) -> Principal:
        """Tell whom the access token was issued to. Raises Problem `unauthenticated`."""
        return await self.tokens.authenticate(credentials)

    def close(self) -> None:
        """End what runs in the background."""
        self.purge.cancel()
        self.passwords.close()


async def create_auth(*, config: Config, log: Log, metrics: Metrics, database: Database) -> Auth:
    """Read the keys and begin to purge. Raises SettingsError when a key in the settings cannot be read."""
    keys = read_signing_keys(config.JWT_PRIVATE_KEY, config.JWT_PREVIOUS_PUBLIC_KEYS)
    tokens = AccessTokens(config, keys)
    passwords = Passwords(config.PASSWORD_HASH_CONCURRENCY)
    return Auth(
        sign_in=SignIn(
            config=config, log=log, metrics=metrics, database=database, tokens=tokens, passwords=passwords
        ),
        # Counted one by one over all instances: no lease.
        policy=Policy("auth", config.RATE_LIMIT_AUTH, config.RATE_LIMIT_WINDOW_S, 1),
        jwks=keys.jwks,
        tokens=tokens,
        passwords=passwords,
        purge=asyncio.create_task(purge_for_ever(database, sessions.TABLE, sessions.purge, log)),
    )
