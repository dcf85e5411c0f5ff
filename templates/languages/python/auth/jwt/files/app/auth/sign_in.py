"""Accounts and sessions: what the operations under /v1/auth do."""

import hmac
from typing import Final, TypedDict

from prometheus_client import Counter

from app.auth import accounts, sessions
from app.auth.access_tokens import AccessTokens
from app.auth.account_changes import AccountChanges
from app.auth.accounts import Account
from app.auth.bearer_tokens import invalid_token
from app.auth.failed_sign_ins import FailedSignIns
from app.auth.passwords import Passwords
from app.auth.registration import Registration
from app.auth.roles import Role
from app.config import Config
from app.context import RequestContext
from app.database.port import Database, Transaction
from app.http.rate_limit_headers import rate_limit_headers
from app.problem import Problem
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

_FIRST_ROLE: Final[Role] = "reader"
"""The role of new accounts."""

EVENTS = (
    "mailed",
    "registered",
    "signed-in",
    "refused",
    "limited",
    "refreshed",
    "refresh-conflict",
    "token-refused",
    "token-reused",
    "signed-out",
)


class Tokens(TypedDict):
    """What a client gets when it has signed in, as the contract names it."""

    tokenType: str
    accessToken: str
    expiresIn: int
    refreshToken: str
    account: dict[str, object]


