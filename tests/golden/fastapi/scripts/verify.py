"""The contract, asked of the whole project: several instances, with faults."""

import shutil
import subprocess
import sys
from typing import Final

_COMMAND: Final = ("--yes", "create-scalable-api@0.0.0", "verify")


def main() -> None:
    """`verify`: hand the arguments on to the program that does it, which needs Node.js."""
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("verify needs npx, which comes with Node.js 20.19 or newer: https://nodejs.org")
    sys.exit(subprocess.run([npx, *_COMMAND, *sys.argv[1:]], check=False).returncode)


if __name__ == "__main__":
    main()
