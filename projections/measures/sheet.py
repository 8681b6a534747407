"""What measures ask of a community's facts, a slim row a fact, in the order in which they became visible.

A row is eight numbers: about 60 bytes, a tenth of the fact. References are kept as 64 bits of them, which is enough
to tell apart those of one community; the words of a fact (its kind, mode, role, ...) as one shape, of which there are
few. What only few facts have stands apart.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from statistics import fmean
from typing import TYPE_CHECKING, Any

from projections.fold.subjects import WHOSE, counter_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger import Fact

NOBODY = -1
"""Stands for an account where a fact names none."""
NONE = 0
"""Stands for a reference where a fact has none."""

WORDS: dict[str, tuple[str, ...]] = {
    "contribution": ("kind", "outcome", "role", "space", "skills", "lang", "license"),
    "attendance": ("mode", "setting", "format", "state", "role", "series", "evidenceKind"),
    "endorsement": ("strength", "relationship", "skill"),
    "response": ("phase", "instrument"),
    "impact": ("kind", "skills", "visibility"),
    "membership": ("change", "via"),
    "assignment": ("kind", "value", "change"),
    "moderation": ("action", "norm"),
    "metric": ("metric", "window"),
}
"""The fields of each kind of fact that are words; together they are its shape."""

_REFERENCES: dict[str, tuple[str, str, str]] = {
    "contribution": ("item", "thread", "about"),
    "attendance": ("session", "", ""),
    "endorsement": ("item", "", ""),
    "response": ("session", "", ""),
    "moderation": ("case", "item", ""),
    "membership": ("affiliation", "", ""),
}
_WHOM = {"endorsement": "endorsee", "assignment": "counterpart"}
_SECOND = 1_000_000  # µs


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What facts are alike in: their kind, and their words by name; those that are absent are not there."""

    kind: str
    words: dict[str, Any]

    def get(self, name: str, default: str = "") -> str:
        """Return one word."""
        found = self.words.get(name)
        return default if found is None else str(found)


class Sheet:
    """The facts of one community up to `position`, and only what measures ask of them. Added to, never changed."""

    def __init__(self) -> None:
        self.position = 0
        self.positions, self.at, self.stream = array("q"), array("q"), array("q")
        self.shape, self.who, self.whom = array("i"), array("i"), array("i")
        self.on, self.under, self.about = array("q"), array("q"), array("q")
        self.shapes: list[Shape] = []
        self.accounts: list[str] = []
        self.more: dict[int, tuple[Any, ...]] = {}  # by row
        self.voided: dict[int, int] = {}  # what was withdrawn, and at which position
        self.identities: list[Fact] = []
        self._shape_of: dict[tuple[Any, ...], int] = {}
        self._number_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.at)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in, in order of position."""
        for fact in facts:
            self.position = fact.position
            name = kind_of(fact.topic)
            if name == "retraction":
                self.voided.setdefault(digest(fact.open["retracts"]), fact.position)
            elif name == "identity":
                self.identities.append(fact)
            elif name in WORDS:
                self._row(name, fact)

    def upto(self, position: int) -> int:
        """Return how many rows there are up to a position."""
        return bisect_right(self.positions, position)

    def _row(self, name: str, fact: Fact) -> None:
        told = fact.open
        on, under, about = (_reference(told.get(field)) for field in _REFERENCES.get(name, ("", "", "")))
        if name == "attendance":
            under, about = _length(told), told.get("duration", -1)
        elif name == "metric":
            on = digest(counter_of(fact))
        elif name == "endorsement" and not on:
            on = _reference(told.get("skill"))
        if more := _MORE.get(name, _nothing)(self, told):
            self.more[len(self)] = more
        self.positions.append(fact.position)
        self.at.append(fact.time)
        self.stream.append(digest(fact.stream))
        self.shape.append(self._shape(name, told))
        self.who.append(self.number(told.get(WHOSE[name][0])))
        self.whom.append(self.number(told.get(_WHOM.get(name, ""))))
        self.on.append(on)
        self.under.append(under)
        self.about.append(about)

    def number(self, account: str | None) -> int:
        """Return the number of an account, given in the order in which they are met."""
        if account is None:
            return NOBODY
        found = self._number_of.get(account)
        if found is None:
            found = self._number_of[account] = len(self.accounts)
            self.accounts.append(account)
        return found

    def _shape(self, name: str, told: dict[str, Any]) -> int:
        words = [told.get(word) for word in WORDS[name]]
        key = (name, *(tuple(word) if isinstance(word, list) else word for word in words))
        found = self._shape_of.get(key)
        if found is None:
            found = self._shape_of[key] = len(self.shapes)
            there = zip(WORDS[name], words, strict=True)
            self.shapes.append(Shape(name, {word: value for word, value in there if value is not None}))
        return found


def digest(text: str) -> int:
    """Return 64 bits of a reference: the same in every process, so that nothing hangs on the order of arrival."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _reference(text: str | None) -> int:
    return digest(text) if text else NONE


def _length(told: dict[str, Any]) -> int:
    """Return how long a session was scheduled for, in seconds; 0: nobody said."""
    planned = told.get("scheduled", {})
    if "start" in planned and "end" in planned:
        return int(planned["end"] - planned["start"]) // _SECOND
    return 0


# What only few facts have


def _nothing(_sheet: Sheet, _told: dict[str, Any]) -> tuple[Any, ...]:
    return ()


def _others(sheet: Sheet, told: dict[str, Any]) -> tuple[Any, ...]:
    """Return with whom a work was made, and whom it served."""
    made, served = told.get("coauthors", ()), told.get("beneficiaries", ())
    return (tuple(map(sheet.number, made)), tuple(map(sheet.number, served))) if made or served else ()


def _answers(_sheet: Sheet, told: dict[str, Any]) -> tuple[Any, ...]:
    """Return the numbers answered, each with its question: (construct, ""), else ("", token of the item)."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in told.get("answers", ()):
        value, construct = one.get("value"), one.get("construct", "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[construct, "" if construct else one.get("item", "")].append(value)
    return tuple((question, fmean(values)) for question, values in found.items())


def _story(_sheet: Sheet, told: dict[str, Any]) -> tuple[Any, ...]:
    """Return a story's measure (name, before, after) and what inspired it."""
    measure = itemgetter("name", "before", "after")(
        {"name": "", "before": None, "after": None, **told.get("measure", {})}
    )
    inspired = tuple(map(_reference, told.get("inspiredBy", ())))
    return (*measure, inspired) if measure[0] or inspired else ()


def _counted(_sheet: Sheet, told: dict[str, Any]) -> tuple[Any, ...]:
    return (told["value"], told.get("asked"))


_MORE: dict[str, Callable[[Sheet, dict[str, Any]], tuple[Any, ...]]] = {
    "contribution": _others,
    "response": _answers,
    "impact": _story,
    "metric": _counted,
}
