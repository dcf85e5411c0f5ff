"""Signs in."""
# ruff: noqa: S311 (nothing here is secret)

import os
import random
import time

from lib.api import must, send
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment

ACCOUNT = {
    "email": os.environ.get("LOAD_EMAIL") or "admin@example.com",
    "password": os.environ.get("LOAD_PASSWORD") or "",
}
if not ACCOUNT["password"]:
    raise SystemExit("LOAD_PASSWORD is missing: the password of an account that may create and delete")


class Session:
    def __init__(self, token: str, since: float, seconds: float) -> None:
        self.token = token
        self.since = since
        self.seconds = seconds
        # At which part of a token's life it is renewed: not by all users at once.
        self.renewal = 0.5 + 0.4 * random.random()

    @classmethod
    def sign_in(cls, environment: Environment, client: FastHttpSession) -> "Session":
        answer = send(environment, client, "POST", "/v1/auth/login", body=ACCOUNT)
        body = must(environment, answer, f"signing in as {ACCOUNT['email']}").json()
        return cls(body["accessToken"], time.monotonic(), body["expiresIn"])

    def copy(self) -> "Session":
        """The session of one more user, good until it has to be renewed."""
        return Session(self.token, self.since, self.seconds)

    def headers(self, environment: Environment, client: FastHttpSession) -> dict[str, str]:
        if time.monotonic() - self.since > self.seconds * self.renewal:
            renewed = Session.sign_in(environment, client)
            self.token, self.since, self.seconds = renewed.token, renewed.since, renewed.seconds
        return {"authorization": f"Bearer {self.token}"}
