"""The address of a client, behind trusted proxies."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_WITH_PORT: Final = re.compile(r"\[(?P<v6>[^\]]+)\](:[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")
"""An address with its port, as proxies write it: `203.0.113.9:50001`, `[2001:db8::1]:443`."""
_LONGEST: Final = 64
"""Longer than an address with its port can be."""
_HOST_BITS: Final = 64


def client_address(peer: str | None, forwarded_for: str | None, hops: int) -> str:
    """The address a request came from, in one spelling (RFC 5952), IPv4 in IPv6 as IPv4.

    With `hops` proxies in front, the entry that the outermost of them wrote into X-Forwarded-For; what a client
    wrote itself is never believed. An entry that is no IP address counts as the peer. `unknown` without a peer.
    """
    entry = forwarded_for.split(",")[-hops:][0].strip() if hops > 0 and forwarded_for else ""
    return (_spelled(entry) if 0 < len(entry) <= _LONGEST else None) or _spelled(peer or "") or "unknown"


def address_key(address: str) -> str:
    """The key that an address is limited by: a subscriber has at least a whole IPv6 /64."""
    if ":" not in address:
        return address
    prefix = int(IPv6Address(address)) >> _HOST_BITS << _HOST_BITS
    return f"{IPv6Address(prefix)}/64"


@lru_cache(1000)
def _spelled(entry: str) -> str | None:
    """The address in an entry, None when it is none. The same few callers and proxies come again and again."""
    with_port = _WITH_PORT.fullmatch(entry)
    try:
        if with_port:
            address = IPv6Address(with_port["v6"]) if with_port["v6"] else IPv4Address(with_port["v4"])
        else:
            # The zone of a link-local address means something on this host alone.
            address = ip_address(entry.partition("%")[0])
    except ValueError:
        return None
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)
