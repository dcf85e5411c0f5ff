"""Sends requests and checks the answers."""

import logging
from collections.abc import Callable
from typing import Any

from locust.contrib.fasthttp import FastHttpSession, ResponseContextManager
from locust.env import Environment
from locust.exception import StopTest
from locust.runners import WorkerRunner

LIMIT_NOT_HELD = 99
CANNOT_MEASURE = 108
ABORTED = "aborted"
# A refusal counts as failed, but is no wrong answer.
REFUSED = "refused"

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503

# The stage of the moment; statistics are kept by it.
stage_name: Callable[[], str] = lambda: "setup"  # noqa: E731


def send(
    environment: Environment,
    client: FastHttpSession,
    method: str,
    path: str,
    *,
    name: str | None = None,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    expected: tuple[int, ...] = (200,),
) -> ResponseContextManager:
    """
    Sends one request and checks the answer. Ends the test where a rate limit answers: then it would measure the limit.
    `name` groups what differs only in an id, e.g. `/v1/orders/{id}`; `expected` are the statuses that are right.
    """
    content_type = {"content-type": "application/merge-patch+json"} if method == "PATCH" else {}
    with client.request(
        method,
        path,
        name=f"{name or path} [{stage_name()}]",
        json=body,
        headers={"accept": "application/json", **content_type, **(headers or {})},
        catch_response=True,
    ) as answer:
        status = answer.status_code
        if status in expected:
            answer.success()
        elif status == UNAVAILABLE and answer.headers.get("retry-after"):
            answer.failure(REFUSED)
        else:
            answer.failure(f"answers {status or answer.error}, not {' or '.join(map(str, expected))}")
    if status == TOO_MANY_REQUESTS:
        abort(
            environment,
            f"{method} {name or path} answers 429: the rate limit of {client.base_url} would be measured. "
            "Raise RATE_LIMIT_* of the API under test; see docs/load-tests.md.",
        )
        raise StopTest
    return answer


def must(environment: Environment, answer: ResponseContextManager, what: str) -> ResponseContextManager:
    """Ends the test when something that it cannot do without is missing."""
    if not 200 <= answer.status_code <= 299:
        abort(
            environment,
            f"{what} failed with {answer.status_code or answer.error}: {answer.text or 'no answer'}",
        )
        raise StopTest
    return answer


def abort(environment: Environment, reason: str) -> None:
    """Ends the test, whichever process finds that it cannot measure."""
    if environment.process_exit_code == CANNOT_MEASURE:
        return
    environment.process_exit_code = CANNOT_MEASURE
    environment.stop_timeout = 0
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.send_message(ABORTED, reason)
        return
    logging.getLogger(__name__).error(reason)
    if environment.runner:
        environment.runner.greenlet.spawn(environment.runner.quit)
