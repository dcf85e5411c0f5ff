"""Whether the database has the schema that this code expects."""

import asyncio
from pathlib import Path
from typing import Final, Literal

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from app.background import background_context
from app.database.errors import is_missing_table
from app.database.port import Database
from app.database.query import compiled
from app.telemetry.log import Log

_PROJECT: Final = Path(__file__).parents[2]
_COMMAND: Final = ".venv/bin/python -m app.database.migrate"
_APPLIED: Final = compiled("", text("select version_num from alembic_version"))


def missing_migrations(applied: list[str]) -> list[str]:
    """Return the migrations that follow those; none for a database that a newer version has migrated."""
    scripts = ScriptDirectory.from_config(Config(_PROJECT / "alembic.ini"))
    try:
        missing = list(scripts.iterate_revisions("heads", tuple(applied) or "base"))
    except CommandError:
        return []
    return [Path(script.path).stem for script in reversed(missing)]


class SchemaCheck:
    """Asks until the schema was seen up to date once; logs what is missing."""

    def __init__(self, database: Database, log: Log) -> None:
        """Ask nothing yet."""
        self._database = database
        self._log = log
        self._state: Literal["unknown", "behind", "complete"] = "unknown"

    async def is_behind(self, timeout_s: float) -> bool:
        """Tell whether migrations are missing. A database that does not answer is not known to miss one."""
        if self._state == "complete":
            return False
        try:
            async with asyncio.timeout(timeout_s):
                missing = missing_migrations(await self._applied())
        except Exception:
            return False
        if missing and self._state == "unknown":
            self._log.error("the schema is behind", missing=missing, command=_COMMAND)
        if not missing and self._state == "behind":
            self._log.info("the schema is up to date")
        self._state = "behind" if missing else "complete"
        return bool(missing)

    async def _applied(self) -> list[str]:
        try:
            async with background_context() as context:
                rows = await self._database.read(_APPLIED, {}, context, fresh=True)
        except Exception as error:
            if not is_missing_table(error):
                raise
            return []
        return [row["version_num"] for row in rows]
