"""The files that jobs make, in a folder or in a bucket of S3 (obstore)."""

import asyncio
import shutil
from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

_CHUNK: Final = 65_536
_PART: Final = 5_242_880


class Files:
    """Files by their path in the store of FILES_URL."""

    def __init__(self, url: str) -> None:
        """Take `file:///folder`, which is made, or `s3://bucket/prefix?region=…&endpoint=…`."""
        parts = urlsplit(url)
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        self._store: ObjectStore = (
            LocalStore(self._folder, mkdir=True)
            if self._folder
            else _bucket(parts.netloc, parts.path, parts.query)
        )

    async def write(self, path: str, content: AsyncIterable[bytes]) -> None:
        """Write a file as it is made; there is none when that ends with an error."""
        await obstore.put_async(self._store, path, content, chunk_size=_PART)

    async def read(self, path: str) -> AsyncIterator[bytes]:
        """Return the content in chunks. Raises FileNotFoundError, and OSError when the store does not answer."""
        try:
            found = await obstore.get_async(self._store, path)
        except BaseError as error:
            raise OSError(f"{path} cannot be read") from error

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in found.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

        return chunks()

    async def remove(self, folder: str) -> None:
        """Delete all files of a folder."""
        if self._folder is not None:
            # Also what a worker that was killed left half written.
            await asyncio.to_thread(partial(shutil.rmtree, ignore_errors=True), self._folder / folder)
            return
        found = await obstore.list(self._store, folder).collect_async()
        if found:
            await obstore.delete_async(self._store, [file["path"] for file in found])


def _bucket(name: str, prefix: str, query: str) -> S3Store:
    """Credentials come from the environment or the machine, as with every client of AWS."""
    options = dict(parse_qsl(query))
    endpoint = options.get("endpoint")
    settings = {key: value for key in ("region", "endpoint") if (value := options.get(key))}
    return S3Store(
        name,
        prefix=prefix.strip("/") or None,
        client_options={
            "allow_http": bool(endpoint and endpoint.startswith("http:")),
            "connect_timeout": "2s",
            "read_timeout": "10s",
            # Of a whole body: callers may be slow.
            "timeout": "1h",
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        **settings,  # type: ignore[arg-type]
    )
