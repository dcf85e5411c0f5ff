"""Migrations that a test adds to those of the project."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from app.database.migrate import PROJECT, alembic_config


def with_migration(folder: Path, database_url: str, *lines: str) -> Config:
    """Return a configuration in which one more migration runs these lines."""
    own = PROJECT / "migrations/versions"
    config = alembic_config(database_url)
    head = ScriptDirectory.from_config(config).get_current_head()
    text = [
        "from alembic import op",
        'revision = "planted"',
        f'down_revision = "{head}"',
        "def upgrade() -> None:",
        *(f"    {line}" for line in lines),
    ]
    (folder / "planted.py").write_text("\n".join(text))
    config.set_main_option("version_locations", f"{own}:{folder}")
    config.set_main_option("path_separator", ":")
    return config
