"""A catalogue in the usual style of FastAPI: slashes at the end, pages by number, 400 for what is not valid."""

from itertools import count
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

app = FastAPI(title="Catalogue")
router = APIRouter(prefix="/api/v1/items", tags=["items"])
key = APIKeyHeader(name="X-API-Key", auto_error=False)
items: dict[int, "Item"] = {}
numbers = count(1)


class Problem(BaseModel):
    message: str


class ItemIn(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    kind: Literal["book", "film"]
    price: int = Field(ge=0, le=1_000_000)
    note: str | None = None


class Item(ItemIn):
    id: int


class Page(BaseModel):
    items: list[Item]
    total: int
    page: int


def caller(given: Annotated[str | None, Depends(key)]) -> str:
    if given != "good-key":
        raise HTTPException(401, "no key", {"WWW-Authenticate": "ApiKey"})
    return given


def found(item_id: int) -> Item:
    if item_id not in items:
        raise HTTPException(404, "no such item")
    return items[item_id]


@app.exception_handler(HTTPException)
def refused(_: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


@app.exception_handler(RequestValidationError)
def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"message": str(error.errors()[0]["msg"])}, 400)


errors = {status: {"model": Problem} for status in (400, 401, 404)}


@router.get("/", response_model=Page, responses=errors)
def listing(
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=50)] = 20,
    kind: Literal["book", "film"] | None = None,
) -> Page:
    chosen = [item for item in items.values() if kind is None or item.kind == kind]
    start = (page - 1) * page_size
    return Page(items=chosen[start : start + page_size], total=len(chosen), page=page)


@router.post("/", status_code=201, response_model=Item, responses=errors, dependencies=[Depends(caller)])
def make(body: ItemIn) -> Item:
    item = Item(id=next(numbers), **body.model_dump())
    items[item.id] = item
    return item


@router.get("/{item_id}", response_model=Item, responses=errors)
def read(item_id: int) -> Item:
    return found(item_id)


@router.put("/{item_id}", response_model=Item, responses=errors, dependencies=[Depends(caller)])
def replace(item_id: int, body: ItemIn) -> Item:
    found(item_id)
    items[item_id] = Item(id=item_id, **body.model_dump())
    return items[item_id]


@router.delete("/{item_id}", status_code=204, responses=errors, dependencies=[Depends(caller)])
def remove(item_id: int) -> None:
    found(item_id)
    del items[item_id]


app.include_router(router)
