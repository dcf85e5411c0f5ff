"""Starts a worker: it does what the queue names, and answers probes and scrapes at MANAGEMENT_PORT."""

import asyncio
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app import probes
from app.config import Config, SettingsError, load_config
from app.jobs.receiving import receive
from app.jobs.service import Jobs, open_jobs
from app.services import Services, open_services
from app.telemetry.standard_logging import log_standard_logging
from app.telemetry.tracing import start_tracing

_FINISHING_SHARE: Final = 0.7
"""Part of SHUTDOWN_TIMEOUT_MS in which jobs in progress may end; the others are given back."""


class Worker(uvicorn.Server):
    """The management server, whose signals end the worker."""

    def __init__(self, services: Services, jobs: Jobs) -> None:
        """Begin nothing."""
        config = services.config
        super().__init__(
            uvicorn.Config(
                _management(services),
                host=config.MANAGEMENT_HOST,
                port=config.MANAGEMENT_PORT,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
            )
        )
        self._services = services
        self._jobs = jobs
        self._finish = asyncio.Event()

    async def work(self) -> None:
        """Run until a signal has been obeyed."""
        serving = asyncio.create_task(self.serve())
        receiving = asyncio.create_task(receive(self._services, self._jobs, self._finish))
        await self._services.lifecycle.begin()
        finishing = asyncio.create_task(self._finish.wait())
        await asyncio.wait({serving, receiving, finishing}, return_when=asyncio.FIRST_COMPLETED)
        within_s = self._services.config.SHUTDOWN_TIMEOUT_MS / 1000 * _FINISHING_SHARE
        await self._jobs.runner.stop(within_s)
        self.should_exit = True
        await asyncio.gather(serving, receiving)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take no more jobs; signals that follow change nothing."""
        if self._finish.is_set():
            return
        self._services.lifecycle.phase = "draining"
        self._finish.set()
        asyncio.get_running_loop().call_later(self._services.config.SHUTDOWN_TIMEOUT_MS / 1000, os._exit, 1)
        self._services.log.info("draining", signal=signal.Signals(sig).name)


def _management(services: Services) -> FastAPI:
    app = FastAPI(openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})
    app.state.services = services
    app.include_router(probes.router)

    @app.get("/metrics")
    def get_metrics() -> Response:
        # In a thread, as collecting waits for the loop.
        return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return app


async def work(config: Config) -> None:
    """Run until a signal has been obeyed."""
    stop_tracing = start_tracing(config)
    async with open_services(config) as services, open_jobs(services, works=True) as jobs:
        log_standard_logging(services.log)
        services.log.info(
            "working", concurrency=config.WORKER_CONCURRENCY, managementPort=config.MANAGEMENT_PORT
        )
        await Worker(services, jobs).work()
    await stop_tracing()
    services.log.info("stopped")


def main() -> int:
    """Returns the exit status."""
    try:
        uvloop.run(work(load_config()))
    except SettingsError as error:
        sys.stderr.writelines(f"{line}\n" for line in error.lines)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
