"""The application."""

from fastapi import FastAPI

from app import documentation, probes
from app.auth import router as auth
from app.auth.credentials import CREDENTIAL_HEADERS
from app.config import Config
from app.exception_handlers import add_exception_handlers
from app.lifespan import lifespan
from app.middleware.cors import Cors
from app.middleware.request_limits import RequestLimits
from app.middleware.request_log import RequestLog
from app.openapi.document import complete_document
from app.resources.products import router as products_router

_DESCRIPTION = """\
Errors are `application/problem+json` (RFC 9457). Lists are paged by cursor: follow `nextCursor` or the `Link`
header. Writes take an `Idempotency-Key`; changes take `If-Match` with the `ETag` of the version they are based on.
"""


def create_app(config: Config) -> FastAPI:
    """Make the application; its lifespan opens what it needs."""
    app = FastAPI(
        title="Shop",
        version="1.0.0",
        summary="The contract of this API.",
        description=_DESCRIPTION,
        license_info={"name": "UNLICENSED", "identifier": "LicenseRef-Proprietary"},
        contact={"name": "API team", "url": "https://example.com/support"},
        servers=[
            {
                "url": "/",
                "description": "The host that serves this document: local, staging or production",
                "x-internal": False,
            }
        ],
        openapi_tags=[
            {"name": "System", "description": "Is it alive, is it ready"},
            {"name": "Auth", "description": "Accounts, access tokens and refresh tokens"},
            {"name": "Products", "description": "Everything about products"},
        ],
        # The document and Swagger UI are served with ETags, compressed, without another host: app/documentation.py.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # The middleware makes the span of the request and measures it.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.config = config
    add_exception_handlers(app)
    # From the inside to the outside.
    app.add_middleware(RequestLimits)
    if config.CORS_ORIGINS:
        app.add_middleware(
            Cors,
            allow_origins=config.CORS_ORIGINS,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                *CREDENTIAL_HEADERS,
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "X-Request-Id",
            ],
            expose_headers=[
                "ETag",
                "Link",
                "Location",
                "Retry-After",
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
                "X-Request-Id",
            ],
        )
    app.add_middleware(RequestLog)
    app.include_router(auth.router)
    app.include_router(products_router.router)
    app.include_router(probes.router)
    documentation.add_documentation(app)
    complete_document(app)
    return app
