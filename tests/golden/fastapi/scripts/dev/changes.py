"""Files of the project that change."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

from watchfiles import Change, watch

_DEBOUNCE_MS: Final = 200
_POLL_S: Final = 0.2


def changes(roots: Sequence[str], stop: Event) -> Iterator[set[Path]]:
    """Watch folders and files of the project until `stop` is set, and return an iterator over what changed.

    The folder around a single file is watched, as editors replace files.
    """
    found: SimpleQueue[set[Path]] = SimpleQueue()
    folders = [root for root in roots if Path(root).is_dir()]
    files = {str(Path(root).resolve()) for root in roots if root not in folders}

    def look(paths: Sequence[str], *, recursive: bool) -> None:
        def wanted(_change: Change, path: str) -> bool:
            return "__pycache__" not in path and (recursive or path in files)

        watched = watch(
            *paths, stop_event=stop, debounce=_DEBOUNCE_MS, watch_filter=wanted, recursive=recursive
        )
        for batch in watched:
            found.put({Path(path).relative_to(Path.cwd()) for _, path in batch})

    for paths, recursive in ((folders, True), ([str(Path.cwd())], False)):
        Thread(target=look, args=(paths,), kwargs={"recursive": recursive}, daemon=True).start()
    return _taken(found, stop)


def _taken(found: SimpleQueue[set[Path]], stop: Event) -> Iterator[set[Path]]:
    while not stop.is_set():
        try:
            yield found.get(timeout=_POLL_S)
        except Empty:
            continue
