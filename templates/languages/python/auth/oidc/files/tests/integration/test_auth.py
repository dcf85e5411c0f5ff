"""Tokens of the issuer, and roles."""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from app.auth.access_tokens import AccessTokens
from app.auth.create import create_auth
from app.config import SettingsError
from app.problem import Problem
from tests.support.api import Api, instance, paths
from tests.support.issuer import checked

COOLDOWN_S = 1.1


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    """Start an instance for the tests of this file."""
    async with instance(surroundings) as api:
        yield api


async def problem_of(tokens: AccessTokens, token: str) -> str:
    """Return the type of the problem that a token is refused with."""
    with pytest.raises(Problem) as refused:
        await tokens.authenticate(token)
    return str(refused.value.type)


async def test_a_token_of_the_issuer_says_who_calls(api: Api) -> None:
    answer = await api.send("GET", "/v1/me", headers=api.by["editor"])
    assert answer.status == 200, answer.text
    assert answer.body == {"id": "editor", "roles": ["editor", "reader"]}
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_reader_may_not_write_and_an_editor_may_not_delete(api: Api) -> None:
    path = next(path for path, methods in paths().items() if {"delete", "patch"} <= methods.keys())
    one = path.replace("{id}", str(uuid4()))
    statuses = [
        (await api.send("DELETE", one, headers=api.by[role])).status
        for role in ("nobody", "reader", "editor", "admin")
    ]
    assert statuses == [401, 403, 403, 404]


async def test_the_page_of_documentation_gets_what_it_needs_to_sign_in(api: Api) -> None:
    answer = await api.send("GET", "/docs/sign-in.json", anonymous=True)
    issuer = api.services.config.OIDC_ISSUER
    assert answer.body == {"issuer": issuer, "clientId": "docs", "scope": "openid"}


async def test_without_credentials_the_challenge_names_no_error(api: Api) -> None:
    answer = await api.send("GET", "/v1/me", anonymous=True)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_forged_token_is_refused_whatever_is_wrong_with_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with checked(monkeypatch, api.services.config, api.services.log) as (issuer, tokens):
        now = int(time.time())
        good = issuer.sign()
        principal = await tokens.authenticate(good)
        assert principal.id == "ada"
        assert principal.roles == {"reader", "editor"}
        other = generate_private_key(SECP256R1())
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(other.public_key()))

        def part(value: object) -> str:
            return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        body = good.split(".")[1]
        header = {"typ": "at+jwt", "kid": issuer.kid}
        unsigned = f"{part({**header, 'alg': 'HS256'})}.{body}"
        mac = urlsafe_b64encode(hmac.digest(json.dumps(jwk).encode(), unsigned.encode(), "sha256"))
        forged = {
            "expired": issuer.sign({"exp": now - 60}),
            "endless": issuer.sign({"exp": None}),
            "early": issuer.sign({"nbf": now + 60}),
            "other issuer": issuer.sign({"iss": "https://id.example.com"}),
            "other audience": issuer.sign({"aud": ["another-api"]}),
            "no subject": issuer.sign({"sub": None}),
            "long subject": issuer.sign({"sub": "x" * 256}),
            "unprintable subject": issuer.sign({"sub": "ada\0"}),
            "ID token": issuer.sign(typ="JWT"),
            "other key": issuer.sign(key=other),
            "embedded key": issuer.sign(key=other, jwk=jwk, kid=None),
            "no algorithm": f"{part(header)}.{good.split('.', 1)[1]}",
            "unsigned": f"{part({**header, 'alg': 'none'})}.{body}.",
            "public key as secret": f"{unsigned}.{mac.rstrip(b'=').decode()}",
            "no form of a token": "not-a-token",
        }
        for name, token in forged.items():
            assert (name, await problem_of(tokens, token)) == (name, "unauthenticated")


