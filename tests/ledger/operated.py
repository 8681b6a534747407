"""A book with something of everything in it, and ways to look at one from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg

from ledger import Book, NewAward, merkle_root
from ledger.operations.tables import TABLES, community_column
from tests.ledger.events import ONE_OF_EACH, changed, contribution
from tests.ledger.steps import die, dies
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMUNITY = "bar"
NOTICED = 30.0  # seconds within which a server notices that a client is dead
Told: TypeAlias = Callable[[str, int, int], None]


def told(*_: object) -> None:
    """Hear of progress, and say nothing."""


def fill(book: Book, *, community: str = COMMUNITY, plain: int = 40) -> None:
    """Record every type of fact, a charter, awards (one of them ended), a conflict, and contributions of ten people."""
    book.open_community(community, name="The Bar")
    book.publish_charter(community, {"charter": 1, "name": "The Bar", "rules": []}, effective=0, by="bo")
    book.append([{**event, "community": community} for event in ONE_OF_EACH], community=community, identity=True)
    book.append(contributions(plain, community=community), community=community)
    book.append([changed(contributions(1, community=community)[0], kind="talk")], community=community)
    position = book.award([award(book, name, community=community) for name in ("ada", "bo", "cy1")])[0].position or 0
    (issued,) = book.at(community, [position])
    book.revoke(community, issued.stream, reason="a trial", at=issued.time)


def contributions(count: int, *, first: int = 0, community: str = COMMUNITY) -> list[dict[str, Any]]:
    return [
        {**contribution(f"n{number}", author=f"cy{number % 10}"), "community": community}
        for number in range(first, first + count)
    ]


def award(book: Book, name: str, *, community: str = COMMUNITY) -> NewAward:
    account = book.account(community, "forum", name)
    assert account is not None
    return NewAward(
        community=community,
        account=account,
        achievement="maker",
        kind="badge",
        charter_version=1,
        rule="maker",
        rule_version=1,
        rule_hash="ab" * 32,
        earned=1,
        evidence_root=merkle_root(book.leaves(community, [1])),
        evidence=(1,),
    )


def seen(book: Book, community: str = COMMUNITY) -> dict[str, Any]:
    """Return all that a reader of a community can see, whatever keeps it."""
    facts = book.read(community, 0, 10_000)
    accounts = sorted({value for fact in facts for value in fact.open.values() if _is_account(value)})
    awards = [fact for fact in facts if fact.topic == "award.issued.v1"]
    return {
        "name": book.community(community).name,
        "facts": facts,
        "leaves": book.leaves(community, [fact.position for fact in facts]),
        "sealed": book.reveal(community, facts),
        "members": [book.member_id(community, account) for account in accounts],
        "handles": [book.handle(community, account) for account in accounts],
        "credentials": [book.credential_id(community, fact.open["account"], fact.stream) for fact in awards],
        "status": book.status_key(community),
        "conflicts": book.conflicts(community),
        "token": book.token(community, "anything"),
    }


def _is_account(value: object) -> bool:
    return isinstance(value, str) and len(value) == 26 and value.isupper()


def goes_on(book: Book, community: str = COMMUNITY, *, first: int = 0) -> None:
    """Assert that posting goes on where it stopped, and that what was there is recognised."""
    head = book.head(community)
    (again,) = book.append(contributions(1, first=first, community=community), community=community)
    assert (again.outcome, again.position) == ("duplicate", _position_of(book, community, first))
    (new,) = book.append(contributions(1, first=900_000 + head, community=community), community=community)
    assert (new.outcome, new.position) == ("stored", head + 1)
    (claimed,) = book.award([award(book, "ada", community=community)])
    assert claimed.outcome == "claimed"


def _position_of(book: Book, community: str, number: int) -> int:
    facts = book.read(community, 0, 10_000)
    found = [
        fact.position
        for fact, clear in zip(facts, book.reveal(community, facts), strict=True)
        if clear.get("id") == f"contribution-n{number}"
    ]
    assert len(found) == 1
    return found[0]


def left(databases: Sequence[str], community: str = COMMUNITY) -> list[int]:
    """Return how many rows of a community each database has, its directory excepted."""
    counted = "SELECT count(*) FROM {} WHERE {} = ?"
    questions = [counted.format(table, community_column(table)) for table in TABLES]
    return [sum(run(database, question, community)[0][0] for question in questions) for database in databases]


def dropped(*databases: str) -> None:
    """Leave PostgreSQL databases as empty as new ones."""
    for database in databases:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS vault, views, heads, public CASCADE")
            connection.execute("CREATE SCHEMA public")


def killed_at(step: str, work: Callable[[Told], object], *databases: str) -> None:
    """Begin `work` in another process, which is gone, as by `kill -9`, the moment it tells of `step`.

    `databases`: those that it works on. Once this returns, PostgreSQL has noticed, and nothing is locked by the dead.
    """

    def dying(name: str, _done: int, _of: int) -> None:
        if name == step:
            die()

    before = {database: _sessions(database) for database in databases}
    dies(lambda: work(dying))
    deadline = time.monotonic() + NOTICED
    while any(_sessions(database) - known for database, known in before.items()) and time.monotonic() < deadline:
        time.sleep(0.01)


def _sessions(database: str) -> set[int]:
    """Return the sessions of a PostgreSQL database, but for the one that asks."""
    if not database.startswith("postgresql"):
        return set()
    told = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return {row[0] for row in run(database, told)}
