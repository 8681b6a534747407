"""Sessions, past and to come: when, in which of the four ways, and how many came. Nobody is named.

Who attended is as rules have it: who was said to have attended, or who stayed long enough, and was not said to have
been absent after that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account
from projections.fold.units import long_enough, time_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger import Fact

_WORDS = ("mode", "setting", "format", "series")
_SECOND = 1_000_000  # µs


class Session(NamedTuple):
    """A session. Instants in µs.

    `start`: when it was to begin, else when the first was there; `end`: when it was to end, None where nobody said.
    `mode`, `setting`, `format` and `series` are "" where nobody said. `plan`: the position of what announced it, with
    its title and address sealed, or None.
    """

    key: str
    start: int
    end: int | None
    mode: str
    setting: str
    format: str
    series: str
    plan: int | None
    came: int

    def over(self, at: int) -> bool:
        """Return whether it is past at an instant (µs)."""
        return (self.start if self.end is None else self.end) <= at


class _Told(NamedTuple):
    at: int
    state: str
    lasted: int | None  # seconds
    stream: str
    position: int
    words: tuple[str, ...]
    start: int | None
    end: int | None
    who: Account | None


class Sessions:
    """What was told of sessions, in order of position."""

    def __init__(self) -> None:
        self._told: defaultdict[str, list[_Told]] = defaultdict(list)
        self._known: dict[str, Session | None] = {}

    def attendance(self, fact: Fact) -> None:
        """Take in an attendance."""
        told = fact.open
        planned = told.get("scheduled", {})
        words = tuple(told.get(word, "") for word in _WORDS)
        when, who = (planned.get("start"), planned.get("end")), told.get("attendee")
        one = fact.time, told["state"], told.get("duration"), fact.stream, fact.position, words, *when
        self._told[told["session"]].append(_Told(*one, Account(who) if who else None))
        self._known.pop(told["session"], None)

    def forget(self) -> None:
        """Look at every session anew: something was withdrawn, or accounts were linked."""
        self._known.clear()

    def sessions(self, stands: Callable[[str], bool], root: Callable[[Account], Account]) -> list[Session]:
        """Return the sessions that were planned, or that somebody attended, in order of time."""
        for key, told in self._told.items():
            if key not in self._known:
                self._known[key] = _session(key, [one for one in told if stands(one.stream)], root)
        return sorted((one for one in self._known.values() if one), key=lambda one: (one.start, one.key))


def _session(key: str, told: list[_Told], root: Callable[[Account], Account]) -> Session | None:
    told.sort(key=lambda one: (one.at, one.stream))
    last = max((one for one in told if one.start is not None), key=lambda one: one.position, default=None)
    plan = max((one.position for one in told if one.state == "planned"), default=None)
    length = (last.end - last.start) // _SECOND if last and last.start and last.end else None
    seats: defaultdict[Account, list[_Told]] = defaultdict(list)
    for one in told:
        if one.who is not None and one.state not in ("planned", "registered"):
            seats[root(one.who)].append(one)
    there = {who for who, mine in seats.items() if attended(mine, length)}
    came = [one.at for who in there for one in seats[who][:1]]
    start = last.start if last and last.start is not None else min(came, default=None)
    if start is None or not (there or plan):
        return None
    mode, setting, form, series = (
        next((one.words[n] for one in reversed(told) if one.words[n]), "") for n in range(len(_WORDS))
    )
    return Session(key, start, last.end if last else None, mode, setting, form, series, plan, len(there))


def attended(told: Iterable[_Told], length: int | None) -> bool:
    """Return whether somebody attended, by what was told of her in order of time; `length`: as planned, in seconds."""
    entered, there = None, False
    stays: list[tuple[int, int]] = []
    for one in told:
        if one.state == "joined":
            entered = one.at if entered is None else entered
        elif one.state == "left" and entered is not None:
            stays.append((entered, one.at))
            entered = None
        elif one.state == "left" and one.lasted is not None:
            stays.append((one.at - one.lasted * _SECOND, one.at))
        if one.state == "absent":
            there = False
        elif one.state == "attended" or (stays and long_enough(time_there(stays), length)):
            there = True
    return there
