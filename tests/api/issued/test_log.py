"""The log over HTTP and on the command line: what a monitor fetches, what an operator is told."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from api.errors import SettingsError
from api.network.witnessing import post, witnesses_of
from ledger.transparency import (
    Checkpoint,
    Kind,
    VerifierKey,
    leaf_hashes,
    merkle_root,
    open_checkpoint,
    parse_path,
    unbundled,
    verifier_key,
)
from ledger.transparency.tree import EMPTY_ROOT
from tests.api.conftest import client_of, opened
from tests.api.people import COMMUNITY, a_spring
from tests.api.test_operating import Shell
from tests.ledger.logs import signer
from tests.ledger.test_witness import NAME, Other
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.settings import Settings
    from tests.api.conftest import Guild

LOG = f"/communities/{COMMUNITY}/log"
WITNESS_KEY = verifier_key(NAME, signer(NAME), Kind.COSIGNATURE)


def head(guild: Guild, *witnesses: VerifierKey) -> Checkpoint:
    """Return the published head, held against the key that is published beside it."""
    key = VerifierKey.parse(guild.get(f"{LOG}/key", "").text.strip())
    return open_checkpoint(guild.get(f"{LOG}/checkpoint", "").text, key, witnesses).checkpoint


def until_sealed(guild: Guild, size: int) -> Checkpoint:
    deadline = time.monotonic() + 60
    while (found := head(guild)).size < size:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_a_monitor_can_follow_the_log(guild: Guild):
    guild.tell(a_spring())
    guild.badge()
    size = guild.here.book.head(COMMUNITY)
    found = until_sealed(guild, size)
    assert found.origin == f"127.0.0.1:8700{LOG}"

    answer = guild.get(f"{LOG}/tile/entries/000.p/{size}", "")
    entries = unbundled(parse_path(f"entries/000.p/{size}"), answer.content)  # type: ignore[arg-type]
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert merkle_root(entries) == found.root
    assert guild.get(f"{LOG}/tile/0/000.p/{size}", "").content == b"".join(leaf_hashes(entries))
    checkpoint = guild.get(f"{LOG}/checkpoint", "")
    assert (checkpoint.headers["content-type"], checkpoint.headers["cache-control"]) == (
        "text/plain; charset=utf-8",
        "no-store",
    )


def test_nothing_in_the_log_is_of_a_person(guild: Guild):
    guild.tell(a_spring())
    size = until_sealed(guild, guild.here.book.head(COMMUNITY)).size
    raw = b"".join(
        guild.get(f"{LOG}/{path}", "").content
        for path in ("checkpoint", "key", f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}")
    )
    account = str(guild.here.book.account(COMMUNITY, "forum", "ada"))
    for word in (b"ada", b"forum", guild.member().encode(), account.encode()):
        assert word not in raw


@pytest.mark.parametrize("path", ["0/000", "0/001", "entries/000", "9/000.p/1", "0/0", "x"])
def test_what_is_not_in_the_log_is_a_404(guild: Guild, path: str):
    guild.tell(a_spring())
    answer = guild.get(f"{LOG}/tile/{path}", "")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_at_the_end_of_a_server_all_is_sealed(settings: Settings):
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        last = guild.here.book.head(COMMUNITY)
        assert guild.here.book.log.sizes().get(COMMUNITY, 0) <= last
        book = guild.here.book
        guild.here.background.seal()
        assert book.log.sizes()[COMMUNITY] >= last


def test_a_ledger_that_was_cut_is_said_and_not_written_to(guild: Guild):
    guild.tell(a_spring())
    guild.here.background.seal()
    assert guild.get("/readyz", "").json()["communities_refused"] == 0
    run(guild.here.settings.book, "DELETE FROM stored_events WHERE position > 5 AND community = ?", COMMUNITY)
    guild.here.background.seal()

    told = guild.get("/readyz", "").json()
    assert (told["status"], told["communities_refused"]) == ("degraded", 1)
    assert "guildbook_communities_refused 1.0" in guild.get("/metrics", "").text
    refused = guild.post(a_spring()[0] | {"id": "late"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    assert "not the one that was signed" in refused.json()["detail"]
    assert head(guild).size > 5  # what was published stands


# The command line


@pytest.fixture
def shell(settings: Settings) -> Shell:
    """Give a shell in an installation where one spring was recorded."""
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        guild.badge()
    return Shell(settings.data)


def test_an_operator_verifies_the_logs(shell: Shell):
    assert "Everything is as it was signed." in shell.said("log", "verify")
    told = shell.json("log", "verify", COMMUNITY)
    assert told["sound"] is True
    (log,) = told["logs"]
    assert log["facts"] == log["sealed"] >= 10
    assert (log["faults"], log["unreadable"]) == ([], 0)
    assert VerifierKey.parse(shell("log", "key", COMMUNITY).stdout.strip()).name == log["origin"]


def test_a_change_is_told_with_its_position(shell: Shell):
    database = str(shell.folder / "book.sqlite")
    (state,) = run(database, "SELECT state FROM stored_events WHERE position = 7 AND community = ?", COMMUNITY)[0]
    changed = bytes(state).replace(b'"strength":"', b'"strength":"x')
    assert changed != bytes(state)
    run(database, "UPDATE stored_events SET state = ? WHERE position = 7 AND community = ?", changed, COMMUNITY)

    said = shell.said("log", "verify", code=1)
    assert f"{COMMUNITY}: fact 7: wanted" in said
    assert "What is stored is not what was signed." in said
    assert shell.json("log", "verify", code=1)["sound"] is False
    assert shell.json("log", "verify", "bakers")["sound"] is True
    assert "wanted a community of this book" in shell.said("log", "verify", "nobody", code=1)


# Witnesses


class _Asked(Other):
    """A witness for whatever log comes first."""

    def __init__(self) -> None:
        self.asked = []

    def know(self, key: VerifierKey) -> None:
        self.key, self.seen = key, Checkpoint(key.name, 0, EMPTY_ROOT)


@pytest.fixture
def witness() -> Iterator[tuple[_Asked, str]]:
    """Give a witness that listens on loopback, and its address."""
    asked = _Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/moved"):
                self.send_response(307)
                self.send_header("Location", "/")
                self.end_headers()
                return
            status, headers, content = asked.post(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield asked, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_heads_are_cosigned_by_the_witness_of_the_settings(settings: Settings, witness: tuple[_Asked, str]):
    asked, url = witness
    with client_of(settings.model_copy(update={"witnesses": f"{url} {WITNESS_KEY}"})) as client:
        guild = opened(client)
        asked.know(guild.here.book.log.key(COMMUNITY))
        guild.tell(a_spring())
        guild.here.book.log.seal(COMMUNITY)
        found = head(guild, WITNESS_KEY)
        assert found == asked.seen
        assert f"\N{EM DASH} {NAME} " in guild.get(f"{LOG}/checkpoint", "").text


def test_a_witness_is_not_followed_elsewhere(witness: tuple[_Asked, str]):
    asked, url = witness
    status, _, _ = post(f"{url}/moved", b"old 0\n")
    assert (status, asked.asked) == (307, [])
    with pytest.raises(OSError, match=r"refused|Connection"):
        post("http://127.0.0.1:1/add-checkpoint", b"")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://w.example", "an address and a key for each"),
        (f"http://w.example {WITNESS_KEY}", "wanted an https address"),
        ("https://w.example nonsense", "wanted name\\+hash\\+key"),
        (f"https://w.example {verifier_key(NAME, signer(NAME))}", "a key for cosignatures"),
    ],
)
def test_witnesses_that_make_no_sense_are_refused(text: str, words: str):
    with pytest.raises(SettingsError, match=words):
        witnesses_of(text)


def test_the_folder_of_a_log_key_is_private(shell: Shell, tmp_path: Path):
    assert tmp_path.exists()
    assert ((shell.folder / "keys" / f"{COMMUNITY}.log.pem").stat().st_mode & 0o077) == 0
