"""What no schema says: an idempotency key stands for one request, and cursors are signed by the server."""

import re
import uuid

import schemathesis

KEY = re.compile(r"[!-~]{1,255}")
CURSOR = re.compile(r"[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+")
TAGS = re.compile(r'\*|((W/)?"[^"]*"|[ \t,])+')


def positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in list((case.headers or {}).items()):
        if name.lower() == "idempotency-key" and KEY.fullmatch(str(value)):
            case.headers[name] = str(uuid.uuid4())
        # Where it tries one header at a time, the tool forgets the pattern of this one.
        if name.lower() == "if-match" and positive(case) and not TAGS.fullmatch(str(value)):
            case.headers[name] = '"1"'
    query = case.query or {}
    if isinstance(query.get("cursor"), str) and CURSOR.fullmatch(query["cursor"]):
        del query["cursor"]
