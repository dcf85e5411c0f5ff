"""Values as text, in both directions."""

from datetime import UTC, datetime
from typing import Final

from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.array import ListDumper
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import TextLoader


class InstantLoader(Loader):
    """`2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`."""

    def load(self, data: Buffer) -> str:
        """Return the time in UTC with milliseconds."""
        text = str(data, "ascii")
        if not text.endswith("+00"):
            moment = datetime.fromisoformat(text).astimezone(UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if len(text) == len("2026-01-15 08:30:00.500+00"):
            return f"{text[:10]}T{text[11:23]}Z"
        seconds, _, fraction = text[11:-3].partition(".")
        return f"{text[:10]}T{seconds}.{fraction[:3]:0<3}Z"


_AS_TEXT: Final = ("date", "numeric", "uuid")


def adapt(adapters: AdaptersMap) -> None:
    """Have dates, decimals and UUIDs read as text: they are sent as they came."""
    for name in _AS_TEXT:
        adapters.register_loader(name, TextLoader)
    adapters.register_loader("timestamptz", InstantLoader)
    # What `is_one_of` compares with.
    adapters.register_dumper(tuple, ListDumper)
    # A type for each magnitude would be a prepared statement for each.
    adapters.register_dumper(int, Int8Dumper)
