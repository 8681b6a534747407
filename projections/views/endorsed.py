"""Endorsements of badges, achievements and communities, as the views keep them: each with whether it ended.

One ends when it is withdrawn, or when whoever gave it or whose badge it is was erased: then its public id ends too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import ErasedError
from projections.fold.people import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ledger import Book, Fact
    from projections.views.tables import Rows

ENDORSED = "badge.endorsed.v1"
WITHDRAWN = "badge.endorsement_withdrawn.v1"
_FIELDS = "community, id, kind, subject, endorser, endorsee, named, status, given, position, stream, ended"


class EndorsementRow(NamedTuple):
    """An endorsement as recorded.

    `subject`: the stream of the award, the achievement as `badge/helper`, or "" for the community. `endorser` "": the
    community itself; `endorsee` "": it is nobody's. `given` and `ended` in µs, `ended` None while it stands. `id` is ""
    in the table, and not handed out, where one of the two was erased.
    """

    community: str
    id: str
    kind: str
    subject: str
    endorser: Account
    endorsee: Account
    named: bool
    status: int
    given: int
    position: int
    stream: str
    ended: int | None = None


def endorsed(book: Book, facts: Iterable[Fact]) -> list[EndorsementRow]:
    """Return the endorsements among facts."""
    return [_row(book, fact) for fact in facts if fact.topic == ENDORSED]


def withdrawn(facts: Iterable[Fact]) -> list[tuple[str, int]]:
    """Return which endorsements (by stream) facts withdraw, and when (µs)."""
    return [(fact.stream, fact.time) for fact in facts if fact.topic == WITHDRAWN]


def _row(book: Book, fact: Fact) -> EndorsementRow:
    told = fact.open
    endorser, endorsee = told.get("endorser"), told.get("endorsee")
    try:
        number = book.endorsing.public_id(fact.community, fact.stream, endorser=endorser, endorsee=endorsee)
    except ErasedError:
        number = ""
    people = Account(endorser or ""), Account(endorsee or "")
    about = (told["kind"], told["of"], *people, bool(told["named"]), told["status"], fact.time)
    return EndorsementRow(fact.community, number, *about, fact.position, fact.stream)


def columns(rows: Iterable[EndorsementRow]) -> list[tuple[Any, ...]]:
    """Return rows as the table takes them; that they end is written by `end`."""
    return [(*row[:6], int(row.named), *row[7:11], None) for row in rows]


def end(
    rows: Rows, table: str, community: str, ended: Iterable[tuple[str, int]], erased: Iterable[tuple[Account, int]]
) -> None:
    """Note which endorsements (by stream), and whose (by account), ended when (µs); the first end stays."""
    sql = f"UPDATE {table} SET ended = ? WHERE community = ? AND stream = ? AND ended IS NULL"
    rows.many(sql, [(at, community, stream) for stream, at in ended])
    by_whom = f"UPDATE {table} SET id = '', ended = coalesce(ended, ?) WHERE community = ? AND"
    for name in ("endorser", "endorsee"):
        rows.many(f"{by_whom} {name} = ?", [(at, community, account) for account, at in erased])


def ended_numbers(rows: Rows, table: str, community: str) -> list[tuple[int, int]]:
    """Return the status numbers of the endorsements that ended, and when each did (µs)."""
    sql = f"SELECT status, ended FROM {table} WHERE community = ? AND ended IS NOT NULL"
    return [(status, at) for status, at in rows.run(sql, (community,))]


class Endorsed:
    """The endorsements of one shard as they are read, less those of the erased."""

    def __init__(self, read: Callable[[Callable[[Rows, int], list[EndorsementRow]]], list[EndorsementRow]]) -> None:
        """`read` asks the live generation."""
        self._read = read

    def of(self, community: str, kind: str, subject: str) -> list[EndorsementRow]:
        """Return all endorsements of one thing, ended or not, earliest first."""
        return self._where("community = ? AND kind = ? AND subject = ?", (community, kind, subject))

    def find(self, number: str) -> list[EndorsementRow]:
        """Return the endorsement with this public id, if it is here."""
        return self._where("id = ?", (number,))

    def naming(self, community: str, accounts: Sequence[str]) -> list[EndorsementRow]:
        """Return all endorsements that these accounts gave, or that are of their badges, ended or not."""
        some = ", ".join("?" * len(accounts))
        where = f"community = ? AND (endorser IN ({some}) OR endorsee IN ({some}))"
        return self._where(where, (community, *accounts, *accounts)) if accounts else []

    def _where(self, where: str, parameters: Sequence[str]) -> list[EndorsementRow]:
        def ask(rows: Rows, generation: int) -> list[EndorsementRow]:
            sql = f"SELECT {_FIELDS} FROM endorsed_{generation} WHERE id <> '' AND {where} ORDER BY position"
            return [EndorsementRow(*row)._replace(named=bool(row[6])) for row in rows.run(sql, parameters)]

        return self._read(ask)
