"""Parts of the HTTP layer, each alone."""

from typing import Any

import pytest

from app.exception_handlers import validation_problem
from app.http.accept import takes
from app.http.conditional import ChangeCondition, change_condition, is_known
from app.http.cursor import Cursors
from app.http.document import accepts_gzip
from app.http.json_body import parse_json
from app.http.list_query import next_link
from app.problem import Problem


def refused(type: str) -> Any:
    """Expects a problem of that type."""
    return pytest.raises(Problem, check=lambda problem: problem.type == type)


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8", "application/problem+json"],
)
def test_json_is_what_most_clients_accept(accept: str) -> None:
    assert takes(accept)


@pytest.mark.parametrize("accept", ["application/xml", "text/*", "*/*;q=0", "junk"])
def test_who_accepts_no_json_is_told_so(accept: str) -> None:
    assert not takes(accept)


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


def test_pointers_are_escaped_twice() -> None:
    error = {"type": "extra_forbidden", "loc": ("body", "a/b~c d%é"), "msg": "Extra inputs are not permitted"}
    assert validation_problem([error]).errors == [
        {
            "pointer": "#/a~1b~0c%20d%25%C3%A9",
            "code": "extra-forbidden",
            "detail": "Extra inputs are not permitted",
        }
    ]


@pytest.mark.parametrize(
    ("place", "type"),
    [
        ("path", "not-found"),
        ("header", "malformed-request"),
        ("query", "invalid-parameter"),
        ("body", "validation-failed"),
    ],
)
def test_the_part_of_a_request_that_is_not_valid_makes_the_problem(place: str, type: str) -> None:
    errors = [
        {"type": "string_too_short", "loc": (part, "name"), "msg": "too short"} for part in ("body", place)
    ]
    assert validation_problem(errors).type == type


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
    assert next_link("/v1/a", "limit=2&cursor=x", "y") == '</v1/a?limit=2&cursor=y>; rel="next"'
    assert next_link("/v1/a", "", "y") == '</v1/a?cursor=y>; rel="next"'
