"""Nobody signs in to this API."""

from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment


class Session:
    @classmethod
    def sign_in(cls, _environment: Environment, _client: FastHttpSession) -> "Session":
        return cls()

    def copy(self) -> "Session":
        return self

    def headers(self, _environment: Environment, _client: FastHttpSession) -> dict[str, str]:
        return {}
