"""Two databases, one migrated by the project, the other by files in SQL; they must not differ."""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from alembic import command
from app.database.migrate import alembic_config, migrate
from scripts.seed import seed
from tests.support.database import database_server, temporary_database


def compare(run: Callable[[str, str], None], describe: Callable[[str], list[str]]) -> None:
    """Exit with the difference, or say that there is none; `run` runs a script in SQL on the database of a URL."""
    with (
        database_server() as (server, _),
        temporary_database(server) as migrated,
        temporary_database(server) as in_sql,
    ):
        migrate(migrated)
        for file in sorted(Path("in-sql").glob("*.sql")):
            run(in_sql, file.read_text("utf-8"))
        difference = list(unified_diff(describe(in_sql), describe(migrated), "in SQL", "migrated", lineterm=""))
        if difference:
            raise SystemExit("\n".join(difference))
        # The models say the same, and rows fit.
        command.check(alembic_config(migrated))
        seed(migrated)
        print("the same")
