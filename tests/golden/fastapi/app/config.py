"""Every setting, from the environment (pydantic-settings)."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AnyUrl,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_URL: Final = TypeAdapter(AnyUrl)
_DEVELOPMENT: Final[dict[str, str]] = {"REDIS_URL": ""}


class SettingsError(Exception):
    """Everything that is wrong with the environment, a line each."""

    def __init__(self, lines: list[str]) -> None:
        """Keep the lines for the one who reads them on the terminal."""
        super().__init__("\n".join(lines))
        self.lines = lines


def _words(text: str | tuple[str, ...]) -> tuple[str, ...]:
    # pydantic-settings checks defaults, too.
    return text if isinstance(text, tuple) else tuple(word for part in text.split(",") if (word := part.strip()))


def _secret(text: str) -> str:
    if len(set(text)) < 10 or re.search("change.?me|example|placeholder|password", text, re.IGNORECASE):
        raise ValueError('is too easy to guess: make one with "openssl rand -base64 32"')
    return text.replace("\\n", "\n")


def _url(*protocols: str) -> AfterValidator:
    def check(text: str) -> str:
        # An error of the parser would tell what is in it, such as a password.
        if text and not text.startswith(tuple(f"{protocol}:" for protocol in protocols)):
            raise ValueError(f"must be a URL that starts with {' or '.join(protocols)}")
        if text:
            _URL.validate_python(text)
        return text

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""Words, separated by commas."""
Secret = Annotated[str, Field(min_length=32), AfterValidator(_secret)]
r"""A text that cannot be guessed; `\n` in it stands for a line break."""


