"""Runs a module until the process that started it is gone, as after `kill -9`: it would keep its port.

Its arguments are the module and that process.
"""

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
    runpy.run_module(sys.argv.pop(), run_name="__main__")
