"""Headers of callers by role, with keys of their own."""

from app.auth.key_changes import KeyChanges, Purpose
from app.auth.roles import ROLES, roles_up_to
from app.background import background_context
from app.config import Config
from app.database.connect import create_database
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

_TENANT = "00000000-0000-0000-0000-000000000000"


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another."""
    return role == "admin" or needed in roles_up_to(role)


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role in the tenant of the sample rows.

    `stranger` is an administrator of another tenant, `alone` one without a tenant.
    """
    database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
    admin = roles_up_to("admin")
    purposes = [Purpose(role, roles_up_to(role), tenant=_TENANT) for role in ROLES]
    purposes += [Purpose("stranger", admin, tenant="another"), Purpose("alone", admin)]
    try:
        async with background_context() as context:
            made = await KeyChanges(database, config.API_KEY_PREFIX).create(purposes, context)
    finally:
        await database.close()
    by: dict[str, dict[str, str]] = {"nobody": {}}
    return by | {key.name: {"authorization": f"Bearer {text}"} for key, text in made}
