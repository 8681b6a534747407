"""Spotlights as they are asked for: of a day, a week or a month of the community's calendar."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from projections.fold.calendar import begins, days, period_of
from projections.fold.people import Account
from projections.fold.spans import DOOM
from projections.fold.subjects import kind_of
from projections.spotlights import contests, moments
from projections.spotlights.consents import NAMING, left_alone, word
from projections.spotlights.happened import MOST_READ, Happened, said
from projections.spotlights.moments import Span
from projections.spotlights.turns import anchor, in_turn
from projections.views.worker import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger import Book, Fact
    from projections.charters.charter import Charter
    from projections.spotlights.consents import Word
    from projections.spotlights.happened import Said
    from projections.spotlights.moments import Moment
    from projections.spotlights.turns import Candidate
    from projections.views.rows import MemberRow
    from projections.views.views import Views

Per = Literal["day", "week", "month"]
PERIODS: tuple[Per, ...] = get_args(Per)
_KEPT = 8  # communities, each with a year that was asked about, whose facts stay in memory
_LIGHTS_KEPT = 64
MOST_AHEAD = 10_000  # facts that are recorded and not counted yet, read for a single question
_DEAR = 0.5  # seconds that finding out whose turn it is may take, and be done again at every new fact
_SHARE = 20  # else it takes at most one part in so many of the time
_MINUTE = 60_000_000  # µs
_YEAR = 366 * 86_400_000_000  # µs
_ORDER = ("level", "role-begun", "role-ended", "badge", "first-share", "story")


class Light(NamedTuple):
    """What is worth celebrating in a period, up to `at` (µs). Who was erased is in none of it.

    `number`: the period's, for the one before it and the one after; `position`: up to which it is known.
    """

    per: Per
    number: int
    span: Span
    at: int
    moments: tuple[Moment, ...]  # in order of time
    works: tuple[Candidate, ...]  # whose turn it is, the most endorsed first
    engaged: tuple[Candidate, ...]
    cheered: tuple[Candidate, ...]
    position: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to celebrate."""
        return not (self.moments or self.works or self.engaged or self.cheered)


class Met(NamedTuple):
    """A session that members were at. `at`: when the first of them came (µs); `position`: of what planned it, or 0."""

    session: str
    at: int
    who: tuple[Account, ...]  # each member once, by her root account
    position: int


class _Lately(NamedTuple):
    """What is read of a community, and what was looked up of what came before that, by member."""

    happened: Happened
    consents: dict[Account, list[Said]]
    shared: dict[Account, bool]


class _Chosen(NamedTuple):
    """Who could stand in the light by the facts up to a position and an instant (µs); good `until` (monotonic)."""

    position: int
    at: int
    until: float
    found: tuple[contests.Candidates, ...]


