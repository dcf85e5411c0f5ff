"""Whose request it is, as far as the network tells."""


def client_address(peer: str | None, forwarded_for: str | None, hops: int) -> str:
    """The address a request came from.

    With `hops` proxies in front, the entry that the outermost of them wrote into X-Forwarded-For; what a client
    wrote itself is never believed.
    """
    entry = forwarded_for.split(",")[-hops:][0].strip() if hops > 0 and forwarded_for else ""
    return (entry or peer or "unknown").removeprefix("::ffff:")


def address_key(address: str) -> str:
    """The key that an address is limited by: a subscriber has at least a whole IPv6 /64."""
    if ":" not in address:
        return address
    head, found, _ = address.partition("::")
    groups = head.split(":")
    if found:
        groups += ["0"] * 8
    return f"{':'.join(groups[:4])}::/64"
