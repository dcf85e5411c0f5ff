"""Every setting."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from app import environment


class Config(BaseModel):
    """Every setting, by the name of its environment variable."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    PORT: Annotated[int, environment.Integer(min=1, max=65535)] = environment.setting(default=3000)
    """Port of the API."""
    HOST: Annotated[str, environment.String()] = environment.setting(default="0.0.0.0")
    """Address to listen on."""
    MANAGEMENT_PORT: Annotated[int, environment.Integer(min=1, max=65535)] = environment.setting(default=9464)
    """Port of /metrics; keep it inside the network."""
    MANAGEMENT_HOST: Annotated[str, environment.String()] = environment.setting(default="127.0.0.1")
    """Address that /metrics listens on; the image sets 0.0.0.0."""
    REQUEST_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=600000)] = environment.setting(default=5000)
    """Deadline of a request; what it still waits for is cancelled."""
    HEADERS_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=600000)] = environment.setting(default=5000)
    """Time a client has to send its headers."""
    SEND_TIMEOUT_MS: Annotated[int, environment.Integer(min=1000, max=600000)] = environment.setting(default=15000)
    """Longest time without progress while a client takes a response; the connection is closed then."""
    KEEPALIVE_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=3600000)] = environment.setting(default=65000)
    """Idle time of a connection; longer than that of the load balancer in front."""
    BODY_LIMIT_BYTES: Annotated[int, environment.Integer(min=1024, max=104857600)] = environment.setting(default=262144)
    """Largest request body."""
    DRAIN_DELAY_MS: Annotated[int, environment.Integer(min=0, max=300000)] = environment.setting(default=5000)
    """After SIGTERM: time in which it still serves while balancers take it out."""
    SHUTDOWN_TIMEOUT_MS: Annotated[int, environment.Integer(min=1000, max=600000)] = environment.setting(default=15000)
    """After SIGTERM: the latest time at which the process ends."""
    MAX_INFLIGHT: Annotated[int, environment.Integer(min=1, max=100000)] = environment.setting(default=64)
    """Requests an instance works on at once; more are answered 503 at once."""
    TRUST_PROXY_HOPS: Annotated[int, environment.Integer(min=0, max=10)] = environment.setting(default=0)
    """Number of proxies in front whose X-Forwarded-For entry is believed."""
    CORS_ORIGINS: Annotated[tuple[str, ...], environment.List()] = environment.setting(default="")
    """Browser origins allowed to call the API, separated by commas."""
    READINESS_GATES: Annotated[tuple[str, ...], environment.List()] = environment.setting(default="")
    """Dependencies (database, cache) whose failure makes /readyz answer 503, separated by commas."""
    RATE_LIMIT_DEFAULT: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=100)
    """Reads allowed in a window, per caller."""
    RATE_LIMIT_WRITE: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=30)
    """Writes allowed in a window, per caller."""
    RATE_LIMIT_WINDOW_S: Annotated[int, environment.Integer(min=1, max=86400)] = environment.setting(default=60)
    """Length of the window, in seconds."""
    IDEMPOTENCY_TTL_S: Annotated[int, environment.Integer(min=60, max=2592000)] = environment.setting(default=86400)
    """How long an Idempotency-Key is remembered, in seconds."""
    CACHE_L1_TTL_MS: Annotated[int, environment.Integer(min=0, max=600000)] = environment.setting(default=5000)
    """How long an instance answers from its own memory before it asks the shared store; with 0 it keeps nothing there."""
    CACHE_L2_TTL_S: Annotated[int, environment.Integer(min=1, max=86400)] = environment.setting(default=60)
    """How long the shared store answers before the database is asked."""
    CACHE_STALE_S: Annotated[int, environment.Integer(min=0, max=86400)] = environment.setting(default=300)
    """How much longer an item may be served, marked stale, while the database is down."""
    CACHE_L1_ENTRIES: Annotated[int, environment.Integer(min=1, max=10000000)] = environment.setting(default=10000)
    """Items an instance keeps in its own memory."""
    CURSOR_SECRET: Annotated[str, environment.Secret(min_length=32)] = environment.setting()
    """Signs page cursors; the same on all instances."""
    LOG_LEVEL: Annotated[str, environment.Enum(values=["trace", "debug", "info", "warn", "error", "silent"])] = environment.setting(default="info")
    """Least severe level that is logged."""
    OTEL_SERVICE_NAME: Annotated[str, environment.String()] = environment.setting(default="shop")
    """Name of the service in traces."""
    OTEL_EXPORTER_OTLP_ENDPOINT: Annotated[str, environment.String()] = environment.setting(default="")
    """Collector that traces are sent to (OTLP over HTTP); empty sends none."""
    OTEL_TRACES_SAMPLER: Annotated[str, environment.String()] = environment.setting(default="parentbased_traceidratio")
    """Which traces are kept."""
    OTEL_TRACES_SAMPLER_ARG: Annotated[str, environment.String()] = environment.setting(default="0.01")
    """The share of traces kept, 0 to 1."""
    MAX_EVENT_LOOP_DELAY_MS: Annotated[int, environment.Integer(min=0, max=60000)] = environment.setting(default=150)
    """Mean delay of the event loop, for a second, beyond which requests are answered 503; with 0 it is not looked at."""
    DATABASE_URL: Annotated[str, environment.Url(protocols=["postgresql", "postgres"])] = environment.setting()
    """The primary database."""
    DATABASE_REPLICA_URL: Annotated[str, environment.Url(protocols=["postgresql", "postgres"])] = environment.setting(default="")
    """A read replica; lists are read there, items and what the caller has just written are not."""
    DB_POOL_MAX: Annotated[int, environment.Integer(min=1, max=1000)] = environment.setting(default=4)
    """Connections an instance may hold."""
    DB_ACQUIRE_TIMEOUT_MS: Annotated[int, environment.Integer(min=10, max=60000)] = environment.setting(default=1000)
    """How long a request waits for a connection before it is answered 503."""
    DB_STATEMENT_TIMEOUT_MS: Annotated[int, environment.Integer(min=10, max=600000)] = environment.setting(default=3000)
    """The server ends a statement after this time; shorter than the request deadline."""
    DB_SESSION_STATE: Annotated[str, environment.Enum(values=["on", "off"])] = environment.setting(default="on")
    """Whether connections have prepared statements and time limits of their own; off behind a proxy that allows neither, and the server must have the limits."""
    REDIS_URL: Annotated[str, environment.Url(protocols=["redis", "rediss"], development_default="")] = environment.setting()
    """The store that instances share for limits and cache; left empty in development, the process counts for itself."""
    CACHE_PREFIX: Annotated[str, environment.String()] = environment.setting(default="shop")
    """First part of every key, so that several applications can share one store."""
    JWT_PRIVATE_KEY: Annotated[str, environment.Secret()] = environment.setting()
    """PKCS#8 PEM of the P-256 key that signs access tokens; line breaks may be written as \n."""
    JWT_PREVIOUS_PUBLIC_KEYS: Annotated[str, environment.String()] = environment.setting(default="")
    """SPKI PEMs, one after another, of keys that still verify while a new one is rolled out."""
    JWT_ISSUER: Annotated[str, environment.String()] = environment.setting(default="shop")
    """Issuer of access tokens."""
    JWT_AUDIENCE: Annotated[str, environment.String()] = environment.setting(default="shop")
    """Audience of access tokens."""
    ACCESS_TOKEN_TTL_S: Annotated[int, environment.Integer(min=30, max=86400)] = environment.setting(default=600)
    """Life of an access token, in seconds."""
    REFRESH_TOKEN_TTL_S: Annotated[int, environment.Integer(min=1, max=31536000)] = environment.setting(default=2592000)
    """Life of a refresh token, in seconds."""
    REFRESH_GRACE_S: Annotated[int, environment.Integer(min=0, max=60)] = environment.setting(default=10)
    """Time in which a refresh token that was just exchanged is answered 409 instead of ending the session: two tabs may refresh at once."""
    RATE_LIMIT_AUTH: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=5)
    """Sign-in attempts allowed in a window, per account and per address."""
    PASSWORD_HASH_CONCURRENCY: Annotated[int, environment.Integer(min=1, max=64)] = environment.setting(default=2)
    """Passwords hashed at once (19 MiB and one core each); more wait, then are answered 503."""


def load_config(environ: Mapping[str, str]) -> Config:
    """Read and check the settings.

    Raises SettingsError with a line for each that is missing or wrong.
    """
    return environment.read_environment(Config, environ)
