"""The document of the code, and what is added to it."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel

from app.http.deprecation import Deprecation
from tests.support.api import instance


async def test_a_route_of_the_tutorial_of_fastapi_works_and_is_documented(
    surroundings: dict[str, str],
) -> None:
    router = APIRouter()

    class TutorialItem(BaseModel):
        name: str
        price: float

    @router.post("/items/{item_id}", response_model=TutorialItem)
    async def create_item(
        item_id: int, item: TutorialItem, q: Annotated[str | None, Query(max_length=5)] = None
    ) -> TutorialItem:
        if item_id == 0:
            raise HTTPException(status_code=404, detail="Item not found")
        return item

    async with instance(surroundings) as api:
        api.app.include_router(router)
        made = await api.send("POST", "/items/1?q=a", body={"name": "a", "price": "1.5"})
        assert (made.status, made.body) == (200, {"name": "a", "price": 1.5})
        wrong = await api.send("POST", "/items/1", body={"name": 5, "price": "no"})
        assert (wrong.status, [error["pointer"] for error in wrong.body["errors"]]) == (
            422,
            ["#/name", "#/price"],
        )
        assert (await api.send("POST", "/items/1", body="{")).status == 400
        assert (await api.send("POST", "/items/1", body=f'"{"x" * 300_000}"')).status == 413
        absent = await api.send("POST", "/items/0", body={"name": "a", "price": 1})
        assert (absent.status, absent.body["detail"]) == (404, "Item not found")
        document = (await api.send("GET", "/openapi.json")).body
        operation = document["paths"]["/items/{item_id}"]["post"]
        assert [entry["name"] for entry in operation["parameters"]] == ["item_id", "q"]
        assert operation["responses"]["422"] == {"$ref": "#/components/responses/ValidationFailed"}
        assert document["components"]["schemas"]["TutorialItem"]["required"] == ["name", "price"]


async def test_a_deprecated_operation_says_so(surroundings: dict[str, str]) -> None:
    router = APIRouter()
    sunset = "Sun, 31 Jan 2027 00:00:00 GMT"

    @router.get("/old", dependencies=[Depends(Deprecation(sunset))])
    async def get_old() -> int:
        return 1

    async with instance(surroundings) as api:
        api.app.include_router(router)
        old = await api.send("GET", "/old")
        assert old.headers["sunset"] == sunset
        assert old.headers["deprecation"] == "@0"
        operation = api.app.openapi()["paths"]["/old"]["get"]
        assert (operation["deprecated"], operation["x-sunset"]) == (True, sunset)
