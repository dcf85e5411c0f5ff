"""Accounts, tokens and roles."""

import asyncio
import hmac
import json
import os
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import text

from app.auth import access_tokens, bearer_tokens, sessions
from app.auth.access_tokens import AccessTokens
from app.auth.roles import roles_up_to
from app.auth.signing_keys import SigningKeys, read_signing_keys
from app.background import background_context, purge
from app.database.query import compiled
from app.problem import Problem
from tests.support.api import Answer, Api, instance, paths
from tests.support.mailbox import Mailbox, open_mailbox
from tests.support.parts import some_context

PASSWORD = "a long enough sentence"


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


@pytest.fixture
def keys(api: Api) -> SigningKeys:
    """Return the keys that the instance signs with."""
    return read_signing_keys(api.services.config.JWT_PRIVATE_KEY, "")


def new_email() -> str:
    """Return an address that nobody has."""
    return f"{uuid4()}@example.com"


async def post(api: Api, path: str, **body: str) -> Answer:
    """Ask for an operation of sign-in."""
    return await api.send("POST", f"/v1/auth/{path}", body=body)


async def refresh_token(api: Api, mailbox: Mailbox) -> str:
    """Register somebody; return the refresh token."""
    answer = await mailbox.register(api, new_email(), PASSWORD)
    return str(answer.body["refreshToken"])


async def refresh(api: Api, token: str) -> Answer:
    """Exchange a refresh token."""
    return await post(api, "refresh", refreshToken=token)


async def exchanged(api: Api, token: str, seconds: int) -> None:
    """Have the session of a token look as if the newest exchange were that long ago."""
    then = datetime.now(UTC) - timedelta(seconds=seconds)
    values = {"id": token[: sessions.ID_LENGTH], "then": then.isoformat().replace("+00:00", "Z")}
    statement = compiled("", text("update auth_sessions set rotated_at = :then where id = :id"))
    await api.services.database.transaction(
        some_context(), lambda transaction: transaction.query(statement, values)
    )


async def me(api: Api, token: str) -> Answer:
    """Ask who the token stands for."""
    return await api.send("GET", "/v1/me", headers={"authorization": f"Bearer {token}"})


async def test_who_registers_is_signed_in_and_may_read(api: Api, mailbox: Mailbox) -> None:
    email = new_email()
    answer = await mailbox.register(api, email, PASSWORD)
    assert answer.status == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body["account"]["email"] == email
    assert answer.body["account"]["roles"] == ["reader"]
    assert (await me(api, answer.body["accessToken"])).body["email"] == email


async def test_a_wrong_password_and_an_unknown_account_are_told_the_same(api: Api, mailbox: Mailbox) -> None:
    email = new_email()
    await mailbox.register(api, email, PASSWORD)
    wrong = await post(api, "login", email=email, password="another long sentence")
    unknown = await post(api, "login", email=new_email(), password=PASSWORD)
    assert (wrong.status, unknown.status) == (401, 401)
    assert wrong.body["detail"] == unknown.body["detail"]
    assert (await post(api, "login", email=email, password=PASSWORD)).status == 200


@pytest.mark.parametrize("password", ["password1234", "{email}", "{service}-{service}"])
async def test_a_password_that_is_guessed_first_is_refused(api: Api, mailbox: Mailbox, password: str) -> None:
    email = new_email()
    word = password.format(email=email, service=api.services.config.OTEL_SERVICE_NAME)
    answer = await mailbox.register(api, email, word)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "#/password"


async def test_a_refresh_token_that_was_exchanged_a_moment_ago_is_a_conflict(
    api: Api, mailbox: Mailbox
) -> None:
    first = await refresh_token(api, mailbox)
    second = await refresh(api, first)
    assert second.status == 200, second.text
    for seconds in (0, 5):
        await exchanged(api, first, seconds)
        again = await refresh(api, first)
        assert (again.status, again.headers["retry-after"]) == (409, "1")
        assert again.body["type"].endswith("conflict")
    assert (await refresh(api, second.body["refreshToken"])).status == 200


