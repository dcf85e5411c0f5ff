"""Settings of every session: the zone and the form of dates, whatever process, database, role and server say."""

import os
from typing import Any, Final

from psycopg import AsyncConnection, Connection

_SETTINGS: Final = {"TimeZone": ("PGTZ", "UTC"), "DateStyle": ("PGDATESTYLE", "ISO, MDY")}
"""Variable of libpq and value, by the name under which the server reports the setting."""


def request_settings() -> None:
    """Have libpq ask for the settings when it connects.

    They are startup parameters of the protocol: they cost no statement, poolers track them, and a proxy that refuses
    `options` takes them. libpq reads them from the environment alone.
    """
    os.environ.update(_SETTINGS.values())


def missing_settings(connection: AsyncConnection[Any] | Connection[Any]) -> list[bytes]:
    """Return a statement for each setting that the server reports to be another; usually none."""
    return [
        f"set {name} = '{value}'".encode()
        for name, (_, value) in _SETTINGS.items()
        if connection.info.parameter_status(name) != value
    ]


async def ensure_settings(connection: AsyncConnection[Any]) -> None:
    """Set what a pooler did not pass on. Raises psycopg.Error."""
    for statement in missing_settings(connection):
        await connection.execute(statement)