async def test_issuers_that_give_access_tokens_no_type_are_taken_when_told_but_no_id_tokens(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"OIDC_TOKEN_TYPE": "JWT"}
    async with checked(monkeypatch, api.services.config, api.services.log, **settings) as (issuer, tokens):
        taken: tuple[dict[str, Any], ...] = ({}, {"token_use": "access"}, {"typ": "Bearer"})
        for claims in taken:
            assert (await tokens.authenticate(issuer.sign(claims, typ="JWT"))).id == "ada"
        assert (await tokens.authenticate(issuer.sign(typ=None))).id == "ada"
        for claims in ({"nonce": "n"}, {"at_hash": "h"}, {"token_use": "id"}, {"typ": "ID"}):
            assert await problem_of(tokens, issuer.sign(claims, typ="JWT")) == "unauthenticated"
        assert await problem_of(tokens, issuer.sign(typ="logout+jwt")) == "unauthenticated"


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["admin", "offline_access"]}}),
        ("https://shop.example.com/roles", {"https://shop.example.com/roles": ["admin"]}),
    ],
)
async def test_roles_are_read_from_the_claim_of_the_settings(
    api: Api, monkeypatch: pytest.MonkeyPatch, claim: str, claims: dict[str, Any]
) -> None:
    settings = {"OIDC_ROLES_CLAIM": claim}
    async with checked(monkeypatch, api.services.config, api.services.log, **settings) as (issuer, tokens):
        assert (await tokens.authenticate(issuer.sign(claims))).roles == {"reader", "editor", "admin"}
        assert (await tokens.authenticate(issuer.sign({"roles": ["admin"]}))).roles == set()


async def test_the_tenant_is_read_from_the_claim_of_the_settings(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"OIDC_TENANT_CLAIM": "org.id"}
    async with checked(monkeypatch, api.services.config, api.services.log, **settings) as (issuer, tokens):
        assert (await tokens.authenticate(issuer.sign({"org": {"id": "acme"}}))).tenant == "acme"
        for claim in ("", "two words", "x" * 256, ["acme"], 7, None):
            token = issuer.sign({"org": {"id": claim}, "tenant": "a"})
            assert (await tokens.authenticate(token)).tenant is None


async def test_the_audience_can_be_in_another_claim(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"OIDC_AUDIENCE_CLAIM": "client_id"}
    async with checked(monkeypatch, api.services.config, api.services.log, **settings) as (issuer, tokens):
        assert (await tokens.authenticate(issuer.sign({"client_id": "the-api"}))).id == "ada"
        assert await problem_of(tokens, issuer.sign()) == "unauthenticated"


async def test_keys_are_fetched_once_for_unknown_keys_and_kept_while_the_issuer_is_down(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with checked(monkeypatch, api.services.config, api.services.log) as (issuer, tokens):
        known = issuer.sign()
        await tokens.authenticate(known)
        await asyncio.sleep(COOLDOWN_S)
        before = issuer.fetches
        unknown = [problem_of(tokens, issuer.sign(kid=str(uuid4()))) for _ in range(5)]
        assert await asyncio.gather(*unknown) == ["unauthenticated"] * 5
        assert issuer.fetches == before + 1

        issuer.down = True
        await asyncio.sleep(COOLDOWN_S)
        assert await problem_of(tokens, issuer.sign(kid="unknown")) == "dependency-unavailable"
        for token in (known, issuer.sign()):
            assert (await tokens.authenticate(token)).id == "ada"

        issuer.down = False
        issuer.rotate()
        await asyncio.sleep(COOLDOWN_S)
        assert (await tokens.authenticate(issuer.sign())).id == "ada"
        assert await problem_of(tokens, known) == "unauthenticated"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"OIDC_ISSUER": "http://id.example.com"}, "OIDC_ISSUER must be an HTTPS URL"),
        ({"OIDC_ALGORITHMS": ["RS256", "HS256"]}, "OIDC_ALGORITHMS must name asymmetric"),
    ],
)
async def test_a_setting_that_cannot_be_used_stops_the_start(
    api: Api, settings: dict[str, object], line: str
) -> None:
    services = api.services
    config = services.config.model_copy(update=settings)
    with pytest.raises(SettingsError, match=line):
        await create_auth(config=config, log=services.log)
