"""What happens to accounts besides signing in."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.auth import accounts, sessions
from app.auth.accounts import Account
from app.auth.password_rules import require_strong_password
from app.auth.passwords import Passwords
from app.config import Config
from app.context import RequestContext
from app.database.port import ConstraintError, Database, Transaction
from app.problem import Problem

R = TypeVar("R")


class AccountChanges:
    """Makes and changes accounts."""

    def __init__(self, config: Config, database: Database, passwords: Passwords) -> None:
        """Take where accounts are and what hashes their passwords."""
        self._service = config.OTEL_SERVICE_NAME
        self._database = database
        self._passwords = passwords

    async def create(
        self,
        email: str,
        password: str,
        role: str,
        context: RequestContext,
        then: Callable[[Transaction, Account], Awaitable[R]],
        tenant: str | None = None,
    ) -> R:
        """Make an account, with a tenant of its own unless one is given; `then` belongs to the same
        transaction, and what it returns is returned.

        Raises Problem `conflict` (the address is taken), `validation-failed` (a weak password), `overloaded`.
        """
        require_strong_password(password, email, self._service)
        password_hash = await self._passwords.hash(password, context)

        async def work(transaction: Transaction) -> R:
            account = await accounts.insert(transaction, email, password_hash, role, tenant)
            return await then(transaction, account)

        try:
            return await self._database.transaction(context, work)
        except ConstraintError as error:
            if error.kind != "unique":
                raise
            raise Problem("conflict", detail="There is an account with this e-mail address.") from error

    async def change_role(self, email: str, role: str, context: RequestContext) -> None:
        """Give an account that role and all that it includes; tokens that are out keep the old one until they expire.

        Raises Problem `not-found`.
        """
        account = await self._existing(email, context)
        await self._database.transaction(
            context, lambda transaction: accounts.set_role(transaction, account.id, role)
        )

    async def change_tenant(self, email: str, tenant: str, context: RequestContext) -> None:
        """Move an account to a tenant; tokens that are out keep the old one until they expire.

        Raises Problem `not-found`.
        """
        account = await self._existing(email, context)
        await self._database.transaction(
            context, lambda transaction: accounts.set_tenant(transaction, account.id, tenant)
        )

    async def change_password(self, email: str, password: str, context: RequestContext) -> None:
        """Set a new password and end the account's sessions.

        Raises Problem `not-found`, `validation-failed`.
        """
        require_strong_password(password, email, self._service)
        account = await self._existing(email, context)
        password_hash = await self._passwords.hash(password, context)

        async def work(transaction: Transaction) -> None:
            await accounts.set_password_hash(transaction, account.id, password_hash)
            await sessions.end_all(transaction, account.id)

        await self._database.transaction(context, work)

    async def _existing(self, email: str, context: RequestContext) -> Account:
        found = await accounts.by_email(self._database, email, context)
        if found is None:
            raise Problem("not-found", detail="There is no account with this e-mail address.")
        return found[0]
