"""A provider for `terraform validate` and mocked `terraform test`: the schemas of a real one, and nothing behind them.

The registry's binaries weigh hundreds of megabytes. What they accept is also in the bindings that cdktn makes of each of
them; this reads it from there: which attributes and blocks there are, of which types, and which are required or computed.
"""

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import tf.provider
from tf.gen import tfplugin_pb2 as pb
from tf.runner import run_provider

BASIC = {"String": "string", "Number": "number", "Boolean": "bool"}
ENTRY = re.compile(
    r"^    // (?P<name>\w+) - computed: (?P<computed>\w+), optional: (?P<optional>\w+), required: (?P<required>\w+)\n"
    r"(?:    _\w+;\n)?(?:    /\*\*\n(?: +\*.*\n)+)?"
    r"    (?:_\w+ = new (?P<struct>\w+?)(?P<many>List|Map|OutputReference)\(this, \"\w+\"(?:, (?P<unordered>\w+))?\);"
    r"|get \w+\(\) \{\n +return (?P<getter>.+);)",
    re.MULTILINE,
)
BLOCK = re.compile(r"^ +(\w+): \{\n +value: .*,\n +isBlock: (\w+),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\"", re.MULTILINE)


class Bindings:
    """What one file of the bindings says about a resource, a data source or the provider itself."""

    def __init__(self, source: str) -> None:
        """Split the source into its classes, and its blocks from its attributes."""
        parts = re.split(r"^(?:export )?class (\w+) extends ", source, flags=re.MULTILINE)
        self._classes = dict(zip(parts[1::2], parts[2::2], strict=True))
        self.root = next(name for name, body in self._classes.items() if re.match(r"cdktn\.Terraform(Resource|DataSource|Provider)\b", body))
        functions = re.split(r"^(?:export )?function (\w+)ToHclTerraform\(", source, flags=re.MULTILINE)
        self._blocks = {name.lower(): self._shapes(body.split("\nclass ")[0]) for name, body in zip(functions[1::2], functions[2::2], strict=True)}
        self._blocks[self.root.lower()] = self._shapes(self._classes[self.root].rsplit("synthesizeHclAttributes()", 1)[1])

    @staticmethod
    def _shapes(body: str) -> dict[str, tuple[bool, str, str]]:
        return {name: (block == "true", kind, storage) for name, block, kind, storage in BLOCK.findall(body)}

    def _entries(self, class_name: str) -> list[dict[str, Any]]:
        return [match.groupdict() for match in ENTRY.finditer(self._classes[class_name])]

    def _computed_type(self, entry: dict[str, Any]) -> Any:
        if entry["struct"]:
            fields = {inner["name"]: self._computed_type(inner) for inner in self._entries(f"{entry['struct']}OutputReference")}
            kind = {"Map": "map"}.get(entry["many"], "set" if entry["unordered"] == "true" else "list")
            return [kind, ["object", fields]]
        return getter_type(entry["getter"])

    def schema(self, class_name: str | None = None) -> pb.Schema.Block:
        """Return what may stand in a block; that of the resource without a name."""
        name = class_name or self.root
        shapes = self._blocks[name.removesuffix("OutputReference").lower()]
        block = pb.Schema.Block(version=0, description_kind=pb.PLAIN)
        seen = set()
        for entry in self._entries(name):
            seen.add(entry["name"])
            is_block, kind, storage = shapes.get(entry["name"], (False, "", ""))
            if is_block:
                block.block_types.append(self._nested(entry, kind, storage))
                continue
            block.attributes.append(
                pb.Schema.Attribute(
                    name=entry["name"],
                    type=json.dumps(settable_type(kind, storage) or self._computed_type(entry)).encode(),
                    required=entry["required"] == "true",
                    optional=entry["optional"] == "true",
                    computed=entry["computed"] == "true",
                )
            )
        if missed := shapes.keys() - seen:
            raise ValueError(f"{name}: cannot read {', '.join(sorted(missed))}")
        return block

    def _nested(self, entry: dict[str, Any], kind: str, storage: str) -> pb.Schema.NestedBlock:
        modes = pb.Schema.NestedBlock.NestingMode
        counts = {"nesting": modes.SINGLE}
        if kind != "struct":
            single = entry["many"] == "OutputReference"
            required = entry["required"] == "true"
            counts = {"nesting": modes.SET if kind == "set" else modes.LIST, "min_items": int(required), "max_items": int(single)}
        # Nobody reads from the blocks of a provider: the bindings have no class for them.
        inner = self.schema(f"{entry['struct']}OutputReference") if entry["struct"] else self._settable(storage)
        return pb.Schema.NestedBlock(type_name=entry["name"], block=inner, **counts)

    def _settable(self, storage: str) -> pb.Schema.Block:
        shapes = self._blocks[storage.removesuffix("List").lower()]
        attributes = [
            pb.Schema.Attribute(name=name, type=json.dumps(settable_type(kind, stored)).encode(), optional=True)
            for name, (_, kind, stored) in shapes.items()
        ]
        return pb.Schema.Block(version=0, attributes=attributes)


