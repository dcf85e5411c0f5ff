"""Changes of the schema: the files of migrations/, each applied once."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.database.migration_session import migration_session

_PROJECT: Final = Path(__file__).parents[2]


def migrate(database_url: str) -> list[str]:
    """Apply the files of migrations/ that have not been applied, and return their names.

    Each is applied in the order of their names and in a transaction of its own. Any number of processes may do this
    at once: each file is applied by one of them. Raises ValueError when a file was changed after it had been applied,
    and what the database raises when its SQL fails.
    """
    done = []
    with migration_session(database_url) as session:
        for name, script in _scripts("migrations"):
            checksum = sha256(script.encode()).hexdigest()
            with session.transaction():
                recorded = session.applied(name)
                if recorded == checksum:
                    continue
                if recorded is not None:
                    raise ValueError(
                        f"migrations/{name} was changed after it had been applied: add a new file instead"
                    )
                session.run(script)
                session.record(name, checksum)
            done.append(name)
    return done


def seed(database_url: str) -> None:
    """Run the files of seeds/: sample rows for development, left alone where they are there already."""
    with migration_session(database_url) as session:
        for _, script in _scripts("seeds"):
            with session.transaction():
                session.run(script)


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


def _scripts(folder: str) -> list[tuple[str, str]]:
    return [(file.name, file.read_text("utf-8")) for file in sorted((_PROJECT / folder).glob("*.sql"))]


if __name__ == "__main__":
    main()
