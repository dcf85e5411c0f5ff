"""Makes API keys and ends them, from a shell on the server."""

import asyncio
import json
import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final, cast, get_args

from app.auth import keys
from app.auth.key_changes import KeyChanges, Purpose
from app.auth.keys import Key, instant
from app.auth.roles import ROLES, Role, roles_up_to
from app.auth.tenants import is_tenant
from app.background import background_context
from app.config import Config, SettingsError, load_config
from app.context import RequestContext
from app.database.connect import create_database
from app.database.port import ConstraintError
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

_USAGE: Final = f"""uv run key create NAME ROLE [NAME ROLE …] [--tenant TENANT] [--expires 90d] | list | rotate ID [--overlap 24h] | revoke ID
roles: {", ".join(ROLES)}; times: 30s, 15m, 24h, 90d; --json prints JSON. The key that the variable KEY has is stored instead of a new one.
A tenant is named in up to 255 visible ASCII characters"""
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WORDS: Final = {"list": 0, "rotate": 1, "revoke": 1}
"""How many words follow an action."""

Shown = tuple[Key, str | None]
"""A key, and its text where it was just made."""


def main() -> None:
    """Run one command: what is done on standard output, what is wrong on standard error, with another exit code than 0."""
    parser = ArgumentParser(usage=_USAGE)
    parser.add_argument("action", choices=["create", *_WORDS])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--tenant", type=_tenant)
    parser.add_argument("--expires", type=_duration)
    parser.add_argument("--overlap", type=_duration, default="24h")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_intermixed_args()
    right = (
        _are_purposes(given.words) if given.action == "create" else len(given.words) == _WORDS[given.action]
    )
    if not right:
        parser.error("these words do not fit the action")
    try:
        shown = asyncio.run(_run(load_config(), given))
    except (SettingsError, Problem, ConstraintError) as error:
        sys.exit(str(error))
    print(json.dumps([_as_json(*each) for each in shown]) if given.json else "\n".join(map(_line, shown)))


async def _run(config: Config, given: Namespace) -> list[Shown]:
    database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
    try:
        async with background_context() as context:
            if given.action == "list":
                return [(key, None) for key in await keys.every(database, context)]
            return await _change(KeyChanges(database, config.API_KEY_PREFIX), given, context)
    finally:
        await database.close()


async def _change(changes: KeyChanges, given: Namespace, context: RequestContext) -> list[Shown]:
    words: list[str] = given.words
    if given.action == "rotate":
        return [await changes.rotate(words[0], given.overlap, context)]
    if given.action == "revoke":
        return [(await changes.revoke(words[0], context), None)]
    expires_at = instant(datetime.now(UTC) + given.expires) if given.expires else None
    purposes = [
        Purpose(name, roles_up_to(role), expires_at, tenant=given.tenant) for name, role in _pairs(words)
    ]
    return [*await changes.create(purposes, context, os.environ.get("KEY") or None)]


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no time such as 24h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _tenant(text: str) -> str:
    if not is_tenant(text):
        raise ArgumentTypeError(f"{text!r} is no name of a tenant")
    return text


def _pairs(words: list[str]) -> list[tuple[str, Role]]:
    return [(name, cast("Role", role)) for name, role in zip(words[::2], words[1::2], strict=True)]


def _are_purposes(words: list[str]) -> bool:
    pairs = len(words) > 0 and len(words) % 2 == 0
    return pairs and all(words[::2]) and all(role in get_args(Role) for role in words[1::2])


def _as_json(key: Key, text: str | None) -> dict[str, object]:
    fields = {
        re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in asdict(key).items()
    }
    return fields if text is None else {**fields, "key": text}


def _line(shown: Shown) -> str:
    key, text = shown
    parts = [key.id, key.name, ",".join(key.roles), f"client {key.client_id}"]
    parts.append(f"expires {key.expires_at}" if key.expires_at else "does not expire")
    parts += [f"tenant {key.tenant}"] if key.tenant else []
    parts += [f"revoked {key.revoked_at}"] if key.revoked_at else []
    parts += [f"last used {key.last_used_at}"] if key.last_used_at else []
    parts += [f"\n  {text} (shown once)"] if text else []
    return "  ".join(parts)


if __name__ == "__main__":
    main()
