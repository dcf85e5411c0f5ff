"""Runs the API until the process that started it, its argument, is gone, as after `kill -9`: it would keep its port."""

import os
import runpy
import signal
import sys
import time
from threading import Thread
from typing import Final

_EVERY_S: Final = 1.0


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    Thread(target=_end_with, args=(int(sys.argv.pop()),), daemon=True).start()
    runpy.run_module("app", run_name="__main__")