def settable_type(kind: str, storage: str) -> Any:
    """Return the type of an attribute that a configuration sets, or None where the bindings give it a class."""
    found = re.fullmatch(r"(string|number|boolean|any)((?:List|Map)*)", storage)
    if not found:
        return None
    basic, containers = found.groups()
    type_: Any = {"boolean": "bool", "any": "dynamic"}.get(basic, basic)
    for container in re.findall("List|Map", containers):
        type_ = ["map" if container == "Map" else "list", type_]
    return ["set", type_[1]] if kind == "set" else type_


def getter_type(getter: str) -> Any:
    """Return the type of an attribute that only the provider sets, from how the bindings read it."""
    if found := re.search(r"\.get(String|Number|Boolean)Attribute\(", getter):
        return BASIC[found[1]]
    if found := re.search(r"\.get(String|Number|Boolean|Any)?(List|Map)Attribute\(", getter):
        container = "map" if found[2] == "Map" else "set" if "Fn.tolist" in getter else "list"
        return [container, BASIC.get(found[1] or "String", "string")]
    return "dynamic"


@cache
def bindings(folder: Path) -> Bindings:
    """Read the bindings of a resource or data source once."""
    return Bindings((folder / "index.js").read_text())


class Schemas(tf.provider.ProviderServicer):
    """Answers what `validate` and mocked tests ask, and nothing else."""

    def GetProviderSchema(self, request: object, context: object) -> pb.GetProviderSchema.Response:
        """Return the schemas of the types that the configuration names."""
        name = self.app.name
        wanted = {"resource": {}, "data": {}}
        for kind, type_ in sorted(set(re.findall(rf'^(resource|data) "({name}_\w+)"', os.environ["TF_SOURCES"], re.MULTILINE))):
            prefix = "data-" if kind == "data" else ""
            short = type_.removeprefix(f"{name}_").replace("_", "-")
            folder = self.app.library / (f"data-{name}-{short}" if prefix else short)
            if folder.exists():
                wanted[kind][type_] = pb.Schema(version=0, block=bindings(folder).schema())
        return pb.GetProviderSchema.Response(
            provider=pb.Schema(version=0, block=bindings(self.app.library / "provider").schema()),
            provider_meta=pb.Schema(version=0, block=pb.Schema.Block()),
            resource_schemas=wanted["resource"],
            data_source_schemas=wanted["data"],
        )

    def ValidateProviderConfig(self, request: object, context: object) -> pb.ValidateProviderConfig.Response:
        """Take everything that the schema takes."""
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: object, context: object) -> pb.ValidateResourceConfig.Response:
        """Take everything that the schema takes."""
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: object, context: object) -> pb.ValidateDataResourceConfig.Response:
        """Take everything that the schema takes."""
        return pb.ValidateDataResourceConfig.Response()


class Provider:
    """Which provider this process stands for."""

    def __init__(self, name: str) -> None:
        """Find the bindings of that name."""
        self.name = name
        self.library = Path(os.environ["TF_BINDINGS"]) / self.name

    def full_name(self) -> str:
        """Return its address."""
        return f"registry.terraform.io/hashicorp/{self.name}"


if __name__ == "__main__":
    tf.provider.ProviderServicer = Schemas
    run_provider(Provider(sys.argv[1]))
