"""A turn: one projection's next step in one community, its rows and its position written together.

On PostgreSQL the row of the position is locked meanwhile, and whoever finds it locked goes elsewhere. SQLite
locks nothing while a batch is folded: whoever comes to write compares the position with the one read.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from projections.errors import SwitchedError
from projections.fold.heard import heard
from projections.fold.spans import DAWN
from projections.views import endorsed as views_endorsed
from projections.views import heard as views_heard
from projections.views import tables as views_tables
from projections.views.rows import AWARDED, NOTHING_HELD, AwardRow, MemberRow, read_derived, written
from projections.views.tables import LAYOUT, STANDING, live

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ledger import Fact
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.rules import Held
    from projections.views.awarded import NominationRow
    from projections.views.endorsed import End, EndorsementRow
    from projections.views.rows import Flag
    from projections.views.tables import Rows, Store

_AT = """SELECT progress.generation, progress.position FROM progress JOIN live USING (projection)
    WHERE projection = ? AND layout = ? AND community = ? AND progress.generation = coalesce(?, live.generation)"""
_HELD_SECONDS = 4.0  # in which a turn says nothing to its database; which ends it after 15
_THERE = "ON CONFLICT DO NOTHING"
# For each table the kinds of its columns, and what becomes of a row that is there already.
_PUT = {
    "member": (
        "text text text text bigint bigint",
        """ON CONFLICT (community, member) DO UPDATE
        SET accounts = excluded.accounts, body = excluded.body, changed = excluded.changed, due = excluded.due""",
    ),
    "erased": (
        "text text text text bigint",
        """ON CONFLICT (community, member) DO UPDATE
        SET accounts = excluded.accounts, body = excluded.body, changed = excluded.changed""",
    ),
    "account": ("text text text", "ON CONFLICT (community, account) DO UPDATE SET member = excluded.member"),
    "filed": ("text text bigint text", _THERE),
    "held": ("text text text text", "ON CONFLICT (community, fact, key) DO UPDATE SET body = excluded.body"),
    "heard": ("text text bigint text", "ON CONFLICT (community, channel, stretch) DO UPDATE SET body = excluded.body"),
    "award": ("text text text text text bigint bigint bigint bigint text text bigint bigint", _THERE),
    "revocation": ("text text bigint text", _THERE),
    "endorsed": ("text text text text text text bigint bigint bigint bigint text bigint bigint", _THERE),
    "upheld": ("text text text", "ON CONFLICT (community, stream) DO UPDATE SET upheld = excluded.upheld"),
    "flag": (
        "text text bigint bigint bigint bigint",
        """ON CONFLICT (community, purpose, number, began) DO UPDATE
        SET ended = excluded.ended, position = excluded.position""",
    ),
    "nomination": ("text text text text text bigint bigint", _THERE),
}
_Asked = tuple[str, int, str, int | None]  # projection, layout, community, generation


class Batch:
    """What a turn writes. Nothing is written before it ends, and nothing at all unless it advanced.

    `moved` says afterwards by how many positions: 0 where another process had the same turn and was quicker.
    """

    def __init__(
        self, store: Store, community: str, generation: int, position: int, projection: str, turn: Rows | None = None
    ) -> None:
        """`turn`: the open transaction that holds the turn, where there is one."""
        self.community = community
        self.generation = generation
        self.position = position
        self.moved = 0
        self._store = store
        self._projection = projection
        self._turn = turn
        self._said = time.monotonic()
        self._reached: int | None = None
        self._dropped: list[tuple[str, Account]] = []
        self._puts: list[tuple[str, Sequence[Sequence[Any]]]] = []
        self._waits: list[tuple[int | None, str, Account, int]] = []
        self._ended: list[tuple[str, Account]] = []
        self._again: list[tuple[int, str, str, Account]] = []
        self._withdrawn: list[End] = []
        self._erased: list[End] = []
        self._unsaid: list[tuple[str, str]] = []
        self._heard: Sequence[Fact] = ()

    def hold(self) -> None:
        """Keep the turn while much is done in it: whoever says nothing for long is taken for gone.

        Raises `LedgerUnavailableError` where it was lost.
        """
        if self._turn and time.monotonic() - self._said > _HELD_SECONDS:
            self._turn.run("SELECT 1")
            self._said = time.monotonic()

    def advance(self, position: int) -> None:
        """Set how far the projection has read the community."""
        self._reached = position

    def derived(self) -> Iterable[tuple[Account, Derived]]:
        """Return every member of the community, and who was one, with her timelines as of the batch's position.

        Which may have come further, where nothing keeps it: it is then moved to where they stand.
        """
        if not self.position:
            return ()
        with self._store.reading() as rows:
            self.position = self._stored(rows)
            sql = "SELECT member, body FROM {} WHERE community = ?"
            found = [
                row
                for table in ("member", "erased")
                for row in rows.run(sql.format(self._table(table)), (self.community,))
            ]
        return ((member, read_derived(body)) for member, body in found)

    def put_members(self, rows: Iterable[tuple[MemberRow, int | None]]) -> None:
        """Write members, each with the instant (µs) at which it is to be looked at for awards, or None."""
        known = list(rows)
        self._put("member", [written(row, due) for row, due in known])
        self._put_accounts(row for row, _ in known)

    def put_erased(self, rows: Iterable[MemberRow]) -> None:
        """Write who were members, where nobody is listed."""
        known = list(rows)
        self.drop_members(row.member for row in known)
        self._put("erased", [written(row, None)[:-1] for row in known])
        self._put_accounts(known)

    def _put_accounts(self, rows: Iterable[MemberRow]) -> None:
        self._put("account", [(row.community, account, row.member) for row in rows for account in row.accounts])

    def drop_members(self, members: Iterable[Account]) -> None:
        """Take out what is no longer a member, but an account of another, or erased."""
        self._dropped += [(self.community, member) for member in sorted(members)]

    def file(self, upto: int, filings: Mapping[Account, Sequence[int]]) -> None:
        """Note which facts (by position) concern which accounts: what came to be known up to a position."""
        rows = [(self.community, who, upto, orjson.dumps(positions).decode()) for who, positions in filings.items()]
        self._put("filed", rows)

    def put_held(self, fact: str, held: Mapping[str, Held | None]) -> None:
        """Write what the community held under each key; None: nothing any more."""
        bodies = {key: orjson.dumps(tuple(one)).decode() if one else NOTHING_HELD for key, one in held.items()}
        self._put("held", [(self.community, fact, key, body) for key, body in bodies.items()])

    def hear(self, facts: Sequence[Fact]) -> None:
        """Count what these facts let be heard, each once: of whoever came further meanwhile only what lies beyond."""
        self._heard = facts

    def put_awards(self, awards: Iterable[AwardRow]) -> None:
        """Write awards; one that is there already stays as it is."""
        self._put("award", [award[:AWARDED] for award in awards])

    def put_revocations(self, revocations: Iterable[tuple[str, int, str]]) -> None:
        """Write which awards (by stream) ended, when (µs), and what they had lost ("": not for want of ground)."""
        self._put("revocation", [(self.community, *revoked) for revoked in revocations])

    def put_upheld(self, upheld: Mapping[str, str]) -> None:
        """Write what awards (by stream) had lost when they were let stand."""
        self._put("upheld", [(self.community, stream, lost) for stream, lost in upheld.items()])

    def put_endorsements(self, rows: Iterable[EndorsementRow]) -> None:
        """Write endorsements; one that is there already stays as it is."""
        self._put("endorsed", views_endorsed.columns(rows))

    def end_endorsements(self, withdrawn: Iterable[End], erased: Iterable[End]) -> None:
        """Let endorsements, and those of the erased, have ended."""
        self._withdrawn += withdrawn
        self._erased += erased

    def put_flags(self, flags: Iterable[Flag]) -> None:
        """Write what status lists came to say, in order."""
        found = {flag[:3]: flag for flag in flags}
        self._put("flag", [(self.community, *flag) for flag in found.values()])

    def put_nominations(self, said: Mapping[str, NominationRow | None]) -> None:
        """Write what became of nominations, by stream; None where one was declined."""
        self._unsaid += [(self.community, stream) for stream in sorted(said)]
        self._put("nomination", [row for row in said.values() if row])

    def end_credentials(self, accounts: Iterable[Account]) -> None:
        """Let the awards of the erased have no credential any more, and end what names them."""
        self._ended += [(self.community, account) for account in sorted(accounts)]

    def look_again(self, accounts: Iterable[Account]) -> None:
        """Let those to whom these accounts belong be looked at for awards."""
        self._again += [(DAWN, self.community, self.community, account) for account in sorted(accounts)]

    def postpone(self, waits: Iterable[tuple[MemberRow, int | None]]) -> None:
        """Set when these members are to be looked at again (µs), or None; rows written since stay as they are."""
        self._waits += [(due, row.community, row.member, row.changed) for row, due in waits]

    def write(self, rows: Rows) -> None:
        """Write it all, unless somebody has come as far or further meanwhile.

        What was read from an earlier position holds all that the other wrote, and is written over it.
        """
        stored = self.position if self._store.locks else self._stored(rows)
        if self._reached is None or self.position < stored >= self._reached:
            return
        waiting = f"member_{live(rows, STANDING)}" if self._waits else ""  # the standings', whichever projection waits
        new = heard(fact for fact in self._heard if fact.position > stored)
        self._put("heard", views_heard.added(rows, self._table("heard"), self.community, new))
        self._write(rows, waiting, self._reached)
        self.moved = self._reached - stored

    def _write(self, rows: Rows, waiting: str, reached: int) -> None:
        for table in ("member", "erased"):
            if self._dropped:
                rows.many(f"DELETE FROM {self._table(table)} WHERE community = ? AND member = ?", self._dropped)
        if self._unsaid:
            rows.many(f"DELETE FROM {self._table('nomination')} WHERE community = ? AND stream = ?", self._unsaid)
        for name, some in self._puts:
            kinds, again = _PUT[name]
            rows.put(self._table(name), kinds, some, again=again)
        if self._ended:
            rows.many(
                f"UPDATE {self._table('award')} SET credential = '' WHERE community = ? AND account = ?", self._ended
            )
            for named in ("account", "nominator"):
                table = self._table("nomination")
                rows.many(f"DELETE FROM {table} WHERE community = ? AND {named} = ?", self._ended)
        if self._withdrawn or self._erased:
            views_endorsed.end(rows, self._table("endorsed"), self.community, self._withdrawn, self._erased)
        if self._again:
            accounts = f"SELECT member FROM {self._table('account')} WHERE community = ? AND account = ?"
            sql = f"UPDATE {self._table('member')} SET due = ? WHERE community = ? AND member IN ({accounts})"
            rows.many(sql, self._again)
        if self._waits:
            sql = f"UPDATE {waiting} SET due = ? WHERE community = ? AND member = ? AND changed = ?"
            rows.many(sql, sorted(self._waits, key=lambda wait: wait[2]))
        rows.run(
            "UPDATE progress SET position = ? WHERE projection = ? AND generation = ? AND community = ?",
            (reached, self._projection, self.generation, self.community),
        )

    @property
    def advanced(self) -> bool:
        """Whether there is anything to write."""
        return self._reached is not None

    def _stored(self, rows: Rows) -> int:
        """Return the position as it is stored. Raises `SwitchedError` where it is no more, or lies further back."""
        found = rows.run(_AT, (self._projection, LAYOUT, self.community, self.generation))
        if not found or found[0][1] < self.position:
            raise SwitchedError(f"{self.community}: wanted position {self.position}, got another generation's")
        return int(found[0][1])

    def _table(self, name: str) -> str:
        return f"{name}_{self.generation}"

    def _put(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            self._puts.append((name, rows))


def turn(
    store: Store, projection: str, community: str, generation: int | None = None
) -> AbstractContextManager[Batch | None]:
    """Open the projection's next batch in a community: in the live generation, unless another is named.

    Gives None while another process has the turn. Raises `LedgerUnavailableError`, and `NotMigratedError` where
    the tables are another release's.
    """
    asked = (projection, LAYOUT, community, generation)
    return _locked(store, asked) if store.locks else _compared(store, asked)


@contextmanager
def _locked(store: Store, asked: _Asked) -> Iterator[Batch | None]:
    for _ in range(2):
        with store.writing() as rows:
            if found := rows.run(_AT + store.free, asked):
                batch = _batch(store, asked, found, rows)
                yield batch
                batch.write(rows)
                return
            if rows.run(_AT, asked):
                break
        begin(store, asked[0], [asked[2]], asked[3])
    yield None


@contextmanager
def _compared(store: Store, asked: _Asked) -> Iterator[Batch | None]:
    found = _where(store, asked)
    if not found:
        begin(store, asked[0], [asked[2]], asked[3])
        found = _where(store, asked)
    if not found:
        yield None
        return
    batch = _batch(store, asked, found)
    yield batch
    if batch.advanced:
        with store.writing() as rows:
            batch.write(rows)


def _where(store: Store, asked: _Asked) -> list[Any]:
    with store.reading() as rows:
        return rows.run(_AT, asked)


def _batch(store: Store, asked: _Asked, found: list[Any], turn: Rows | None = None) -> Batch:
    generation, position = found[0]
    return Batch(store, asked[2], generation, position, asked[0], turn)


def begin(store: Store, projection: str, communities: Iterable[str], generation: int | None = None) -> None:
    """Let a projection have read nothing yet of communities that it has not begun."""
    with store.writing() as rows:
        number = live(rows, projection) if generation is None else generation
        views_tables.begin(rows, projection, number, communities)
