"""What products look like: to callers, and in the database."""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from app import fields
from app.database.statements import resource_table

FieldList = Annotated[
    str | None,
    Field(
        alias="fields",
        max_length=1024,
        pattern=r"^(id|name|description|price|status|version|createdAt|updatedAt)(,(id|name|description|price|status|version|createdAt|updatedAt))*$",
    ),
]


class ProductInput(fields.Body):
    """What a caller gives of a product."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(alias="name")
    description: fields.Text | None = Field(default=None, alias="description")
    price: fields.Decimal = Field(alias="price")
    status: Literal["draft", "active", "archived"] = Field(alias="status")


class ProductPatch(fields.Body):
    """What a caller changes of a product: what is not given stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(default=fields.UNCHANGED, alias="name")
    description: fields.Text | None = Field(default=fields.UNCHANGED, alias="description")
    price: fields.Decimal = Field(default=fields.UNCHANGED, alias="price")
    status: Literal["draft", "active", "archived"] = Field(default=fields.UNCHANGED, alias="status")


class ProductQuery(fields.Query):
    """What a caller wants of one product."""

    fields_: FieldList = None


class ProductListQuery(fields.ListQuery):
    """Which products a caller wants."""

    fields_: FieldList = None
    sort: Literal["createdAt", "-createdAt", "status", "-status"] = "-createdAt"
    status: Literal["draft", "active", "archived"] | None = Field(default=None, alias="status")


FILTERABLE: list[str] = ["status"]
"""Fields that a list can be filtered by; each has an index."""

TABLE = resource_table(
    "products",
    sa.Column("name", sa.String, key="name"),
    sa.Column("description", sa.Text, key="description"),
    sa.Column("price", sa.Numeric, key="price"),
    sa.Column("status", sa.String, key="status"),
)
