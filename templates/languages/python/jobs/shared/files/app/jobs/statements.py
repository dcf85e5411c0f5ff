"""The statements of jobs. The clock of the database counts: instances need not agree on the time."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Text,
    Update,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.database.query import Query, compiled
from app.jobs.table import JOBS

RELAYED: Final = 100
"""Most jobs that the relay sends at once."""
PURGED: Final = 20
"""Most jobs that are deleted in a transaction, which waits for the file store."""

_NOW: Final = func.now()
_ONE: Final = literal_column("1", Integer)
_JSON: Final = ("payload", "result")
_ROW: Final = [
    (cast(column, Text) if column.name in _JSON else column).label(column.name)
    for column in JOBS.c
    if column.name != "publish_at"
]
_ID: Final = JOBS.c.id == bindparam("id")
_FREE: Final = (JOBS.c.status == "queued") | ((JOBS.c.status == "running") & (JOBS.c.publish_at <= _NOW))
_MINE: Final = (JOBS.c.status == "running") & (JOBS.c.attempts == bindparam("attempts"))
_LEFT: Final = JOBS.c.attempts < bindparam("most", type_=Integer)
_EXPIRED: Final = JOBS.c.publish_at.is_(None) & (JOBS.c.expires_at <= _NOW)


def _later(seconds: str) -> ColumnElement[Any]:
    """The time in as many seconds as the value of that name."""
    return _NOW + cast(bindparam(seconds), Float) * literal_column("interval '1 second'")


def _change(name: str, *conditions: ColumnElement[bool], row: bool = False, **values: Any) -> Query:
    statement: Update = JOBS.update().where(_ID, *conditions).values(updated_at=_NOW, **values)
    return compiled(f"jobs {name}", statement.returning(*(_ROW if row else [JOBS.c.id])))


_OVER: Final[dict[str, Any]] = {"publish_at": null(), "expires_at": _later("ttl_s")}
_ERROR: Final = bindparam("error", type_=Text)

ADD: Final = compiled(
    "jobs add",
    JOBS.insert()
    .values(
        id=bindparam("id"),
        kind=bindparam("kind"),
        owner=bindparam("owner"),
        payload=cast(bindparam("payload", type_=Text), JSONB),
        trace_parent=bindparam("trace_parent"),
        publish_at=_NOW,
        expires_at=_later("ttl_s"),
    )
    .returning(*_ROW),
)
FIND: Final = compiled("jobs find", select(*_ROW).where(_ID, ~_EXPIRED))
NEWEST: Final = compiled("jobs newest", select(*_ROW).order_by(JOBS.c.id.desc()).limit(literal_column("100")))
FAILED: Final = compiled("jobs failed", select(*_ROW).where(JOBS.c.status == "failed").order_by(JOBS.c.id))
DUE: Final = compiled(
    "jobs due",
    select(JOBS.c.id)
    .where(JOBS.c.publish_at <= _NOW)
    .order_by(JOBS.c.publish_at)
    .limit(literal_column(str(RELAYED))),
)
SENT: Final = compiled(
    "jobs sent",
    JOBS.update()
    .where(
        JOBS.c.id == any_(cast(bindparam("ids"), ARRAY(JOBS.c.id.type))),
        JOBS.c.publish_at <= _NOW,
    )
    .values(status="queued", publish_at=_later("republish_s")),
)
CLAIM: Final = _change(
    "claim",
    _FREE,
    _LEFT,
    row=True,
    status="running",
    attempts=JOBS.c.attempts + _ONE,
    done=literal_column("0"),
    publish_at=_later("lease_s"),
)
BURY: Final = _change("bury", _FREE, ~_LEFT, row=True, status="failed", error=_ERROR, **_OVER)
RENEW: Final = _change("renew", _MINE, done=bindparam("done"), publish_at=_later("lease_s"))
SUCCEED: Final = _change(
    "succeed",
    _MINE,
    status="succeeded",
    result=cast(bindparam("result", type_=Text), JSONB),
    error=null(),
    done=bindparam("done"),
    **_OVER,
)
RETRY: Final = _change("retry", _MINE, status="queued", error=_ERROR, publish_at=_later("wait_s"))
FAIL: Final = _change("fail", _MINE, status="failed", error=_ERROR, **_OVER)
GIVE_BACK: Final = _change(
    "give back", _MINE, status="queued", attempts=JOBS.c.attempts - _ONE, publish_at=_NOW
)
CANCEL: Final = _change(
    "cancel",
    JOBS.c.status.in_([literal_column("'queued'"), literal_column("'running'")]),
    status="cancelled",
    **_OVER,
)
REPLAY: Final = _change(
    "replay",
    JOBS.c.status == "failed",
    status="queued",
    attempts=literal_column("0"),
    error=null(),
    publish_at=_NOW,
)
EXPIRED: Final = compiled(
    "jobs expired",
    select(JOBS.c.id)
    .where(_EXPIRED)
    .order_by(JOBS.c.expires_at)
    .limit(literal_column(str(PURGED)))
    .with_for_update(skip_locked=True),
)
DELETE: Final = compiled("jobs delete", JOBS.delete().where(_ID))
DISCARD: Final = compiled(
    "jobs discard", JOBS.delete().where(_ID, JOBS.c.status == "failed").returning(JOBS.c.id)
)
COUNTS: Final = compiled(
    "jobs counts",
    text("""select count(*) filter (where status = 'queued') as queued,
    count(*) filter (where status = 'running') as running,
    coalesce(extract(epoch from now() - min(created_at) filter (where status = 'queued')), 0) as oldest,
    (select count(*) from jobs where status = 'failed') as failed from jobs where publish_at is not null"""),
)
