"""Two databases, one migrated by the project, the other by files in SQL; they must not differ."""

import json
import sys
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


def compare_changes(
    run: Callable[[str, str], None],
    describe: Callable[[str], list[str]],
    values: Callable[[str, str, str], list[object]],
) -> None:
    """Exit with the difference between databases with rows whose schema was changed, and one that was made with it.

    `values` reads a column of a table, by the id of its rows.
    """

    def run_folder(url: str, name: str) -> None:
        for file in sorted(Path("in-sql", name).glob("*.sql")):
            run(url, file.read_text("utf-8"))

    renamed = json.loads(Path("renamed.json").read_text("utf-8"))
    last = max(int(file.name[:4]) for file in Path("in-sql/made").glob("*.sql"))
    with (
        database_server() as (server, _),
        temporary_database(server) as migrated,
        temporary_database(server) as in_sql,
        temporary_database(server) as fresh,
    ):
        command.upgrade(alembic_config(migrated), f"{last:04}")
        run_folder(in_sql, "made")
        for url in (migrated, in_sql):
            run_folder(url, "rows")
        before = [values(migrated, table, column) for table, column, _ in renamed]
        migrate(migrated)
        run_folder(in_sql, "changes")
        described = describe(migrated)
        if difference := [*unified_diff(describe(in_sql), described, "in SQL", "migrated", lineterm="")]:
            raise SystemExit("\n".join(difference))
        for url in (migrated, in_sql):
            after = [values(url, table, column) for table, _, column in renamed]
            for row, old, new in zip(renamed, before, after, strict=True):
                if old != new or not old:
                    raise SystemExit(f"{row}: {old[:5]} became {new[:5]}")
        command.check(alembic_config(migrated))
        if sys.argv[1] == "finished":
            run_folder(fresh, "fresh")
            if difference := [*unified_diff(describe(fresh), described, "fresh", "changed", lineterm="")]:
                raise SystemExit("\n".join(difference))
        # It can go back with rows that only the new code writes, and forward again.
        run_folder(migrated, "later")
        later = values(migrated, "orders", "status")
        command.downgrade(alembic_config(migrated), f"{last:04}")
        for row, old in zip(renamed, before, strict=True):
            if values(migrated, *row[:2]) != old:
                raise SystemExit(f"{row}: other values after the way back")
        migrate(migrated)
        if values(migrated, "orders", "status") != later:
            raise SystemExit("orders: other values after the way back and forth")
        # A database without rows takes all of it, gives it back, and has the sample rows of now.
        with temporary_database(server) as empty:
            migrate(empty)
            command.downgrade(alembic_config(empty), "base")
            migrate(empty)
            seed(empty)
        print("the same")
