"""Statements as text, made once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from app.database.dialect import DIALECT


@dataclass(frozen=True, slots=True)
class Query:
    """SQL as the driver takes it. What has a name runs many times, and is prepared where it does so."""

    name: str
    text: str
    binds: tuple[str, ...]
    """The name of the value that each placeholder stands for, in their order."""
    constants: Mapping[str, object]
    """Values of placeholders that nobody has to give."""

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return the values in the order of the placeholders."""
        if self.constants:
            values = {**self.constants, **values}
        return [values[name] for name in self.binds]


def compiled(name: str, statement: ClauseElement) -> Query:
    """Turn a statement of SQLAlchemy Core, or its `text()` with `:name` placeholders, into SQL for the driver.

    `name` says in traces what it is for; an empty one is for what runs once.
    """
    made = cast(SQLCompiler, statement.compile(dialect=DIALECT))
    constants = {name: value for name, value in made.params.items() if value is not None}
    return Query(name, made.string, tuple(made.positiontup or ()), constants)
