"""What products look like: to callers, and in the database."""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import ConfigDict, Field

from app import fields
from app.database import types
from app.database.tables import resource_table

FieldList = Annotated[
    str | None,
    Field(
        alias="fields",
        max_length=1024,
        pattern=r"^(id|name|description|price|status|version|createdAt|updatedAt)(,(id|name|description|price|status|version|createdAt|updatedAt))*$",
        description="Only these fields, separated by commas.",
        json_schema_extra=fields.shared("ProductFields"),
    ),
]


class ProductInput(fields.Body):
    """The request fields of a product."""

    model_config = ConfigDict(json_schema_extra=fields.example({"name": "Travel backpack", "description": "Ready to use, without any tools.", "price": "24.90", "status": "active"}))

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(alias="name")
    description: fields.Text | None = Field(default=None, alias="description")
    price: fields.Decimal = Field(alias="price")
    status: Literal["draft", "active", "archived"] = Field(alias="status")


class ProductPatch(fields.Body):
    """A merge patch (RFC 7396). Only the fields given are changed."""

    model_config = ConfigDict(json_schema_extra=fields.example({"name": "Travel backpack"}))

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(default=fields.UNCHANGED, alias="name")
    description: fields.Text | None = Field(default=fields.UNCHANGED, alias="description")
    price: fields.Decimal = Field(default=fields.UNCHANGED, alias="price")
    status: Literal["draft", "active", "archived"] = Field(default=fields.UNCHANGED, alias="status")


class Product(fields.View):
    """A product."""

    model_config = ConfigDict(json_schema_extra=fields.example({"id": "01900000-0000-7000-8000-000001000001", "name": "Wireless keyboard", "description": "Small, quiet and easy to carry.", "price": "9.99", "status": "active", "version": 1, "createdAt": "2026-01-15T08:30:00.000Z", "updatedAt": "2026-01-15T08:30:00.000Z"}))

    id: fields.Uuid = Field(description="Made by the server, in order of time (UUIDv7).")
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(alias="name")
    description: fields.Text | None = Field(alias="description")
    price: fields.Decimal = Field(alias="price")
    status: Literal["draft", "active", "archived"] = Field(alias="status")
    version: fields.Version = Field(description="Counts the changes.")
    created_at: fields.Time
    updated_at: fields.Time


class ProductSelection(fields.View):
    """The fields selected with `fields`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, **fields.example({"id": "01900000-0000-7000-8000-000001000001", "name": "Travel backpack"})})

    id: fields.Uuid = fields.UNCHANGED
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=fields.NO_NULL)] = Field(default=fields.UNCHANGED, alias="name")
    description: fields.Text | None = Field(default=fields.UNCHANGED, alias="description")
    price: fields.Decimal = Field(default=fields.UNCHANGED, alias="price")
    status: Literal["draft", "active", "archived"] = Field(default=fields.UNCHANGED, alias="status")
    version: fields.Version = fields.UNCHANGED
    created_at: fields.Time = fields.UNCHANGED
    updated_at: fields.Time = fields.UNCHANGED


class ProductPage(fields.View):
    """A page of products."""

    data: list[Product] = Field(max_length=100)
    meta: fields.PageMeta


class ProductSelectionPage(fields.View):
    """A page of products, with the fields selected with `fields`."""

    data: list[ProductSelection] = Field(max_length=100)
    meta: fields.PageMeta


class ProductQuery(fields.Query):
    """What a caller wants of one product."""

    fields_: FieldList = None


class ProductListQuery(fields.ListQuery):
    """Which products a caller wants."""

    fields_: FieldList = None
    sort: Literal["createdAt", "-createdAt", "status", "-status"] = Field(
        default="-createdAt", description="Order of the list; a minus sorts downwards."
    )
    created_at__gte: fields.Moment | None = Field(
        default=None, alias="createdAt[gte]", description="Only those with this value or a greater one."
    )
    created_at__lt: fields.Moment | None = Field(
        default=None, alias="createdAt[lt]", description="Only those with a smaller value."
    )
    status: Literal["draft", "active", "archived"] | None = Field(
        default=None, alias="status", description="Only those with this value."
    )
    status__in: fields.CommaList[Literal["draft", "active", "archived"]] | None = Field(
        default=None, alias="status[in]", description="Only those with one of these values, separated by commas."
    )



FILTERABLE: list[str] = ["createdAt[gte]", "createdAt[lt]", "status", "status[in]"]
"""Parameters that a list can be filtered by; each is of a field with an index."""

TABLE = resource_table(
    "products",
    sa.Column("name", types.TEXT, key="name", nullable=False),
    sa.Column("description", types.TEXT, key="description"),
    sa.Column("price", types.DECIMAL, key="price", nullable=False),
    sa.Column("status", types.TEXT, sa.CheckConstraint("\"status\" in ('draft', 'active', 'archived')"), key="status", nullable=False),
    indexes=[
        sa.Index("products__created_at", "createdAt", "id"),
        sa.Index("products__status", "status", "createdAt", "id"),
    ],
)
