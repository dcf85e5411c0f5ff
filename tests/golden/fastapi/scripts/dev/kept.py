"""What is kept of the server of a folder: its port, and the process that ends it."""

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

_END_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Kept:
    """The port that a server had the last time, and the process that started it."""

    port: int
    supervisor: int


def note_of(folder: Path) -> Path:
    """Return the file in which this is kept."""
    return folder.with_name(f"{folder.name}.json")


def kept_port(folder: Path) -> int | None:
    """Return the port that the server of a folder had the last time."""
    kept = _read(folder)
    return kept.port if kept else None


def keep(folder: Path, port: int) -> None:
    """Note that this process starts the server of a folder, and ends it."""
    note_of(folder).write_text(json.dumps(asdict(Kept(port, os.getpid()))), "utf-8")


def find_server(folder: Path) -> int | None:
    """Return the port of a server that another process supervises; end one whose supervisor is gone.

    The supervisor is gone after `kill -9`. Raises RuntimeError when the server that is left over does not end.
    """
    kept, server = _read(folder), _server_of(folder)
    if kept is None or server is None:
        return None
    if psutil.pid_exists(kept.supervisor):
        return kept.port
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_END_WITHIN_S)
    except psutil.TimeoutExpired as error:
        raise RuntimeError(f"the PostgreSQL of {folder}, process {server.pid}, does not end") from error
    return None


def _server_of(folder: Path) -> psutil.Process | None:
    lock = folder / "postmaster.pid"
    try:
        server = psutil.Process(int(lock.read_text("utf-8").splitlines()[0]))
        if str(folder) in server.cmdline():
            return server
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    # The number of a process that is gone is another's now.
    lock.unlink()
    return None


def _read(folder: Path) -> Kept | None:
    try:
        return Kept(**json.loads(note_of(folder).read_text("utf-8")))
    except FileNotFoundError:
        return None
