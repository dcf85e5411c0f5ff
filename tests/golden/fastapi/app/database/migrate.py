"""Changes of the schema: the files of migrations/, each applied once."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.database.migration_session import MigrationSession, migration_session
from app.database.script_error import ScriptError

_PROJECT: Final = Path(__file__).parents[2]


def migrate(database_url: str) -> list[str]:
    """Apply the files of migrations/ that have not been applied, and return their names.

    Each is applied in the order of their names and in a transaction of its own. Any number of processes may do this
    at once: each file is applied by one of them. Raises ValueError when a file was changed after it had been applied,
    and ScriptError when its SQL fails.
    """
    done = []
    with migration_session(database_url) as session:
        for name, script in _scripts("migrations"):
            checksum = _checksum_of(script)
            with session.transaction():
                recorded = session.applied(name)
                if recorded == checksum:
                    continue
                if recorded is not None:
                    raise ValueError(
                        f"migrations/{name} was changed after it had been applied: add a new file instead, "
                        'or delete the data of development with the command "reset"'
                    )
                _run(session, f"migrations/{name}", script)
                session.record(name, checksum)
            done.append(name)
    return done


def seed(database_url: str, *, only_new: bool = False) -> None:
    """Run the files of seeds/: sample rows for development, left alone where they are there already.

    `only_new` leaves out those that have been run as they are. Raises ScriptError when the SQL of a file fails.
    """
    with migration_session(database_url) as session:
        for name, script in _scripts("seeds"):
            checksum = _checksum_of(script)
            entry = f"seeds/{name} {checksum}"
            with session.transaction():
                recorded = session.applied(entry)
                if recorded is not None and only_new:
                    continue
                _run(session, f"seeds/{name}", script)
                if recorded is None:
                    session.record(entry, checksum)


def main() -> None:
    """`migrate`: bring the schema of DATABASE_URL up to date."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is not set")
    try:
        applied = migrate(url)
    except Exception as error:
        sys.exit(str(error).strip())
    print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")


def _run(session: MigrationSession, file: str, script: str) -> None:
    try:
        session.run(script)
    except ScriptError as error:
        place = f"{file}, line {error.line}" if error.line else file
        raise ScriptError(f"{place}: {error}", error.line) from error


def _checksum_of(script: str) -> str:
    return sha256(script.encode()).hexdigest()


def _scripts(folder: str) -> list[tuple[str, str]]:
    return [(file.name, file.read_text("utf-8")) for file in sorted((_PROJECT / folder).glob("*.sql"))]


if __name__ == "__main__":
    main()
