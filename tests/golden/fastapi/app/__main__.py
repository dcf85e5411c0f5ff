"""Starts the API and ends it well: serve, drain on SIGTERM or SIGINT, finish what is in flight, exit 0."""

import asyncio
import ctypes
import os
import signal
import sys
import traceback
from contextlib import suppress

import uvloop

from app.config import Config, load_config
from app.environment import SettingsError
from app.http.server import HttpServer
from app.main import create_app
from app.management import start_management
from app.services import Services
from app.telemetry.log import flush_log
from app.telemetry.standard_logging import log_standard_logging
from app.telemetry.tracing import STOP_S

_CLOSE_IDLE_EVERY_S = 0.5
_CLOSING_S = STOP_S + 1
"""What closing everything may take once no request is in progress."""
_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 262_144


async def serve(config: Config) -> None:
    """Runs until a signal has been obeyed."""
    app = create_app(config)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        await _serve(HttpServer(app, config), services)
    services.log.info("stopped")


async def _serve(server: HttpServer, services: Services) -> None:
    config, log = services.config, services.log
    log_standard_logging(log)
    management = await start_management(services)
    stopping: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    _listen_to_signals(services, stopping)
    await server.start(config.HOST, config.PORT)
    services.lifecycle.phase = "ready"
    log.info("listening", port=config.PORT, managementPort=config.MANAGEMENT_PORT)

    name = await stopping
    log.info("draining", signal=name, drainDelayMs=config.DRAIN_DELAY_MS)
    loop = asyncio.get_running_loop()
    end = loop.time() + config.SHUTDOWN_TIMEOUT_MS / 1000
    _end_at_the_latest(services, end)
    await _drain(server, config.DRAIN_DELAY_MS / 1000)
    await server.stop(end - loop.time() - _CLOSING_S)
    await management.stop(end - loop.time() - _CLOSING_S)


def _listen_to_signals(services: Services, stopping: "asyncio.Future[str]") -> None:
    def stop(number: signal.Signals) -> None:
        if not stopping.done():
            # At once, not when the loop comes to it: what is answered from now on says so.
            services.lifecycle.phase = "draining"
            stopping.set_result(number.name)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)


def _end_at_the_latest(services: Services, at: float) -> None:
    def end() -> None:
        services.log.error("requests were still open at SHUTDOWN_TIMEOUT_MS")
        flush_log()
        os._exit(1)

    asyncio.get_running_loop().call_at(at, end)


async def _drain(server: HttpServer, seconds: float) -> None:
    """Serves on. Idle connections would carry new requests to an instance that is going away."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0:
        server.close_idle()
        await asyncio.sleep(min(_CLOSE_IDLE_EVERY_S, left))


def _return_large_blocks() -> None:
    """Has the C library give large blocks back when they are freed: on its heap one small block can keep them all."""
    # Other libraries than glibc have no such setting.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def main() -> int:
    """Returns the exit status."""
    _return_large_blocks()
    try:
        uvloop.run(serve(load_config(os.environ)))
    except SettingsError as error:
        sys.stderr.writelines(f"{line}\n" for line in error.lines)
        return 1
    except OSError as error:
        # A port that is taken, a file that is missing: the message names it.
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        flush_log()
    return 0


if __name__ == "__main__":
    sys.exit(main())
