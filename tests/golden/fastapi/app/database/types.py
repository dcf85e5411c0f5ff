"""Types of columns."""

from typing import Final

from sqlalchemy import Boolean, Date, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import TIMESTAMP

BOOLEAN: Final = Boolean()
DAY: Final = Date()
DECIMAL: Final = Numeric()
IDENTIFIER: Final = Uuid()
INSTANT: Final = TIMESTAMP(timezone=True, precision=3)
INTEGER: Final = Integer()
TEXT: Final = Text()
