"""The database of development."""

from collections.abc import Mapping

from scripts.dev.prepared import Prepared


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the file of DATABASE_URL, else one in data/."""
    url = environment.get("DATABASE_URL") or "file:data/app.db"
    return Prepared(f"Database: SQLite, {url}", {"DATABASE_URL": url})
