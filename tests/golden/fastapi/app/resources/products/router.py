"""/v1/products"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.params import Depends as Dependency

from app.auth.dependencies import require_role
from app.auth.roles import Role
from app.dependencies import context_of, no_query, services_of
from app.fields import Uuid, shared
from app.http.conditions import Condition, IfNoneMatch
from app.http.json_route import JsonRoute
from app.http.list_query import field_list, list_request
from app.http.rate_limit import Access
from app.http.responses import changed, created, item, page
from app.openapi.components import also_json, errors, success
from app.resources.products.models import (
    FILTERABLE,
    Product,
    ProductInput,
    ProductListQuery,
    ProductPage,
    ProductPatch,
    ProductQuery,
    ProductSelection,
    ProductSelectionPage,
)
from app.resources.products.service import ProductService
from app.unit_of_work import UnitOfWork
from app.writes import Write

router = APIRouter(
    prefix="/v1/products",
    tags=["Products"],
    route_class=JsonRoute,
    responses=errors(400, 500, 503),
)
_ONE = "The product; with `fields` only those."
_reads = [Depends(Access("default"))]

Id = Annotated[Uuid, Path(description="Identifier, a UUID.", json_schema_extra=shared("Id"))]


async def _service(request: Request) -> ProductService:
    return ProductService(services_of(request))


Service = Annotated[ProductService, Depends(_service)]


def _writes(role: Role) -> list[Dependency]:
    return [Depends(Access("write", require_role(role))), Depends(no_query)]


@router.get(
    "",
    operation_id="listProducts",
    summary="List products",
    response_model=ProductPage | ProductSelectionPage,
    responses={
        200: success("A page; with `fields` of only those.", "Cache-Control", "Link"),
        **errors(414, 431),
    },
    dependencies=_reads,
)
async def list_products(
    query: Annotated[ProductListQuery, Query()], request: Request, service: Service
) -> Response:
    wanted = list_request("products", query.model_dump(by_alias=True), FILTERABLE)
    found = await service.list(wanted, context_of(request))
    return page(found.body, found.next_cursor, request)


@router.get(
    "/{id}",
    operation_id="getProduct",
    summary="Get a product",
    response_model=Product | ProductSelection,
    responses={
        200: success(_ONE, "ETag", "Cache-Control", "Cache-Status"),
        304: success("The client has this version already.", "ETag", "Cache-Control"),
        **errors(404, 414, 431),
    },
    dependencies=_reads,
)
async def get_product(
    id: Id,
    query: Annotated[ProductQuery, Query()],
    request: Request,
    service: Service,
    if_none_match: IfNoneMatch = None,
) -> Response:
    context, fields = context_of(request), field_list(query.fields_)
    if fields is not None:
        selection = await service.find_fields(id, fields, context)
        return item(selection, request, if_none_match)
    reading = await service.find(id, context)
    return item(reading.entry, request, if_none_match, reading)


@router.post(
    "",
    operation_id="createProduct",
    summary="Create a product",
    status_code=201,
    response_model=Product,
    responses={
        201: success("Created.", "Location", "ETag", "Cache-Control", "Idempotent-Replayed"),
        **errors(409),
    },
    dependencies=_writes("editor"),
)
async def create_product(body: ProductInput, service: Service, write: Write) -> Response:
    async def work(unit: UnitOfWork) -> Response:
        made, entry = await service.create(unit, body)
        return created(entry, f"/v1/products/{made}")

    return await write.run(work)


@router.put(
    "/{id}",
    operation_id="replaceProduct",
    summary="Replace a product",
    response_model=Product,
    responses={
        200: success("Changed.", "ETag", "Cache-Control", "Idempotent-Replayed"),
        **errors(404, 409, 412, 414, 431),
    },
    dependencies=_writes("editor"),
)
async def replace_product(
    id: Id, body: ProductInput, condition: Condition, service: Service, write: Write
) -> Response:
    async def work(unit: UnitOfWork) -> Response:
        return changed(await service.replace(unit, id, body, condition))

    return await write.run(work)


@router.patch(
    "/{id}",
    operation_id="updateProduct",
    summary="Change some fields of a product",
    response_model=Product,
    responses={
        200: success("Changed.", "ETag", "Cache-Control", "Idempotent-Replayed"),
        **errors(404, 409, 412, 414, 431),
    },
    dependencies=_writes("editor"),
    openapi_extra=also_json("ProductPatch"),
)
async def update_product(
    id: Id,
    body: Annotated[ProductPatch, Body(media_type="application/merge-patch+json")],
    condition: Condition,
    service: Service,
    write: Write,
) -> Response:
    async def work(unit: UnitOfWork) -> Response:
        return changed(await service.update(unit, id, body, condition))

    return await write.run(work)


@router.delete(
    "/{id}",
    operation_id="deleteProduct",
    summary="Delete a product",
    status_code=204,
    responses={
        204: success("Deleted.", "Idempotent-Replayed"),
        **errors(404, 409, 412, 414, 422, 431),
    },
    dependencies=_writes("admin"),
)
async def delete_product(id: Id, condition: Condition, service: Service, write: Write) -> Response:
    async def work(unit: UnitOfWork) -> Response:
        await service.remove(unit, id, condition)
        return Response(status_code=204)

    return await write.run(work)
