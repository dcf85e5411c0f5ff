"""Addresses of clients."""

import pytest

from app.http.client_address import address_key, client_address

PEER = "10.0.0.1"


def test_forwarded_addresses_are_believed_as_far_as_proxies_are_trusted() -> None:
    assert client_address(PEER, "1.2.3.4", 0) == PEER
    assert client_address(PEER, "6.6.6.6, 1.2.3.4", 1) == "1.2.3.4"
    assert client_address(PEER, "6.6.6.6, 1.2.3.4, 10.0.0.2", 2) == "1.2.3.4"
    assert client_address("::ffff:1.2.3.4", None, 1) == "1.2.3.4"
    assert client_address("fe80::1%eth0", None, 0) == "fe80::1"
    assert client_address(None, None, 0) == "unknown"


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("203.0.113.9:50001", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:0DB8:0:00::0001", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:CB00:7109", "203.0.113.9"),
        ("0:0:0:0:0:ffff:cb00:7109", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("fe80::1%eth1", "fe80::1"),
        ("unknown", PEER),
        ("_hidden", PEER),
        ("203.0.113.9:port", PEER),
        ("203.0.113.9:123456", PEER),
        ("203.0.113.009", PEER),
        ("203.0.113", PEER),
        ("[203.0.113.9]:443", PEER),
        ("[2001:db8::1", PEER),
        ("2001:db8::1]:443", PEER),
        ("[[2001:db8::1]]", PEER),
        ("", PEER),
    ],
)
def test_a_forwarded_address_has_one_spelling_and_no_port(entry: str, address: str) -> None:
    assert client_address(PEER, f"6.6.6.6, {entry}", 1) == address


def test_ipv6_is_limited_by_its_network() -> None:
    assert address_key("2001:db8::1") == "2001:db8::/64"
    assert address_key("2001:db8::1:2:3:4") == "2001:db8::/64"
    assert address_key("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert address_key("::1") == "::/64"
    assert address_key("1.2.3.4") == "1.2.3.4"
    assert address_key("unknown") == "unknown"
