"""What happened in a community by what is known at a position: each thing once, whose it is, in order of time.

What counts as one is as rules have it: a work is its first version, a stay in a session counts where it was long
enough, a voice counts at its earliest and never from oneself. What was withdrawn, or
taken away by moderation, is not there, nor is a presence that was corrected.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account, People
from projections.fold.units import long_enough, time_there
from projections.measures.sheet import NOBODY, Sheet, digest
from projections.measures.taken import taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.measures.sheet import Shape

_SECOND = 1_000_000  # µs
CALLS = frozenset({"post", "code", "resource", "artifact", "story", "talk"})
"""The kinds of work that call for an answer: what begins a conversation, or is shown to others."""
_UNKNOWN = (NOBODY, 0)
_LEFT = frozenset({"left", "removed"})
_COLUMNS = ("at", "who", "shape", "on", "under", "about", "row")
_Row = tuple[int, int, int, int, int, int, int]


class Act(NamedTuple):
    """Something a member did. `who` is her number; `on`, `under` and `about` are what it was done on, or 0.

    Of a work: its item, thread, and what it is about. Of a voice: the item, and in `under` the number of whose it is.
    `row`: where the sheet has it.
    """

    at: int  # µs
    who: int
    shape: Shape
    on: int
    under: int
    about: int
    row: int


class Session(NamedTuple):
    """A session that members attended: when the first of them did, its words, and who with which role.

    `came`: when it was established that each attended.
    """

    at: int
    key: int
    shape: Shape
    seats: dict[int, str]
    came: dict[int, int]

    def until(self, at: int) -> Session:
        """Return it with those alone who had attended before an instant."""
        if max(self.came.values()) < at:
            return self
        return self._replace(seats={who: role for who, role in self.seats.items() if self.came[who] < at})


class Coming(NamedTuple):
    """That a member joined, left, ...: what changed for her, and when."""

    at: int
    change: str


class Record:
    """A sheet read up to a position."""

    def __init__(self, sheet: Sheet, position: int) -> None:
        self.sheet = sheet
        self.position = position
        self.accounts, self._members = _members(sheet, position)
        self.authors: dict[int, tuple[int, int]] = {}  # of works, by item: who, and when (µs)
        self.starters: dict[int, int] = {}  # of threads
        self.first_calls: dict[int, int] = {}  # when each member first made something that calls for an answer (µs)
        self.sessions: list[Session] = []
        self.comings: dict[int, list[Coming]] = {}
        self.others: dict[str, list[int]] = {}  # rows that are no act, by kind, in order of time
        rows = self._rows()
        self._taken = taken(sheet, rows["moderation"], self.who)
        found: list[_Row] = []
        found += self._works(rows["contribution"])
        found += self._stays(rows["attendance"])
        found += self._voices(rows["endorsement"])
        found += (self._told(row) for name in ("response", "impact") for row in rows[name] if self.who(row) != NOBODY)
        found.sort(key=lambda told: (told[0], told[1], sheet.stream[told[6]]))  # not by what hangs on arrival
        self._columns = [array("q", column) for column in zip(*found, strict=True)] or [array("q") for _ in _COLUMNS]
        for row in rows["membership"]:
            coming = Coming(sheet.at[row], sheet.shapes[sheet.shape[row]].get("change"))
            self.comings.setdefault(self.who(row), []).append(coming)
        for name in ("response", "metric", "moderation", "assignment", "membership"):
            self.others[name] = rows[name]
        self.first = self._firsts()
        self.begun: dict[int, int] = {}  # when something of each shape was first done (µs)
        for at, shape in zip(self._columns[0], self._columns[2], strict=True):
            self.begun.setdefault(shape, at)

    # Questions

    def member(self, number: int) -> int:
        """Return the member of an account, both by number."""
        return NOBODY if number == NOBODY else self._members[number]

    def account(self, member: int) -> Account:
        """Return the account that a member is known by: the earliest of hers."""
        return Account(self.accounts[member])

    def who(self, row: int) -> int:
        """Return whose row of the sheet this is."""
        return self.member(self.sheet.who[row])

    def acts(self, since: int, until: int) -> Iterator[Act]:
        """Yield what was done in `[since, until)` (µs), in order of time."""
        at = self._columns[0]
        start, end = bisect_left(at, since), bisect_left(at, until)
        shapes = self.sheet.shapes
        for when, who, shape, on, under, about, row in zip(*(one[start:end] for one in self._columns), strict=True):
            yield Act(when, who, shapes[shape], on, under, about, row)

    def members(self, at: int) -> set[int]:
        """Return who were members just before an instant: had joined or acted by then, and had not left since."""
        gone = self._last_said(at, _LEFT)
        return {who for who, first in self.first.items() if first < at} - gone

    def paused(self, at: int) -> set[int]:
        """Return who had said that they pause, just before an instant."""
        return self._last_said(at, frozenset({"paused"}))

    def _last_said(self, at: int, changes: frozenset[str]) -> set[int]:
        """Return the members of whom one of these changes was the last thing said before an instant."""
        last = (
            (who, max((one for one in comings if one.at < at), default=None)) for who, comings in self.comings.items()
        )
        return {who for who, coming in last if coming and coming.change in changes}

    # How it is made

    def _rows(self) -> defaultdict[str, list[int]]:
        """Return the rows that stand, by kind, each in order of time and of whose they are."""
        sheet, found = self.sheet, defaultdict[str, list[int]](list)
        kinds = [shape.kind for shape in sheet.shapes]
        void = {stream for stream, position in sheet.voided.items() if position <= self.position}
        for row in range(sheet.upto(self.position)):
            if sheet.stream[row] not in void:
                found[kinds[sheet.shape[row]]].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (sheet.at[row], self.who(row), sheet.stream[row]))
        return found

    def _told(self, row: int) -> _Row:
        sheet = self.sheet
        return (
            sheet.at[row],
            self.who(row),
            sheet.shape[row],
            sheet.on[row],
            sheet.under[row],
            sheet.about[row],
            row,
        )

    def _works(self, rows: Iterable[int]) -> Iterator[_Row]:
        sheet = self.sheet
        for row in rows:
            told = self._told(row)
            if told[3] not in self.authors and told[3] not in self._taken.items:
                self.authors[told[3]] = told[1], told[0]
                if sheet.shapes[told[2]].get("kind") in CALLS:
                    self.first_calls.setdefault(told[1], told[0])
                if told[4]:
                    self.starters.setdefault(told[4], told[1])
                yield told

    def _voices(self, rows: Iterable[int]) -> Iterator[_Row]:
        sheet, heard = self.sheet, set[tuple[object, ...]]()
        for row in rows:
            at, who, shape, on, _, about, _ = self._told(row)
            whom = self.member(sheet.whom[row])
            if whom == NOBODY:
                whom, _ = self.authors.get(on, _UNKNOWN)
            voice = (who, whom, on, sheet.shapes[shape].get("strength"))
            if who != whom and voice not in heard and not self._taken.voice(who, whom):
                heard.add(voice)
                yield (at, who, shape, on, whom, about, row)

    def _stays(self, rows: Iterable[int]) -> Iterator[_Row]:
        sheet = self.sheet
        stays: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        lengths: dict[int, int] = {}
        for row in rows:
            on = sheet.on[row]
            if sheet.under[row]:
                lengths[on] = sheet.under[row]
            if sheet.who[row] != NOBODY:
                stays[on, self.who(row)].append(row)
        held: dict[int, list[tuple[_Row, str]]] = defaultdict(list)
        for (on, _), mine in stays.items():
            since = self._attended(mine, lengths.get(on))
            if since is not None:
                role = self._role(mine)
                told = self._told(next((row for row in mine if self._role([row]) == role), mine[0]))
                held[on].append(((since, *told[1:]), role))
        for on, seats in held.items():
            first = min(seat for seat, _ in seats)
            roles = {seat[1]: role for seat, role in seats}
            came = {seat[1]: seat[0] for seat, _ in seats}
            self.sessions.append(Session(first[0], on, sheet.shapes[first[2]], roles, came))
            yield from (seat for seat, _ in seats)
        self.sessions.sort(key=lambda one: (one.at, one.key))

    def _attended(self, rows: list[int], length: int | None) -> int | None:
        """Return when it was established that somebody attended a session, as rules have it; None: she did not."""
        sheet, entered, since = self.sheet, None, None
        stays: list[tuple[int, int]] = []
        for row in rows:
            state, at, lasted = sheet.shapes[sheet.shape[row]].get("state"), sheet.at[row], sheet.about[row]
            if state == "joined":
                entered = at if entered is None else entered
            elif state == "left" and entered is not None:
                stays.append((entered, at))
                entered = None
            elif state == "left" and lasted >= 0:
                stays.append((at - lasted * _SECOND, at))
            if state == "absent":
                since = None
            elif since is None and (
                state == "attended"
                or (stays and state in ("joined", "left") and long_enough(time_there(stays), length))
            ):
                since = at
        return since

    def _role(self, rows: list[int]) -> str:
        found = (self.sheet.shapes[self.sheet.shape[row]].get("role", "attendee") for row in reversed(rows))
        return next((role for role in found if role != "attendee"), "attendee")

    def _firsts(self) -> dict[int, int]:
        """Return when each member joined, or first acted (µs)."""
        found: dict[int, int] = {}
        for at, who in zip(*self._columns[:2], strict=True):
            found.setdefault(who, at)
        for who, comings in self.comings.items():
            joined = [coming.at for coming in comings if coming.change == "joined"]
            if joined:
                found[who] = min(*joined, found.get(who, joined[0]))
        return found


def _members(sheet: Sheet, position: int) -> tuple[list[str], list[int]]:
    """Return all accounts in order, and of each number of the sheet which of them its member is known by."""
    people = People()
    for fact in sheet.identities:
        if fact.position <= position and sheet.voided.get(digest(fact.stream), position + 1) > position:
            people.note(fact, lambda _: True)
    accounts = sorted({*sheet.accounts, *people.roots.values()})
    place = {account: number for number, account in enumerate(accounts)}
    return accounts, [place[people.root(Account(account))] for account in sheet.accounts]
