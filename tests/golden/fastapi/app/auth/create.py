"""Sign-in with accounts of our own, access tokens and refresh tokens."""

import asyncio
from dataclasses import dataclass
from typing import Final

from app.auth import sessions
from app.auth.access_tokens import AccessTokens
from app.auth.failed_sign_ins import FailedSignIns
from app.auth.passwords import Passwords
from app.auth.registration import Registration
from app.auth.sign_in import SignIn
from app.auth.signing_keys import Jwk, read_signing_keys
from app.background import purge_for_ever
from app.cache.port import Stores
from app.config import Config
from app.context import Principal, RequestContext
from app.database.port import Database
from app.limits.bucket import Policy
from app.limits.limiter import Limiter
from app.mail.smtp import SmtpMailer
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

_MAILS_WINDOW_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Auth:
    """The authenticator and what the operations of sign-in need."""

    sign_in: SignIn
    policy: Policy
    """Attempts to sign in, per account and address, and to register, per address."""
    mails: Policy
    """Mails to an address that somebody registers."""
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


async def create_auth(
    *, config: Config, log: Log, metrics: Metrics, database: Database, limiter: Limiter, stores: Stores
) -> Auth:
    """Read the keys and begin to purge. Raises SettingsError when a key in the settings cannot be read."""
    keys = read_signing_keys(config.JWT_PRIVATE_KEY, config.JWT_PREVIOUS_PUBLIC_KEYS)
    tokens = AccessTokens(config, keys)
    passwords = Passwords(config.PASSWORD_HASH_CONCURRENCY)
    mailer = SmtpMailer(config, log, metrics) if config.MAIL_URL else None
    if mailer is None:
        log.info("MAIL_URL is not set: registration is closed")
    return Auth(
        sign_in=SignIn(
            config=config,
            log=log,
            metrics=metrics,
            database=database,
            tokens=tokens,
            passwords=passwords,
            failures=FailedSignIns(config, limiter, stores.marks),
            registration=Registration(config, keys, database, mailer),
        ),
        # Counted one by one over all instances: no lease.
        policy=Policy("auth", config.RATE_LIMIT_AUTH, config.RATE_LIMIT_WINDOW_S, 1),
        mails=Policy("mails", config.RATE_LIMIT_MAILS, _MAILS_WINDOW_S, 1),
        jwks=keys.jwks,
        tokens=tokens,
        passwords=passwords,
        purge=asyncio.create_task(purge_for_ever(database, sessions.TABLE, sessions.purge, log)),
    )
