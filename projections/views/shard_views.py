"""The projections of one shard as they are read: droppable, everything in them is rebuilt from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from projections.errors import SwitchedError
from projections.fold.history import ARRIVED, LINKS, WAITS
from projections.fold.rules import Held
from projections.views import awarded
from projections.views import endorsed as views_endorsed
from projections.views import heard as views_heard
from projections.views import tables as views_tables
from projections.views import turn as views_turn
from projections.views.endorsed import Endorsed
from projections.views.rows import NOTHING_HELD, AwardRow, Holding, MemberRow, member_row, read_grants
from projections.views.switch import Generations
from projections.views.tables import AWARDS, LAYOUT, STANDING, live

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from projections.charters.language import Grant
    from projections.fold.heard import Heard
    from projections.fold.people import Account
    from projections.fold.spans import Spans
    from projections.views.awarded import NominationRow
    from projections.views.rows import Flag
    from projections.views.tables import Rows, Store
    from projections.views.turn import Batch

T = TypeVar("T")
_WIDTH = 500  # keys asked for in one statement
_TRIES = 5  # of a read that a switch came upon
_MEMBER = "SELECT community, member, accounts, body, changed FROM member_{0}"
_ERASED = "SELECT community, member, accounts, body, changed FROM erased_{0}"
_AWARDED = """community, credential, account, kind, achievement, renewal, status, earned, position, stream,
    rule, issued, expires, revoked, lost, upheld, suspended"""
_AWARDS = """award_{0} LEFT JOIN revocation_{0} USING (community, stream) LEFT JOIN upheld_{0} USING (community, stream)
    LEFT JOIN (SELECT community, number AS status, began AS suspended FROM flag_{0}
        WHERE purpose = 'suspension' AND ended IS NULL) AS halted USING (community, status)"""
_AWARD = f"SELECT {_AWARDED} FROM {_AWARDS}"
_STANDS = f"""SELECT {_AWARDED}, member, changed FROM {_AWARDS} JOIN account_{{0}} USING (community, account)
    JOIN member_{{0}} USING (community, member) WHERE revoked IS NULL AND credential <> '' AND community = ?"""


class ShardViews:
    """The views of one shard's communities."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.generations = Generations(store)
        self.endorsed = Endorsed(self._read)

    def close(self) -> None:
        """Close every connection."""
        self._store.close()

    def version(self) -> int | None:
        """Return a number that is another once anything of it is; None where that is not told without waiting."""
        return self._store.version()

    def check(self) -> None:
        """Raise `NotMigratedError` unless the tables are those of this release."""
        with self._store.reading() as rows:
            views_tables.checked(rows)

    def turn(
        self, community: str, projection: str = STANDING, *, generation: int | None = None
    ) -> AbstractContextManager[Batch | None]:
        """Open a projection's next batch in a community; see `views_turn.turn`."""
        return views_turn.turn(self._store, projection, community, generation)

    def positions(self, projection: str = STANDING, *, generation: int | None = None) -> dict[str, int]:
        """Return how far each community that was begun has been read: in the live generation, unless one is named."""
        sql = """SELECT community, position FROM progress JOIN live USING (projection)
            WHERE projection = ? AND layout = ? AND progress.generation = coalesce(?, live.generation)"""
        with self._store.reading() as rows:
            return dict(rows.run(sql, (projection, LAYOUT, generation)))

    def position(self, community: str, projection: str = STANDING) -> int:
        """Return how far a community has been read; 0 where it was not begun."""
        sql = """SELECT position FROM progress JOIN live USING (projection, generation)
            WHERE projection = ? AND layout = ? AND community = ?"""
        with self._store.reading() as rows:
            found = rows.run(sql, (projection, LAYOUT, community))
        return int(found[0][0]) if found else 0

    def reached(self, community: str, projections: Sequence[str]) -> tuple[int, ...]:
        """Return how far each of these projections has read a community, of one moment; 0 where it was not begun."""
        sql = """SELECT projection, position FROM progress JOIN live USING (projection, generation)
            WHERE layout = ? AND community = ?"""
        with self._store.reading() as rows:
            found = dict(rows.run(sql, (LAYOUT, community)))
        return tuple(int(found.get(each, 0)) for each in projections)

    # Members

    def members(self, community: str, *, after: int = -1) -> list[MemberRow]:
        """Return the members of a community, but the erased: those whose row was written past a position."""
        return self._members("WHERE community = ? AND changed > ?", (community, after))

    def member(self, community: str, account: str) -> MemberRow | None:
        """Return the member that the account belongs to, or None where no fact names it, or she was erased."""
        where = "WHERE community = ? AND member = (SELECT member FROM account_{0} WHERE community = ? AND account = ?)"
        found = self._members(where, (community, community, account))
        return found[0] if found else None

    def members_of(self, community: str, accounts: Sequence[Account]) -> list[MemberRow]:
        """Return the members that these accounts belong to, and who were members before they were erased."""

        def ask(rows: Rows, generation: int) -> list[MemberRow]:
            sql = f"SELECT member FROM account_{generation} WHERE community = ? AND account IN"
            members = sorted({row[0] for row in _by_keys(rows, sql, community, accounts)})
            tables = (f"{table.format(generation)} WHERE community = ? AND member IN" for table in (_MEMBER, _ERASED))
            return [member_row(row) for sql in tables for row in _by_keys(rows, sql, community, members)]

        return self._read(ask)

    def _members(self, where: str, parameters: Sequence[Any]) -> list[MemberRow]:
        def ask(rows: Rows, generation: int) -> list[MemberRow]:
            sql = f"{_MEMBER} {where}".format(generation)
            return [member_row(row) for row in rows.run(sql, parameters)]

        return self._read(ask)

    # Facts and shares

    def filed(self, community: str, accounts: Sequence[Account]) -> list[int]:
        """Return the positions of the facts that concern these accounts, in order."""

        def ask(rows: Rows, generation: int) -> set[int]:
            sql = f"SELECT positions FROM filed_{generation} WHERE community = ? AND account IN"
            return _positions(_by_keys(rows, sql, community, accounts))

        return sorted(self._read(ask))

    def links(self, community: str) -> list[int]:
        """Return the positions of the facts that link accounts, propose it, or withdraw such a fact, in order."""
        return self.filed(community, [LINKS])

    def accounts(self, community: str) -> dict[Account, Account]:
        """Return every account of a community that a fact names, and the member it belongs to, the erased included."""

        def ask(rows: Rows, generation: int) -> dict[Account, Account]:
            return dict(rows.run(f"SELECT account, member FROM account_{generation} WHERE community = ?", (community,)))

        return self._read(ask)

    def waiting(self, community: str) -> list[int]:
        """Return the positions of facts that speak of something nobody has reported yet, in order."""

        def ask(rows: Rows, generation: int) -> set[int]:
            sql = f"SELECT positions FROM filed_{generation} WHERE community = ? AND account = ?"
            waits, arrived = (_positions(rows.run(sql, (community, mark))) for mark in (WAITS, ARRIVED))
            return waits - arrived

        return sorted(self._read(ask))

    def held(self, community: str) -> dict[str, list[Held]]:
        """Return what a community held, by kind of fact."""

        def ask(rows: Rows, generation: int) -> list[Any]:
            sql = f"SELECT fact, body FROM held_{generation} WHERE community = ? AND body <> ?"
            return rows.run(sql, (community, NOTHING_HELD))

        held: dict[str, list[Held]] = {}
        for fact, body in self._read(ask):
            held.setdefault(fact, []).append(Held(*orjson.loads(body)))
        return held

    def heard(self, community: str, since: int) -> Heard:
        """Return what was heard of a community from about a day (of 1970-01-01) on, or a while before it."""

        def ask(rows: Rows, generation: int) -> Heard:
            return views_heard.read(rows, f"heard_{generation}", community, since)

        return self._read(ask)

    # Awards

    def awards(self, community: str, *, accounts: Sequence[Account] | None = None) -> list[AwardRow]:
        """Return the awards of a community (to these accounts), earliest first, less those of the erased."""

        def ask(rows: Rows, generation: int) -> list[Any]:
            sql = f"{_AWARD.format(generation)} WHERE credential <> '' AND community = ?"
            if accounts is None:
                return rows.run(sql, (community,))
            return _by_keys(rows, f"{sql} AND account IN", community, accounts)

        return sorted((AwardRow(*row) for row in self._read(ask)), key=lambda award: award.position)

    def award(self, credential: str) -> list[AwardRow]:
        """Return the award with this credential id, if it is here."""

        def ask(rows: Rows, generation: int) -> list[Any]:
            return rows.run(f"{_AWARD.format(generation)} WHERE credential = ? AND credential <> ''", (credential,))

        return [AwardRow(*row) for row in self._read(ask)]

    def not_holding(self, community: str) -> list[str]:
        """Return the ids of credentials that were revoked or are suspended, earliest first; none of the erased."""
        return self._read(lambda rows, generation: awarded.not_holding(rows, generation, community))

    def unrevoked(self, community: str) -> list[Holding]:
        """Return the awards of a community that were not revoked, earliest first, and whose each is by now."""

        def ask(rows: Rows, generation: int) -> list[Holding]:
            found = rows.run(_STANDS.format(generation), (community,))
            return [Holding(AwardRow(*row[:-2]), row[-2], (generation, row[-1])) for row in found]

        return sorted(self._read(ask), key=lambda holding: holding.award.position)

    def held_grants(
        self, community: str, members: Sequence[Account], kinds: Collection[str]
    ) -> dict[Account, dict[Grant, Spans]]:
        """Return when these members held which grants of these kinds: of their rows, only that is read."""

        def ask(rows: Rows, generation: int) -> list[Any]:
            sql = f"SELECT member, body FROM member_{generation} WHERE community = ? AND member IN"
            return _by_keys(rows, sql, community, members)

        return {member: read_grants(body, kinds) for member, body in self._read(ask)}

    def flags(self, community: str, *, after: int = 0) -> list[Flag]:
        """Return what the community's status lists came to say past a position of its ledger, in order."""

        def ask(rows: Rows, generation: int) -> list[Flag]:
            said = awarded.flags(rows, f"flag_{generation}", community, after)
            said += views_endorsed.flags(rows, f"endorsed_{generation}", community, after)
            return sorted(said, key=lambda flag: flag.position)

        return self._read(ask)

    def issuing_since(self, community: str) -> int | None:
        """Return when the community's first award or endorsement was issued (µs), None where there is neither."""
        return self._read(lambda rows, generation: awarded.issuing_since(rows, generation, community))

    def nominations(self, community: str) -> list[NominationRow]:
        """Return the nominations of a community that were not declined, earliest first, less those of the erased."""
        return self._read(lambda rows, generation: awarded.nominations(rows, f"nomination_{generation}", community))

    def suspended(self, community: str, at: int) -> dict[int, int]:
        """Return which numbers of the status lists were suspended at an instant, and since when (µs)."""
        return self._read(lambda rows, generation: awarded.suspended(rows, f"flag_{generation}", community, at))

    def badges_standing(self, community: str) -> dict[str, int]:
        """Return how many awards of each badge were not revoked, less those of the erased."""
        return self._read(lambda rows, generation: awarded.badges_standing(rows, generation, community))

    # What there is to do for whoever follows the standings

    def unseen(self, now: int) -> dict[str, tuple[int, bool]]:
        """Return the communities whose standings have been read further than awards were recorded.

        With the position to which they were read, and whether there are members to be looked at by now (µs).
        """

        def ask(rows: Rows, generation: int) -> dict[str, tuple[int, bool]]:
            sql = "SELECT community, position FROM progress WHERE projection = ? AND generation = ?"
            read = dict(rows.run(sql, (STANDING, generation)))
            seen = dict(rows.run(sql, (AWARDS, live(rows, AWARDS))))
            names = [name for name, position in read.items() if position > seen.get(name, 0)]
            sql = f"SELECT DISTINCT community FROM member_{generation} WHERE due <= ? AND community IN"
            some = {row[0] for row in _by_keys(rows, sql, now, names)}
            return {name: (read[name], name in some) for name in names}

        return self._read(ask)

    def begin(self, projection: str, communities: Iterable[str], *, generation: int | None = None) -> None:
        """Let a projection have read nothing yet of communities that it has not begun."""
        views_turn.begin(self._store, projection, communities, generation)

    def pass_over(self, projection: str, positions: Mapping[str, int]) -> None:
        """Let a projection have read these communities so far, less those whose turn somebody has or that are past."""
        names = sorted(positions)
        self.begin(projection, names)
        with self._store.writing() as rows:
            number = live(rows, projection)
            for start in range(0, len(names), _WIDTH):
                some = names[start : start + _WIDTH]
                sql = f"""SELECT community, position FROM progress JOIN live USING (projection, generation)
                    WHERE projection = ? AND community IN ({", ".join("?" * len(some))})
                    ORDER BY community{self._store.free}"""
                free = rows.run(sql, (projection, *some))
                rows.many(
                    "UPDATE progress SET position = ? WHERE projection = ? AND generation = ? AND community = ?",
                    [(positions[name], projection, number, name) for name, at in free if at < positions[name]],
                )

    def due(self, now: int, most: int, *, but: Iterable[str] = ()) -> list[str]:
        """Return communities that have members to be looked at by now (µs): those of the `most` longest due."""
        left_out = list(but)

        def ask(rows: Rows, generation: int) -> list[Any]:
            others = f"AND community NOT IN ({', '.join('?' * len(left_out))})" if left_out else ""
            sql = f"SELECT community FROM member_{generation} WHERE due <= ? {others} ORDER BY due LIMIT ?"
            return rows.run(sql, (now, *left_out, most))

        return list(dict.fromkeys(row[0] for row in self._read(ask)))

    def due_members(self, community: str, now: int, most: int) -> list[MemberRow]:
        """Return at most so many members of a community that are to be looked at by now (µs)."""
        return self._members("WHERE community = ? AND due <= ? LIMIT ?", (community, now, most))

    def _read(self, ask: Callable[[Rows, int], T]) -> T:
        """Ask the live generation; once more where a rebuild has just dropped it for the next."""
        tries = 0
        while True:
            try:
                with self._store.reading() as rows:
                    return ask(rows, live(rows, STANDING))
            except SwitchedError:
                tries += 1
                if tries == _TRIES:
                    raise


def _by_keys(rows: Rows, sql: str, first: str | int, keys: Sequence[str]) -> list[Any]:
    """Run a statement that ends in `IN` for some hundreds of keys at a time; `first` is its other parameter."""
    found: list[Any] = []
    for start in range(0, len(keys), _WIDTH):
        some = keys[start : start + _WIDTH]
        found += rows.run(f"{sql} ({', '.join('?' * len(some))})", (first, *some))
    return found


def _positions(found: Iterable[Sequence[str]]) -> set[int]:
    return {position for (positions,) in found for position in orjson.loads(positions)}
