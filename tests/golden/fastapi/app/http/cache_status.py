"""Cache-Status (RFC 9211)."""

from app.cache.reading import Reading


def cache_status(reading: Reading) -> dict[str, str]:
    """Cache-Status and, for a stale answer, Age (RFC 9111) in seconds.

    `l1` is the memory of the instance, `l2` the store that instances share.
    """
    if reading.outcome == "miss":
        return {"cache-status": "l1; fwd=miss"}
    ttl = int(reading.ttl_seconds // 1)
    if reading.outcome == "hit":
        return {"cache-status": f"{reading.level}; hit; ttl={ttl}"}
    # It was forwarded because it was stale; the copy is used because that failed.
    return {
        "cache-status": f"{reading.level}; fwd=stale; ttl={ttl}; detail=origin-unavailable",
        "age": f"{int(reading.age_seconds // 1)}",
    }
