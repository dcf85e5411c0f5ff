"""The contract, asked of the whole project: several instances, with faults."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_PROGRAM: Final = "create-scalable-api"


def main() -> None:
    """`verify`: hand the arguments on to the program that does it, as installed here or on this machine.

    Nothing is taken from a registry by its name. Exits with the code of the program, or with 2 without it.
    """
    folders = os.pathsep.join(["node_modules/.bin", os.environ.get("PATH", os.defpath)])
    program = shutil.which(_PROGRAM, path=folders)
    if program is None:
        print(_missing(), file=sys.stderr)
        sys.exit(2)
    sys.exit(subprocess.run([program, "verify", *sys.argv[1:]], check=False).returncode)


def _missing() -> str:
    version = json.loads(Path(".scalable-api.json").read_text(encoding="utf-8"))["version"]
    return (
        f"verify needs {_PROGRAM}, a program for Node.js 20.19 or newer, which this project does not have: "
        f"npm install --save-dev {_PROGRAM}@{version}, "
        "or the path of a checkout or a package file in its place."
    )


if __name__ == "__main__":
    main()
