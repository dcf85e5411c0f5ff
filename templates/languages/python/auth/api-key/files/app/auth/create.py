"""Callers with API keys."""

from app.auth.authenticator import Authenticator
from app.auth.key_check import KeyCheck
from app.config import Config
from app.database.port import Database
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics


async def create_auth(
    *, config: Config, log: Log, metrics: Metrics, database: Database, **_others: object
) -> Authenticator:
    """The authenticator of an API whose callers have keys."""
    return KeyCheck(config=config, log=log, metrics=metrics, database=database)
