"""Sends an API key."""

import os

from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment

KEY = os.environ.get("LOAD_API_KEY") or ""
if not KEY:
    raise SystemExit("LOAD_API_KEY is missing: a key that may create and delete")


class Session:
    @classmethod
    def sign_in(cls, _environment: Environment, _client: FastHttpSession) -> "Session":
        return cls()

    def copy(self) -> "Session":
        return self

    def headers(self, _environment: Environment, _client: FastHttpSession) -> dict[str, str]:
        return {"x-api-key": KEY}