class Spotlights:
    """The spotlights of a book's communities. Safe to share between threads; two who ask at once read once."""

    def __init__(self, book: Book, views: Views) -> None:
        self._book = book
        self._views = views
        self._kept: OrderedDict[tuple[str, int], _Lately] = OrderedDict()  # by community and year
        self._lights: OrderedDict[tuple[object, ...], Light] = OrderedDict()
        self._chosen: OrderedDict[tuple[object, ...], _Chosen] = OrderedDict()
        self._said: dict[str, tuple[object, dict[Account, Word]]] = {}
        self._lock = Lock()

    def of(self, charter: Charter, community: str, per: Per, at: int) -> Light:
        """Return what there is to celebrate in the period that an instant (µs) lies in, up to that instant. Blocks."""
        upto = self._views.position(community)
        number = period_of(days(charter.zone)(at), per)
        key = (community, per, number, upto, at // _MINUTE, charter.version, self._book.epoch(community))
        with self._lock:
            found = self._lights.get(key)
            if found is None:
                found = self._lights[key] = self._light(charter, community, per, at)
                while len(self._lights) > _LIGHTS_KEPT:
                    self._lights.popitem(last=False)
        return found

    def word(self, community: str, account: str, at: int, purpose: str = NAMING) -> Word:
        """Return a member's last word on a purpose at an instant (µs): granted, withdrawn or unsaid."""
        with self._lock:
            lately, told = self._told(community, account, at)
            return word(told, purpose, at, lately.happened.stands)

    def words(
        self, community: str, account: str, at: int, wanted: Sequence[tuple[str, str | None]]
    ) -> dict[tuple[str, str | None], Word]:
        """Return a member's last words at an instant (µs) by all that is recorded, be it counted or not.

        `wanted`: purposes, each with the source it is about, or None. Nothing is told where more was recorded than can
        be read at once: what she took back may be among it.
        """
        with self._lock:
            lately, told = self._told(community, account, at)
            ahead = self._ahead(community, lately.happened)
            if ahead is None:
                return {}
            row = self._views.member(community, Account(account))
            told += [one for each in (row.accounts if row else (Account(account),)) for one in ahead.consents[each]]
        token = self._book.token

        def stands(stream: str) -> bool:
            return lately.happened.stands(stream) and ahead.stands(stream)

        return {
            (purpose, about): word(told, purpose, at, stands, about and token(community, about))
            for purpose, about in wanted
        }

    def _ahead(self, community: str, happened: Happened) -> Happened | None:
        """Return what is recorded and not counted yet, None where that is too much to read for one page."""
        head, found = self._book.head(community), Happened(DOOM)
        if head - happened.position > MOST_AHEAD:
            return None
        for facts in pages(self._book, community, happened.position, head):
            found.add(facts)
        return found

    def barred(self, community: str, account: str, at: int) -> bool:
        """Return whether a member is suspended at an instant (µs), by the moderation cases that are read."""
        with self._lock:
            row = self._views.member(community, Account(account))
            return self._lately(community, at).happened.barred(row.accounts if row else (account,), at)

    def namings(self, community: str, accounts: Iterable[str], at: int) -> dict[str, Word]:
        """Return, for each of these accounts, what its member says of being named, at an instant (µs).

        `withdrawn` also where she is left alone: see `left_alone`.
        """
        asked = [Account(each) for each in dict.fromkeys(accounts)]
        with self._lock:
            known = self._namings_known(community, at)
            if new := [each for each in asked if each not in known]:
                known |= self._namings(community, new, at)
            return {each: known[each] for each in asked}

    def _namings_known(self, community: str, at: int) -> dict[Account, Word]:
        """Return the words that were looked up by the same facts, in the same minute."""
        key = (self._views.position(community), self._book.epoch(community), at // _MINUTE)
        if self._said.get(community, (None,))[0] != key:
            self._said[community] = key, {}
            while len(self._said) > _KEPT:
                self._said.pop(next(iter(self._said)))
        return self._said[community][1]

    def _namings(self, community: str, accounts: list[Account], at: int) -> dict[Account, Word]:
        lately = self._lately(community, at)
        rows = self._views.at(community).members_of(community, accounts)
        together = {each: row.accounts for row in rows for each in row.accounts}
        found: dict[Account, Word] = {}
        for account in accounts:
            told = self._of_all(community, lately, together.get(account, (account,)))
            stands = lately.happened.stands
            found[account] = "withdrawn" if left_alone(told, at, stands) else word(told, NAMING, at, stands)
        return found

    def planned(self, community: str, at: int) -> list[tuple[int, str, int]]:
        """Return the sessions that were planned to begin after an instant (µs): position, session, beginning."""
        with self._lock:
            happened = self._lately(community, at).happened
            found = (
                (position, session, start, stream) for session, (position, start, stream) in happened.planned.items()
            )
            return [each[:3] for each in found if each[2] > at and happened.stands(each[3])]

    def met(self, community: str, at: int) -> list[Met]:
        """Return the sessions that members were at before an instant (µs), as far as is read, the latest first."""
        with self._lock:
            happened = self._lately(community, at).happened
            member = _members({row.member: row for row in self._views.members(community)})
            found = []
            for session, present in happened.present.items():
                here = [(time, who) for time, who, stream in present if time <= at and happened.stands(stream)]
                roots = dict.fromkeys(root for _, who in sorted(here) if (root := member(who)) is not None)
                if roots:
                    position, _, planned = happened.planned.get(session, (0, 0, ""))
                    known = position if happened.stands(planned) else 0
                    found.append(Met(session, min(here)[0], tuple(roots), known))
        return sorted(found, key=lambda one: (-one.at, one.session))

    def left_alone(self, community: str, account: str, at: int) -> bool:
        """Return whether a member took back her consent to what sending her anything rests on."""
        with self._lock:
            lately, told = self._told(community, account, at)
            return left_alone(told, at, lately.happened.stands)

    def _told(self, community: str, account: str, at: int) -> tuple[_Lately, list[Said]]:
        lately = self._lately(community, at)
        row = self._views.member(community, Account(account))
        return lately, self._of_all(community, lately, row.accounts if row else (Account(account),))

    def _of_all(self, community: str, lately: _Lately, accounts: Sequence[Account]) -> list[Said]:
        """Return what was said of consent by these accounts, of whatever time."""
        told = [one for each in accounts for one in lately.happened.consents.get(each, ())]
        return told + [one for each in accounts for one in self._consents_before(community, lately, each)]

    # What is read

    def _light(self, charter: Charter, community: str, per: Per, at: int) -> Light:
        lately = self._lately(community, at)
        happened, zone = lately.happened, charter.zone
        rows = {row.member: row for row in self._views.members(community)}
        member = _members(rows)
        day = days(zone)(at)
        number, first = period_of(day, per), anchor(day, per)
        span = Span(begins(number, per, zone), min(begins(number + 1, per, zone), at + 1))
        people = {who: row.derived for who, row in rows.items()}
        happenings = [
            *moments.held(people, span, happened),
            *moments.earned(self._views.awards(community), span, member),
            *moments.shared(happened, span, member, lambda who: self._before_that(community, lately, rows[who])),
            *moments.told(happened, span, member),
        ]
        over = at + 1 >= begins(number + 1, per, zone)
        scene = contests.Scene(happened, member, zone, per, DOOM if over else at)
        key = (community, per, at // _YEAR, 0 if over else number, charter.version, self._book.epoch(community))
        chosen = self._candidates(key, happened.position, scene).found
        works, engaged, cheered = (tuple(in_turn(each, first, number, per)) for each in chosen)
        told = tuple(sorted(happenings, key=lambda one: (one.at, _ORDER.index(one.kind), one.who, one.what)))
        return Light(per, number, span, at, told, works, engaged, cheered, happened.position)

    def _lately(self, community: str, at: int) -> _Lately:
        """Return what was done in the two years before the one of an instant and since, up to where standings are."""
        era, upto = at // _YEAR, self._views.position(community)
        kept = self._kept.get((community, era))
        if kept is None:
            since = (era - 2) * _YEAR
            after = max(self._book.position_at(community, since), upto - MOST_READ, 0)
            kept = _Lately(Happened(since, after), {}, {})
        if kept.happened.position < upto:
            for facts in pages(self._book, community, kept.happened.position, upto):
                kept.happened.add(facts)
        self._kept[community, era] = kept
        self._kept.move_to_end((community, era))
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept

    def _candidates(self, key: tuple[object, ...], position: int, scene: contests.Scene) -> _Chosen:
        """Return who could stand in the light, period by period, up to the scene's instant.

        What took long to find out is kept for a while, though facts came since: they are told a little later.
        """
        known, started = self._chosen.get(key), time.monotonic()
        if known and (known.position == position or started < known.until) and known.at <= scene.at:
            return known
        found = contests.endorsed(scene), contests.engaged(scene), contests.cheered(scene)
        ended = time.monotonic()
        until = ended + _SHARE * (ended - started) if ended - started > _DEAR else ended
        made = self._chosen[key] = _Chosen(position, scene.at, until, found)
        while len(self._chosen) > _LIGHTS_KEPT:
            self._chosen.popitem(last=False)
        return made

    def _consents_before(self, community: str, lately: _Lately, account: Account) -> list[Said]:
        """Return what an account said of consent before what is read of the community."""
        if not lately.happened.began:
            return []
        if account not in lately.consents:
            found = self._before(community, lately, [account], "consent")
            lately.consents[account] = [said(fact) for fact in found]
        return lately.consents[account]

    def _before_that(self, community: str, lately: _Lately, row: MemberRow) -> bool:
        """Return whether a member had made something before what is read of the community."""
        if not lately.happened.began:
            return False
        if row.member not in lately.shared:
            found = self._before(community, lately, row.accounts, "contribution")
            own = set(row.accounts)
            lately.shared[row.member] = any(fact.open["author"] in own for fact in found)
        return lately.shared[row.member]

    def _before(self, community: str, lately: _Lately, accounts: Iterable[Account], kind: str) -> list[Fact]:
        """Return the facts of a kind that concern accounts and are not among what is read; withdrawn ones left out."""
        happened = lately.happened
        filed = self._views.at(community).filed(community, list(accounts))
        positions = [position for position in filed if position <= happened.began]
        facts = self._book.at(community, positions) if positions else []
        gone = {fact.open["retracts"] for fact in facts if kind_of(fact.topic) == "retraction"}
        return [fact for fact in facts if kind_of(fact.topic) == kind and fact.stream not in gone]


def _members(rows: Mapping[Account, MemberRow]) -> Callable[[str], Account | None]:
    """Return what tells the member that an account is of, None where she was erased or nobody knows her."""
    roots = {account: row.member for row in rows.values() for account in row.accounts}
    return lambda account: roots.get(Account(account))
