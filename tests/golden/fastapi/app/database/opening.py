"""How connections are opened."""

from math import ceil

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.config import Config


def connection_string(name: str, url: str, config: Config) -> str:
    """Return what libpq connects with: the URL, and limits that the server keeps by itself."""
    if config.DB_SESSION_STATE == "off":
        return make_conninfo(url, **_socket(config))
    limits = {
        "statement_timeout": config.DB_STATEMENT_TIMEOUT_MS,
        "lock_timeout": ceil(config.DB_STATEMENT_TIMEOUT_MS / 2),
        "idle_in_transaction_session_timeout": config.REQUEST_TIMEOUT_MS + 1000,
    }
    given = conninfo_to_dict(url).get("options") or ""
    options = " ".join([str(given), *(f"-c {limit}={value}" for limit, value in limits.items())])
    return make_conninfo(
        url,
        application_name=f"{config.OTEL_SERVICE_NAME}-{name}",
        options=options.strip(),
        **_socket(config),
    )


def _socket(config: Config) -> dict[str, int]:
    return {"connect_timeout": ceil(config.DB_ACQUIRE_TIMEOUT_MS / 1000), "keepalives": 1}
