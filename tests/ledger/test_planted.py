"""Fifty things that were told of a person, each looked for byte by byte once she is erased: nowhere is there one.

They are planted in every field of every fact type that takes a text, in what her platform calls her and in her links;
and looked for in the databases' files, their logs, every table, the views, an export, a backup and the key folder,
together with the keys that opened them.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from badges import AwardFollower, Awards
from ledger.keyring import KeyRing
from ledger.operations import Recipient, backup, export, hand_over, opened
from ledger.operations.postgres_tools import found as found_tool
from tests.ledger.operated import told
from tests.ledger.vaults import run
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = "kept-and-to-be-found"
LAW = {
    "charter": 1,
    "name": CONTROL,
    "badges": [{"badge": "maker", "name": "Maker", "description": "Made it."}],
    "rules": [
        {"rule": "maker", "version": 1, "grants": {"badge": "maker"}, "all": [{"count": "contribution", "at_least": 1}]}
    ],
}


class Planter:
    """Makes texts that stand nowhere else, and knows them all."""

    def __init__(self) -> None:
        self.planted: list[str] = []
        self._numbers = itertools.count(1)

    def __call__(self, form: str = "{}") -> str:
        word = f"Q7planted{next(self._numbers):02}zx9wv"
        self.planted.append(word)
        return form.format(word)

    def link(self) -> str:
        return self("https://forum.example/{}")


def events(plant: Planter, world: World) -> list[dict[str, Any]]:
    """Return an event of every type about Ada, each text in it planted; Bo is in some, and stays."""
    bo = {"platform": "forum", "id": "bo"}
    ids = [plant(), plant()]
    ada = {
        "platform": "forum",
        "id": ids[0],
        "handle": plant("@{}"),
        "name": plant("Ada {}"),
        "email": plant("{}@ada.example"),
    }
    ada["realm"] = plant()
    other = {"platform": "chat", "id": ids[1], "name": plant()}
    evidence = [{"url": plant.link(), "title": plant()}]
    item, case = plant(), plant()

    def event(name: str, **data: Any) -> dict[str, Any]:
        return {**world.event(name, 1, **data), "id": plant(), "source": plant.link()}

    answers = [
        {"item": plant(), "type": "choice", "value": plant()},
        {"item": plant(), "type": "text", "value": plant()},
    ]
    work = {"title": plant(), "url": plant.link(), "thread": plant(), "about": plant(), "evidence": evidence}
    praise = {"strength": "review", "comment": plant(), "evidence": evidence, "symbol": plant()}
    change = {
        "kind": "practice_change",
        "summary": plant(),
        "before": plant(),
        "after": plant(),
        "inspiredBy": [plant()],
    }
    agreed = {"source": plant.link(), "policy": {"uri": plant.link(), "version": "1"}, "method": "form"}
    return [
        event("contribution", author=ada, item=item, kind="post", **work),
        event("attendance", attendee=ada, session=plant(), mode="sync", state="attended"),
        event("endorsement", endorser=bo, endorsee=ada, item=item, **praise),
        event("endorsement", endorser=ada, endorsee=bo, skill="craft", strength="review", comment=plant()),
        event("response", respondent=ada, instrument="skills", title=plant(), session=plant(), answers=answers),
        event("impact", member=ada, verifiedBy=bo, visibility="community", evidence=evidence, **change),
        event("membership", member=ada, change="joined", affiliation=plant(), reason=plant()),
        event("consent", member=ada, purpose="source", decision="granted", **agreed),
        event("identity", member=ada, account=other, change="linked", method="oauth", proof=plant()),
        event("assignment", member=ada, by=bo, kind="mentor", value="newcomers", change="started", reason=plant()),
        event("moderation", member=ada, by=bo, case=case, item=item, action="warned", norm="be-kind", note=plant()),
        event("metric", member=ada, metric="posts_read", value=1, item=item),
        event("retraction", retracts=plant(), reason="mistake"),
    ]  # fmt: skip


def everywhere(world: World, tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield whatever is kept, and where: files as they are, what is packed in them unpacked, every table's rows."""
    yield from _exported(world, tmp_path / "export")
    yield from _backed_up(world, tmp_path / "backup")
    if world.database.startswith("postgresql"):
        yield from _tables(world.database)
        yield from _server(world.database)
    yield from _files(world.folder.parent)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def _tables(database: str) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'vault', 'views', 'heads')"
        ).fetchall()
        for name in tables:
            for form in (sql.SQL("TEXT"), sql.SQL("BINARY")):
                statement = sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(sql.Identifier(*name), form)
                with connection.cursor().copy(statement) as copy:
                    yield ".".join(name), b"".join(map(bytes, copy))


