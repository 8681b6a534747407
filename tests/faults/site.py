"""One installation under test: its folder and database, its keys, the servers that run on it, the command line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from api.cli import app
from ledger import Book
from tests.faults import cluster as clusters
from tests.faults import processes
from tests.faults.events import COMMUNITY
from tests.faults.monitor import Monitor
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ledger import Fact
    from tests.faults.cluster import Cluster
    from tests.faults.yard import Yard

PRESET = "starter"
START_SECONDS = 40.0
STOP_SECONDS = 40.0
PAGE = 2_000  # facts read at a time
_RUNNER = CliRunner()


class CommandError(Exception):
    """A `guildbook` command ended with a fault; the message says which and how."""


@dataclass
class Server:
    """One `guildbook serve`, or with the word `follow` one worker beside it, which has no port."""

    yard: Yard
    environment: Mapping[str, str]
    log: Path
    port: int
    word: str = "serve"
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and return when (monotonic seconds)."""
        begun = time.monotonic()
        command = [sys.executable, "-m", "api.cli", self.word]
        self.process = self.yard.start(command, self.log, env=self.environment)
        return begun

    def await_answer(self) -> None:
        """Wait until it answers, or where it serves nothing is at work. Raises `TimeoutError`."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            with contextlib.suppress(OSError, HTTPException):
                if self.port and self.get("/healthz")[0] == 200:
                    return
            if not self.port and processes.has_database(self.process.pid):
                return
            time.sleep(0.05)
        raise TimeoutError(f"serve: wanted an answer within {START_SECONDS:g} s, got {self.last_words()}")

    def get(self, path: str, key: str = "", seconds: float = 15.0) -> tuple[int, Any]:
        """Return status and body, of JSON where it is. Raises `OSError`, `HTTPException`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
            answer = connection.getresponse()
            raw = answer.read()
            is_json = "json" in (answer.headers.get("content-type") or "")
            return answer.status, json.loads(raw) if is_json else raw
        finally:
            connection.close()

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Stop it where it stands."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> bool:
        """Stop it as an operator does; return whether it ended of itself."""
        if self.process is None or self.process.poll() is not None:
            return self.process is None or self.process.returncode in {0, -signal.SIGTERM}
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def last_words(self) -> str:
        """Return the end of its log."""
        return " / ".join(self.log.read_text(errors="replace").splitlines()[-4:])


@dataclass
class Site:
    """An installation with the community `COMMUNITY` open, and the servers started on it."""

    yard: Yard
    folder: Path
    database: str
    logs: Path
    api_key: str = ""
    servers: list[Server] = field(default_factory=list)
    monitor: Monitor | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Its `GUILDBOOK_` environment."""
        return {
            "GUILDBOOK_DATA": str(self.folder),
            "GUILDBOOK_DATABASE": self.database,
            "GUILDBOOK_LOG_LEVEL": "warning",
        }

    def command(self, *words: str) -> str:
        """Run a `guildbook` command in this process and return what it prints. Raises `CommandError`."""
        done = _RUNNER.invoke(app, [*words], env=self.settings)
        if done.exit_code:
            raise CommandError(f"guildbook {' '.join(words)}: {done.output.strip()} {done.exception!r}")
        return done.stdout

    def init(self) -> None:
        """Open the community."""
        made = json.loads(self.command("init", COMMUNITY, "--preset", PRESET, "--json"))
        self.api_key = made["api_key"]

    def server(self, **environment: str) -> Server:
        """Return a server on it, not started yet; `environment` is added to what it finds."""
        port = free_port()
        return self._added(port, "serve", GUILDBOOK_PORT=str(port), **environment)

    def worker(self) -> Server:
        """Return a worker on it, `guildbook follow`, not started yet."""
        return self._added(0, "follow")

    def _added(self, port: int, word: str, **environment: str) -> Server:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUILDBOOK_")}
        found = {**inherited, **self.settings, **environment}
        log = self.logs / f"{word}-{len(self.servers)}.log"
        self.servers.append(Server(self.yard, found, log, port, word))
        return self.servers[-1]

    def serve(self, **environment: str) -> Server:
        """Return a server on it that answers."""
        return self.serve_many(1, **environment)[0]

    def serve_many(self, many: int, **environment: str) -> list[Server]:
        """Return so many servers on it that answer."""
        servers = [self.server(**environment) for _ in range(many)]
        for server in servers:
            server.start()
        for server in servers:
            server.await_answer()
        if self.monitor is None:
            self.monitor = Monitor(self.servers)
        return servers

    def program(self, *words: str, log: str) -> subprocess.Popen[bytes]:
        """Start a `guildbook` command in a process of its own, its output in the file `log`."""
        environment = {**os.environ, **self.settings}
        return self.yard.start([sys.executable, "-m", "api.cli", *words], self.logs / log, env=environment)

    @contextlib.contextmanager
    def book(self) -> Iterator[Book]:
        """Yield its book, opened in this process."""
        book = Book.open(self.database, data=self.folder)
        try:
            yield book
        finally:
            book.close()


def facts(book: Book) -> list[Fact]:
    """Return every fact of the community, in order."""
    found: list[Fact] = []
    while page := read(book, found[-1].position if found else 0):
        found += page
    return found


def read(book: Book, after: int) -> list[Fact]:
    """Return the next facts of the community. The one place here that knows how a book is read."""
    return book.read(COMMUNITY, after, PAGE)


@contextlib.contextmanager
def founded(yard: Yard, database: str | None = None, *, folder: Path | None = None) -> Iterator[Site]:
    """Yield a fresh installation on `database`, else on a SQLite file in `folder`; stop its servers afterwards."""
    room = yard.room("site")
    place = folder or room / "data"
    place.mkdir(exist_ok=True)
    site = Site(yard, place, database or str(place / "book.sqlite"), room)
    site.init()
    try:
        yield site
    finally:
        if site.monitor:
            site.monitor.stop()
        for server in site.servers:
            if server.process and server.process.poll() is None:
                server.kill()


@contextlib.contextmanager
def founded_on(yard: Yard, cluster: Cluster | None) -> Iterator[Site]:
    """Yield a fresh installation on a fresh database of `cluster`, or where that is None on SQLite."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(clusters.database(cluster)) if cluster else None
        yield stack.enter_context(founded(yard, url))
