"""Endorsements of badges, achievements and communities, as the views keep them: each with whether it ended.

One ends when it is withdrawn, or when whoever gave it or whose badge it is was erased: then its public id ends too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import ErasedError
from projections.fold.people import Account
from projections.fold.subjects import ERASED
from projections.views.rows import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ledger import Book, Fact
    from projections.views.tables import Rows
    from projections.views.turn import Batch

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


class End(NamedTuple):
    """What ends endorsements: the withdrawal of one, by its stream, or the erasure of an account."""

    whose: str
    at: int  # µs
    position: int


def put(batch: Batch, book: Book, facts: Sequence[Fact]) -> None:
    """Put what facts say of endorsements into a batch: that they were given, and what ended them."""
    batch.put_endorsements(_row(book, fact) for fact in facts if fact.topic == ENDORSED)
    withdrawn = (fact for fact in facts if fact.topic == WITHDRAWN)
    erased = ((account, fact) for fact in facts if fact.topic == ERASED for account in fact.open["accounts"])
    batch.end_endorsements(
        [End(fact.stream, fact.time, fact.position) for fact in withdrawn],
        [End(account, fact.time, fact.position) for account, fact in erased],
    )


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
    return [(*row[:6], int(row.named), *row[7:11], None, None) for row in rows]


def end(rows: Rows, table: str, community: str, ended: Iterable[End], erased: Iterable[End]) -> None:
    """Note which endorsements, and whose, ended; the first end stays."""
    first = "ended = coalesce(ended, ?), ended_by = coalesce(ended_by, ?)"
    sql = f"UPDATE {table} SET {first} WHERE community = ? AND stream = ?"
    rows.many(sql, [(end.at, end.position, community, end.whose) for end in ended])
    by_whom = f"UPDATE {table} SET id = '', {first} WHERE community = ? AND"
    for name in ("endorser", "endorsee"):
        rows.many(f"{by_whom} {name} = ?", [(end.at, end.position, community, end.whose) for end in erased])


def flags(rows: Rows, table: str, community: str, after: int) -> list[Flag]:
    """Return the endorsements that a fact past a position of the ledger ended, as status lists say it."""
    sql = f"SELECT status, ended, ended_by FROM {table} WHERE community = ? AND ended_by > ?"
    found = rows.run(sql, (community, after))
    return [Flag("revocation", status, ended, None, position) for status, ended, position in found]


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
