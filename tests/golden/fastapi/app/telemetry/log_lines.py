"""Writes lines to standard output, many at a time."""

import atexit
import os
import threading
import time
from collections import deque

FLUSH_S = 0.2
LINES_KEPT = 100_000


class LogLines:
    """Collects lines for up to 200 ms: a write per request would cost more than the rest of logging. They are written by
    a thread of their own, so that a slow reader of standard output does not stop the event loop; when it is 100 000
    lines behind, the oldest are dropped.
    """

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._waiting: deque[bytes] = deque(maxlen=LINES_KEPT)
        self._something = threading.Event()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def write(self, line: bytes) -> None:
        """Takes one line, without its line break, from any thread."""
        self._waiting.append(line)
        if not self._something.is_set():
            self._something.set()
            if self._thread is None:
                self._start()

    def flush(self) -> None:
        """Returns when all that was taken has been written, or nobody reads standard output any more."""
        with self._writing:
            lines = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            data = memoryview(b"".join(line + b"\n" for line in lines))
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                return

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.flush)

    def _run(self) -> None:
        while self._something.wait():
            time.sleep(FLUSH_S)
            # Before the flush: a line that comes during it wakes the thread again.
            self._something.clear()
            self.flush()
