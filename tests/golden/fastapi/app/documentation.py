"""The OpenAPI document and the page that shows it, served by this process alone: they work offline."""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import orjson
import yaml
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html

from app.http.document import Document
from app.problem import PROBLEMS

_VIEWER: Final = files("fastapi_swagger").joinpath("resources")
_FILES: Final[dict[str, tuple[str, Traversable]]] = {
    "swagger-ui.js": ("text/javascript", _VIEWER.joinpath("swagger-ui-bundle.js")),
    "swagger-ui.css": ("text/css", _VIEWER.joinpath("swagger-ui.css")),
    "docs.js": ("text/javascript", Path("assets/docs.js")),
    "docs.css": ("text/css", Path("assets/docs.css")),
}
_REVALIDATED: Final = {"cache-control": "no-cache"}


def add_documentation(app: FastAPI) -> None:
    """Serve /docs, what it loads, /openapi.json and /openapi.yaml."""

    def serve(path: str, make: Callable[[], Document]) -> None:
        made = cache(make)

        async def endpoint(request: Request) -> Response:
            headers = request.headers
            return made().response(headers.get("accept-encoding"), headers.get("if-none-match"))

        app.add_api_route(path, endpoint, include_in_schema=False, response_model=None)

    def as_json() -> Document:
        return Document("application/json", orjson.dumps(app.openapi()), _REVALIDATED)

    def as_yaml() -> Document:
        return Document("application/yaml", document_yaml(app).encode(), _REVALIDATED)

    serve("/openapi.json", as_json)
    serve("/openapi.yaml", as_yaml)
    serve("/docs", lambda: _page(app.title))
    # Packed before there are requests that would wait for it.
    for name in _FILES:
        _asset(name)
        serve(f"/docs/{name}", partial(_asset, name))


def document_yaml(app: FastAPI) -> str:
    """The OpenAPI document as `openapi.yaml` has it."""
    return yaml.dump(app.openapi(), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)


@cache
def _asset(name: str) -> Document:
    media_type, file = _FILES[name]
    return Document(media_type, file.read_bytes(), {"cache-control": "public, max-age=3600"})


def _page(title: str) -> Document:
    """The `type` of a problem points to its line in the table at the end."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=title,
        swagger_js_url="/docs/swagger-ui.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    rows = "".join(
        f'<tr id="problem-{kind}"><td><code>{kind}</code></td><td>{status}</td><td>{text}</td></tr>\n'
        for kind, (status, text) in PROBLEMS.items()
    )
    table = (
        '<section class="swagger-ui"><div class="wrapper">\n<h2>Problem types</h2>\n<table>'
        f"<thead><tr><th>Type</th><th>Status</th><th>Meaning</th></tr></thead><tbody>\n{rows}</tbody></table>\n"
        "</div></section>\n"
    )
    html = bytes(page.body).decode()
    for place, addition in (
        ("</head>", '<link rel="stylesheet" href="/docs/docs.css">\n'),
        ("<script>", '<script src="/docs/docs.js"></script>\n'),
        ("</body>", table),
    ):
        html = html.replace(place, f"{addition}{place}", 1)
    headers = {"cache-control": "public, max-age=3600", "content-security-policy": _policy(html)}
    return Document("text/html", html.encode(), headers)


def _policy(html: str) -> str:
    """Allows the script of the page by its hash; Swagger UI sets style attributes and has its icons inline."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
