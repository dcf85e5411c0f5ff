"""Problems for writes that break a unique or foreign key."""

from app.database.port import ConstraintError
from app.names import camel
from app.problem import Problem, Violation


def conflict(error: ConstraintError) -> Problem:
    """Say which field it is, or what refers to the row."""
    if error.kind == "referenced":
        others = error.table.replace("_", " ") or "other resources"
        told: Violation = {"code": "referenced", "detail": f"is referred to by {others}"}
        return Problem("conflict", detail=f"It cannot be deleted while {others} refer to it.", errors=[told])
    if error.kind == "unique":
        detail, code, fault = "Another one has the same value already.", "taken", "is taken"
    else:
        detail = "The request refers to something that does not exist."
        code, fault = "missing", "refers to something that does not exist"
    columns = error.columns
    # Values of some rows are unique for each owner or tenant: the key begins with that, which is no field.
    if len(columns) > 1 and columns[0] in {"owner_id", "tenant_id"}:
        columns = columns[1:]
    errors: list[Violation] = [
        {"pointer": f"#/{camel(column)}", "code": code, "detail": fault} for column in columns
    ]
    return Problem("conflict", detail=detail, errors=errors)
