"""Makes accounts and changes them, from a shell on the server."""

import asyncio
import os
import sys
from secrets import token_urlsafe

from app.auth.account_changes import AccountChanges
from app.auth.accounts import Account
from app.auth.passwords import Passwords
from app.auth.roles import ROLES
from app.background import background_context
from app.config import Config, SettingsError, load_config
from app.database.connect import create_database
from app.database.port import Transaction
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

USAGE = f"""usage: uv run account create EMAIL ROLE | role EMAIL ROLE | password EMAIL
roles: {", ".join(ROLES)}; a new password comes from the variable PASSWORD, else it is made and shown once"""


def main() -> None:
    """Run one command: what is done on standard output, what is wrong on standard error and exit code 1."""
    action, email, role = (*sys.argv[1:4], "", "", "")[:3]
    known = action in {"create", "role", "password"} and "@" in email
    if not known or (action != "password" and role not in ROLES):
        sys.exit(USAGE)
    try:
        print(asyncio.run(_change(load_config(), action, email, role)))
    except (SettingsError, Problem) as error:
        sys.exit(str(error))


async def _change(config: Config, action: str, email: str, role: str) -> str:
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
            if action == "password":
                await changes.change_password(email, password, context)
                return f"{email} has a new password{shown}"
            await changes.create(email, password, role, context, _nothing_more)
            return f"{email} is there as {role}{shown}"
    finally:
        passwords.close()
        await database.close()


async def _nothing_more(transaction: Transaction, account: Account) -> None:
    pass


if __name__ == "__main__":
    main()
