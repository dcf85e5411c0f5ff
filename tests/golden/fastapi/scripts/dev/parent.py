"""Ends a process with the one that started it."""

import os
import signal
import time
from threading import Thread
from typing import Final

_EVERY_S: Final = 1.0


def end_with(parent: int) -> None:
    """End this process when its parent is gone, as after `kill -9`: it would keep its port."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=watch, daemon=True).start()
