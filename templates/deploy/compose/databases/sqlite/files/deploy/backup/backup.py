"""Backups of a SQLite database: `take DATABASE BACKUP` and `restore BACKUP DATABASE`.

Beside each backup is a file with the rows that the database had at that moment: for each table a number and a checksum.
A restore compares them, and puts only a file that has all of them in its place.
"""

import hashlib
import shutil
import sqlite3
import sys
import time
from pathlib import Path


def opened(file: Path) -> sqlite3.Connection:
    """Open a database that is there, with transactions begun by hand."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=10)


def rows(connection: sqlite3.Connection) -> str:
    """Return a line for each table: its name, the number of its rows, and a sum over them in any order."""
    tables = "select name from sqlite_schema where type = 'table' order by name"
    lines = []
    for (name,) in connection.execute(tables).fetchall():
        quoted = name.replace('"', '""')
        number = total = 0
        for row in connection.execute(f'select * from "{quoted}"'):  # noqa: S608 - a name cannot be a parameter
            number += 1
            total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8], "big")
        lines.append(f"{name}|{number}|{total % 2**64:016x}\n")
    return "".join(lines)


def damages(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with pages, indexes and references."""
    found = [text for (text,) in connection.execute("pragma integrity_check(5)") if text != "ok"]
    return found + [f"a reference of {row[0]}" for row in connection.execute("pragma foreign_key_check")]


def described(text: str) -> str:
    """Count tables and rows of `rows`."""
    lines = text.splitlines()
    return f"{len(lines)} tables, {sum(int(line.split('|')[-2]) for line in lines)} rows"


def take(database: Path, backup: Path) -> None:
    """Copy the database as it is at one moment, and check the copy."""
    part = backup.with_suffix(".part")
    part.unlink(missing_ok=True)
    source = opened(database)
    # One moment for the rows and the copy: both are read in this transaction.
    source.execute("begin")
    had = rows(source)
    copy = sqlite3.connect(part, isolation_level=None)
    source.backup(copy)
    # One file: without those of its journal.
    copy.execute("pragma journal_mode = delete")
    found = damages(copy)
    has = rows(copy)
    copy.close()
    if found or has != had or not had:
        sys.exit(f"The copy is damaged: {found}, {described(has)}; the database had {described(had)}.")
    backup.with_suffix(".rows").write_text(had)
    part.rename(backup)
    print(f"backup {backup}: {described(had)}")


def restore(backup: Path, database: Path) -> None:
    """Put the backup in the place of the database, unless it is damaged."""
    part = database.with_name(f"{database.name}.part")
    shutil.copyfile(backup, part)
    copy = opened(part)
    found = damages(copy)
    same = not found and rows(copy) == backup.with_suffix(".rows").read_text()
    copy.close()
    if not same:
        part.unlink()
        sys.exit(f"{backup} does not have the rows that the database had: {found}")
    if database.exists():
        keep(database)
    part.replace(database)
    print(f"restored {backup}: {described(backup.with_suffix('.rows').read_text())}")


def keep(database: Path) -> None:
    """Move the database aside as one file, if nobody has it open."""
    try:
        present = opened(database)
        present.execute("pragma busy_timeout = 0")
        # Refused while another process has the file open; what its log has is in the file then.
        present.execute("pragma journal_mode = delete")
        present.close()
    except sqlite3.OperationalError as error:
        sys.exit(f"{database} is in use: stop the API and its workers first ({error}).")
    except sqlite3.DatabaseError as error:
        print(f"The database before is damaged: {error}", file=sys.stderr)
    kept = database.with_name(f"{database.name}.{time.strftime('%Y-%m-%dT%H%M%SZ', time.gmtime())}")
    for ending in ("-wal", "-shm", "-journal"):
        log = Path(f"{database}{ending}")
        if log.exists():
            log.rename(f"{kept}{ending}")
    database.rename(kept)
    print(f"The database before is {kept}.")


def main() -> None:
    """Run one of both, and say what is wrong with a file in one line."""
    command, source, target = sys.argv[1:]
    try:
        {"take": take, "restore": restore}[command](Path(source), Path(target))
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"{source}: {error}")


main()
