"""What measures look at: the record up to an instant, in whole weeks of the community's calendar."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from projections.fold.calendar import begins, days, period_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from projections.charters.charter import Charter
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.measures.record import Act, Record, Session
    from projections.measures.sheet import Shape

LONGEST = 53  # weeks, that a measure looks back from the end of a week
_SECOND = 1_000_000  # µs
T = TypeVar("T")


class Span(NamedTuple):
    """A stretch of whole weeks: `[since, until)`, µs."""

    since: int
    until: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A community as a question of measures finds it: `at` (µs) is the moment asked about, `weeks` how many points.

    `people`: the timelines of its members; `leading`: who leads and who is ready, see `leading.picture`.
    """

    record: Record
    charter: Charter
    people: Mapping[Account, Derived]
    leading: Callable[[], Mapping[str, Any]]
    at: int
    weeks: int
    _kept: dict[object, Any] = field(default_factory=dict)

    @cached_property
    def ends(self) -> list[int]:
        """The ends of the whole weeks before the instant, as many as points are asked for, the latest last."""
        return [self._begin(self._week - back) for back in reversed(range(self.weeks))]

    def span(self, until: int, weeks: int) -> Span:
        """Return so many weeks before the end of one."""
        return Span(self._begin(self.week(until) - weeks), until)

    def date(self, at: int) -> str:
        """Return the community's date at an instant: 2026-10-05."""
        return datetime.fromtimestamp(at // _SECOND, self.charter.zone).date().isoformat()

    @cached_property
    def day(self) -> Callable[[int], int]:
        """What tells the day of the community's calendar, as an ordinal, at an instant."""
        return days(self.charter.zone)

    def month(self, at: int) -> int:
        """Return the number of the month an instant falls in."""
        return period_of(self.day(at), "month")

    def week(self, at: int) -> int:
        """Return the number of the week an instant falls in."""
        return period_of(self.day(at), "week")

    def acts(self, span: Span) -> Sequence[Act]:
        """Return what was done in a stretch no longer than `LONGEST` weeks before the end of a point."""
        acts, at = self._acts
        return acts[bisect_left(at, span.since) : bisect_left(at, span.until)]

    @property
    def recent(self) -> Sequence[Act]:
        """All that was done from `LONGEST` weeks before the first point up to the moment asked about."""
        return self._acts[0]

    def active(self, span: Span) -> set[int]:
        """Return the members who did something in it."""
        return self.keep(("active", span), lambda: {act.who for act in self.acts(span)} & self.members(span.until))

    def sessions(self, span: Span, *, live: bool = True) -> list[Session]:
        """Return the sessions that were attended in a stretch; `live`: only those held live."""
        found = self.record.sessions
        start, end = (bisect_left(found, at, key=lambda one: one.at) for at in span)
        return [one.until(span.until) for one in found[start:end] if not live or one.shape.get("mode") == "sync"]

    @cached_property
    def account_number(self) -> dict[Account, int]:
        """The number of every account that the record knows."""
        return {cast("Account", account): who for who, account in enumerate(self.record.accounts)}

    @property
    def document(self) -> Mapping[str, Any]:
        """The charter in force, as it was written."""
        return self.charter.document

    def recorded(self, until: int, test: Callable[[Shape], bool]) -> bool:
        """Return whether acts of such a shape were ever recorded before an instant: what is not cannot be measured."""
        shapes, wanted = self.record.sheet.shapes, self.shapes(test)
        return any(at < until and shapes[shape] in wanted for shape, at in self.record.begun.items())

    def shapes(self, test: Callable[[Shape], bool]) -> frozenset[Shape]:
        """Return the shapes that pass a test: there are few of them, and many acts."""
        return self.keep(("shapes", test), lambda: frozenset(filter(test, self.record.sheet.shapes)))

    def members(self, at: int) -> set[int]:
        """Return who were members just before an instant."""
        return self.keep(("members", at), lambda: self.record.members(at))

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """Return what was made before for this question, else make it."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    @cached_property
    def _week(self) -> int:
        return self.week(self.at)

    @cached_property
    def _acts(self) -> tuple[list[Act], list[int]]:
        since = self._begin(self._week - self.weeks - LONGEST)
        found = list(self.record.acts(since, self.at + 1))
        return found, [act.at for act in found]

    def _begin(self, week: int) -> int:
        return begins(week, "week", self.charter.zone)
