"""Parts of the HTTP layer, each alone."""

from typing import Any

import pytest

from app.http.conditional import ChangeCondition, change_condition, is_known
from app.http.cursor import Cursors
from app.http.json_body import parse_json
from app.http.list_query import next_link
from app.http.negotiation import accepts_gzip, require_json_accepted
from app.http.routes import RouteTable
from app.http.violations import body_violations, broken
from app.problem import Problem


def refused(type: str) -> Any:
    """Expects a problem of that type."""
    return pytest.raises(Problem, check=lambda problem: problem.type == type)


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8", "application/problem+json"],
)
def test_json_is_what_most_clients_accept(accept: str) -> None:
    require_json_accepted(accept)


@pytest.mark.parametrize("accept", ["application/xml", "text/*", "*/*;q=0", "junk"])
def test_who_accepts_no_json_is_told_so(accept: str) -> None:
    with refused("not-acceptable"):
        require_json_accepted(accept)


@pytest.mark.parametrize("header", ["gzip", "br, GZIP;q=0.5", "*", "identity;q=0, *;q=0.1"])
def test_most_clients_take_gzip(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize("header", [None, "", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0", "gzip;q=x"])
def test_some_clients_do_not_take_gzip(header: str | None) -> None:
    assert not accepts_gzip(header)


def test_json_is_read_as_the_standard_has_it() -> None:
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}
    assert parse_json(b"\xef\xbb\xbf[1.5]") == [1.5]
    assert parse_json(rb'{"a": "\ud800!", "b": "\ud83d\ude00"}') == {"a": "\ufffd!", "b": "\U0001f600"}
    assert parse_json(b'{"constructor": 1, "prototype": 2}') == {"constructor": 1, "prototype": 2}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[1,]",
        b"[" * 5000,
        b"[" * 5000 + b"]" * 5000,
        b'["\xff"]',
        b"\xef\xbb\xbf" + b"[" * 33 + b"]" * 33,
        b'\xef\xbb\xbf{"__proto__": {}}',
        b'{"__proto__": {}}',
        rb'[{"__\u0070roto__": {}}]',
        b'{"a": {"constructor": {"prototype": {}}}}',
    ],
)
def test_what_is_no_json_or_would_change_prototypes_is_refused(body: bytes) -> None:
    with refused("malformed-request"):
        parse_json(body)


def test_every_keyword_that_a_value_breaks_is_told() -> None:
    schema = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]*$"}
    assert [code for code, _ in broken(schema, "ABCDE")] == ["maxLength", "pattern"]
    assert list(broken(schema, "a")) == [("minLength", "must NOT have fewer than 2 characters")]
    assert list(broken(schema, "ab\n")) == [("pattern", 'must match pattern "^[a-z]*$"')]
    assert list(broken(schema, 5)) == [("type", "must be string")]
    nullable = {"type": ["string", "null"], "enum": ["a", None]}
    assert list(broken(nullable, None)) == []
    assert list(broken(nullable, "b")) == [("enum", "must be one of a, ")]
    assert [code for code, _ in broken({"type": "integer", "format": "int32", "maximum": 9}, 2**31)] == [
        "format",
        "maximum",
    ]


def test_pointers_are_escaped_twice() -> None:
    error = {"type": "extra_forbidden", "loc": ("body", "a/b~c d%é"), "input": 1}
    assert body_violations([error], {}) == [
        {"pointer": "#/a~1b~0c%20d%25%C3%A9", "code": "unknown", "detail": "is not known here"}
    ]


def test_a_cursor_is_good_for_its_list_only() -> None:
    cursors = Cursors("a secret of some length")
    cursor = cursors.encode("list", ["2026-01-15", 5, True])
    assert cursors.decode("list", cursor) == ["2026-01-15", 5, True]
    for list_identity, given in (
        ("other", cursor),
        ("list", f"x{cursor}"),
        ("list", cursor[:-1]),
        ("list", "."),
    ):
        with refused("invalid-cursor"):
            cursors.decode(list_identity, given)


def test_routes_are_found_by_their_parts() -> None:
    routes = RouteTable(["/v1/products", "/v1/products/{id}", "/v1/me"])
    assert routes.match("/v1/products") == ("/v1/products", {})
    assert routes.match("/v1/%70roducts/a%2Fb") == ("/v1/products/{id}", {"id": "a/b"})
    for path in ("/", "/v1", "/v1/nowhere", "/v1/products/a/b", "//v1/products"):
        assert routes.match(path) is None
    for path in ("/v1/products/%zz", "/v1/products/%ff"):
        with refused("malformed-request"):
            routes.match(path)
    with refused("not-found"):
        routes.match(f"/v1/products/{'a' * 257}")


def test_conditions_are_read_strictly_for_changes_and_weakly_for_reads() -> None:
    assert is_known('"0", W/"1"', '"1"')
    assert is_known("*", '"1"')
    assert not is_known("1", '"1"')
    assert change_condition(None, None) is None
    assert change_condition(" * ", None) is None
    assert change_condition('"1", W/"2", "x", "3"', None) == ChangeCondition([1, 3], [])
    assert change_condition(None, '"1", W/"2", x') == ChangeCondition(None, [1, 2])
    both = change_condition('"1", "2"', '"2"')
    assert both is not None
    assert [both.holds(version) for version in (1, 2, 3)] == [True, False, False]
    for header in ("1", "", '"1" x', '"' * 1025):
        with refused("malformed-request"):
            change_condition(header, None)


def test_the_next_link_keeps_the_rest_of_the_query() -> None:
    assert next_link("/v1/a?limit=2&cursor=x", "y") == '</v1/a?limit=2&cursor=y>; rel="next"'
    assert next_link("/v1/a", "y") == '</v1/a?cursor=y>; rel="next"'
