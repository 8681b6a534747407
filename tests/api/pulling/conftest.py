"""An installation that follows nothing, and a gateway that it may listen to."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from api.connecting.connector import every_connector
from api.installation import Installation, migrate
from api.pulling.relaying import Patience, Relay
from api.pulling.sockets import Sockets
from api.pulling.writing import Writing
from api.settings import Settings
from tests.api.people import COMMUNITY
from tests.api.pulling.gateway import GUILD, Gateway, speaking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger import Fact, Pull
    from tests.api.sites import Authority

HASTE = Patience(opening=5, hello=0.5, least=0.01, longest=0.05, refused=(0.01, 0.02), writing=0.02)
TOKEN = "a-bots-token-that-nobody-may-see"
LONG = 60  # seconds that a test waits at most


@pytest.fixture
def gateway(authority: Authority) -> Iterator[Gateway]:
    with speaking(authority.context("localhost")) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path, gateway: Gateway, authority: Authority) -> Settings:
    return Settings(data=tmp_path / "data", fetch_also=gateway.origin, fetch_ca=authority.file, log_level="error")


@pytest.fixture
def here(settings: Settings) -> Iterator[Installation]:
    migrate(settings)
    found = Installation.open(settings)
    found.book.open_community(COMMUNITY, name="Makers")
    yield found
    found.close()


@dataclass
class Listening:
    """A relay that runs in a thread of its own."""

    here: Installation
    gateway: Gateway
    relay: Relay
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    failed: list[BaseException]

    def stop(self) -> None:
        """Stop it, and let a test see what it ended with."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.relay.stop)
        self.thread.join(LONG)
        assert not self.thread.is_alive()

    def settled(self) -> None:
        """Wait until all that was said is written."""
        number = max(len(each.said) for each in self.gateway.sessions.values())
        until(lambda: pull(self.here).cursor.get("seq") == number, lambda: pull(self.here))


def listen(here: Installation, gateway: Gateway, *, patience: Patience = HASTE, **more: Any) -> Listening:
    """Begin to listen, as a process does that begins."""
    connector = every_connector()["discord-gateway"]
    assert connector.relay is not None
    writing = Writing(here, connector, here.book.pulls.take(COMMUNITY, connector.name), GUILD)
    loop, failed = asyncio.new_event_loop(), []
    said = {"begin": gateway.address, "intents": connector.relay.intents, "token": TOKEN, **more}
    relay = Relay(writing, Sockets.of(here.settings), patience=patience, **said)

    def run() -> None:
        try:
            loop.run_until_complete(relay.run())
        except BaseException as error:  # noqa: BLE001  whatever it is, the test is to see it
            failed.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return Listening(here, gateway, relay, thread, loop, failed)


def until(holds: Any, shown: Any) -> None:
    """Look again and again, without haste, until something holds of the book."""
    waiting = threading.Event()
    for _ in range(LONG * 100):
        if holds():
            return
        waiting.wait(0.01)
    raise AssertionError(shown())


def pull(here: Installation) -> Pull:
    (found,) = here.book.pulls.of(COMMUNITY)
    return found


def facts(here: Installation) -> list[Fact]:
    return here.book.read(COMMUNITY, 0, 1_000)


def kinds(here: Installation) -> list[str]:
    return [each.topic.partition(".")[0] for each in facts(here)]
