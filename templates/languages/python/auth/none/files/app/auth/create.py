"""No sign-in: every caller may do everything."""

from app.auth.authenticator import Authenticator
from app.config import Config
from app.context import Principal, RequestContext
from app.database.port import Database
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

EVERYBODY = Principal("anonymous", frozenset({"reader", "editor", "admin"}))


class Everybody:
    """Takes every caller for the same one."""

    def authenticate(self, credentials: str, context: RequestContext) -> Principal:
        """The caller who may do everything."""
        return EVERYBODY

    def close(self) -> None:
        """Nothing runs in the background."""


async def create_auth(*, config: Config, log: Log, metrics: Metrics, database: Database) -> Authenticator:
    """The authenticator of an API that is open."""
    return Everybody()
