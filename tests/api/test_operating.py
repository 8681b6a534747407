"""Operating from a shell: what is exported, moved or restored gives the same standings, and goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.commands.desk import bar, catch_up
from api.installation import Installation
from api.settings import Settings
from ledger import Outcome, operations
from schemas import parse_time
from tests.api.people import CHARTER, COMMUNITY, a_spring, account, contribution, endorsement, event
from tests.ledger.operated import dropped
from tests.ledger.vaults import run
from tests.ports import free_port
from tests.postgres import Server

_RUNNER = CliRunner()
_AT = parse_time("2026-06-01T00:00:00Z")


class Shell:
    """Runs commands in one installation's environment."""

    def __init__(self, folder: Path, *databases: str) -> None:
        self.folder = folder
        self.databases = databases or (str(folder / "book.sqlite"),)
        self.environment = {
            "GUILDBOOK_DATA": str(folder),
            "GUILDBOOK_DATABASE": self.databases[0],
            "GUILDBOOK_SHARDS": " ".join(self.databases[1:]),
        }

    def __call__(self, *words: object, code: int = 0) -> Result:
        done = _RUNNER.invoke(app, [*map(str, words)], env=self.environment)
        assert done.exit_code == code, (done.output, done.exception)
        assert "Traceback" not in done.output
        return done

    def said(self, *words: object, code: int = 0) -> str:
        """Return what a command prints, on one line."""
        return " ".join(self(*words, code=code).output.split())

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        here = Installation.open(
            Settings(data=self.folder, database=self.databases[0], shards=" ".join(self.databases[1:]))
        )
        try:
            yield here
        finally:
            here.close()

    def everything(self) -> dict[str, Any]:
        """Return where everyone stands and why, and every award, as anybody would be told."""
        with self.installation() as here:
            found: dict[str, Any] = {"head": here.book.head(COMMUNITY)}
            for row in here.views.members(COMMUNITY):
                member = here.book.member_id(COMMUNITY, row.member)
                found[member] = {
                    "standing": here.standing(COMMUNITY, row.member, as_of=_AT) | {"known_at": None},
                    "verdicts": here.standings.verdicts(COMMUNITY, row.member, as_of=_AT),
                    "awards": here.awards.of(COMMUNITY, row.member),
                    "handle": here.book.handle(COMMUNITY, row.member),
                }
            found["awards"] = here.awards.all(COMMUNITY)
            return found

    def post(self, *events: dict[str, Any]) -> list[Outcome]:
        with self.installation() as here:
            outcomes = here.book.append(events, community=COMMUNITY, identity=True)
            with bar() as progress:
                catch_up(here, progress)
            return outcomes

    def goes_on(self, number: int) -> None:
        """Assert that the next post follows the last, and one of before is known by its first position."""
        head = self.everything()["head"]
        again, new = self.post(a_spring()[0], contribution(f"later-{number}"))
        assert (again.outcome, again.position) == ("duplicate", 3)
        assert (new.outcome, new.position) == ("stored", head + 1)


def history() -> list[dict[str, Any]]:
    """Return a spring with a link between accounts, a withdrawn endorsement, an open case and a late fact."""
    who = {"member": account("ada"), "account": account("ada-at-work")}
    return [
        *a_spring(),
        contribution("w1", "ada-at-work"),
        event("identity", 1, who | {"change": "linked", "method": "oauth"}),
        endorsement("b1", "di", "bo"),
        event("retraction", 1, {"retracts": "endorsement-b1-di", "reason": "mistake"}),
        event("moderation", 1, {"case": "c1", "member": account("bo"), "action": "warned", "severity": 1}),
        contribution("early", "cy", time="2026-01-05T09:00:00Z"),
    ]