class Config(BaseSettings):
    """Every setting, by the name of its environment variable; one that is empty counts as not set."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True
    )

    PORT: Annotated[int, Field(ge=1, le=65535)] = Field(default=3000)
    """Port of the API."""
    HOST: str = Field(default="0.0.0.0")
    """Address to listen on."""
    MANAGEMENT_PORT: Annotated[int, Field(ge=1, le=65535)] = Field(default=9464)
    """Port of /metrics; do not expose it."""
    MANAGEMENT_HOST: str = Field(default="127.0.0.1")
    """Address that /metrics listens on; the image sets 0.0.0.0."""
    REQUEST_TIMEOUT_MS: Annotated[int, Field(ge=100, le=600000)] = Field(default=5000)
    """Deadline of a request; pending database statements are cancelled."""
    KEEPALIVE_TIMEOUT_MS: Annotated[int, Field(ge=100, le=3600000)] = Field(default=65000)
    """Idle time of a connection; longer than that of the load balancer in front."""
    BODY_LIMIT_BYTES: Annotated[int, Field(ge=1024, le=104857600)] = Field(default=262144)
    """Largest request body."""
    DRAIN_DELAY_MS: Annotated[int, Field(ge=0, le=300000)] = Field(default=5000)
    """After SIGTERM: time in which the instance still serves while load balancers remove it."""
    SHUTDOWN_TIMEOUT_MS: Annotated[int, Field(ge=1000, le=600000)] = Field(default=15000)
    """After SIGTERM: time after which the process exits in any case."""
    MAX_INFLIGHT: Annotated[int, Field(ge=1, le=100000)] = Field(default=64)
    """Concurrent requests of an instance; further requests get 503."""
    TRUST_PROXY_HOPS: Annotated[int, Field(ge=0, le=10)] = Field(default=0)
    """Number of proxies in front whose X-Forwarded-For entries are trusted."""
    CORS_ORIGINS: Words = Field(default=())
    """Browser origins allowed to call the API, separated by commas."""
    READINESS_GATES: Words = Field(default=())
    """Dependencies (database, cache) whose failure makes /readyz answer 503, separated by commas."""
    RATE_LIMIT_DEFAULT: Annotated[int, Field(ge=1, le=1000000)] = Field(default=100)
    """Reads per window and caller."""
    RATE_LIMIT_WRITE: Annotated[int, Field(ge=1, le=1000000)] = Field(default=30)
    """Writes per window and caller."""
    RATE_LIMIT_WINDOW_S: Annotated[int, Field(ge=1, le=86400)] = Field(default=60)
    """Length of the window, in seconds."""
    IDEMPOTENCY_TTL_S: Annotated[int, Field(ge=60, le=2592000)] = Field(default=86400)
    """How long an Idempotency-Key is remembered, in seconds."""
    CACHE_L1_TTL_MS: Annotated[int, Field(ge=0, le=600000)] = Field(default=5000)
    """Time to live of items in the in-process cache; 0 disables it."""
    CACHE_L2_TTL_S: Annotated[int, Field(ge=1, le=86400)] = Field(default=60)
    """Time to live of items in the shared cache."""
    CACHE_STALE_S: Annotated[int, Field(ge=0, le=86400)] = Field(default=300)
    """How long after its time to live an item may be served stale while the database is down."""
    CACHE_L1_ENTRIES: Annotated[int, Field(ge=1, le=10000000)] = Field(default=10000)
    """Items in the in-process cache of an instance."""
    CURSOR_SECRET: Secret = Field()
    """Signs page cursors; the same on all instances."""
    LOG_LEVEL: Literal["trace", "debug", "info", "warn", "error", "silent"] = Field(default="info")
    """Minimum level of log lines."""
    OTEL_SERVICE_NAME: str = Field(default="shop")
    """Name of the service in traces."""
    OTEL_EXPORTER_OTLP_ENDPOINT: str = Field(default="")
    """Trace collector (OTLP over HTTP); no traces are exported if empty."""
    OTEL_TRACES_SAMPLER: str = Field(default="parentbased_traceidratio")
    """Trace sampler."""
    OTEL_TRACES_SAMPLER_ARG: str = Field(default="0.01")
    """Ratio of sampled traces, 0 to 1."""
    MAX_EVENT_LOOP_DELAY_MS: Annotated[int, Field(ge=0, le=60000)] = Field(default=150)
    """Mean event loop delay over a second above which requests get 503; 0 disables the check."""
    DATABASE_URL: Annotated[str, _url(*["postgresql", "postgres"])] = Field()
    """The primary database; a password that is not in the URL, where it has to be percent-encoded, is taken from `PGPASSWORD` as it is."""
    DATABASE_REPLICA_URL: Annotated[str, _url(*["postgresql", "postgres"])] = Field(default="")
    """A read replica for lists; items, and the caller's own recent writes, are read from the primary."""
    DB_POOL_MAX: Annotated[int, Field(ge=1, le=1000)] = Field(default=4)
    """Database connections per instance."""
    DB_ACQUIRE_TIMEOUT_MS: Annotated[int, Field(ge=10, le=60000)] = Field(default=1000)
    """Time that a request waits for a connection before it gets 503."""
    DB_STATEMENT_TIMEOUT_MS: Annotated[int, Field(ge=10, le=600000)] = Field(default=3000)
    """Statement timeout, enforced by the database server; shorter than the request deadline."""
    DB_SESSION_STATE: Literal["on", "off"] = Field(default="on")
    """Whether connections use prepared statements and session timeouts; off behind a proxy that allows neither, where the server must set the timeouts."""
    REDIS_URL: Annotated[str, _url(*["redis", "rediss"])] = Field()
    """Shared store for rate limits and the cache; may be empty in development, where the process uses its own memory."""
    CACHE_PREFIX: str = Field(default="shop")
    """Prefix of all keys, so that several applications can share one store."""
    JWT_PRIVATE_KEY: Secret = Field()
    """PKCS#8 PEM of the P-256 key that signs access tokens; line breaks may be written as \n."""
    JWT_PREVIOUS_PUBLIC_KEYS: str = Field(default="")
    """SPKI PEMs, one after another, of keys that still verify while a new one is rolled out."""
    JWT_ISSUER: str = Field(default="shop")
    """Issuer of access tokens."""
    JWT_AUDIENCE: str = Field(default="shop")
    """Audience of access tokens."""
    ACCESS_TOKEN_TTL_S: Annotated[int, Field(ge=30, le=86400)] = Field(default=600)
    """Life of an access token, in seconds."""
    REFRESH_TOKEN_TTL_S: Annotated[int, Field(ge=1, le=31536000)] = Field(default=2592000)
    """Life of a refresh token, in seconds."""
    REFRESH_GRACE_S: Annotated[int, Field(ge=0, le=60)] = Field(default=10)
    """Time in which the reuse of a refresh token returns 409 instead of ending the session: two tabs may refresh at the same time."""
    RATE_LIMIT_AUTH: Annotated[int, Field(ge=1, le=1000000)] = Field(default=5)
    """Sign-in attempts allowed in a window, for each account from each address."""
    RATE_LIMIT_AUTH_FAILURES: Annotated[int, Field(ge=1, le=1000000)] = Field(default=50)
    """Failed sign-ins of an account at once, over all addresses that it was not used from lately; each of the others has as many. They come back evenly over RATE_LIMIT_AUTH_FAILURES_WINDOW_S: 50 are at most 100 within a day (NIST SP 800-63B-4, section 3.2.2)."""
    RATE_LIMIT_AUTH_FAILURES_WINDOW_S: Annotated[int, Field(ge=1, le=86400)] = Field(default=86400)
    """Time in which all failed sign-ins of RATE_LIMIT_AUTH_FAILURES come back, in seconds."""
    RATE_LIMIT_MAILS: Annotated[int, Field(ge=1, le=1000000)] = Field(default=5)
    """Mails of registration to one address within an hour, from wherever they are asked for."""
    MAIL_URL: Annotated[str, _url(*["smtp", "smtps"])] = Field(default="")
    """Mail server, with STARTTLS (`smtp`, required unless it runs on this machine) or TLS (`smtps`); characters of the password that mean something in a URL are percent-encoded. Registration is closed if empty."""
    MAIL_FROM: str = Field(default="")
    """Sender of mail; required with MAIL_URL."""
    REGISTRATION_URL: Annotated[str, _url(*["https", "http"])] = Field(default="")
    """Page of the client that asks for a password and sends it to `POST /v1/auth/confirm` with the token behind `#token=` in its address; without it, the mail has the token alone."""
    REGISTRATION_TTL_S: Annotated[int, Field(ge=60, le=604800)] = Field(default=3600)
    """Time in which a registration can be confirmed, in seconds."""
    PASSWORD_HASH_CONCURRENCY: Annotated[int, Field(ge=1, le=64)] = Field(default=2)
    """Concurrent password hashes (19 MiB and one core each); further ones wait, then get 503."""

    @model_validator(mode="before")
    @classmethod
    def _development(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**_DEVELOPMENT, **given} if os.environ.get("APP_ENV") == "development" else given


def load_config() -> Config:
    """Read and check the settings. Raises SettingsError with a line for each that is missing or wrong."""
    try:
        return Config()  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError([_line(wrong["type"], wrong["loc"][0], wrong["msg"]) for wrong in error.errors()]) from None


def _line(kind: str, name: int | str, message: str) -> str:
    if kind == "missing":
        return f"{name} is not set (README.md says what it is for)"
    return f"{name}: {message.removeprefix('Value error, ')}"
