"""What is wrong with query parameters, with the names that were probably meant."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel

from app.names import nearest

_NAME: Final = re.compile(r"-?\w{1,64}", re.ASCII)
_NAMES: Final = re.compile(r"\^\((\w+(?:\|\w+)*)\)\(,\(\1\)\)\*\$")
"""The pattern of a list of names, such as `fields`."""
_MOST_NAMES: Final = 5


def query_names(request: Request) -> list[str]:
    """The query parameters of the operation."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    names: list[str] = []
    for field in dependant.query_params if dependant else ():
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            names += [info.alias or name for name, info in model.model_fields.items()]
        else:
            names.append(field.alias)
    return names


def fault_of(error: Mapping[str, Any], parameters: Sequence[str]) -> str:
    """What an error of Pydantic says. The value is quoted only where it has the form of a name."""
    given, context = str(error.get("input")), error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return _meant("is not known here", str(error["loc"][1]), parameters)
    if error["type"] == "literal_error":
        return _not_one_of(given, re.findall(r"'([^']*)'", context["expected"]))
    names = _NAMES.fullmatch(str(context.get("pattern")))
    if error["type"] == "string_pattern_mismatch" and names:
        known = names[1].split("|")
        unknown = (name for name in given.split(",") if name not in known)
        return "; ".join(_not_one_of(name, known) for name in islice(unknown, _MOST_NAMES))
    return str(error["msg"])


def _not_one_of(given: str, known: Sequence[str]) -> str:
    subject = f'"{given}"' if _NAME.fullmatch(given) else "a name"
    return _meant(f"{subject} is not one of {', '.join(known)}", given, known)


def _meant(fault: str, given: str, known: Sequence[str]) -> str:
    meant = nearest(given, known) if _NAME.fullmatch(given) else None
    return f"{fault}; did you mean {meant}?" if meant else fault