def begun(shell: Shell, folder: Path) -> Shell:
    """Give an installation a community with a history, counted and awarded."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "charter.yaml").write_text(CHARTER)
    (folder / "events.jsonl").write_text("\n".join(json.dumps(each) for each in history()))
    shell.json("init", COMMUNITY)
    shell.json("publish", COMMUNITY, folder / "charter.yaml")
    assert shell.json("import", folder / "events.jsonl")["stored"] == len(history())
    return shell


@pytest.fixture
def sqlite(tmp_path: Path) -> Shell:
    return begun(Shell(tmp_path / "old"), tmp_path / "in")


@pytest.fixture(scope="module")
def empty(postgres_server: Server) -> Iterator[list[str]]:
    with postgres_server.database() as one, postgres_server.database() as two:
        yield [one, two]


@pytest.fixture
def pair(empty: list[str]) -> list[str]:
    dropped(*empty)
    return empty


def test_another_installation_takes_over(sqlite: Shell, pair: list[str], tmp_path: Path) -> None:
    there = Shell(tmp_path / "new", *pair)
    file, keys = tmp_path / "makers.jsonl.gz", tmp_path / "makers.keys"
    to = there("recipient").output.strip()
    before = sqlite.everything()

    told = sqlite.json("export", COMMUNITY, file, "--keys", keys, "--to", to, "--close")
    assert (told["head"], told["root"]) == (before["head"], sqlite.json("check", file)["root"])
    assert told["issuers"][0]["key"].startswith("z6Mk")
    assert "A whole export of makers" in sqlite.said("check", file)
    assert "wanted --keys and --to together" in sqlite.said("export", COMMUNITY, file, "--to", to, code=1)
    assert "wanted a new file" in sqlite.said("export", COMMUNITY, file, code=1)
    assert [each.level for each in _found(sqlite, "directory")] == ["warning"]

    adopted = there.json("adopt", file, "--keys", keys, "--shard", 1)
    assert adopted["issuer"].startswith("did:key:")
    assert there.everything() == before
    there.goes_on(1)
    assert there.json("key", "list", COMMUNITY) == []
    again = there.said("adopt", file, "--keys", keys, code=1)
    assert "wanted a community that is not in this book" in again
    assert "wanted one whose adoption was broken off" in there.said("adopt", COMMUNITY, "--undo", code=1)
    assert "and no keys" in there.said("adopt", file, code=1)
    assert "open; nothing of it is left elsewhere" in sqlite.said("move", COMMUNITY, "--to", 0, "--wait", 1)
    sqlite.goes_on(2)


def _found(shell: Shell, check: str) -> list[Any]:
    class _Told:
        def __init__(self, given: dict[str, str]) -> None:
            self.level, self.of = given["level"], given["of"]

    told = json.loads(_RUNNER.invoke(app, ["doctor", "--json"], env=shell.environment).stdout)
    return [_Told(finding) for finding in told["findings"] if finding["check"] == check]


def test_a_community_moves_between_shards(pair: list[str], tmp_path: Path) -> None:
    shell = begun(Shell(tmp_path / "data", *pair), tmp_path / "in")
    before = shell.everything()
    moved = shell.json("move", COMMUNITY, "--to", 1, "--wait", 1)
    assert (moved["before"], moved["after"], moved["facts"]) == (0, 1, before["head"])
    assert shell.everything() == before
    asked = "SELECT * FROM {} WHERE community = ?"
    for table in ("stored_events", "vault.accounts", "views.member_1", "views.progress", "views.award_1"):
        assert run(pair[0], asked.format(table), COMMUNITY) == []
    shell.goes_on(1)
    before = shell.everything()
    plain = shell.said("move", COMMUNITY, "--to", 0, "--wait", 1)
    assert "is in shard 0 now" in plain
    assert shell.everything() == before
    shell.goes_on(2)
    assert "wanted 0 to 1, got 7" in shell.said("move", COMMUNITY, "--to", 7, code=1)
    assert {each.level for each in _found(shell, "directory")} == {"ok"}


def test_a_whole_book_moves_to_postgresql(sqlite: Shell, pair: list[str]) -> None:
    before = sqlite.everything()
    told = sqlite.json("move-book", "--to", pair[0])
    assert (told["facts"], told["counted"]) == ({COMMUNITY: before["head"]}, before["head"])
    password = pair[0].split(":")[2].split("@")[0]
    assert password not in json.dumps(told)
    there = Shell(sqlite.folder, pair[0])
    assert there.everything() == before
    assert "set GUILDBOOK_DATABASE=postgresql://" in sqlite.said("standing", COMMUNITY, code=1)
    assert "has the book again: makers" in sqlite.said("move-book", "--to", pair[0], "--undo")
    sqlite.goes_on(1)
    before = sqlite.everything()
    assert "Now set GUILDBOOK_DATABASE" in sqlite.said("move-book", "--to", pair[0])
    assert there.everything() == before
    there.goes_on(2)


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_book_is_backed_up_and_restored(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    on_sqlite = store == "sqlite"
    databases = [] if on_sqlite else request.getfixturevalue("pair")
    shell = begun(Shell(tmp_path / "old", *databases), tmp_path / "in")
    before, folder = shell.everything(), tmp_path / "monday"
    plain = shell.said("backup", folder, "--with-keys")
    assert "can read everything" in plain
    assert f"A whole backup: {before['head']} facts of 1 community" in shell.said("check", folder)
    there = Shell(tmp_path / "new", *databases)
    if on_sqlite:
        assert shell.json("backup", tmp_path / "tuesday")["keys"] is False
        assert "the backup was made without" in there.said("restore", tmp_path / "tuesday", code=1)
    else:
        dropped(*databases)
    assert there.json("restore", folder)["facts"] == before["head"]
    assert there.everything() == before
    assert "facts are back" in there.said("restore", folder)
    there.goes_on(1)
    assert "wanted an empty database" in there.said("restore", folder, code=1)
    (folder / "manifest.json").unlink()
    assert "it was broken off, or is none" in there.said("check", folder, code=1)


def test_the_doctor_tells_well_from_ill(sqlite: Shell, tmp_path: Path) -> None:
    told = sqlite.json("doctor")
    assert told["level"] in {"ok", "warning"}  # a warning where this machine's disk is short
    assert {"tables", "gaps", "order", "facts", "people", "claims", "keys", "standings", "views"} <= {
        finding["check"] for finding in told["findings"]
    }
    assert "All in all" in sqlite.said("doctor", "--full")
    run(sqlite.databases[0], "DELETE FROM stored_events WHERE position = (SELECT max(position) FROM stored_events)")
    ill = sqlite.json("doctor", code=1)
    assert [finding["check"] for finding in ill["findings"] if finding["level"] == "fault"] == ["log", "standings"]
    assert "facts that the ledger does not have" in sqlite.said("doctor", code=1)
    nowhere = Shell(tmp_path / "nowhere")
    assert nowhere.json("doctor", code=1)["level"] == "fault"
    assert not (tmp_path / "nowhere").exists()
    views = str(sqlite.folder / "book.views.sqlite")
    run(views, "CREATE TABLE member_7 (community TEXT)")
    assert [each.level for each in _found(sqlite, "views")] == ["warning"]


def test_awards_of_others_go_on_while_a_community_is_closed(sqlite: Shell, tmp_path: Path) -> None:
    sqlite.json("init", "aardvarks")
    sqlite.json("publish", "aardvarks", tmp_path / "in" / "charter.yaml")
    with sqlite.installation() as here, operations.opened(sqlite.databases[0]) as (database,):
        before = here.awards.all(COMMUNITY)
        for community in ("aardvarks", COMMUNITY):
            earned = [contribution(f"e{number}", "eve") | {"community": community} for number in (1, 2)]
            here.book.append(earned, community=community)
        with operations.closed(database, ["aardvarks"], lambda *_: None), bar() as progress:
            catch_up(here, progress)
        assert here.awards.all("aardvarks") == []
        assert len(here.awards.all(COMMUNITY)) == len(before) + 1
        assert "it is being moved" in here.background.awarding[0].left_out["aardvarks"]
        assert here.background.left_out() == {"aardvarks"}


def test_a_running_server_answers_503_while_a_community_is_away(pair: list[str], tmp_path: Path) -> None:
    shell = begun(Shell(tmp_path / "data", *pair), tmp_path / "in")
    key = shell("key", "add", COMMUNITY).output.strip()
    with _serving(shell) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.post("/events", json=contribution("s1")).json()["outcome"] == "stored"
        shell("export", COMMUNITY, tmp_path / "nowhere" / "makers.gz", "--close", code=1)  # then it is open again
        assert client.post("/events", json=contribution("s0")).json()["outcome"] == "stored"
        shell("export", COMMUNITY, tmp_path / "makers.gz", "--close")
        refused = client.post("/events", json=contribution("s2"))
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        shell("move", COMMUNITY, "--to", 1, "--wait", 1)
        stored = client.post("/events", json=contribution("s2"))
        assert stored.json()["outcome"] == "stored", stored.text
        assert client.post("/events", json=contribution("s1")).json()["outcome"] == "duplicate"
        member = client.get(f"/communities/{COMMUNITY}/accounts/forum/ada").json()["member"]
        after = stored.json()["position"]
        standing = client.get(f"/communities/{COMMUNITY}/members/{member}/standing", params={"after": after})
        assert standing.json()["level"] == 2
        shell("move", COMMUNITY, "--to", 0, "--wait", 1)
        assert client.post("/events", json=contribution("s3")).json()["position"] == after + 1


def test_nothing_is_served_without_the_key_that_the_vault_is_under(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    shell("init", COMMUNITY)
    file = tmp_path / "data" / "keys" / "key-encryption"
    file.rename(tmp_path / "elsewhere")
    for words in ("got no such file", "put back the keys folder that goes with it"):
        refused = shell("serve", "--for", 1, code=1)
        (line,) = refused.stderr.splitlines()
        assert line.startswith(f"{file}: wanted the key-encryption key")
        assert line.endswith(words)
        assert not refused.stdout
        file.write_bytes(bytes(32))
        file.chmod(0o600)
    (tmp_path / "elsewhere").rename(file)
    shell("doctor")


@contextmanager
def _serving(shell: Shell) -> Iterator[httpx2.Client]:
    port = free_port()
    environment = os.environ | shell.environment | {"GUILDBOOK_PORT": str(port), "GUILDBOOK_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "api.cli", "serve", "--for", "120"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                _until_up(client)
                yield client
        finally:
            server.terminate()


def _until_up(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            assert time.monotonic() < deadline
        time.sleep(0.1)
