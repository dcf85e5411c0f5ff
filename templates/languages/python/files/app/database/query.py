"""Statements as text, made once."""

from dataclasses import dataclass

from sqlalchemy.sql.elements import ClauseElement

from app.database.dialect import DIALECT


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with placeholders by name, as the driver takes them. `name` says in traces what it is for."""

    name: str
    text: str


def compiled(name: str, statement: ClauseElement) -> Query:
    """Turn a statement of SQLAlchemy Core (or `text()`) into SQL for the driver; its binds keep their names."""
    return Query(name, str(statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})))