def _server(database: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the server that runs for the tests."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        folder = Path((connection.execute("SHOW data_directory").fetchone() or ("",))[0])
    if not folder.is_dir():
        pytest.skip("the server's files are on another machine")
    yield from _files(folder)


def _exported(world: World, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Export the community, with its keys to somebody else; they are then opened as that one would."""
    folder.mkdir()
    recipient, file = Recipient(folder / "theirs"), folder / "guild.jsonl.gz"
    with opened(world.database) as (database,):
        whole = export(database, COMMUNITY, file, lambda *_: None)
        hand_over(database, whole, ring=KeyRing(world.folder / "keys"), to=recipient.text, file=folder / "guild.keys")
    yield "export, unpacked", gzip.decompress(file.read_bytes())
    yield from _files(folder)


def _backed_up(world: World, folder: Path) -> Iterator[tuple[str, bytes]]:
    backup(world.database, folder, data=world.folder, with_keys=True, told=told)
    for name, content in _files(folder):
        yield name, content
        if content.startswith(b"PGDMP"):
            unpacked = subprocess.run([found_tool("pg_restore"), "--file=-", name], capture_output=True, check=True)
            yield f"{name}, unpacked", unpacked.stdout


def _ways(what: str | bytes) -> list[bytes]:
    """Return how something may stand somewhere: as it is, in hex, or within base64 of either alphabet."""
    raw = what.encode() if isinstance(what, str) else what
    within = [base64.b64encode(bytes(shift) + raw)[-(-8 * shift // 6) :] for shift in range(3)]
    whole = [text[: len(text) - 4] for text in within]  # what comes behind decides the last letters
    return [raw, raw.hex().encode(), *whole, *(text.translate(bytes.maketrans(b"+/", b"-_")) for text in whole)]


def where(places: Iterator[tuple[str, bytes]], wanted: dict[str, list[bytes]]) -> dict[str, set[str]]:
    """Return where each thing wanted was found."""
    ways = {way: name for name, some in wanted.items() for way in some}
    pattern = re.compile(b"|".join(re.escape(way) for way in sorted(ways, key=len, reverse=True)))
    found: dict[str, set[str]] = {}
    for place, content in places:
        for match in set(pattern.findall(content)):
            found.setdefault(ways[match], set()).add(place)
    return found


def test_nothing_that_was_told_of_her_is_anywhere(world: World, tmp_path: Path) -> None:
    plant, book, on_sqlite = Planter(), world.book, not world.database.startswith("postgresql")
    world.publish(LAW)
    given = events(plant, world)
    world.tell(*given)
    assert len(set(plant.planted)) >= 50
    ids = given[0]["data"]["author"], given[8]["data"]["account"]
    accounts = [book.account(COMMUNITY, each["platform"], each["id"], each.get("realm")) or "" for each in ids]
    awards = Awards(book, world.views, world.standings, base_url="http://guild.example")
    AwardFollower(book, world.views, world.standings, clock=world.clock).run_once()
    world.follower.catch_up()
    (badge,) = awards.of(COMMUNITY, accounts[0])
    clear = str(
        [book.reveal(COMMUNITY, book.read(COMMUNITY, 0, 100)), [book.handle(COMMUNITY, each) for each in accounts]]
    )
    assert len([word for word in plant.planted if word in clear]) >= 25  # the others became tokens
    public = [*(book.member_id(COMMUNITY, each) for each in accounts), badge.id]
    book.vault.add_link(COMMUNITY, role="member", subject=public[0], expires=world.clock.now + 1)
    assert awards.png(badge)
    people = world.book._in(COMMUNITY).people
    raw = {account: living.key for account, living in people.living(people.community(COMMUNITY), accounts).items()}
    wrapped = run(world.database, "SELECT key, contact, lookup FROM vault.accounts WHERE account IN (?, ?)", *accounts)
    buckets = run(world.database, "SELECT key FROM vault.buckets")
    other = {**given[0], "data": {**given[0]["data"], "title": plant()}}
    assert book.append([other], community=COMMUNITY)[0].outcome == "conflict"

    book.erase(COMMUNITY, accounts)
    world.follower.catch_up()
    assert {each.outcome for each in book.append(given, community=COMMUNITY, identity=True)} == {"duplicate"}

    wanted = {word: _ways(word) for word in [*plant.planted, CONTROL]}
    wanted |= {f"raw key of {account}": _ways(key) for account, key in raw.items()}
    wanted |= {f"public id {each}": _ways(each) for each in public[:-1]}
    found = where(everywhere(world, tmp_path), wanted)
    seen = "\n".join(found.pop(CONTROL))  # it is looked for in earnest
    assert all(place in seen for place in ("export, unpacked", "backup", "book.sqlite" if on_sqlite else "pg_wal"))
    assert found == {}
    assert not world.views.award(badge.id)
    live = _files(world.folder.parent) if on_sqlite else _tables(world.database)
    wanted = {
        f"{row} {number}": _ways(bytes(each))
        for row, some in enumerate([*wrapped, *buckets])
        for number, each in enumerate(some)
    }
    assert where(live, wanted) == {}
