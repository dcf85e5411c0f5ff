"""The way of an address to its account, by mail."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from app.config import SettingsError
from app.mail.smtp import SmtpMailer
from app.telemetry.metrics import create_metrics
from tests.support.api import Answer, Api, instance
from tests.support.mailbox import Mailbox, open_mailbox
from tests.support.parts import config_of, silent_log

PASSWORD = "a long enough sentence"
PAGE = "https://app.example.com/welcome"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """Start a mail server for the tests of this file."""
    with open_mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def surroundings(surroundings: dict[str, str], mailbox: Mailbox) -> dict[str, str]:
    """Return an environment in which mail comes to the mailbox."""
    return surroundings | mailbox.settings


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    """Start an instance for the tests of this file."""
    async with instance(surroundings) as api:
        yield api


def new_email() -> str:
    """Return an address that nobody has."""
    return f"{uuid4()}@example.com"


async def ask(api: Api, email: str) -> Answer:
    """Ask for a mail."""
    return await api.send("POST", "/v1/auth/register", body={"email": email})


async def confirm(api: Api, token: str | None, password: str = PASSWORD) -> Answer:
    """Send the token of a mail back."""
    return await api.send("POST", "/v1/auth/confirm", body={"token": token, "password": password})


async def test_a_new_address_and_one_with_an_account_get_the_same_answer_and_a_mail_each(
    api: Api, mailbox: Mailbox
) -> None:
    known, unknown = new_email(), new_email()
    assert (await mailbox.register(api, known, PASSWORD)).status == 201
    answers = [await ask(api, known), await ask(api, unknown)]
    for answer in answers:
        assert (answer.status, answer.text, answer.headers["cache-control"]) == (202, "", "no-store")
    assert list(answers[0].headers) == list(answers[1].headers)
    assert len(mailbox.to(known)) == 2
    assert mailbox.token_of(known) is None
    assert mailbox.token_of(unknown) is not None


async def test_the_mail_leads_to_the_page_of_the_client(
    surroundings: dict[str, str], mailbox: Mailbox
) -> None:
    email = new_email()
    async with instance(surroundings | {"REGISTRATION_URL": PAGE}) as api:
        await ask(api, email)
    assert f"{PAGE}#token={mailbox.token_of(email)}" in mailbox.to(email)[0]


async def test_a_token_makes_one_account_and_none_is_there_before(api: Api, mailbox: Mailbox) -> None:
    email = new_email()
    await ask(api, email.upper())
    token = mailbox.token_of(email)

    async def log_in() -> int:
        body = {"email": email, "password": PASSWORD}
        return (await api.send("POST", "/v1/auth/login", body=body)).status

    assert await log_in() == 401
    made = await confirm(api, token)
    assert (made.status, made.headers["location"]) == (201, "/v1/me")
    assert (made.body["account"]["email"], made.body["account"]["roles"]) == (email, ["reader"])
    assert (await confirm(api, token, "another long sentence")).status == 409
    assert await log_in() == 200


async def test_a_token_that_is_expired_changed_or_of_another_kind_is_refused_alike(
    api: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = new_email()
    with monkeypatch.context() as patched:
        earlier = time.time() - 3601
        patched.setattr("app.auth.registration.time.time", lambda: earlier)
        await ask(api, email)
    expired = mailbox.token_of(email)
    await ask(api, email)
    token = mailbox.token_of(email) or ""
    access_token = api.by["reader"]["authorization"].removeprefix("Bearer ")
    for bad in (expired, f"{token[:-4]}AAAA", access_token):
        refused = await confirm(api, bad)
        assert refused.status == 422
        assert refused.body["detail"] == "The token is expired or not valid: register again."
        assert refused.body["errors"][0]["pointer"] == "#/token"
    headers = {"authorization": f"Bearer {token}"}
    assert (await api.send("GET", "/v1/me", headers=headers)).status == 401
    assert (await confirm(api, token)).status == 201


async def test_an_address_gets_so_many_mails_within_an_hour(
    surroundings: dict[str, str], mailbox: Mailbox
) -> None:
    email = new_email()
    async with instance(surroundings | {"RATE_LIMIT_MAILS": "2", "CACHE_PREFIX": str(uuid4())}) as few:
        assert [(await ask(few, email)).status for _ in range(3)] == [202, 202, 429]
    assert len(mailbox.to(email)) == 2


async def test_while_the_mail_server_is_down_nobody_is_told_anything_but_that(
    api: Api, surroundings: dict[str, str], mailbox: Mailbox
) -> None:
    known = new_email()
    await mailbox.register(api, known, PASSWORD)
    async with instance(surroundings | {"MAIL_URL": "smtp://127.0.0.1:1"}) as down:
        for email in (known, new_email()):
            answer = await ask(down, email)
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            assert answer.body["detail"] == "The mail server is not available at the moment."


@asynccontextmanager
async def odd_mail_server(answer: str | None) -> AsyncIterator[str]:
    """Start a mail server that has one answer to recipients, or says nothing at all."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is not None:
            writer.write(b"220 odd\r\n")
        while line := await reader.readline():
            if answer is not None:
                writer.write(f"{answer}\r\n".encode() if line.startswith(b"RCPT") else b"250 odd\r\n")
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_mail_server_that_hangs_costs_a_request_its_deadline_and_no_more(
    surroundings: dict[str, str],
) -> None:
    async with (
        odd_mail_server(None) as url,
        instance(surroundings | {"MAIL_URL": url, "REQUEST_TIMEOUT_MS": "500"}) as hung,
    ):
        assert (await ask(hung, new_email())).status == 503


async def test_a_mailbox_that_does_not_exist_is_not_told_from_others(surroundings: dict[str, str]) -> None:
    async with (
        odd_mail_server("550 no such user") as url,
        instance(surroundings | {"MAIL_URL": url}) as odd,
    ):
        assert (await ask(odd, new_email())).status == 202


async def test_a_server_elsewhere_must_offer_tls(surroundings: dict[str, str], mailbox: Mailbox) -> None:
    email = new_email()
    port = surroundings["MAIL_URL"].rpartition(":")[2]
    async with instance(surroundings | {"MAIL_URL": f"smtp://0.0.0.0:{port}"}) as plain:
        assert (await ask(plain, email)).status == 503
    assert mailbox.to(email) == []


async def test_registration_is_closed_without_a_mail_server_and_mail_needs_a_sender(
    surroundings: dict[str, str],
) -> None:
    async with instance(surroundings | {"MAIL_URL": ""}) as closed:
        answer = await ask(closed, new_email())
        assert (answer.status, answer.body["detail"]) == (403, "Registration is closed.")
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        SmtpMailer(config_of(surroundings | {"MAIL_FROM": ""}), silent_log(), create_metrics())
