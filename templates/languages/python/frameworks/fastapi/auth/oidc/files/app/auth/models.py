"""Bodies of the operations of callers."""

from pydantic import ConfigDict, Field

from app import fields
from app.auth.roles import Role


class AuthCaller(fields.View):
    """The subject of an access token, and its roles."""

    model_config = ConfigDict(json_schema_extra=fields.example({"id": "ada", "roles": ["reader"]}))

    id: str = Field(min_length=1, max_length=255, pattern="^[ -~]+$", description="The claim `sub`.")
    roles: list[Role] = Field(max_length=10)
