"""The API, and what runs beside it, as child processes that can be restarted."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.request import urlopen

_ANSWER_WITHIN_S: Final = 30.0
_END_WITHIN_S: Final = 5.0
_SETTLE_S: Final = 0.1


def exit_code_of(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run Python to its end and return its exit code."""
    return subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode


class Server:
    """Starts, restarts and stops one process."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str], port: int) -> None:
        """Run a module of Python, which answers /livez at a port."""
        self._name = name
        self._port = port
        self._command = [sys.executable, "-m", "scripts.dev.program", module, str(os.getpid())]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers. Raises RuntimeError when it ends before."""
        process = self._process = subprocess.Popen(self._command, env=self._environment)
        until = time.monotonic() + _ANSWER_WITHIN_S
        while time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError(f"the {self._name} did not start")
            if self._answers():
                return
            time.sleep(_SETTLE_S)
        raise RuntimeError(f"the {self._name} did not answer within {_ANSWER_WITHIN_S:.0f} s")

    def restart(self) -> None:
        """End it and start it again; it may not answer yet."""
        self.stop()
        self._process = subprocess.Popen(self._command, env=self._environment)

    def stop(self) -> None:
        """End it: gently, and after five seconds not so."""
        process = self._process
        if process is None:
            return
        if process.poll() not in {None, 0}:
            print(f"the {self._name} had ended with {process.returncode}", file=sys.stderr)
            return
        process.terminate()
        try:
            process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/livez", timeout=1):
                return True
        except HTTPError:
            return True
        except (OSError, HTTPException):
            return False
