"""/v1/products: what is not said here (paths, limits, roles) is in openapi.yaml."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from app.api_route import ContractRouter, asked_of, write
from app.fields import Uuid
from app.http.answer import Answer, created, item, no_content, page, updated
from app.http.conditional import ChangeCondition, change_condition
from app.http.list_query import field_list, list_request
from app.http.reply import reply
from app.platform import Platform
from app.resources.products.models import (
    FILTERABLE,
    ProductInput,
    ProductListQuery,
    ProductPatch,
    ProductQuery,
)
from app.resources.products.service import (
    ProductService,
)
from app.writes import UnitOfWork

Id = Annotated[Uuid, Path()]


def create_router(platform: Platform) -> APIRouter:
    """Routes of products."""
    service = ProductService(platform)
    router = ContractRouter(platform.contract)

    @router.operation("listProducts")
    async def list_products(
        request: Request,
        query: Annotated[ProductListQuery, Query()],
    ) -> Response:
        asked = asked_of(request)
        wanted = list_request("products", query.model_dump(by_alias=True), FILTERABLE)
        found = await service.list(wanted, asked.call)
        return reply(page(found.body, found.next_cursor, asked))

    @router.operation("getProduct")
    async def get_product(
        request: Request,
        id: Id,
        query: Annotated[ProductQuery, Query()],
    ) -> Response:
        asked = asked_of(request)
        fields = field_list(query.fields_)
        if fields is not None:
            return reply(item(await service.find_fields(id, fields, asked.call), asked))
        reading = await service.find(id, asked.call)
        return reply(item(reading.entry, asked, reading))

    @router.operation("createProduct")
    async def create_product(
        request: Request,
        body: Annotated[ProductInput, Body()],
    ) -> Response:
        async def work(unit: UnitOfWork) -> Answer:
            made, entry = await service.create(unit, body)
            return created(entry, f"/v1/products/{made}")

        return await write(platform, request, work)

    @router.operation("replaceProduct")
    async def replace_product(
        request: Request,
        id: Id,
        body: Annotated[ProductInput, Body()],
    ) -> Response:
        async def work(unit: UnitOfWork) -> Answer:
            return updated(await service.replace(unit, id, body, _condition(request)))

        return await write(platform, request, work)

    @router.operation("updateProduct")
    async def update_product(
        request: Request,
        id: Id,
        body: Annotated[ProductPatch, Body()],
    ) -> Response:
        async def work(unit: UnitOfWork) -> Answer:
            return updated(await service.update(unit, id, body, _condition(request)))

        return await write(platform, request, work)

    @router.operation("deleteProduct")
    async def delete_product(
        request: Request,
        id: Id,
    ) -> Response:
        async def work(unit: UnitOfWork) -> Answer:
            await service.remove(unit, id, _condition(request))
            return no_content()

        return await write(platform, request, work)

    return router


def _condition(request: Request) -> ChangeCondition | None:
    asked = asked_of(request)
    return change_condition(asked.header("if-match"), asked.header("if-none-match"))