async def test_a_refresh_token_that_was_exchanged_long_ago_ends_the_session(
    api: Api, mailbox: Mailbox
) -> None:
    first = await refresh_token(api, mailbox)
    second = await refresh(api, first)
    await exchanged(api, first, api.services.config.REFRESH_GRACE_S + 1)
    assert (await refresh(api, first)).status == 401
    assert (await refresh(api, second.body["refreshToken"])).status == 401


async def test_a_refresh_token_that_was_exchanged_twice_ago_ends_the_session_at_once(
    api: Api, mailbox: Mailbox
) -> None:
    first = await refresh_token(api, mailbox)
    second = (await refresh(api, first)).body["refreshToken"]
    third = (await refresh(api, second)).body["refreshToken"]
    assert (await refresh(api, first)).status == 401
    assert (await refresh(api, third)).status == 401


async def test_of_several_refreshes_at_once_one_succeeds_and_the_session_goes_on(
    api: Api, mailbox: Mailbox
) -> None:
    token = await refresh_token(api, mailbox)
    answers = await asyncio.gather(*(refresh(api, token) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    won = next(answer for answer in answers if answer.status == 200)
    assert (await refresh(api, won.body["refreshToken"])).status == 200


async def test_without_a_time_of_grace_a_refresh_token_that_comes_again_ends_the_session(
    surroundings: dict[str, str],
    mailbox: Mailbox,
) -> None:
    async with instance({**surroundings, "REFRESH_GRACE_S": "0"}) as strict:
        first = await refresh_token(strict, mailbox)
        second = await refresh(strict, first)
        assert (await refresh(strict, first)).status == 401
        assert (await refresh(strict, second.body["refreshToken"])).status == 401


async def test_refused_sign_ins_and_reused_tokens_are_logged_without_address_or_password(
    surroundings: dict[str, str], mailbox: Mailbox, capfd: pytest.CaptureFixture[str]
) -> None:
    email, address, request_id = new_email(), {"clientAddress": "203.0.113.9"}, str(uuid4())
    headers = {"x-forwarded-for": "203.0.113.9", "x-request-id": request_id}
    async with instance({**surroundings, "LOG_LEVEL": "info", "TRUST_PROXY_HOPS": "1"}) as logged:

        async def ask(path: str, body: dict[str, str]) -> Answer:
            return await logged.send("POST", f"/v1/auth/{path}", body=body, headers=headers)

        async def events_of(path: str, status: int, body: dict[str, str]) -> list[dict[str, Any]]:
            capfd.readouterr()
            assert (await ask(path, body)).status == status
            text = capfd.readouterr().out
            assert "example.com" not in text.lower()
            assert "sentence" not in text
            # A busy machine may warn of more.
            return [line for line in map(json.loads, text.splitlines()) if "event" in line]

        first = (await mailbox.register(logged, email, PASSWORD, headers)).body
        secret = logged.services.config.CURSOR_SECRET.encode()
        account_hash = hmac.digest(secret, f"account:{email}".encode(), "sha256").hex()[:16]
        expected = {
            "event": "authn_login_fail",
            **address,
            "accountHash": account_hash,
            "requestId": request_id,
        }
        for known in (email, email.upper()):
            [line] = await events_of("login", 401, {"email": known, "password": "another sentence"})
            assert line["level"] == "warning"
            assert expected.items() <= line.items()
        [line] = await events_of("login", 401, {"email": new_email(), "password": PASSWORD})
        assert line["event"] == "authn_login_fail"
        assert line["accountHash"] != account_hash

        second = await ask("refresh", {"refreshToken": first["refreshToken"]})
        assert await events_of("refresh", 409, {"refreshToken": first["refreshToken"]}) == []
        await ask("refresh", {"refreshToken": second.body["refreshToken"]})
        [line] = await events_of("refresh", 401, {"refreshToken": first["refreshToken"]})
        account = first["account"]["id"]
        expected = {"event": "authn_token_reuse", **address, "accountId": account, "requestId": request_id}
        assert expected.items() <= line.items()


async def test_who_signs_out_cannot_refresh(api: Api, mailbox: Mailbox) -> None:
    token = await refresh_token(api, mailbox)
    ended = await post(api, "logout", refreshToken=token)
    assert (ended.status, ended.headers.get("content-type")) == (204, None)
    assert (await post(api, "refresh", refreshToken=token)).status == 401


async def test_who_signs_out_without_a_token_is_answered_as_well(api: Api) -> None:
    for headers in ({}, {"content-type": "application/json"}):
        assert (await api.send("POST", "/v1/auth/logout", headers=headers)).status == 204


async def test_what_is_sent_to_sign_in_is_short(api: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 1000

    for operation in ("register", "confirm", "login", "refresh", "logout"):
        path = f"/v1/auth/{operation}"
        for body in (" " * 4097, " " * 200_000):
            assert (await api.send("POST", path, body=body)).status == 413
        chunked = await api.client.post(path, content=chunks(), headers={"content-type": "application/json"})
        assert chunked.status_code == 413
        assert (await api.send("POST", path, body="{" + " " * 4094 + "}")).status == 422


async def test_a_purge_deletes_the_sessions_that_have_expired_and_no_others(
    api: Api, mailbox: Mailbox
) -> None:
    database = api.services.database
    answer = await mailbox.register(api, new_email(), PASSWORD)
    account = answer.body["account"]["id"]
    async with background_context() as context:
        for _ in range(3):
            await database.transaction(context, lambda transaction: sessions.start(transaction, account, -1))
        await purge(database, sessions.TABLE, sessions.purge)
        assert await database.transaction(context, sessions.purge) == 0
    assert (await post(api, "refresh", refreshToken=answer.body["refreshToken"])).status == 200


def tenant_of(answer: Answer) -> str | None:
    """Return the tenant in the access token of an answer."""
    claims = jwt.decode(answer.body["accessToken"], options={"verify_signature": False})
    return cast("str | None", claims.get("tenant"))


async def test_an_account_made_on_the_server_can_sign_in(api: Api, surroundings: dict[str, str]) -> None:
    email = new_email()
    environment = {**os.environ, **surroundings, "PASSWORD": PASSWORD}

    async def command(*arguments: str) -> tuple[int | None, str, str]:
        pipe = asyncio.subprocess.PIPE
        program = (sys.executable, "-m", "app.auth.account_command", *arguments)
        process = await asyncio.create_subprocess_exec(*program, env=environment, stdout=pipe, stderr=pipe)
        output, errors = await process.communicate()
        return process.returncode, output.decode(), errors.decode()

    assert await command("create", email, "editor") == (0, f"{email} is there as editor\n", "")
    assert (await command("role", email, "admin"))[0] == 0
    answer = await post(api, "login", email=email, password=PASSWORD)
    assert answer.body["account"]["roles"] == roles_up_to("admin")
    assert "tenant" not in answer.body["account"]
    own = tenant_of(answer)
    assert own is not None
    assert (await command("tenant", email, "acme"))[0] == 0
    answer = await post(api, "refresh", refreshToken=answer.body["refreshToken"])
    assert tenant_of(answer) == "acme"
    assert (await command("create", f"colleague-{email}", "reader", "acme"))[0] == 0
    assert tenant_of(await post(api, "login", email=f"colleague-{email}", password=PASSWORD)) == "acme"
    for tenant in ("", "two words", "x" * 256):
        assert (await command("tenant", email, tenant))[0] == 1
    again = await command("create", email, "editor")
    assert again == (1, "", "There is an account with this e-mail address.\n")
    unknown = await command("create", email, "owner")
    assert (unknown[0], unknown[2].partition("\n")[0]) == (
        1,
        "usage: uv run account create EMAIL ROLE [TENANT] | role EMAIL ROLE | tenant EMAIL TENANT | password EMAIL",
    )


async def test_without_credentials_the_challenge_names_no_error(api: Api) -> None:
    answer = await api.send("GET", "/v1/me", anonymous=True)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_forged_token_is_refused_with_the_same_answer_whatever_is_wrong(
    api: Api, keys: SigningKeys
) -> None:
    config = api.services.config
    now = int(time.time())
    claims: dict[str, Any] = {
        "roles": ["admin"],
        "iss": config.JWT_ISSUER,
        "aud": config.JWT_AUDIENCE,
        "sub": str(uuid4()),
        "jti": str(uuid4()),
        "iat": now - 10,
        "exp": now + 60,
    }
    header = {"typ": "at+jwt", "kid": keys.kid}
    other = generate_private_key(SECP256R1())

    def sign(changed: dict[str, Any], *, key: Any = keys.private_key, **headers: object) -> str:
        given = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(given, key, "ES256", {**header, **headers})

    def part(value: object) -> str:
        return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    good = sign({})
    assert (await me(api, good)).body["detail"] == "The token is expired, revoked or not valid."
    public = keys.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    mac = urlsafe_b64encode(hmac.digest(public, unsigned.encode(), "sha256")).rstrip(b"=").decode()
    embedded = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(other.public_key()))
    forged = {
        "expired": sign({"exp": now - 60}),
        "too old": sign({"iat": now - 86_400}),
        "of the future": sign({"iat": now + 3600, "exp": now + 7200}),
        "other key": sign({}, key=other),
        "embedded key": sign({}, key=other, jwk=embedded),
        "unknown kid": sign({}, kid="unknown"),
        "other type": sign({}, typ="JWT"),
        "other issuer": sign({"iss": "somebody"}),
        "other audience": sign({"aud": "somebody"}),
        "without id": sign({"jti": None}),
        "no account": sign({"sub": "admin"}),
        "other spelling": sign({"sub": f"{{{uuid4()}}}"}),
        "no text": sign({"sub": 5}),
        "no algorithm": f"{part({**header, 'alg': 'none'})}.{part(claims)}.",
        "public key as secret": f"{unsigned}.{mac}",
        "changed": f"{good[:-4]}AAAA",
    }
    answers = {}
    for name, token in forged.items():
        read = await api.send("GET", api.list_path, headers={"authorization": f"Bearer {token}"})
        assert (name, read.status) == (name, 401)
        assert 'error="invalid_token"' in read.headers["www-authenticate"]
        answers[read.body["title"], read.body["detail"]] = name
    assert len(answers) == 1


async def test_a_token_that_has_been_seen_is_still_refused_once_it_has_expired(
    api: Api, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = AccessTokens(api.services.config, keys)
    token = tokens.issue(str(uuid4()), [])
    assert (await tokens.authenticate(token)).roles == set()
    later = time.time() + api.services.config.ACCESS_TOKEN_TTL_S + 10

    class Later:
        @staticmethod
        def time() -> float:
            return later

    monkeypatch.setattr(bearer_tokens, "time", Later)
    with pytest.raises(Problem) as refused:
        await tokens.authenticate(token)
    assert refused.value.type == "unauthenticated"


async def test_a_token_is_verified_once_however_its_header_is_written(
    api: Api, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = AccessTokens(api.services.config, keys).issue(str(uuid4()), ["reader"], "tests")
    decoded = 0

    def decode(*given: Any, **options: Any) -> Any:
        nonlocal decoded
        decoded += 1
        return jwt.decode(*given, **options)

    monkeypatch.setattr(access_tokens, "jwt", SimpleNamespace(**{**vars(jwt), "decode": decode}))
    for scheme in ("Bearer", "bearer", "BEARER"):
        for spaces in range(1, 21):
            headers = {"authorization": f"{scheme}{' ' * spaces}{token}"}
            assert (await api.send("GET", api.list_path, headers=headers)).status == 200
    assert decoded == 1


async def test_a_long_token_is_refused_whatever_it_holds(api: Api) -> None:
    answer = await api.send("GET", "/v1/me", headers={"authorization": f"Bearer {'a' * 5000}"})
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_token_of_the_key_before_is_still_accepted(api: Api) -> None:
    config = api.services.config
    old = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    before = read_signing_keys(old.decode(), "")
    public = before.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    now = read_signing_keys(config.JWT_PRIVATE_KEY, public.decode().replace("\n", "\\n"))
    assert [key["kid"] for key in now.jwks["keys"]] == [now.kid, before.kid]
    somebody = str(uuid4())
    token = AccessTokens(config, before).issue(somebody, ["reader"])
    principal = await AccessTokens(config, now).authenticate(token)
    assert (principal.id, principal.roles) == (somebody, frozenset({"reader"}))


async def test_the_sixth_attempt_in_the_window_of_the_limit_is_refused_even_with_the_right_password(
    surroundings: dict[str, str],
) -> None:
    changed = {"CACHE_PREFIX": str(uuid4()), "RATE_LIMIT_AUTH": "5", "RATE_LIMIT_WINDOW_S": "3600"}
    email = new_email()
    async with instance(surroundings | changed) as limited:
        for _ in range(5):
            attempt = await post(limited, "login", email=email, password="some wrong sentence")
            assert attempt.status == 401
        assert (await post(limited, "login", email=email, password=PASSWORD)).status == 429


async def test_guesses_at_an_account_are_bounded_over_all_addresses_and_its_owner_still_signs_in(
    surroundings: dict[str, str],
    mailbox: Mailbox,
) -> None:
    quota, home, email = 3, "203.0.113.9", new_email()
    changed = {
        "CACHE_PREFIX": str(uuid4()),
        "RATE_LIMIT_AUTH_FAILURES": str(quota),
        "TRUST_PROXY_HOPS": "1",
    }
    limited = surroundings | changed
    async with instance(limited) as one, instance(limited) as other:
        shared = [one, other] if limited["REDIS_URL"] else [one]
        turns = count()

        async def send(path: str, account: str, word: str, address: str = "") -> Answer:
            turn = next(turns)
            headers = {"x-forwarded-for": address or f"198.18.0.{turn}"}
            body = {"email": account, "password": word}
            at = shared[turn % len(shared)]
            return await at.send("POST", f"/v1/auth/{path}", body=body, headers=headers)

        async def guess(account: str, address: str = "") -> int:
            return (await send("login", account, "some wrong sentence", address)).status

        at_home = {"x-forwarded-for": home}
        assert (await mailbox.register(shared[0], email, PASSWORD, at_home)).status == 201
        # A sign-in that succeeds does not count, from wherever it comes.
        for _ in range(quota + 1):
            assert (await send("login", email, PASSWORD)).status == 200
        for account in (email, new_email()):
            statuses = await asyncio.gather(*(guess(account) for _ in range(2 * quota)))
            assert sorted(statuses) == [401] * quota + [429] * quota
            refused = await send("login", account, PASSWORD)
            assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (429, "0")
            assert int(refused.headers["retry-after"]) > 1
            assert "rate-limited" in refused.body["type"]
        for _ in range(2 * len(shared)):
            assert (await send("login", email, PASSWORD, home)).status == 200
        assert [await guess(email, home) for _ in range(quota)] == [401] * quota
        assert (await send("login", email, PASSWORD, home)).status == 429

        def total(name: str, **labels: str) -> float:
            registries = [each.services.metrics.registry for each in shared]
            return sum(registry.get_sample_value(name, labels) or 0 for registry in registries)

        assert total("rate_limit_rejections_total", policy="failures") > 0
        assert total("auth_events_total", event="limited") > 0


async def test_without_the_shared_store_an_instance_bounds_guesses_alone_and_its_owner_still_signs_in(
    surroundings: dict[str, str],
    mailbox: Mailbox,
) -> None:
    changed = {"REDIS_URL": "redis://127.0.0.1:1", "RATE_LIMIT_AUTH_FAILURES": "2"}
    email, stranger = new_email(), new_email()
    async with instance(surroundings | changed) as alone:
        assert (await mailbox.register(alone, email, PASSWORD)).status == 201
        assert (await post(alone, "login", email=email, password=PASSWORD)).status == 200
        guesses = [
            await post(alone, "login", email=stranger, password="some wrong sentence") for _ in range(3)
        ]
        assert [guess.status for guess in guesses] == [401, 401, 429]
        assert (await post(alone, "login", email=email, password=PASSWORD)).status == 200


async def test_a_reader_may_not_write_and_an_editor_may_not_delete(api: Api) -> None:
    path = next(path for path, methods in paths().items() if {"delete", "patch"} <= methods.keys())
    one = path.replace("{id}", str(uuid4()))
    statuses = [
        (await api.send("DELETE", one, headers=api.by[role])).status
        for role in ("nobody", "reader", "editor", "admin")
    ]
    assert statuses == [401, 403, 403, 404]
