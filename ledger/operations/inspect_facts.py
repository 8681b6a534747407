"""Whether the facts of a shard are all there, readable, and what they name is there too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.awards import claims_of, status_claim
from ledger.endorsing import BADGE_ENDORSED
from ledger.errors import UnknownShapeError
from ledger.lifecycle import AWARD_ISSUED
from ledger.operations.finding import Finding, of_communities
from ledger.operations.sound import sound
from ledger.operations.staging import pages
from ledger.vault import MOST_VALUES, many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ledger.operations.bare import Bare
    from ledger.rows import Row

_BLOCKS = 10  # read of every community, evenly spread, the last at its end
_BLOCK = 200  # facts
_LATEST = 10_000  # positions whose `recorded` is compared, unless all are
_SHOWN = 3

_GROUPS = "SELECT community, count(*), min(position), max(position) FROM stored_events GROUP BY community"
_GAPS = """SELECT position + 1, following - 1 FROM (
        SELECT position, lead(position) OVER (ORDER BY position) AS following FROM stored_events WHERE community = ?
    ) AS pairs WHERE following > position + 1 ORDER BY position LIMIT ?"""
_BACK = """SELECT position FROM (
        SELECT position, recorded, lag(recorded) OVER (ORDER BY position) AS before
          FROM stored_events WHERE community = ? AND position > ?
    ) AS pairs WHERE recorded < before ORDER BY position LIMIT ?"""
_ACCOUNTS = "SELECT account FROM vault.accounts WHERE community = ? AND account IN (:many)"
_CLAIMS = "SELECT claim FROM claims WHERE claim IN (:many)"


def heads(database: Bare, number: int) -> dict[str, int]:
    """Return the last position of every community kept in a shard, by its own directory."""
    kept = database.run("SELECT community FROM directory WHERE shard = ? AND open >= 0", (number,))
    last = dict(database.run("SELECT community, max(position) FROM stored_events GROUP BY community"))
    return {community: last.get(community, 0) for (community,) in sorted(kept)}


def gaps(database: Bare, kept: dict[str, int], of: str) -> Iterator[Finding]:
    """Yield communities with positions missing, or one line to say that there are none."""
    whole = True
    for community, count, first, last in database.run(_GROUPS):
        if community in kept and (first != 1 or count != last):
            whole = False
            missing = [(1, first - 1)] if first > 1 else []
            missing += database.run(_GAPS, (community, _SHOWN))
            shown = ", ".join(f"{low} to {high}" if low < high else str(low) for low, high in missing[:_SHOWN])
            found = f"{count:,} facts up to position {last:,}; missing: {shown}"
            yield Finding("gaps", community, "fault", found, "restore a backup: facts were deleted")
    if whole:
        yield Finding("gaps", of, "ok", f"{sum(kept.values()):,} facts of {of_communities(len(kept))}, none missing")


def recorded(database: Bare, kept: dict[str, int], of: str, *, full: bool) -> Iterator[Finding]:
    """Yield communities where `recorded` goes back, or one line to say that it does not."""
    whole = True
    for community, head in kept.items():
        back = database.run(_BACK, (community, 0 if full else max(0, head - _LATEST), _SHOWN))
        if back:
            whole = False
            found = f"`recorded` goes back at position {', '.join(str(position) for (position,) in back)}"
            advice = "facts were altered behind the program's back: compare with a backup"
            yield Finding("order", community, "fault", found, advice)
    if whole:
        every = full or max(kept.values(), default=0) <= _LATEST
        yield Finding("order", of, "ok", f"`recorded` never goes back{'' if every else ' in the latest facts'}")


class Reading:
    """Facts read one by one: do they decode, does the vault know whom they name, have awards their claims."""

    def __init__(self, database: Bare, of: str, *, full: bool) -> None:
        self._database = database
        self._of = of
        self._full = full
        self._read = self._awards = self._total = 0
        self._damaged: dict[str, list[str]] = {}
        self._unknown: dict[str, set[str]] = {}
        self._unclaimed: dict[str, list[int]] = {}

    def read(self, kept: dict[str, int], told: Callable[[int, int], None]) -> None:
        """Read a sample of every community, or all."""
        self._total = sum(kept.values())
        total = sum(head if self._full else min(head, _BLOCKS * _BLOCK) for head in kept.values())
        for community, head in kept.items():
            for page in self._pages(community, head):
                self._take(community, page)
                told(self._read, total)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, a line for every community with a fault, and one for each check without."""
        read = f"{self._read:,} facts{' (all)' if self._read >= self._total else ', a sample'}"
        for community, where in self._damaged.items():
            advice = "restore a backup: no standing of this community can be derived past it"
            yield Finding(
                "facts", community, "fault", f"{len(where):,} cannot be read: {'; '.join(where[:_SHOWN])}", advice
            )
        if not self._damaged:
            yield Finding("facts", self._of, "ok", f"{read}, each readable and as it was committed to")
        for community, accounts in self._unknown.items():
            advice = "the vault is older than the ledger: restore one that is at least as new"
            found = f"{len(accounts):,} accounts that facts name are not in the vault"
            yield Finding("people", community, "fault", found, advice)
        if not self._unknown:
            yield Finding("people", self._of, "ok", "the vault knows every account that they name")
        for community, positions in self._unclaimed.items():
            advice = "an award could be made twice: restore a backup"
            found = f"awards without a claim at position {', '.join(map(str, positions[:_SHOWN]))}"
            yield Finding("claims", community, "fault", found, advice)
        if not self._unclaimed:
            yield Finding("claims", self._of, "ok", f"{self._awards:,} awards, each with its claims")

    def _pages(self, community: str, head: int) -> Iterator[Sequence[Row]]:
        if self._full or head <= _BLOCKS * _BLOCK:
            yield from pages(self._database, community, head)
            return
        for block in range(_BLOCKS):
            yield self._database.facts(community, (head - _BLOCK) * block // (_BLOCKS - 1), _BLOCK)

    def _take(self, community: str, page: Sequence[Row]) -> None:
        named: set[str] = set()
        claims: dict[bytes, int] = {}
        for row in page:
            self._read += 1
            try:
                found = sound(row)
            except UnknownShapeError as error:
                self._damaged.setdefault(community, []).append(f"position {row.position}: {error}")
                continue
            named |= found.accounts
            if row.topic == AWARD_ISSUED:
                self._awards += 1
                claims |= {claim.claim: row.position for claim in claims_of(community, found.fields)}
            elif row.topic == BADGE_ENDORSED:
                claims[status_claim(community, found.fields["status"]).claim] = row.position
        unknown = named - {row[0] for row in self._there(_ACCOUNTS, sorted(named), community)}
        if unknown:
            self._unknown.setdefault(community, set()).update(unknown)
        lacking = claims.keys() - {bytes(row[0]) for row in self._there(_CLAIMS, sorted(claims))}
        if lacking:
            self._unclaimed.setdefault(community, []).extend(sorted({claims[claim] for claim in lacking}))

    def _there(self, statement: str, values: Sequence[object], *first: object) -> Iterable[tuple[Any, ...]]:
        for start in range(0, len(values), MOST_VALUES):
            some = values[start : start + MOST_VALUES]
            yield from self._database.run(many(statement, len(some)), (*first, *some))
