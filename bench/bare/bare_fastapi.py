import os
import uuid
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

COLUMNS = 'id, name, description, price, status, version, created_at as "createdAt", updated_at as "updatedAt"'
ONE = f"select {COLUMNS} from products where id = %s"
LIST = f"select {COLUMNS} from products order by created_at desc, id desc limit %s"
INSERT = f"""insert into products (id, name, price, status, created_at, updated_at)
    values (%s, %s, %s, %s, now(), now()) returning {COLUMNS}"""

pool = AsyncConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=5,
    max_size=5,
    open=False,
    kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
)


@asynccontextmanager
async def lifespan(_app: FastAPI):
    await pool.open()
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


class Product(BaseModel):
    name: str
    price: str
    status: str


async def rows(query, values):
    async with pool.connection() as connection:
        cursor = await connection.execute(query, values)
        return await cursor.fetchall()


@app.get("/readyz")
async def readyz():
    return {}


@app.get("/v1/products/{product_id}")
async def one(product_id: str):
    return (await rows(ONE, (product_id,)))[0]


@app.get("/v1/products")
async def page():
    return {"data": await rows(LIST, (20,))}


@app.post("/v1/products", status_code=201)
async def insert(product: Product):
    return (await rows(INSERT, (uuid.uuid4(), product.name, product.price, product.status)))[0]


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=False, log_level="warning")
