"""Makes accounts and changes them, from a shell on the server."""

import asyncio
import os
import sys
from secrets import token_urlsafe

from app.auth.account_changes import AccountChanges
from app.auth.accounts import Account
from app.auth.passwords import Passwords
from app.auth.roles import ROLES
from app.auth.tenants import is_tenant
from app.background import background_context
from app.config import Config, SettingsError, load_config
from app.database.connect import create_database
from app.database.port import Transaction
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

USAGE = f"""usage: uv run account create EMAIL ROLE [TENANT] | role EMAIL ROLE | tenant EMAIL TENANT | password EMAIL
roles: {", ".join(ROLES)}; a new password comes from the variable PASSWORD, else it is made and shown once.
A tenant is named in up to 255 visible ASCII characters; a new account without one gets its own"""


def main() -> None:
    """Run one command: what is done on standard output, what is wrong on standard error and exit code 1."""
    action, email, word, given = (*sys.argv[1:5], "", "", "", "")[:4]
    known = action in {"create", "role", "tenant", "password"} and "@" in email
    tenant = word if action == "tenant" else given
    if not known or (action in {"create", "role"} and word not in ROLES):
        sys.exit(USAGE)
    if (tenant or action == "tenant") and not is_tenant(tenant):
        sys.exit(USAGE)
    try:
        print(asyncio.run(_change(load_config(), action, email, word, tenant)))
    except (SettingsError, Problem) as error:
        sys.exit(str(error))


async def _change(config: Config, action: str, email: str, role: str, tenant: str) -> str:
    database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
    passwords = Passwords(config.PASSWORD_HASH_CONCURRENCY)
    changes = AccountChanges(config, database, passwords)
    given = os.environ.get("PASSWORD", "")
    password = given or token_urlsafe(18)
    shown = "" if given else f", password {password}"
    try:
        async with background_context() as context:
            if action == "role":
                await changes.change_role(email, role, context)
                return f"{email} is {role} now; tokens that are out keep the old role for {config.ACCESS_TOKEN_TTL_S} s"
            if action == "tenant":
                await changes.change_tenant(email, tenant, context)
                kept = f"tokens that are out keep the old tenant for {config.ACCESS_TOKEN_TTL_S} s"
                return f"{email} belongs to {tenant} now; {kept}"
            if action == "password":
                await changes.change_password(email, password, context)
                return f"{email} has a new password{shown}"
            await changes.create(email, password, role, context, _nothing_more, tenant or None)
            return f"{email} is there as {role}{shown}"
    finally:
        passwords.close()
        await database.close()


async def _nothing_more(transaction: Transaction, account: Account) -> None:
    pass


if __name__ == "__main__":
    main()
