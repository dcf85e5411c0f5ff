"""Starts the API."""

import ctypes
import sys
import traceback
from contextlib import suppress

import uvloop

from app.config import Config, SettingsError, load_config
from app.http.server import Server
from app.main import create_app
from app.management import start_management
from app.services import Services
from app.telemetry.standard_logging import log_standard_logging

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 262_144


async def serve(config: Config) -> None:
    """Runs until a signal has been obeyed."""
    app = create_app(config)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        log_standard_logging(services.log)
        start_management(config, services.metrics.registry)
        services.log.info("listening", port=config.PORT, managementPort=config.MANAGEMENT_PORT)
        await Server(app, services).serve()
    services.log.info("stopped")


def _return_large_blocks() -> None:
    """Has the C library give large blocks back when they are freed: on its heap one small block can keep them all."""
    # Other libraries than glibc have no such setting.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def main() -> int:
    """Returns the exit status."""
    _return_large_blocks()
    try:
        uvloop.run(serve(load_config()))
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
