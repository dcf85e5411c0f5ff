"""The documentation page."""

from importlib.resources import files

from app.http.document import Document
from app.problem import PROBLEMS

_CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        # Swagger UI sets style attributes and has its icons inline.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_START = """SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


def docs_documents() -> dict[str, Document]:
    """The documentation page and what it loads, by path. All of it comes from this process: it works offline."""
    static = files("swagger_ui").joinpath("static")

    def document(media_type: str, body: bytes) -> Document:
        headers = {
            "content-security-policy": _CONTENT_SECURITY_POLICY,
            "cache-control": "public, max-age=3600",
        }
        return Document(media_type, body, headers)

    return {
        "/docs": document("text/html", _page().encode()),
        "/docs/start.js": document("text/javascript", _START.encode()),
        "/docs/swagger-ui.js": document(
            "text/javascript", static.joinpath("swagger-ui-bundle.js").read_bytes()
        ),
        "/docs/swagger-ui.css": document("text/css", static.joinpath("swagger-ui.css").read_bytes()),
    }


def _page() -> str:
    """The `type` of a problem points to its line in the list at the end."""
    rows = "\n".join(
        f'<tr id="problem-{kind}"><td><code>{kind}</code></td><td>{status}</td><td>{title}</td></tr>'
        for kind, (status, title) in PROBLEMS.items()
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API documentation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="viewer"></div>
<section class="swagger-ui"><div class="wrapper">
<h2>Problem types</h2>
<table><thead><tr><th>Type</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
{rows}
</tbody></table>
</div></section>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
