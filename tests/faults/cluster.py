"""A PostgreSQL that may be killed, frozen, copied and promoted: one of the fault tests' own."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from tests import postgres
from tests.faults import processes
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.yard import Yard

START_SECONDS = 30.0
SETTINGS = {**postgres.SETTINGS, "fsync": "on", "max_wal_senders": "4", "log_min_messages": "warning"}


@dataclass
class Cluster:
    """One PostgreSQL server: its data, its port, and its processes while it runs."""

    yard: Yard
    programs: Path
    data: Path
    password: str
    as_user: dict[str, Any]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> float:
        """Start it and return when it first answered (monotonic seconds). Raises `TimeoutError`."""
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data, "-p", str(self.port), *options]
        self.process = self.yard.start(command, self.data.parent / "log", **self.as_user)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return time.monotonic()
            time.sleep(0.02)
        raise TimeoutError(f"PostgreSQL: wanted it to start within {START_SECONDS:g} s, got {self.last_words()}")

    def processes(self) -> list[int]:
        """Return the ids of the postmaster and all its children."""
        assert self.process
        return [self.process.pid, *processes.children(self.process.pid)]

    def kill(self) -> None:
        """Kill every process of it at once, `kill -9`."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)  # so that no new child slips away
        processes.kill(self.processes())
        self.process.wait()

    def freeze(self) -> list[int]:
        """Stop every process of it where it stands; `thaw` takes what this returns."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        frozen = self.processes()
        self.yard.note(frozen)
        processes.send(frozen, signal.SIGSTOP)
        return frozen

    def thaw(self, frozen: list[int]) -> None:
        """Let it go on."""
        processes.send(frozen, signal.SIGCONT)

    def freeze_sending(self) -> None:
        """Stop the processes that send to replicas: what is committed from now on stays here."""
        assert self.process
        senders = [pid for pid in processes.children(self.process.pid) if "walsender" in processes.title(pid)]
        assert senders, "wanted a replica to be attached"
        self.yard.note(senders)
        processes.send(senders, signal.SIGSTOP)

    def stop(self) -> None:
        """Stop it, in order if it will."""
        if self.process is None or self.process.poll() is not None:
            return
        self.thaw(self.processes())
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(postgres.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    @contextlib.contextmanager
    def replica(self, *, synchronous: bool) -> Iterator[Cluster]:
        """Yield a running replica of it; for a `synchronous` one every commit waits from then on."""
        room = self.yard.room("replica")
        if self.as_user:
            os.chown(room, self.as_user["user"], self.as_user["group"])
        data = room / "data"
        source = self.url.rpartition("/")[0]
        copy: list[str | Path] = [
            self.programs / "pg_basebackup",
            "-D",
            data,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "-d",
            source,
        ]
        subprocess.run(copy, cwd=room, check=True, capture_output=True, **self.as_user)
        found = Cluster(self.yard, self.programs, data, self.password, self.as_user)
        found.start()
        try:
            self._await_replica("sync" if synchronous else "async")
            yield found
        finally:
            found.stop()

    def _await_replica(self, state: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            if state == "sync":
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                connection.execute("SELECT pg_reload_conf()")
            deadline = time.monotonic() + START_SECONDS
            while connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone() != (state,):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"PostgreSQL: wanted a replica that is {state}, got {self.last_words()}")
                time.sleep(0.05)

    def create(self, name: str) -> None:
        """Make an empty database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))

    def promote(self) -> None:
        """Make a replica the primary."""
        command: list[str | Path] = [self.programs / "pg_ctl", "promote", "-D", self.data, "-w", "-t", "20"]
        subprocess.run(command, cwd=self.data, check=True, capture_output=True, **self.as_user)

    def last_words(self) -> str:
        """Return the end of its log."""
        return " / ".join((self.data.parent / "log").read_text(errors="replace").splitlines()[-3:])


@contextlib.contextmanager
def running(yard: Yard) -> Iterator[Cluster]:
    """Yield a fresh cluster, with fsync on. Raises `tests.postgres.NoPostgresError`."""
    room = yard.room("postgres")
    as_user = postgres.unprivileged(room)
    programs = postgres.reachable(postgres.binaries(), room, as_user)
    password = secrets.token_urlsafe(16)
    data = postgres.initialised(programs, room, password, as_user)
    found = Cluster(yard, programs, data, password, as_user)
    found.start()
    try:
        yield found
    finally:
        found.stop()


@contextlib.contextmanager
def database(cluster: Cluster) -> Iterator[str]:
    """Yield the address of a fresh database of `cluster`; drop it afterwards if the cluster still runs."""
    with postgres.Server(cluster.url, "faults").database() as url:
        yield url
