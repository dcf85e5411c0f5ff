import os
import sqlite3
from contextlib import closing

from fastapi import FastAPI, HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

DATABASE = os.environ["BOOKS_DB"]


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(DATABASE)
    connection.row_factory = sqlite3.Row
    return connection


with closing(connect()) as setup:
    setup.execute("create table if not exists books (id integer primary key, title text not null, pages integer not null)")
    setup.commit()


class BookIn(BaseModel):
    title: str = Field(min_length=1, max_length=80)
    pages: int = Field(ge=1, le=5000)


class Book(BookIn):
    id: int


def key(given: str = Security(APIKeyHeader(name="X-API-Key"))) -> None:
    if given != os.environ["API_KEY"]:
        raise HTTPException(status_code=401, detail="Unknown key")


app = FastAPI(title="Books")


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/books/")
def list_books(skip: int = 0, limit: int = 100) -> list[Book]:
    with closing(connect()) as db:
        rows = db.execute("select * from books order by id limit ? offset ?", (limit, skip)).fetchall()
    return [Book(**row) for row in rows]


@app.post("/books/", status_code=201, dependencies=[Security(key)])
def create_book(book: BookIn) -> Book:
    with closing(connect()) as db:
        cursor = db.execute("insert into books (title, pages) values (?, ?)", (book.title, book.pages))
        db.commit()
    return Book(id=cursor.lastrowid, **book.model_dump())


@app.get("/books/{book_id}")
def read_book(book_id: int) -> Book:
    with closing(connect()) as db:
        row = db.execute("select * from books where id = ?", (book_id,)).fetchone()
    if row is None:
        raise HTTPException(status_code=404, detail="Book not found")
    return Book(**row)


@app.delete("/books/{book_id}", status_code=204, dependencies=[Security(key)])
def delete_book(book_id: int) -> None:
    with closing(connect()) as db:
        cursor = db.execute("delete from books where id = ?", (book_id,))
        db.commit()
    if cursor.rowcount == 0:
        raise HTTPException(status_code=404, detail="Book not found")
