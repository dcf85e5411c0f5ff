"""Sample rows for development: the files of seeds/, which leave alone what is there already."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import Column, MetaData, Table, Text

from app.database.schema_changes import schema_engine
from scripts.dev.script import run_script
from scripts.dev.script_error import ScriptError

_RUN: Final = Table("alembic_seeds", MetaData(), Column("checksum", Text, primary_key=True))
"""The files that have been run as they are."""


def seed(database_url: str, *, only_new: bool = False) -> None:
    """Run the files, each in a transaction of its own; `only_new` leaves out files that have been run in this form.

    Raises ScriptError when the SQL of a file fails.
    """
    engine = schema_engine(database_url)
    for file in sorted(Path("seeds").glob("*.sql")):
        script = file.read_text("utf-8")
        checksum = sha256(f"{file.name} {script}".encode()).hexdigest()
        with engine.begin() as connection:
            _RUN.create(connection, checkfirst=True)
            known = connection.execute(_RUN.select().where(_RUN.c.checksum == checksum)).first()
            if known and only_new:
                continue
            try:
                run_script(connection, script)
            except ScriptError as error:
                place = f"{file}, line {error.line}" if error.line else file
                raise ScriptError(f"{place}: {error}", error.line) from error
            if not known:
                connection.execute(_RUN.insert().values(checksum=checksum))


def main() -> None:
    """`seed`: put the rows of seeds/ into the database of DATABASE_URL; existing rows stay.

    With `new`, only those of files that are new or changed.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is not set")
    try:
        seed(url, only_new=sys.argv[1:] == ["new"])
    except Exception as error:
        sys.exit(str(error).strip())
    print("The sample rows are there.")


if __name__ == "__main__":
    main()
