"""Operations that go away (RFC 9745, RFC 8594)."""

from app.dependencies import Context
from app.openapi.document import Documented


class Deprecation(Documented):
    """Marks an operation as deprecated, in the document and in its responses."""

    def __init__(self, sunset: str | None = None) -> None:
        """Take the HTTP date at which the operation ends, if it is known."""
        self._headers = {"deprecation": "@0", "link": '</docs>; rel="deprecation"'}
        self.extra = {"deprecated": True}
        if sunset is not None:
            self._headers["sunset"] = sunset
            self.extra["x-sunset"] = sunset

    async def __call__(self, context: Context) -> None:
        context.response_headers.update(self._headers)
