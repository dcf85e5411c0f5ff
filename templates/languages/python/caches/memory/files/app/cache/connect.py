"""Nothing is shared: cache and rate limits are those of this process."""

from app.cache.in_process import in_process_stores
from app.cache.port import Stores
from app.config import Config
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics


async def create_stores(*, config: Config, log: Log, metrics: Metrics) -> Stores:
    """The stores of a process that runs alone."""
    return in_process_stores("cache and rate limits live in this process: run one instance only")
