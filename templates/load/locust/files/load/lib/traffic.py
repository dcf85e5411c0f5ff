"""What callers do."""
# ruff: noqa: S311 (nothing here is secret)

import random
import uuid
from collections import defaultdict
from typing import Any, NamedTuple
from urllib.parse import quote

import gevent
from lib.api import must, send
from lib.bodies import body_for, changes_for
from lib.callers import Session
from lib.plan import CLIENT_TIMEOUT_S
from lib.resources import Resource, resources_of
from lib.settings import HOST, SEED_ROWS
from locust import FastHttpUser, constant_throughput, task
from locust.contrib.fasthttp import FastHttpSession, ResponseContextManager
from locust.env import Environment

# What callers do, in percent of the requests. Measure yours and put it here.
MIX = {"read": 55, "list": 20, "create": 10, "update": 10, "remove": 5}
PAGE_SIZE = 20


class Row(NamedTuple):
    id: str
    etag: str | None


# The collections of the contract, each after the ones that it refers to.
resources: list[Resource] = []
# What setup has made in this process, by path.
seeded: dict[str, list[str]] = defaultdict(list)
shared: list["Sender"] = []


class Sender:
    """Sends as a caller who is signed in."""

    def __init__(self, environment: Environment, client: FastHttpSession, session: Session) -> None:
        self.environment = environment
        self.client = client
        self.session = session

    def send(self, method: str, path: str, **options: Any) -> ResponseContextManager:
        headers = {**self.session.headers(self.environment, self.client), **options.pop("headers", {})}
        return send(self.environment, self.client, method, path, headers=headers, **options)

    def post(self, resource: Resource, expected: tuple[int, ...] = (201,)) -> ResponseContextManager:
        return self.send(
            "POST",
            resource.path,
            body=body_for(resource, self.referred),
            headers={"idempotency-key": str(uuid.uuid4())},
            expected=expected,
        )

    def seed(self, resource: Resource) -> str:
        made = must(self.environment, self.post(resource), f"making a row in {resource.path}")
        return str(made.json()["id"])

    def referred(self, schema: dict[str, Any]) -> str:
        path = str(schema["x-references"])
        # Only one row may refer to each: it needs one that nobody else has.
        if schema.get("x-unique"):
            return self.seed(next(resource for resource in resources if resource.path == path))
        # A resource that has to refer to itself: one that is there already.
        if not seeded[path]:
            answer = self.send("GET", f"{path}?limit=1", name=path)
            page = must(self.environment, answer, f"finding a row in {path}").json()
            return str(page["data"][0]["id"])
        return random.choice(seeded[path])


def set_up(environment: Environment) -> None:
    """Runs once in each process: reads the contract, signs in and makes the rows that all share."""
    client = FastHttpSession(
        HOST,
        environment.events.request,
        None,
        insecure=False,
        network_timeout=CLIENT_TIMEOUT_S,
        connection_timeout=CLIENT_TIMEOUT_S,
    )
    must(environment, send(environment, client, "GET", "/readyz"), "asking whether the API is ready")
    contract = send(environment, client, "GET", "/openapi.json")
    resources[:] = resources_of(must(environment, contract, "reading the contract").json())
    sender = Sender(environment, client, Session.sign_in(environment, client))
    shared[:] = [sender]
    for resource in resources:
        for _ in range(SEED_ROWS):
            seeded[resource.path].append(sender.seed(resource))


def tear_down(environment: Environment) -> None:
    """Runs once in each process: takes away what was made before, in the other order."""
    for resource in reversed(resources):
        path = resource.path
        # Rows of users may still refer to it, then it stays.
        for row in seeded.pop(path, []):
            shared[0].send("DELETE", f"{path}/{row}", name=path + "/{id}", expected=(204, 409))


class Caller(FastHttpUser):
    host = HOST
    insecure = False
    network_timeout = connection_timeout = CLIENT_TIMEOUT_S

    @classmethod
    def pace(cls, per_second: float) -> None:
        """Each user sends that many requests per second, as long as answers take no longer."""
        cls.wait_time = constant_throughput(per_second)
        cls.interval = 1 / per_second

    def on_start(self) -> None:
        # Rows that this user has made, so that no two change the same one, and where it goes on in each list.
        self.own: dict[str, list[Row]] = defaultdict(list)
        self.cursors: dict[str, str | None] = {}
        # Where nothing could be set up, the test is about to end.
        while not shared:
            gevent.sleep(1)
        self.sender = Sender(self.environment, self.client, shared[0].session.copy())
        # Users that start together do not send together.
        gevent.sleep(random.random() * self.interval)

    @task(MIX["read"])
    def read(self) -> None:
        path = self.resource().path
        own = [row.id for row in self.own[path]]
        row = random.choice(own if own and random.random() < 0.5 else seeded[path])
        self.sender.send("GET", f"{path}/{row}", name=path + "/{id}")

    @task(MIX["list"])
    def list(self) -> None:
        path = self.resource().path
        cursor = self.cursors.get(path)
        query = f"limit={PAGE_SIZE}" + (f"&cursor={quote(cursor)}" if cursor else "")
        page = self.sender.send("GET", f"{path}?{query}", name=path)
        self.cursors[path] = page.json()["meta"]["nextCursor"] if page.status_code == 200 else None

    @task(MIX["create"])
    def create(self) -> None:
        self.make(self.resource())

    @task(MIX["update"])
    def update(self) -> None:
        resource = self.resource()
        if row := self.taken(resource):
            path = resource.path
            answer = self.sender.send(
                "PATCH",
                f"{path}/{row.id}",
                name=path + "/{id}",
                body=changes_for(resource),
                headers={"if-match": row.etag},
            )
            # Where it is not known whether it was changed, the next If-Match could be wrong.
            if answer.status_code == 200:
                self.own[path].append(Row(row.id, answer.headers.get("etag")))

    @task(MIX["remove"])
    def remove(self) -> None:
        resource = self.resource()
        if row := self.taken(resource):
            path = resource.path
            self.sender.send(
                "DELETE",
                f"{path}/{row.id}",
                name=path + "/{id}",
                headers={"if-match": row.etag},
                expected=(204,),
            )

    @staticmethod
    def resource() -> Resource:
        return random.choice(resources)

    def make(self, resource: Resource) -> None:
        """Creates a row, unless it is refused or a value that has to be unique is taken."""
        unique = any(schema.get("x-unique") for schema in resource.fields.values())
        answer = self.sender.post(resource, (201, 409) if unique else (201,))
        if answer.status_code == 201:
            self.own[resource.path].append(Row(answer.json()["id"], answer.headers.get("etag")))

    def taken(self, resource: Resource) -> Row | None:
        """A row of this user's, which it no longer has; where it has none, it makes one instead."""
        own = self.own[resource.path]
        if own:
            return own.pop(random.randrange(len(own)))
        self.make(resource)
        return None
