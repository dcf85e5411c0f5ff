"""An answer as a response of Starlette."""

from collections.abc import Mapping

from starlette.responses import Response

from app.http.answer import Answer

_JSON = "application/json; charset=utf-8"


class Reply(Response):
    """A response whose headers are all given: nothing is worked out again."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes | None = None) -> None:
        """Takes headers with names in lower case. A body is sent with its length."""
        self.status_code = status
        self.background = None
        self.body = body or b""
        self.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        if body is not None:
            self.raw_headers.append((b"content-length", str(len(body)).encode()))


def reply(answer: Answer) -> Reply:
    """The response for an answer, whose body is JSON."""
    headers = answer.headers
    if answer.body is not None:
        headers = {**headers, "content-type": _JSON}
    return Reply(answer.status, headers, answer.body)
