"""The tables: what statements are built from, and what Alembic compares with the database."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, MetaData, Table

from app.database import types

metadata: Final = MetaData()


def resource_table(name: str, *columns: Column[Any], indexes: Sequence[Index]) -> Table:
    """Describe the table of a resource: its own columns between the columns of every resource."""
    return Table(
        name,
        metadata,
        Column("id", types.IDENTIFIER, primary_key=True),
        *columns,
        Column("version", Integer, server_default="1", nullable=False),
        Column("created_at", types.INSTANT, key="createdAt", nullable=False),
        Column("updated_at", types.INSTANT, key="updatedAt", nullable=False),
        *indexes,
    )