class SignIn:
    """Signs in, keeps signed in, and signs out."""

    def __init__(
        self,
        *,
        config: Config,
        log: Log,
        metrics: Metrics,
        database: Database,
        tokens: AccessTokens,
        passwords: Passwords,
        failures: FailedSignIns,
        registration: Registration,
    ) -> None:
        """Count from zero what is going to happen."""
        text = f"Sign-ins and the like: {', '.join(EVENTS)}."
        events = Counter("auth_events", text, ["event"], registry=metrics.registry)
        self._events = {event: events.labels(event) for event in EVENTS}
        self._session_s = config.REFRESH_TOKEN_TTL_S
        self._token_s = config.ACCESS_TOKEN_TTL_S
        self._grace_s = config.REFRESH_GRACE_S
        self._secret = config.CURSOR_SECRET.encode()
        self._log = log
        self._database = database
        self._tokens = tokens
        self._passwords = passwords
        self._failures = failures
        self._registration = registration
        self._rate_limited = metrics.rate_limited
        self._changes = AccountChanges(config, database, passwords)

    async def register(self, email: str, context: RequestContext) -> None:
        """Send a mail to an address that wants an account. Raises as `Registration.begin`."""
        await self._registration.begin(email, context)
        self._events["mailed"].inc()

    async def confirm(self, token: str, password: str, context: RequestContext) -> Tokens:
        """Make the account of the address that the token was sent to, which may read, and sign it in.

        Raises Problem `validation-failed` (the token, a weak password), `conflict` (there is an account), `overloaded`.
        """
        email = self._registration.email_of(token)

        async def start(transaction: Transaction, account: Account) -> tuple[Account, str]:
            return account, await sessions.start(transaction, account.id, self._session_s)

        account, refresh_token = await self._changes.create(email, password, _FIRST_ROLE, context, start)
        return await self._signed_in("registered", account, refresh_token, context)

    async def login(self, email: str, password: str, context: RequestContext) -> Tokens:
        """Sign in.

        Raises Problem `unauthenticated`, the same and as slow for a wrong password as for an unknown account, and
        `rate-limited` after too many of them.
        """
        verdict, found = await self._failures.attempt(
            email, context.address, lambda: self._verified(email, password, context)
        )
        if not verdict.allowed:
            self._events["limited"].inc()
            self._rate_limited.labels(verdict.policy.name).inc()
            account_hash = self._account_hash(email)
            self._warn("too many failed sign-ins", "authn_login_fail_max", context, accountHash=account_hash)
            wait = str(verdict.retry_after_seconds)
            headers = {**rate_limit_headers(verdict), "retry-after": wait}
            raise Problem("rate-limited", detail=f"Try again in {wait} s.", headers=headers)
        if found is None:
            self._events["refused"].inc()
            self._warn("sign-in refused", "authn_login_fail", context, accountHash=self._account_hash(email))
            detail = "The e-mail address or the password is wrong."
            raise Problem("unauthenticated", detail=detail, headers={"www-authenticate": "Bearer"})
        account = found[0]
        outdated = self._passwords.is_outdated(found[1])
        renewed = await self._passwords.hash(password, context) if outdated else None

        async def work(transaction: Transaction) -> str:
            if renewed is not None:
                await accounts.set_password_hash(transaction, account.id, renewed)
            return await sessions.start(transaction, account.id, self._session_s)

        refresh_token = await self._database.transaction(context, work)
        return await self._signed_in("signed-in", account, refresh_token, context)

    async def _verified(
        self, email: str, password: str, context: RequestContext
    ) -> tuple[Account, str] | None:
        """The account and its hash; None when there is none or its password is another."""
        # Before the transaction, not in it: a connection must not wait for the hash.
        found = await accounts.by_email(self._database, email, context)
        matches = await self._passwords.verify(found[1] if found else None, password, context)
        return found if matches else None

    async def refresh(self, refresh_token: str, context: RequestContext) -> Tokens:
        """Give a new pair for a refresh token, which is void from then on. Roles are read anew.

        Raises Problem `conflict` for a token that was exchanged less than REFRESH_GRACE_S seconds ago, and
        `unauthenticated` for any other that is not the newest; one that was used before also ends its session.
        """

        async def work(transaction: Transaction) -> tuple[Account | None, str]:
            rotated = await sessions.rotate(transaction, refresh_token, self._session_s)
            if rotated is None:
                if await sessions.just_rotated(transaction, refresh_token, self._grace_s):
                    detail = "The refresh token was exchanged a moment ago: use the tokens of that exchange."
                    raise Problem("conflict", detail=detail, headers={"retry-after": "1"})
                return None, await sessions.end(transaction, refresh_token) or ""
            account_id, following = rotated
            return await accounts.by_id_in(transaction, account_id), following

        try:
            account, outcome = await self._database.transaction(context, work)
        except Problem as problem:
            if problem.type == "conflict":
                self._events["refresh-conflict"].inc()
            raise
        if account is not None:
            return await self._signed_in("refreshed", account, outcome, context)
        self._events["token-reused" if outcome else "token-refused"].inc()
        if outcome:
            self._warn("refresh token reused, session ended", "authn_token_reuse", context, accountId=outcome)
        raise invalid_token()

    async def logout(self, refresh_token: str, context: RequestContext) -> None:
        """End the session; nothing happens when there is none."""
        await self._database.transaction(
            context, lambda transaction: sessions.end(transaction, refresh_token)
        )
        self._events["signed-out"].inc()

    async def me(self, context: RequestContext) -> dict[str, object]:
        """Return the caller's own account. Raises Problem `unauthenticated` when it is gone."""
        account = await accounts.by_id(self._database, context.principal.id, context)
        if account is None:
            raise invalid_token()
        return account.as_json()

    def _warn(self, message: str, event: str, context: RequestContext, **fields: str) -> None:
        """Log an event by its name in the OWASP logging vocabulary."""
        self._log.warning(
            message, event_name=event, clientAddress=context.address, **fields, requestId=context.request_id
        )

    def _account_hash(self, email: str) -> str:
        """Tell accounts apart in logs: without the secret nobody can try addresses against it."""
        text = f"account:{accounts.canonical_email(email)}".encode()
        return hmac.digest(self._secret, text, "sha256").hex()[:16]

    async def _signed_in(
        self, event: str, account: Account, refresh_token: str, context: RequestContext
    ) -> Tokens:
        await self._failures.remember(account.email, context.address)
        self._events[event].inc()
        return {
            "tokenType": "Bearer",
            "accessToken": self._tokens.issue(account.id, account.roles, account.tenant),
            "expiresIn": self._token_s,
            "refreshToken": refresh_token,
            "account": account.as_json(),
        }
