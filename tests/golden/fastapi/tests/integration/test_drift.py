"""openapi.yaml is written by hand and the models are code: they must say the same."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from app.api import create_api
from app.api_route import operations_of
from app.contract import Contract
from app.drift import assert_contract_served
from tests.support.api import instance

METHODS = {"get", "post", "put", "patch", "delete"}
SAID = {"type", "enum", "format", "minLength", "maxLength", "pattern", "minimum", "maximum"}
Described = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def served(surroundings: dict[str, str]) -> AsyncIterator[tuple[Contract, FastAPI]]:
    async with instance(surroundings) as api:
        yield api.platform.contract, create_api(api.platform)


def described(document: dict[str, Any]) -> Described:
    """Operation to what it takes, in one form for what is written by hand and what is generated."""
    return {
        operation["operationId"]: {
            "place": (method, path),
            "parameters": parameters(item.get("parameters", []), operation, document),
            "body": body(operation, document),
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def parameters(shared: list[Any], operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    given = [resolved(entry, document) for entry in [*shared, *operation.get("parameters", [])]]
    # Headers are read as they are asked for.
    return {
        entry["name"]: (entry["in"], plain(entry["schema"], document))
        for entry in given
        if entry["in"] in {"path", "query"}
    }


def body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content")
    if not content:
        return None
    schema = next(iter(content.values()))["schema"]
    # A body that may be left out is one that may be null, in Python.
    schema = resolved(schema["anyOf"][0] if "anyOf" in schema else schema, document)
    fields = {name: plain(entry, document) for name, entry in schema["properties"].items()}
    return fields, set(schema.get("required", [])), schema["additionalProperties"]


def plain(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a schema demands, with null as one more type."""
    schema = resolved(schema, document)
    choices = [resolved(entry, document) for entry in schema.get("anyOf", [schema])]
    types = [kind for entry in choices for kind in listed(entry["type"])]
    said = {key: value for entry in choices for key, value in entry.items() if key in SAID}
    if "const" in choices[0]:
        said["enum"] = [choices[0]["const"]]
    if "enum" in said:
        said["enum"] = {value for value in said["enum"] if value is not None}
    return said | {"type": set(types)}


def without_null(entry: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """A parameter may be left out, which Python says with None; it is never null."""
    place, schema = entry
    return place, schema | {"type": schema["type"] - {"null"}}


def listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    found: Any = schema
    while "$ref" in found:
        steps = found["$ref"].removeprefix("#/").split("/")
        found = document
        for step in steps:
            found = found[step]
    target: dict[str, Any] = found
    return target


def test_models_and_parameters_are_as_the_contract_says(served: tuple[Contract, FastAPI]) -> None:
    contract, api = served
    written, generated = described(contract.document), described(api.openapi())
    assert set(generated) == set(written)
    for name, operation in written.items():
        own = generated[name]
        assert own["place"] == operation["place"], name
        own["parameters"] = {key: without_null(entry) for key, entry in own["parameters"].items()}
        assert own["parameters"] == operation["parameters"], name
        assert own["body"] == operation["body"], name


def test_an_operation_that_only_one_side_has_ends_the_start(served: tuple[Contract, FastAPI]) -> None:
    contract, api = served
    operations = operations_of(api)
    assert_contract_served(contract, operations)
    some = next(iter(contract.operations))
    with pytest.raises(LookupError, match=some):
        assert_contract_served(contract, operations - {some})
    less = {name: entry for name, entry in contract.operations.items() if name != some}
    with pytest.raises(LookupError, match=some):
        assert_contract_served(replace(contract, operations=less), operations)
