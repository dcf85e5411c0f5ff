"""Types of columns. SQLite keeps dates, decimals, identifiers and times as text, as they are sent."""

from typing import Final

from sqlalchemy import Boolean, Integer, Text

BOOLEAN: Final = Boolean()
DAY: Final = Text()
DECIMAL: Final = Text()
IDENTIFIER: Final = Text()
INSTANT: Final = Text()
INTEGER: Final = Integer()
TEXT: Final = Text()
