"""What if: a charter not yet published, held against the whole history, beside the one in force."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

from projections.asked.cohorts import NONE, by_cohort
from projections.charters.charter import parse_charter
from projections.fold.holds import NOBODY
from projections.fold.spans import DOOM, Spans, span_at, value_at
from projections.fold.standing import Community
from projections.views.worker import charters_of, pages
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ledger import Book
    from projections.charters.charter import Charter
    from projections.charters.language import Grant
    from projections.fold.holds import Derived
    from projections.fold.people import Account

Told = dict[str, Any]


class Study:
    """A community's whole history, folded once, to be held against charters that nobody has published.

    What a charter counts as the one in force does is not counted again, so the second question is a quick one.
    One thread asks at a time.
    """

    def __init__(self, book: Book, community: str) -> None:
        self._book = book
        self._community = community
        self._charters: list[Charter] = []
        self._state: Community | None = None
        self._lock = Lock()
        self.position = 0

    def follow(self, progress: Callable[[int], None] | None = None) -> None:
        """Take in what the ledger has by now. `progress` hears how many facts were read, page by page."""
        with self._lock:
            self._follow(progress)

    def _follow(self, progress: Callable[[int], None] | None = None) -> Community:
        head = self._book.head(self._community)
        charters = charters_of(self._book, self._community, upto=head)
        state = self._state
        if state is None or len(charters) != len(self._charters):
            state = Community(charters, whole=True) if state is None else state.under(charters)
        for facts in pages(self._book, self._community, self.position, head):
            state.add(facts)
            if progress:
                progress(len(facts))
        state.settle()
        self._state, self._charters, self.position = state, charters, head
        return state

    def what_if(self, charter: str | Mapping[str, Any], *, at: int) -> Told:
        """Return who would gain and lose what at the instant (µs), and since when, if the charter were in force then.

        Nothing is written. Raises `CharterError` with every fault.
        """
        with self._lock:
            now = self._follow()
            version = self._charters[-1].version + 1
            proposed = parse_charter(charter, token=self._token, version=version, effective=at)
            then = now.under([*self._charters, proposed])
            members = {*now.derived, *then.derived}
            told = sorted(members - now.history.erased)
            pairs = [(one, now.derived.get(one, NOBODY), then.derived.get(one, NOBODY)) for one in told]
        return {
            "charter_version": version,
            "position": self.position,
            "as_of": format_time(at),
            "members": len(members),
            **_told(pairs, at),
            **_counted(pairs, (self._charters[-1], proposed), at),
        }

    def _token(self, text: str) -> str:
        return self._book.token(self._community, text)


def simulate(book: Book, community: str, charter: str | Mapping[str, Any], *, at: int) -> Told:
    """Hold one charter against the whole history, and forget it again. See `Study.what_if`."""
    return Study(book, community).what_if(charter, at=at)


Pairs = list[tuple["Account", "Derived", "Derived"]]


def _told(pairs: Pairs, at: int) -> Told:
    """Return member by member what would be otherwise."""
    levels, gains, losses, moved = [], [], [], []
    for member, before, after in pairs:
        held, would = _held(before, at), _held(after, at)
        gains += [_named(member, grant, would[grant]) for grant in sorted(would.keys() - held.keys())]
        losses += [_named(member, grant, held[grant]) for grant in sorted(held.keys() - would.keys())]
        moved += [
            {**_named(member, grant, would[grant]), "was": format_time(held[grant])}
            for grant in sorted(would.keys() & held.keys())
            if would[grant] != held[grant]
        ]
        level, next_level = value_at(before.levels, at), value_at(after.levels, at)
        if level != next_level:
            levels.append({"account": member, "from": level, "to": next_level})
    return {"levels": levels, "gains": gains, "losses": losses, "moved": moved}


def _counted(pairs: Pairs, charters: tuple[Charter, Charter], at: int) -> Told:
    """Return the same in numbers: by what is granted, by level and by cohort."""
    sides = [{one: derived for one, *both in pairs if (derived := both[side]).first is not None} for side in (0, 1)]
    holding = [_holding(side.values(), at) for side in sides]
    ever = [_ever(side.values(), at) for side in sides]
    levels = [Counter(value_at(one.levels, at) for one in side.values()) for side in sides]
    cohorts = [by_cohort(side, at, zone=charter.zone) for side, charter in zip(sides, charters, strict=True)]
    grants = sorted({rule.grants for charter in charters for rule in charter.rules} | holding[0].keys())
    return {
        "grants": [
            {**_grant(grant), "holding": [each[grant] for each in holding], "ever": [each[grant] for each in ever]}
            for grant in grants
        ],
        "ladder": [
            {"level": level, "name": charters[1].level_name(level), "members": [each[level] for each in levels]}
            for level in sorted(levels[0] | levels[1])
        ],
        "cohorts": [
            {"cohort": cohort, "before": before.told(), "after": after.told()}
            for cohort in sorted(cohorts[0].keys() | cohorts[1].keys())
            if (before := cohorts[0].get(cohort, NONE)) != (after := cohorts[1].get(cohort, NONE))
        ],
    }


def _holding(members: Iterable[Derived], at: int) -> Counter[Grant]:
    return Counter(grant for one in members for grant, spans in one.grants.items() if span_at(spans, at))


def _ever(members: Iterable[Derived], at: int) -> Counter[Grant]:
    return Counter(grant for one in members for grant, spans in one.grants.items() if spans and spans[0][0] <= at)


def _held(derived: Derived, at: int) -> dict[Grant, int]:
    found: Iterable[tuple[Grant, Spans]] = derived.grants.items()
    held = ((grant, span_at(spans, at)) for grant, spans in found)
    return {grant: span[0] for grant, span in held if span}


def _grant(grant: Grant) -> Told:
    kind, value = grant
    return {"grant": kind, "value": int(value) if kind == "level" else value}


def _named(member: Account, grant: Grant, since: int) -> Told:
    return {"account": member, **_grant(grant), "since": format_time(since) if abs(since) < DOOM // 2 else None}
