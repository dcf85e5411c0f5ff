"""Keeps openapi.yaml and the code from drifting apart."""

from collections.abc import Collection

from app.contract import Contract


def assert_contract_served(contract: Contract, served: Collection[str]) -> None:
    """Raises LookupError when an operation of openapi.yaml has no route, or a route no operation."""
    missing = [name for name in contract.operations if name not in served]
    if missing:
        raise LookupError(f"operations without a route: {', '.join(missing)}")
    surplus = [name for name in served if name not in contract.operations]
    if surplus:
        raise LookupError(f"routes without an operation: {', '.join(surplus)}")
