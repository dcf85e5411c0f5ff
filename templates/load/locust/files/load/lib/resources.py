"""The collections of the contract."""

from typing import Any, NamedTuple


class Resource(NamedTuple):
    path: str
    # JSON Schemas of the fields of a body.
    fields: dict[str, dict[str, Any]]
    required: list[str]
    example: dict[str, Any]

    @property
    def references(self) -> set[str]:
        """Paths of the other collections that it refers to."""
        targets = {str(schema.get("x-references", self.path)) for schema in self.fields.values()}
        return targets - {self.path}


def resources_of(document: dict[str, Any]) -> list[Resource]:
    """
    The collections of an OpenAPI document whose items can be created, read, changed and deleted, each after those that it
    refers to.
    """
    found: list[Resource] = []
    for path, item in document["paths"].items():
        if _is_collection(path, document["paths"]):
            reference = item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rpartition("/")[2]]
            fields, required = schema["properties"], schema.get("required", [])
            found.append(Resource(path, fields, required, schema.get("example", {})))
    ordered: list[Resource] = []
    while found:
        known = {resource.path for resource in ordered}
        following = next((resource for resource in found if resource.references <= known), None)
        if following is None:
            raise ValueError("collections refer to each other in a circle, or to one that is not there")
        found.remove(following)
        ordered.append(following)
    return ordered


def _is_collection(path: str, paths: dict[str, Any]) -> bool:
    below = (other for other in paths if other.startswith(path + "/{"))
    item = next((paths[other] for other in below if "/" not in other[len(path) + 1 :]), {})
    return {"get", "post"} <= paths[path].keys() and {"get", "patch", "delete"} <= item.keys()
