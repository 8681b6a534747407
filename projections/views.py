"""The tables that projections are kept in, and all their SQL. Droppable: everything in them is rebuilt.

A batch's rows and its position are written in one transaction. Every table exists once a *generation*;
readers see the live one through a view of that name, so a rebuild fills the next beside it and switches.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from projections.history import ARRIVED, WAITS
from projections.rules import Held
from projections.standing import Derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from projections.people import Account

STANDING = "standing"
AWARDS = "awards"
_WIDTH = 500  # keys asked for in one statement
# Made anew for every generation. `{name}` is the table's name with the generation behind it.
_TABLES: dict[str, tuple[str, ...]] = {
    "member": (
        """CREATE TABLE {name} (
            community TEXT, member TEXT, accounts TEXT, body TEXT, changed BIGINT, due BIGINT,
            PRIMARY KEY (community, member)
        )""",
        "CREATE INDEX {name}_changed ON {name} (changed)",
        "CREATE INDEX {name}_due ON {name} (due)",
    ),
    "account": (
        """CREATE TABLE {name} (
            community TEXT, account TEXT, member TEXT,
            PRIMARY KEY (community, account)
        )""",
    ),
    "filed": (
        """CREATE TABLE {name} (
            community TEXT, account TEXT, upto BIGINT, positions TEXT,
            PRIMARY KEY (community, account, upto)
        )""",
    ),
    "held": (
        """CREATE TABLE {name} (
            community TEXT, fact TEXT, key TEXT, body TEXT,
            PRIMARY KEY (community, fact, key)
        )""",
    ),
}
# The same for all generations: where each stands, and what is found again in the ledger by whoever looks.
_FIXED = (
    """CREATE TABLE IF NOT EXISTS progress (
        projection TEXT, shard INTEGER, generation INTEGER, position BIGINT,
        PRIMARY KEY (projection, shard, generation)
    )""",
    "CREATE TABLE IF NOT EXISTS live (projection TEXT PRIMARY KEY, generation INTEGER)",
    """CREATE TABLE IF NOT EXISTS award (
        community TEXT, credential TEXT PRIMARY KEY, account TEXT, kind TEXT, achievement TEXT,
        renewal INTEGER, status BIGINT, earned BIGINT, position BIGINT, stream TEXT
    )""",
    "CREATE INDEX IF NOT EXISTS award_account ON award (community, account)",
    "CREATE TABLE IF NOT EXISTS revocation (stream TEXT PRIMARY KEY, community TEXT, revoked BIGINT)",
)


class Rows(Protocol):
    """A transaction: statements with `?` for each parameter."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return its rows."""

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""


class Store(Protocol):
    """A database for views: SQLite or PostgreSQL."""

    def reading(self) -> AbstractContextManager[Rows]:
        """A transaction that sees one state throughout."""

    def writing(self) -> AbstractContextManager[Rows]:
        """A transaction that commits where no error leaves it."""

    def making(self) -> AbstractContextManager[Rows]:
        """A writing transaction that no other process's making overlaps."""

    def close(self) -> None:
        """Close every connection."""

    skip_locked: str  # what makes a locked row look absent, appended to a SELECT


class MemberRow(NamedTuple):
    """A member as projected: the accounts it has, its timelines, the position at which they were written."""

    community: str
    member: Account
    accounts: tuple[Account, ...]
    derived: Derived
    changed: int


class AwardRow(NamedTuple):
    """An award as recorded: which credential it is, and of which fact. `revoked`: when (µs), or None."""

    community: str
    credential: str
    account: Account
    kind: str
    achievement: str
    renewal: int
    status: int
    earned: int
    position: int
    stream: str
    revoked: int | None = None


