"""Completes FastAPI's document (its page "Extending OpenAPI")."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.openapi.components import (
    ProblemDetails,
    Schema,
    errors,
    header_components,
    response_components,
)

_REFERENCE = "#/components/schemas/{model}"
_NULL = {"type": "null"}


class Documented:
    """A dependency that adds to the operations that use it."""

    extra: Mapping[str, Any] = MappingProxyType({})
    """Members of the operation, such as `x-required-role`."""
    responses: Mapping[int | str, dict[str, Any]] = MappingProxyType({})
    signs_in: bool = False
    """Whether callers without credentials are refused."""
    limits: str = "none"
    """The rate limit policy."""


def complete_document(app: FastAPI) -> None:
    """Have `app.openapi()` return the completed document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(FastAPI.openapi(app), app)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: Schema, app: FastAPI) -> None:
    components = document.setdefault("components", {})
    components.setdefault("securitySchemes", {})
    components |= {"parameters": {}, "headers": header_components(), "responses": {}}
    schemas: Schema = components.setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template=_REFERENCE)
    schemas |= {**problem.pop("$defs"), "ProblemDetails": problem}
    for name in ("ValidationError", "HTTPValidationError"):
        schemas.pop(name, None)
    for schema in schemas.values():
        _plain(schema)
        _complete_example(schema)
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _describe(operation, method, list(_documented(route.dependant)), components["parameters"])
    used = {name for status in _statuses(document) for name in status}
    components["responses"] = {
        name: response for name, response in response_components().items() if name in used
    }


def _documented(dependant: Dependant) -> Iterator[Documented]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Documented):
            yield dependency.call
        yield from _documented(dependency)


def _describe(operation: Schema, method: str, rules: list[Documented], parameters: Schema) -> None:
    for rule in rules:
        operation.update(rule.extra)
        operation["responses"] |= {str(status): value for status, value in rule.responses.items()}
    policy = next((rule.limits for rule in rules if rule.limits != "none"), "none")
    if policy != ("default" if method == "GET" else "write"):
        operation["x-rate-limit"] = policy
    security = operation.setdefault("security", [])
    if security:
        operation["responses"]["401"] = errors(401)[401]
        if not any(rule.signs_in for rule in rules):
            security.insert(0, {})
    if "parameters" in operation:
        operation["parameters"] = [_parameter(entry, parameters) for entry in operation["parameters"]]
    _tidy_responses(operation)


def _tidy_responses(operation: Schema) -> None:
    responses = operation["responses"]
    invalid = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if invalid.get("$ref", "").endswith("/HTTPValidationError"):
        # FastAPI documents its own error format; this API sends problem details.
        del responses["422"]
        status = 422 if "requestBody" in operation else 400
        responses[str(status)] = errors(status)[status]
    for status, response in responses.items():
        if "$ref" in response:
            responses[status] = {"$ref": response["$ref"]}
        for media in response.get("content", {}).values():
            _plain(media.get("schema", {}))
    for media in operation.get("requestBody", {}).get("content", {}).values():
        _plain(media["schema"], null=False)


def _parameter(parameter: Schema, parameters: Schema) -> Schema:
    schema = parameter["schema"]
    schema.pop("description", None)
    _plain(schema, null=False)
    if not parameter["required"]:
        del parameter["required"]
    if schema.pop("x-explode", None) is False:
        parameter["explode"] = False
    name = schema.pop("x-component", None)
    if name is None:
        return parameter
    parameters[name] = parameter
    return {"$ref": f"#/components/parameters/{name}"}


def _plain(schema: Schema, *, null: bool = True) -> None:
    """Without titles that repeat names; null is one more type, and one value an enumeration."""
    kinds = schema.get("anyOf", [])
    other: Schema = next((kind for kind in kinds if kind != _NULL), {})
    # What a reference leads to cannot have one more type.
    if _NULL in kinds and len(kinds) == 2 and not (null and "$ref" in other):
        del schema["anyOf"]
        schema |= other
        if null:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
    schema.pop("title", None)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    for inner in [*schema.get("properties", {}).values(), schema.get("items")]:
        if isinstance(inner, dict):
            _plain(inner)


def _complete_example(schema: Schema) -> None:
    """In the order of the properties, with the null that FastAPI leaves out of whole objects."""
    example = schema.get("example", {})
    for name, inner in schema.get("properties", {}).items():
        if name in example:
            example[name] = example.pop(name)
        elif example and "required" in schema and "null" in inner.get("type", []):
            example[name] = None


def _statuses(document: Schema) -> Iterator[set[str]]:
    for item in document["paths"].values():
        for operation in item.values():
            yield {
                response["$ref"].rpartition("/")[2]
                for response in operation["responses"].values()
                if "$ref" in response
            }
