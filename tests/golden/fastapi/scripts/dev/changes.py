"""Files of the project that change."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Final

from watchfiles import watch

_DEBOUNCE_MS: Final = 200
_TIMEOUT_MS: Final = 200


def changes(folders: Sequence[str], stop: Event) -> Iterator[set[Path]]:
    """Yield the files that changed below folders of the project, until `stop` is set; nothing at first, when it watches."""
    watched = watch(
        *folders, stop_event=stop, debounce=_DEBOUNCE_MS, rust_timeout=_TIMEOUT_MS, yield_on_timeout=True
    )
    for number, batch in enumerate(watched):
        if number == 0 or batch:
            yield {Path(path).relative_to(Path.cwd()) for _, path in batch}
