"""Ports that are free."""

import socket
from typing import Final

_TRIES: Final = 20


def free_port(name: str, wanted: int, taken: int | None = None) -> int:
    """Return the port wanted, or the next one that is free, in which case it says so.

    `taken` is spoken for although nothing listens there yet. Raises RuntimeError when none is free.
    """
    for port in range(wanted, wanted + _TRIES):
        if port == taken or not is_free(port):
            continue
        if port != wanted:
            print(f"port {wanted} is in use: taking {port} (set {name} to choose another)")
        return port
    raise RuntimeError(f"ports {wanted} to {wanted + _TRIES - 1} are in use: set {name} to one that is free")


def any_free_port() -> int:
    """Return some port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Tell whether nothing listens there."""
    try:
        with socket.create_server(("0.0.0.0", port)):
            return True
    except OSError:
        return False
