"""The apps that ours is held against: what any FastAPI service must do, and nothing more.

`python -m bench.floors APP PORT` serves one, with one worker, until it is told to stop or its standard input
closes. `FLOOR_DATABASE` names the PostgreSQL database that `inserts` writes to.
"""

from __future__ import annotations

import hmac
import os
import sys
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import jinja2
import orjson
import psycopg
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TABLE = """CREATE TABLE IF NOT EXISTS posted (
    source text, id text, type text, time text, community text, data bytea, PRIMARY KEY (source, id))"""
INSERT = "INSERT INTO posted VALUES (%s, %s, %s, %s, %s, %s)"
CONNECTIONS = 4
HOOK_SECRET = "a-secret-of-the-door"  # noqa: S105  of this door alone


class Event(BaseModel):
    """A CloudEvent, as a FastAPI service would type it."""

    specversion: Literal["1.0"]
    type: str
    source: str
    id: str
    time: str
    community: str
    data: dict[str, Any]


echo = FastAPI(openapi_url=None)


@echo.post("/events", status_code=201)
async def echoed(event: Event) -> Event:
    """Check one event, and send it back."""
    return event


untyped = FastAPI(openapi_url=None)


@untyped.post("/credentials/verify")
async def returned(body: dict[str, Any]):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as one who types nothing
    """Send any JSON object back."""
    return body


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ["FLOOR_DATABASE"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
    async with AsyncConnectionPool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False) as pool:
        app.state.pool = pool
        yield


inserts = FastAPI(openapi_url=None, lifespan=_connected)


@inserts.post("/events")
async def inserted(request: Request) -> dict[str, int]:
    """Store a batch: one INSERT an event, all in one flight and one transaction. Nothing is checked."""
    events = orjson.loads(await request.body())
    rows = [
        (each["source"], each["id"], each["type"], each["time"], each["community"], orjson.dumps(each["data"]))
        for each in events
    ]
    async with request.app.state.pool.connection() as connection, connection.cursor() as cursor:
        await cursor.executemany(INSERT, rows)
    return {"stored": len(rows)}


page = FastAPI(openapi_url=None)
ROWS = [{"name": f"Ada & Bo {n}", "since": f"2026-03-{n % 28 + 1:02}", "acts": n, "id": n * 7919} for n in range(4_000)]
LIST = """<!doctype html><html lang="en"><title>{{ title }}</title><h1>{{ title }}</h1><ul>
{% for row in rows %}
<li><a href="/people/{{ row.id }}">{{ row.name }}</a>
{% if row.acts %}, {{ row.acts }} acts{% endif %} since {{ row.since }}</li>
{% endfor %}
</ul>"""
PIECE = 82  # bytes of a row, about
_pages = jinja2.Environment(autoescape=True, trim_blocks=True)
_list = _pages.from_string(LIST)


@page.get("/page/{size}", response_class=HTMLResponse)
def rendered(size: int) -> HTMLResponse:
    """Render a page of so many bytes, about, of what is at hand."""
    return HTMLResponse(_list.render(title="Everybody", rows=ROWS[: size // PIECE]))


hook = FastAPI(openapi_url=None)


@hook.post("/hooks/bench/github", status_code=202)
async def proved(request: Request) -> dict[str, bool]:
    """Read a body, and check its HMAC; nothing is made of it."""
    mark = "sha256=" + hmac.digest(HOOK_SECRET.encode(), await request.body(), "sha256").hex()
    return {"proved": hmac.compare_digest(mark, request.headers["x-hub-signature-256"])}


APPS = {"echo": echo, "untyped": untyped, "inserts": inserts, "page": page, "hook": hook}


def serve(name: str, port: int) -> None:
    """Serve an app on loopback, set up as `guildbook serve` is."""
    server = uvicorn.Server(uvicorn.Config(APPS[name], port=port, log_level="warning", access_log=False))

    def follow() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=follow, daemon=True).start()
    server.run()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
