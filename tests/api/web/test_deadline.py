"""A request whose work does not end is refused in time; an honest one is left alone."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from api.app import create_app
from api.web.deadline import UNHURRIED, Deadline, unhurried

if TYPE_CHECKING:
    from api.settings import Settings

SECONDS = 0.4
PIECE = {"type": "http.request", "body": b"{}", "more_body": True}
LAST = {"type": "http.request", "body": b"", "more_body": False}


def served(settings: Settings, work: Any, *, query: bytes = b"", media: bytes = b"", path: str = "/") -> list[Any]:
    """Return what is sent for a request that `work` serves, its body told in two pieces, each a while in coming."""
    sent: list[Any] = []
    pieces = iter([PIECE, LAST])

    async def receive() -> Any:
        await asyncio.sleep(SECONDS * 0.6)
        return next(pieces)

    async def send(message: Any) -> None:
        sent.append(message)

    class Route:
        pass

    Route.path = path  # type: ignore[attr-defined]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query,
        "headers": [(b"content-type", media)],
        "route": Route,
        "app": create_app(settings),
        "state": {},
    }
    layer = Deadline(work, longest_wait=SECONDS * 4, seconds=SECONDS)

    async def until_it_returns() -> list[Any]:
        await layer(scope, receive, send)
        return [*sent]

    return asyncio.run(until_it_returns())


def working(seconds: float, *, reads: bool = False) -> Any:
    async def work(_: Any, receive: Any, send: Any) -> None:
        if reads:
            while (await receive())["more_body"]:  # noqa: ASYNC110 - nothing is polled, a body is read
                await asyncio.sleep(seconds)
        await asyncio.sleep(seconds)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return work


def status(sent: list[Any]) -> list[int]:
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


def test_who_waits_too_long_is_told_so_once_and_when_to_ask_again(settings: Settings):
    sent = served(settings, working(2 * SECONDS))
    assert status(sent) == [503]
    assert (b"retry-after", b"2") in sent[0]["headers"]
    assert b"answers as a duplicate" in sent[1]["body"]
    assert len(sent) == 2


def test_who_is_done_in_the_moment_of_the_refusal_does_not_leave_without_it(settings: Settings):
    async def work(_: Any, __: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def stand_still() -> None:
            time.sleep(1.5 * SECONDS)
            loop.call_soon(done.set_result, None)

        loop.call_soon(stand_still)
        await done
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert status(served(settings, work)) == [503]


@pytest.mark.parametrize(
    "asked",
    [
        {"query": b"after=3"},
        {"query": b"known_at=2026-03-01T00:00:00Z"},
        *({"path": path} for path in sorted(UNHURRIED)),
    ],
)
def test_what_may_take_longer_may(settings: Settings, asked: dict[str, Any]):
    assert status(served(settings, working(2 * SECONDS), **asked)) == [200]


def test_the_time_in_which_a_body_comes_is_its_senders(settings: Settings):
    assert status(served(settings, working(0, reads=True))) == [200]


def test_a_stream_may_be_as_long_as_it_is(settings: Settings):
    work = working(2 * SECONDS, reads=True)
    assert status(served(settings, work, media=b"application/x-ndjson; charset=utf-8")) == [200]
    assert status(served(settings, work, media=b"application/json")) == [503]


def test_what_it_cannot_time_goes_through():
    seen = []

    async def work(scope: Any, *_: Any) -> None:
        seen.append(scope)

    with suppress(StopAsyncIteration):
        asyncio.run(Deadline(work, longest_wait=1, seconds=SECONDS)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == [{"type": "lifespan"}]


def test_unhurried_routes_are_there(settings: Settings):
    assert {route.path for route in create_app(settings).routes} >= UNHURRIED  # type: ignore[attr-defined]


def test_what_waits_for_something_with_a_limit_of_its_own_may_take_longer(settings: Settings):
    async def work(scope: Any, receive: Any, send: Any) -> None:
        unhurried(scope)
        await working(2 * SECONDS)(scope, receive, send)

    assert status(served(settings, work)) == [200]
