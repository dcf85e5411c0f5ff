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
    """Port of /metrics; do not expose it."""
    MANAGEMENT_HOST: Annotated[str, environment.String()] = environment.setting(default="127.0.0.1")
    """Address that /metrics listens on; the image sets 0.0.0.0."""
    REQUEST_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=600000)] = environment.setting(default=5000)
    """Deadline of a request; pending database statements are cancelled."""
    HEADERS_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=600000)] = environment.setting(default=5000)
    """Time for a client to send the request headers."""
    SEND_TIMEOUT_MS: Annotated[int, environment.Integer(min=1000, max=600000)] = environment.setting(default=15000)
    """Longest time without progress while a client reads a response; then the connection is closed."""
    KEEPALIVE_TIMEOUT_MS: Annotated[int, environment.Integer(min=100, max=3600000)] = environment.setting(default=65000)
    """Idle time of a connection; longer than that of the load balancer in front."""
    BODY_LIMIT_BYTES: Annotated[int, environment.Integer(min=1024, max=104857600)] = environment.setting(default=262144)
    """Largest request body."""
    DRAIN_DELAY_MS: Annotated[int, environment.Integer(min=0, max=300000)] = environment.setting(default=5000)
    """After SIGTERM: time in which the instance still serves while load balancers remove it."""
    SHUTDOWN_TIMEOUT_MS: Annotated[int, environment.Integer(min=1000, max=600000)] = environment.setting(default=15000)
    """After SIGTERM: time after which the process exits in any case."""
    MAX_INFLIGHT: Annotated[int, environment.Integer(min=1, max=100000)] = environment.setting(default=64)
    """Concurrent requests of an instance; further requests get 503."""
    TRUST_PROXY_HOPS: Annotated[int, environment.Integer(min=0, max=10)] = environment.setting(default=0)
    """Number of proxies in front whose X-Forwarded-For entries are trusted."""
    CORS_ORIGINS: Annotated[tuple[str, ...], environment.List()] = environment.setting(default="")
    """Browser origins allowed to call the API, separated by commas."""
    READINESS_GATES: Annotated[tuple[str, ...], environment.List()] = environment.setting(default="")
    """Dependencies (database, cache) whose failure makes /readyz answer 503, separated by commas."""
    RATE_LIMIT_DEFAULT: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=100)
    """Reads per window and caller."""
    RATE_LIMIT_WRITE: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=30)
    """Writes per window and caller."""
    RATE_LIMIT_WINDOW_S: Annotated[int, environment.Integer(min=1, max=86400)] = environment.setting(default=60)
    """Length of the window, in seconds."""
    IDEMPOTENCY_TTL_S: Annotated[int, environment.Integer(min=60, max=2592000)] = environment.setting(default=86400)
    """How long an Idempotency-Key is remembered, in seconds."""
    CACHE_L1_TTL_MS: Annotated[int, environment.Integer(min=0, max=600000)] = environment.setting(default=5000)
    """Time to live of items in the in-process cache; 0 disables it."""
    CACHE_L2_TTL_S: Annotated[int, environment.Integer(min=1, max=86400)] = environment.setting(default=60)
    """Time to live of items in the shared cache."""
    CACHE_STALE_S: Annotated[int, environment.Integer(min=0, max=86400)] = environment.setting(default=300)
    """How long after its time to live an item may be served stale while the database is down."""
    CACHE_L1_ENTRIES: Annotated[int, environment.Integer(min=1, max=10000000)] = environment.setting(default=10000)
    """Items in the in-process cache of an instance."""
    CURSOR_SECRET: Annotated[str, environment.Secret(min_length=32)] = environment.setting()
    """Signs page cursors; the same on all instances."""
    LOG_LEVEL: Annotated[str, environment.Enum(values=["trace", "debug", "info", "warn", "error", "silent"])] = environment.setting(default="info")
    """Minimum level of log lines."""
    OTEL_SERVICE_NAME: Annotated[str, environment.String()] = environment.setting(default="shop")
    """Name of the service in traces."""
    OTEL_EXPORTER_OTLP_ENDPOINT: Annotated[str, environment.String()] = environment.setting(default="")
    """Trace collector (OTLP over HTTP); no traces are exported if empty."""
    OTEL_TRACES_SAMPLER: Annotated[str, environment.String()] = environment.setting(default="parentbased_traceidratio")
    """Trace sampler."""
    OTEL_TRACES_SAMPLER_ARG: Annotated[str, environment.String()] = environment.setting(default="0.01")
    """Ratio of sampled traces, 0 to 1."""
    MAX_EVENT_LOOP_DELAY_MS: Annotated[int, environment.Integer(min=0, max=60000)] = environment.setting(default=150)
    """Mean event loop delay over a second above which requests get 503; 0 disables the check."""
    DATABASE_URL: Annotated[str, environment.Url(protocols=["postgresql", "postgres"])] = environment.setting()
    """The primary database."""
    DATABASE_REPLICA_URL: Annotated[str, environment.Url(protocols=["postgresql", "postgres"])] = environment.setting(default="")
    """A read replica for lists; items, and the caller's own recent writes, are read from the primary."""
    DB_POOL_MAX: Annotated[int, environment.Integer(min=1, max=1000)] = environment.setting(default=4)
    """Database connections per instance."""
    DB_ACQUIRE_TIMEOUT_MS: Annotated[int, environment.Integer(min=10, max=60000)] = environment.setting(default=1000)
    """Time that a request waits for a connection before it gets 503."""
    DB_STATEMENT_TIMEOUT_MS: Annotated[int, environment.Integer(min=10, max=600000)] = environment.setting(default=3000)
    """Statement timeout, enforced by the database server; shorter than the request deadline."""
    DB_SESSION_STATE: Annotated[str, environment.Enum(values=["on", "off"])] = environment.setting(default="on")
    """Whether connections use prepared statements and session timeouts; off behind a proxy that allows neither, where the server must set the timeouts."""
    REDIS_URL: Annotated[str, environment.Url(protocols=["redis", "rediss"], development_default="")] = environment.setting()
    """Shared store for rate limits and the cache; may be empty in development, where the process uses its own memory."""
    CACHE_PREFIX: Annotated[str, environment.String()] = environment.setting(default="shop")
    """Prefix of all keys, so that several applications can share one store."""
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
    """Time in which the reuse of a refresh token returns 409 instead of ending the session: two tabs may refresh at the same time."""
    RATE_LIMIT_AUTH: Annotated[int, environment.Integer(min=1, max=1000000)] = environment.setting(default=5)
    """Sign-in attempts allowed in a window, per account and per address."""
    PASSWORD_HASH_CONCURRENCY: Annotated[int, environment.Integer(min=1, max=64)] = environment.setting(default=2)
    """Concurrent password hashes (19 MiB and one core each); further ones wait, then get 503."""


def load_config(environ: Mapping[str, str]) -> Config:
    """Read and check the settings.

    Raises SettingsError with a line for each that is missing or wrong.
    """
    return environment.read_environment(Config, environ)
