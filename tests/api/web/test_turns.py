"""Whoever asks much waits for herself: one of a client's requests at a time, clients by turns, and no line too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from api.app import create_app
from api.web import turns
from api.web.problems import ProblemError
from api.web.turns import MOST_OF_ONE, MOST_WAITING, TakingTurns, Turns, client_of
from tests.api.conftest import client_of as started

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.settings import Settings

ADA, BO, CY = "192.0.2.1", "192.0.2.2", "192.0.2.3"


class Counter:
    """Serves for as long as a test likes, and tells in which order."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(1, most)
        self.began: list[str] = []
        self.may_end: dict[str, asyncio.Event] = {}

    def ask(self, client: str, name: str = "") -> asyncio.Task[None]:
        name = name or client
        self.may_end[name] = asyncio.Event()

        async def serve() -> None:
            await self.turns.begin(client)
            try:
                self.began.append(name)
                await self.may_end[name].wait()
            finally:
                self.turns.end(client)

        return asyncio.create_task(serve())

    async def end(self, *names: str) -> None:
        for name in names:
            self.may_end[name].set()
            await settled()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def left(tasks: list[asyncio.Task[None]]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def played(story: Callable[[], Awaitable[Any]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(within())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for long."""
    monkeypatch.setattr(turns, "PATIENCE", 0.3)
    monkeypatch.setattr(turns, "HELD_BACK", 0.05)


def test_one_of_a_client_at_a_time_and_so_many_clients_at_once():
    async def story() -> None:
        counter = Counter(2)
        tasks = [counter.ask(ADA, "a1"), counter.ask(ADA, "a2"), counter.ask(BO), counter.ask(CY)]
        await settled()
        assert counter.began == ["a1", BO]
        await counter.end(BO)
        assert counter.began == ["a1", BO, CY]
        await counter.end(CY, "a1", "a2")
        assert counter.began == ["a1", BO, CY, "a2"]
        await asyncio.gather(*tasks)

    played(story)


def test_clients_take_turns_however_many_requests_each_has():
    async def story() -> None:
        counter = Counter(1)
        names = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
        tasks = [counter.ask({"a": ADA, "b": BO, "c": CY}[name[0]], name) for name in names]
        await settled()
        for _ in names:
            await counter.end(counter.began[-1])
        assert counter.began == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]
        await asyncio.gather(*tasks)

    played(story)


def test_who_asks_too_much_is_told_so_and_others_are_not(quick: None):
    async def story() -> None:
        counter = Counter(1)
        began = asyncio.get_running_loop().time()
        tasks = [counter.ask(ADA, f"a{number}") for number in range(MOST_OF_ONE + 2)]
        other = counter.ask(BO)
        await settled()
        with pytest.raises(ProblemError) as told:
            await tasks[-1]
        assert asyncio.get_running_loop().time() - began >= turns.HELD_BACK
        assert told.value.status == 429
        assert int(told.value.headers["Retry-After"]) > 0
        await counter.end("a0", BO)
        await other
        await left(tasks)

    played(story)


def test_who_waits_too_long_is_told_so(quick: None):
    async def story() -> None:
        counter = Counter(1)
        tasks = [counter.ask(ADA, "a1"), counter.ask(ADA, "a2"), counter.ask(BO)]
        told = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert [each.status for each in told if isinstance(each, ProblemError)] == [429, 503]
        assert all(each.headers["Retry-After"] for each in told if isinstance(each, ProblemError))
        await counter.end("a1")
        again = counter.ask(CY)
        await settled()
        assert counter.began == ["a1", CY]
        await counter.end(CY)
        await asyncio.gather(tasks[0], again)

    played(story)


def test_the_line_of_all_is_bounded(quick: None):
    async def story() -> None:
        counter = Counter(1)
        tasks = [counter.ask(f"192.0.2.{number}") for number in range(MOST_WAITING + 2)]
        await settled()
        with pytest.raises(ProblemError) as told:
            await tasks[-1]
        assert told.value.status == 503
        await left(tasks)
        again = counter.ask(CY)
        await settled()
        assert counter.began[-1] == CY
        await counter.end(CY)
        await again

    played(story)


def test_a_turn_is_given_back_whatever_happens_in_it_or_before():
    async def story() -> None:
        counter = Counter(1)
        first, second, third = counter.ask(ADA, "a1"), counter.ask(BO, "b1"), counter.ask(CY, "c1")
        await settled()
        first.cancel()  # while served
        await settled()
        assert counter.began == ["a1", "b1"]
        second.cancel()
        third.cancel()  # called, in the moment in which she leaves
        await settled()
        fourth = counter.ask(ADA, "a2")
        await settled()
        assert counter.began[-1] == "a2"
        await counter.end("a2")
        await left([first, second, third, fourth])

    played(story)


def test_who_is_called_as_she_gives_up_passes_it_on():
    async def story() -> None:
        counter = Counter(1)
        first, second, third = counter.ask(ADA, "a"), counter.ask(BO, "b"), counter.ask(CY, "c")
        await settled()
        counter.may_end["a"].set()
        await asyncio.sleep(0)  # a's turn ends and b is called, but has not heard it yet
        second.cancel()
        await settled()
        assert counter.began == ["a", "c"]
        await counter.end("c")
        await left([first, second, third])

    played(story)


def test_a_client_may_have_more_than_one_turn_and_others_have_theirs():
    async def story() -> None:
        counter = Counter(3)
        counter.turns = Turns(2, 3)
        tasks = [counter.ask(ADA, f"a{number}") for number in range(4)] + [counter.ask(BO, "b0"), counter.ask(BO, "b1")]
        await settled()
        assert counter.began == ["a0", "a1", "b0"]
        await counter.end("a0")
        assert counter.began[3:] == ["b1"]
        await counter.end("a1")
        assert counter.began[4:] == ["a2"]
        await left(tasks)

    played(story)


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        ("127.0.0.1", "127.0.0.1 1"),
        ("::1", "::1 1"),
        (None, ""),
    ],
)
def test_a_client_is_an_address_or_the_network_of_a_site_or_a_connection_from_here(host: str | None, client: str):
    assert client_of({"type": "http", "client": (host, 1) if host else None}) == client


class Asked:
    """A request whose body comes when a test sends it, at an app that works as long as a test lets it."""

    def __init__(
        self,
        layer: TakingTurns,
        client: str,
        path: str = "/credentials/verify",
        method: str = "POST",
        status: int = 200,
    ) -> None:
        self.body: asyncio.Queue[Any] = asyncio.Queue()
        self.scope = {"type": "http", "method": method, "path": path, "client": (client, 1), "status": status}
        self.sent: list[Any] = []
        self.may_end = asyncio.Event()
        self.task = asyncio.create_task(layer(self.scope | {"asked": self}, self.body.get, self.send))

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def tell(self, *, more: bool = False) -> None:
        self.body.put_nowait({"type": "http.request", "body": b"x", "more_body": more})
        await settled()

    @property
    def begun(self) -> bool:
        return bool(self.sent)


async def an_app(scope: Any, receive: Any, send: Any) -> None:
    while True:
        if not (await receive())["more_body"]:
            break
    await send({"status": scope.get("status", 200)})
    await scope["asked"].may_end.wait()


def test_a_turn_begins_when_the_whole_request_has_come_and_ends_with_the_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "AT_ONCE", 1)

    async def story() -> None:
        layer = TakingTurns(an_app)
        slow, quick, third = (Asked(layer, ADA) for _ in range(3))
        await slow.tell(more=True)
        await quick.tell()
        await third.tell()
        assert [slow.begun, quick.begun, third.begun] == [False, True, False]
        await slow.tell()
        quick.may_end.set()
        await settled()
        assert [slow.begun, third.begun] == [False, True]
        third.may_end.set()
        await settled()
        assert slow.begun
        await left([slow.task])
        last = Asked(layer, ADA)
        await last.tell()
        assert last.begun
        await left([last.task])

    played(story)


def test_who_was_refused_has_the_next_turn_a_little_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "AT_ONCE", 1)
    monkeypatch.setattr(turns, "REST", 0.1)

    async def story() -> None:
        layer = TakingTurns(an_app)
        refused, following, other = Asked(layer, ADA, status=422), Asked(layer, ADA), Asked(layer, BO)
        for each in (refused, following, other):
            await each.tell()
        refused.may_end.set()
        await refused.task
        await settled()
        assert (following.begun, other.begun) == (False, True)
        await asyncio.sleep(0.15)
        assert following.begun
        await left([following.task, other.task])

    played(story)


def test_other_routes_know_no_turns(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "AT_ONCE", 1)

    async def story() -> None:
        layer = TakingTurns(an_app)
        some = [Asked(layer, ADA, "/events"), Asked(layer, ADA, "/events"), Asked(layer, ADA, method="GET")]
        for each in some:
            await each.tell()
        assert all(each.begun for each in some)
        await left([each.task for each in some])

    played(story)


def test_the_routes_are_there(settings: Settings):
    posted = {route.path for route in create_app(settings).routes if "POST" in route.methods}  # type: ignore[attr-defined]
    assert posted >= turns.ROUTES


def test_who_asks_too_much_reads_when_to_ask_again(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with started(settings) as client:
        answer = client.post("/credentials/verify", json={})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["detail"].startswith("too many verifications")