class Batch:
    """One projection's turn: its rows and position, committed together when the turn ends without an error."""

    def __init__(self, rows: Rows, projection: str, generation: int, position: int) -> None:
        self.position = position
        self._rows = rows
        self._projection = projection
        self._generation = generation

    def _table(self, name: str) -> str:
        return f"{name}_{self._generation}"

    def advance(self, position: int) -> None:
        """Set how far the projection has read."""
        self._rows.run(
            "UPDATE progress SET position = ? WHERE projection = ? AND shard = 0 AND generation = ?",
            (position, self._projection, self._generation),
        )

    def derived(self, community: str) -> dict[Account, Derived]:
        """Return the timelines of every member of a community."""
        found = self._rows.run(f"SELECT member, body FROM {self._table('member')} WHERE community = ?", (community,))
        return {row[0]: _derived(row[1]) for row in found}

    def put_members(self, rows: Iterable[tuple[MemberRow, int | None]]) -> None:
        """Write members, each with the instant (µs) at which time alone grants something, or None."""
        known = [(r, due, orjson.dumps([*map(str, r.accounts)]).decode()) for r, due in rows]
        self._rows.many(
            f"INSERT INTO {self._table('member')} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (community, member) DO UPDATE"
            " SET accounts = excluded.accounts, body = excluded.body, changed = excluded.changed, due = excluded.due",
            [(r.community, r.member, accounts, _body(r.derived), r.changed, due) for r, due, accounts in known],
        )
        self._rows.many(
            f"INSERT INTO {self._table('account')} VALUES (?, ?, ?) ON CONFLICT (community, account) DO UPDATE"
            " SET member = excluded.member",
            [(row.community, account, row.member) for row, _, _ in known for account in row.accounts],
        )

    def drop_members(self, community: str, members: Iterable[Account]) -> None:
        """Take out what is no longer a member, but an account of another."""
        self._rows.many(
            f"DELETE FROM {self._table('member')} WHERE community = ? AND member = ?",
            [(community, member) for member in members],
        )

    def file(self, community: str, upto: int, filings: Mapping[Account, Sequence[int]]) -> None:
        """Note which facts concern which accounts: those that came to be known up to a position."""
        self._rows.many(
            f"INSERT INTO {self._table('filed')} VALUES (?, ?, ?, ?)",
            [(community, account, upto, orjson.dumps(positions).decode()) for account, positions in filings.items()],
        )

    def put_held(self, community: str, fact: str, held: Mapping[str, Held | None]) -> None:
        """Write what a community held, by key; None: nothing any more."""
        self._rows.many(
            f"INSERT INTO {self._table('held')} VALUES (?, ?, ?, ?) ON CONFLICT (community, fact, key) DO UPDATE"
            " SET body = excluded.body",
            [(community, fact, key, orjson.dumps(tuple(one)).decode()) for key, one in held.items() if one],
        )
        self._rows.many(
            f"DELETE FROM {self._table('held')} WHERE community = ? AND fact = ? AND key = ?",
            [(community, fact, key) for key, one in held.items() if not one],
        )

    def put_awards(self, awards: Iterable[AwardRow]) -> None:
        """Write awards; one that is there already stays as it is."""
        marks = ", ".join("?" * (len(AwardRow._fields) - 1))
        self._rows.many(
            f"INSERT INTO award VALUES ({marks}) ON CONFLICT (credential) DO NOTHING",
            [award[:-1] for award in awards],
        )

    def put_revocations(self, community: str, revocations: Iterable[tuple[str, int]]) -> None:
        """Write which awards (by stream) ended, and when (µs)."""
        self._rows.many(
            "INSERT INTO revocation VALUES (?, ?, ?) ON CONFLICT (stream) DO NOTHING",
            [(stream, community, at) for stream, at in revocations],
        )

    def postpone(self, waits: Iterable[tuple[MemberRow, int | None]]) -> None:
        """Set when time next grants these members something (µs), or None; rows written since stay as they are."""
        table = f"member_{_live(self._rows, STANDING)}"
        self._rows.many(
            f"UPDATE {table} SET due = ? WHERE community = ? AND member = ? AND changed = ?",
            [(due, row.community, row.member, row.changed) for row, due in waits],
        )


