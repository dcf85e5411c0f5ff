"""Secrets of development, made as .env.example marks them."""

import re
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from dotenv import dotenv_values

from scripts.key_makers import KEY_MAKERS

_FILE: Final = Path(".env")
_EXAMPLE: Final = Path(".env.example")
_MARK: Final = re.compile(r"^# made: (\w+)\n(\w+)=", re.MULTILINE)
_MAKERS: Final = {"random": lambda: token_urlsafe(32), **KEY_MAKERS}


def new_secrets() -> dict[str, str]:
    """Return a new value for every secret that .env.example marks, by name."""
    marked = _MARK.findall(_EXAMPLE.read_text("utf-8"))
    return {name: _MAKERS[kind]() for kind, name in marked}


def ensure_secrets() -> list[str]:
    """Add the secrets that .env lacks, readable by the owner alone, and return their names."""
    present = dotenv_values(_FILE)
    missing = {name: value for name, value in new_secrets().items() if not present.get(name)}
    if missing:
        _FILE.touch(mode=0o600)
        _FILE.chmod(0o600)
        with _FILE.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={_quoted(value)}\n" for name, value in missing.items())
    return list(missing)


def main() -> None:
    """`secrets`: make what is missing, and say what that was."""
    made = ensure_secrets()
    print(f"made in {_FILE}: {', '.join(made)}" if made else f"{_FILE} has every secret")


def _quoted(value: str) -> str:
    r"""Write line breaks as `\n` and what is more than a word in single quotes, in which nothing is expanded."""
    line = value.strip().replace("\n", "\\n")
    return line if re.fullmatch(r"[\w-]+", line) else f"'{line}'"


if __name__ == "__main__":
    main()
