"""Types of columns that databases call differently. SQLite keeps these as text, as they are sent."""

from typing import Final

from sqlalchemy import Text

DAY: Final = Text()
DECIMAL: Final = Text()
IDENTIFIER: Final = Text()
INSTANT: Final = Text()