class Views:
    """The projections of a book, as tables."""

    def __init__(self, store: Store, *, create: bool = True) -> None:
        self._store = store
        if create:
            with store.making() as rows:
                _create(rows)

    def close(self) -> None:
        """Close every connection."""
        self._store.close()

    @contextmanager
    def turn(self, projection: str, generation: int | None = None) -> Iterator[Batch | None]:
        """Yield the projection's next batch, or None while another process has its turn."""
        with self._store.writing() as rows:
            number = _live(rows, projection) if generation is None else generation
            found = rows.run(
                "SELECT position FROM progress WHERE projection = ? AND shard = 0 AND generation = ?"
                + self._store.skip_locked,
                (projection, number),
            )
            yield Batch(rows, projection, number, found[0][0]) if found else None

    def position(self, projection: str = STANDING) -> int:
        """Return how far the live generation has read the ledger."""
        with self._store.reading() as rows:
            return _position(rows, projection)

    def begin_generation(self) -> int:
        """Make empty tables beside the live ones and return their generation."""
        with self._store.writing() as rows:
            last = rows.run("SELECT MAX(generation) FROM progress WHERE projection = ?", (STANDING,))[0][0]
            _make_generation(rows, last + 1)
            return int(last) + 1

    def switch(self, generation: int) -> None:
        """Let readers see the generation, and drop those before it. A failed read cannot happen in between."""
        with self._store.writing() as rows:
            old = rows.run("SELECT generation FROM progress WHERE projection = ?", (STANDING,))
            _show(rows, generation)
            for (number,) in old:
                if number != generation:
                    _drop_generation(rows, number)

    def members(self, community: str) -> list[MemberRow]:
        """Return every member of a community."""
        return self._members("WHERE community = ?", (community,))

    def member(self, community: str, account: str) -> MemberRow | None:
        """Return the member that the account belongs to, or None where no fact names it."""
        where = "WHERE community = ? AND member = (SELECT member FROM account WHERE community = ? AND account = ?)"
        found = self._members(where, (community, community, account))
        return found[0] if found else None

    def to_look_at(self, after: int, now: int) -> list[MemberRow]:
        """Return members written after a position, or to whom time has granted something by now (µs)."""
        return self._members("WHERE changed > ? OR due <= ?", (after, now))

    def _members(self, where: str, parameters: Sequence[Any]) -> list[MemberRow]:
        with self._store.reading() as rows:
            found = rows.run(f"SELECT community, member, accounts, body, changed FROM member {where}", parameters)
        return [MemberRow(c, m, tuple(orjson.loads(a)), _derived(body), changed) for c, m, a, body, changed in found]

    def filed(self, community: str, accounts: Sequence[Account]) -> list[int]:
        """Return the positions of the facts that concern these accounts, in order."""
        with self._store.reading() as rows:
            sql = "SELECT positions FROM filed WHERE community = ? AND account IN"
            found = _by_keys(rows, sql, community, accounts)
        return sorted(_positions(found))

    def waiting(self, community: str) -> list[int]:
        """Return the positions of facts that speak of something nobody has reported yet, in order."""
        with self._store.reading() as rows:
            sql = "SELECT positions FROM filed WHERE community = ? AND account = ?"
            waits, arrived = (_positions(rows.run(sql, (community, mark))) for mark in (WAITS, ARRIVED))
        return sorted(waits - arrived)

    def members_of(self, community: str, accounts: Sequence[Account]) -> list[MemberRow]:
        """Return the members that these accounts belong to."""
        with self._store.reading() as rows:
            sql = "SELECT member FROM account WHERE community = ? AND account IN"
            members = sorted({row[0] for row in _by_keys(rows, sql, community, accounts)})
            sql = "SELECT community, member, accounts, body, changed FROM member WHERE community = ? AND member IN"
            found = _by_keys(rows, sql, community, members)
        return [MemberRow(c, m, tuple(orjson.loads(a)), _derived(body), changed) for c, m, a, body, changed in found]

    def held(self, community: str) -> dict[str, list[Held]]:
        """Return what a community held, by kind of fact."""
        with self._store.reading() as rows:
            found = rows.run("SELECT fact, body FROM held WHERE community = ?", (community,))
        held: dict[str, list[Held]] = {}
        for fact, body in found:
            held.setdefault(fact, []).append(Held(*orjson.loads(body)))
        return held

    def awards(self, *, community: str | None = None, credential: str | None = None) -> list[AwardRow]:
        """Return the awards of a community, or the one with that credential id; earliest first."""
        wanted = {"community": community, "credential": credential}
        named = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"award.{name} = ?" for name in named) or "1 = 1"
        sql = (
            "SELECT award.*, revocation.revoked FROM award LEFT JOIN revocation ON award.stream = revocation.stream"
            f" WHERE {where} ORDER BY award.position"
        )
        with self._store.reading() as rows:
            return [AwardRow(*row) for row in rows.run(sql, list(named.values()))]


