"""Cross-origin requests."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response


class Cors(CORSMiddleware):
    """Starlette's; preflight requests are answered 204, and what they may not do is not in the answer."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer without a body, also to an origin that is not allowed: its browser refuses it."""
        headers = super().preflight_response(request_headers).headers
        del headers["content-type"], headers["content-length"]
        return Response(status_code=204, headers=dict(headers))
