"""Types of columns that databases call differently."""

from typing import Final

from sqlalchemy import Date, Numeric, Uuid
from sqlalchemy.dialects.postgresql import TIMESTAMP

DAY: Final = Date()
DECIMAL: Final = Numeric()
IDENTIFIER: Final = Uuid()
INSTANT: Final = TIMESTAMP(timezone=True, precision=3)