def _create(rows: Rows) -> None:
    for statement in _FIXED:
        rows.run(statement)
    rows.run("INSERT INTO progress VALUES (?, 0, 1, 0) ON CONFLICT DO NOTHING", (AWARDS,))
    rows.run("INSERT INTO live VALUES (?, 1) ON CONFLICT DO NOTHING", (AWARDS,))
    if not rows.run("SELECT generation FROM live WHERE projection = ?", (STANDING,)):
        _make_generation(rows, 1)
        rows.run("INSERT INTO live VALUES (?, 1)", (STANDING,))
        _show(rows, 1)


def _make_generation(rows: Rows, generation: int) -> None:
    for table, statements in _TABLES.items():
        for statement in statements:
            rows.run(statement.format(name=f"{table}_{generation}"))
    rows.run("INSERT INTO progress VALUES (?, 0, ?, 0)", (STANDING, generation))


def _show(rows: Rows, generation: int) -> None:
    for table in _TABLES:
        rows.run(f"DROP VIEW IF EXISTS {table}")
        rows.run(f"CREATE VIEW {table} AS SELECT * FROM {table}_{generation}")
    rows.run("UPDATE live SET generation = ? WHERE projection = ?", (generation, STANDING))


def _drop_generation(rows: Rows, generation: int) -> None:
    for table in _TABLES:
        rows.run(f"DROP TABLE IF EXISTS {table}_{generation}")
    rows.run("DELETE FROM progress WHERE projection = ? AND generation = ?", (STANDING, generation))


def _live(rows: Rows, projection: str) -> int:
    return int(rows.run("SELECT generation FROM live WHERE projection = ?", (projection,))[0][0])


def _position(rows: Rows, projection: str) -> int:
    sql = "SELECT position FROM progress JOIN live USING (projection, generation) WHERE projection = ? AND shard = 0"
    return int(rows.run(sql, (projection,))[0][0])


def _by_keys(rows: Rows, sql: str, community: str, keys: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(keys), _WIDTH):
        some = keys[start : start + _WIDTH]
        found += rows.run(f"{sql} ({', '.join('?' * len(some))})", (community, *some))
    return found


def _positions(found: Iterable[Sequence[str]]) -> set[int]:
    return {position for (positions,) in found for position in orjson.loads(positions)}


def _body(derived: Derived) -> str:
    parts = {**derived._asdict(), "grants": [[*grant, spans] for grant, spans in derived.grants.items()]}
    return orjson.dumps(parts).decode()


def _derived(body: str) -> Derived:
    parts = orjson.loads(body)
    return Derived(
        rules={rule: _pairs(spans) for rule, spans in parts["rules"].items()},
        grants={(kind, value): _pairs(spans) for kind, value, spans in parts["grants"]},
        levels=_pairs(parts["levels"]),
        affiliations=[(at, token) for at, token in parts["affiliations"]],
        first=parts["first"],
        last=parts["last"],
        acts=parts["acts"],
    )


def _pairs(lists: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    return [(start, end) for start, end in lists]
