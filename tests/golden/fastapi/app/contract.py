"""The API as openapi.yaml describes it: routing facts, limits, roles and schemas are read from there."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Schema = dict[str, Any]

_FILE = Path("openapi.yaml")
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the contract says about one operation."""

    id: str
    method: str
    path: str
    """Path template as in the contract: /v1/products/{id}"""
    rate_limit: Literal["default", "write", "none"]
    """Which limit counts a request; probes have none."""
    authentication: Literal["none", "optional", "required"]
    """Whether callers sign in: never looked at, if they like, or always."""
    required_role: str | None
    media_types: tuple[str, ...]
    """Of the request body; empty where there is none."""
    query: dict[str, Schema]
    """Schema of each query parameter by its name."""
    body: Schema | None
    body_required: bool
    own_body_limit: int | None
    """Bytes; None where only the limit of all bodies holds."""
    deprecation: dict[str, str]
    """Headers of a deprecated operation (RFC 9745, RFC 8594)."""

    def body_limit(self, general: int) -> int:
        """Bytes of the largest body; `general` is the limit of all bodies."""
        return general if self.own_body_limit is None else min(general, self.own_body_limit)


@dataclass(frozen=True, slots=True)
class Contract:
    """openapi.yaml, as it stands and as data."""

    yaml: bytes
    json: bytes
    document: dict[str, Any]
    operations: dict[str, Operation]
    paths: dict[str, list[str]]
    """Methods that the contract has for each path."""


def load_contract() -> Contract:
    """Reads openapi.yaml from the project's folder, which is the working directory."""
    text = _FILE.read_bytes()
    document: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    operations: dict[str, Operation] = {}
    paths: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = _operation(path, method, item, document)
                paths.setdefault(path, []).append(operation.method)
                operations[operation.id] = operation
    as_json = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Contract(text, as_json, document, operations, paths)


def _operation(path: str, method: str, item: dict[str, Any], document: dict[str, Any]) -> Operation:
    described = item[method]
    parameters = [
        _resolved(entry, document)
        for entry in [*item.get("parameters", []), *described.get("parameters", [])]
    ]
    taken = described.get("requestBody", {})
    content = taken.get("content", {})
    schemas = [_resolved(media["schema"], document) for media in content.values()]
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        rate_limit=described.get("x-rate-limit", "default" if method == "get" else "write"),
        authentication=_authentication(described.get("security", [])),
        required_role=described.get("x-required-role"),
        media_types=tuple(content),
        query={entry["name"]: entry["schema"] for entry in parameters if entry["in"] == "query"},
        body=schemas[0] if schemas else None,
        body_required=taken.get("required", False),
        own_body_limit=described.get("x-body-limit"),
        deprecation=_deprecation(described),
    )


def _authentication(security: list[dict[str, Any]]) -> Literal["none", "optional", "required"]:
    """OpenAPI: an empty list needs no sign-in, a list with an empty requirement makes it optional."""
    if not security:
        return "none"
    return "optional" if {} in security else "required"


def _resolved(schema: Schema, document: dict[str, Any]) -> Schema:
    """What a reference into the document points to; anything else as it is."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    resolved: Schema = found
    return resolved


def _deprecation(described: dict[str, Any]) -> dict[str, str]:
    if not described.get("deprecated"):
        return {}
    headers = {"deprecation": "@0", "link": '</docs>; rel="deprecation"'}
    return headers | ({"sunset": str(described["x-sunset"])} if "x-sunset" in described else {})
