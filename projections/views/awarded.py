"""What became of awards, as the views have it: what was decided about each, and who is nominated for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account
from projections.views.rows import AwardRow, Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger import Fact
    from projections.views.tables import Rows
    from projections.views.turn import Batch

_ISSUED = "award.issued.v1"
_REVOKED = "award.revoked.v1"
_UPHELD = "award.upheld.v1"
_SUSPENDED = "award.suspended.v1"
_RESUMED = "award.resumed.v1"
_NOMINATED = "award.nominated.v1"
_DECLINED = "award.declined.v1"


class NominationRow(NamedTuple):
    """A nomination that was not declined: of which account, for what, by whom ("": the community), and when (µs)."""

    community: str
    stream: str
    account: Account
    nominator: Account
    achievement: str
    at: int
    position: int


def put(batch: Batch, facts: Sequence[Fact], credential: Callable[[Fact], str]) -> None:
    """Put what facts say of awards into a batch. `credential` gives an award's credential id."""
    batch.put_awards([_award(fact, credential(fact)) for fact in facts if fact.topic == _ISSUED])
    revoked = [fact for fact in facts if fact.topic == _REVOKED]
    batch.put_revocations([(fact.stream, fact.time, fact.open.get("ground", "")) for fact in revoked])
    again = [fact for fact in facts if fact.topic == _RESUMED or (fact.topic == _REVOKED and "ground" in fact.open)]
    batch.look_again({Account(fact.open["account"]) for fact in again})
    batch.put_upheld({fact.stream: fact.open["ground"] for fact in facts if fact.topic == _UPHELD})
    batch.put_flags(flag for flag in map(_flag, facts) if flag)
    spoken = [fact for fact in facts if fact.topic in {_NOMINATED, _DECLINED}]
    batch.put_nominations({fact.stream: _nomination(fact) for fact in spoken})


def flags(rows: Rows, table: str, community: str, after: int) -> list[Flag]:
    """Return what the status lists came to say past a position of the ledger, in order."""
    sql = f"SELECT purpose, number, began, ended, position FROM {table} WHERE community = ? AND position > ?"
    return sorted((Flag(*row) for row in rows.run(sql, (community, after))), key=lambda flag: flag.position)


def not_holding(rows: Rows, generation: int, community: str) -> list[str]:
    """Return the ids of credentials that were revoked or are suspended, earliest first; none of the erased."""
    revoked = f"SELECT stream FROM revocation_{generation} WHERE community = ?"
    suspended = f"SELECT number FROM flag_{generation} WHERE community = ? AND purpose = 'suspension' AND ended IS NULL"
    sql = f"""SELECT credential FROM award_{generation} WHERE community = ? AND credential <> ''
        AND (stream IN ({revoked}) OR status IN ({suspended})) ORDER BY position"""
    return [credential for (credential,) in rows.run(sql, (community,) * 3)]


def issuing_since(rows: Rows, generation: int, community: str) -> int | None:
    """Return when the first award or endorsement was issued (µs), None where there is neither."""
    awards = f"SELECT min(issued) AS first FROM award_{generation} WHERE community = ?"
    endorsements = f"SELECT min(given) FROM endorsed_{generation} WHERE community = ?"
    sql = f"SELECT min(first) FROM ({awards} UNION ALL {endorsements}) AS firsts"
    ((first,),) = rows.run(sql, (community,) * 2)
    return None if first is None else int(first)


def nominations(rows: Rows, table: str, community: str) -> list[NominationRow]:
    """Return the nominations of a community that were not declined, earliest first."""
    found = rows.run(f"SELECT * FROM {table} WHERE community = ? ORDER BY position", (community,))
    return [NominationRow(*row) for row in found]


def suspended(rows: Rows, table: str, community: str, at: int) -> dict[int, int]:
    """Return which numbers of the status lists were suspended at an instant, and since when (µs)."""
    sql = f"""SELECT number, began FROM {table} WHERE community = ? AND purpose = 'suspension'
        AND began <= ? AND (ended IS NULL OR ended > ?)"""
    return dict(rows.run(sql, (community, at, at)))


def badges_standing(rows: Rows, generation: int, community: str) -> dict[str, int]:
    """Return how many awards of each badge were not revoked, less those of the erased."""
    sql = f"""SELECT achievement, count(*) FROM award_{generation} LEFT JOIN revocation_{generation}
        USING (community, stream) WHERE community = ? AND kind = 'badge' AND credential <> '' AND revoked IS NULL
        GROUP BY achievement"""
    return dict(rows.run(sql, (community,)))


def _award(fact: Fact, credential: str) -> AwardRow:
    told = fact.open
    what = (told["kind"], told["achievement"], told["renewal"], told["status"], told["earned"])
    return AwardRow(
        fact.community,
        credential,
        told["account"],
        *what,
        fact.position,
        fact.stream,
        told["rule"],
        fact.time,
        told.get("expires"),
    )


def _flag(fact: Fact) -> Flag | None:
    told = fact.open
    if fact.topic == _REVOKED:
        return Flag("revocation", told["status"], fact.time, None, fact.position)
    if fact.topic == _SUSPENDED:
        return Flag("suspension", told["status"], fact.time, None, fact.position)
    if fact.topic == _RESUMED:
        return Flag("suspension", told["status"], told["suspended"], fact.time, fact.position)
    return None


def _nomination(fact: Fact) -> NominationRow | None:
    if fact.topic == _DECLINED:
        return None
    told = fact.open
    who = Account(told["account"]), Account(told.get("nominator", ""))
    return NominationRow(fact.community, fact.stream, *who, told["achievement"], fact.time, fact.position)
