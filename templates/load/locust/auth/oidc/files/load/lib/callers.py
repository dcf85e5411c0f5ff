"""Gets tokens."""
# ruff: noqa: S311 (nothing here is secret)

import os
import random
import time
from urllib.parse import parse_qsl

import requests
from lib.api import abort
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment
from locust.exception import StopTest

TOKEN = os.environ.get("LOAD_TOKEN") or ""
PLACE = os.environ.get("LOAD_TOKEN_URL") or ""
CLIENT = {
    "client_id": os.environ.get("LOAD_CLIENT_ID") or "",
    "client_secret": os.environ.get("LOAD_CLIENT_SECRET") or "",
}
if not TOKEN and not (PLACE and all(CLIENT.values())):
    raise SystemExit(
        "LOAD_TOKEN is missing: an access token that may create and delete; "
        "or LOAD_TOKEN_URL, LOAD_CLIENT_ID and LOAD_CLIENT_SECRET"
    )


class Session:
    def __init__(self, token: str, since: float, seconds: float) -> None:
        self.token = token
        self.since = since
        self.seconds = seconds
        # At which part of a token's life it is renewed: not by all users at once.
        self.renewal = 0.5 + 0.4 * random.random()

    @classmethod
    def sign_in(cls, environment: Environment, client: FastHttpSession) -> "Session":
        """Get a token from the issuer, unless there is one, whose life is not known."""
        if TOKEN:
            return cls(TOKEN, time.monotonic(), float("inf"))
        parameters = dict(parse_qsl(os.environ.get("LOAD_TOKEN_PARAMETERS") or ""))
        form = {**parameters, "grant_type": "client_credentials", **CLIENT}
        try:
            answer = requests.post(PLACE, data=form, timeout=10)
            answer.raise_for_status()
        except requests.RequestException as error:
            text = error.response.text if error.response is not None else "no answer"
            abort(environment, f"getting a token from {PLACE} failed with {error}: {text}")
            raise StopTest from error
        body = answer.json()
        return cls(body["access_token"], time.monotonic(), body["expires_in"])

    def copy(self) -> "Session":
        """The session of one more user, good until it has to be renewed."""
        return Session(self.token, self.since, self.seconds)

    def headers(self, environment: Environment, client: FastHttpSession) -> dict[str, str]:
        if time.monotonic() - self.since > self.seconds * self.renewal:
            renewed = Session.sign_in(environment, client)
            self.token, self.since, self.seconds = renewed.token, renewed.since, renewed.seconds
        return {"authorization": f"Bearer {self.token}"}
