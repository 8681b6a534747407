"""What the status lists of communities say, now or at an instant before: kept as bits, and moved on by what is new.

A community has a series of lists for each purpose. An award stands in both under its one number, at places that two
keys give, so that nobody can tell from one list where in the other it is.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from badges.documents import status
from badges.instants import written
from badges.linked.template import Template
from badges.proofs.seal import Seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger import Book, Signer
    from projections import Flag, Views

_NAMED = re.compile(r"([^.]+)(?:\.([1-9][0-9]{0,3}))?-([0-9]{1,5})(-suspension)?")
_SECOND = 1_000_000  # µs
_COMMUNITIES = 256  # whose lists are remembered; one takes 16 KiB, and holds 131,072 awards


class Named(NamedTuple):
    """Which list: the 0th, 1st, ... of a community for a purpose; of a later key of it, where each has its own."""

    community: str
    later: int  # 0: of its first key, or of all
    number: int
    purpose: str

    @property
    def name(self) -> str:
        """What it is called in its address."""
        later = f".{self.later}" if self.later else ""
        return f"{self.community}{later}-{self.number}{'' if self.purpose == 'revocation' else f'-{self.purpose}'}"

    @property
    def first(self) -> int:
        """The number of the first award that it is of."""
        return self.number * status.ENTRIES

    @classmethod
    def read(cls, name: str) -> Named | None:
        """Return the list that is called so, None where none could be."""
        found = _NAMED.fullmatch(name) if name.isascii() else None
        if found is None:
            return None
        return cls(found[1], int(found[2] or 0), int(found[3]), "suspension" if found[4] else "revocation")


class Stood(NamedTuple):
    """A list as it stood: its bits, since when (µs), and how many facts made it so."""

    bits: bytes
    since: int
    facts: int

    def full(self) -> Stood:
        """Return the list of which every place is set."""
        return self._replace(bits=b"\xff" * len(self.bits))


@dataclass(slots=True)
class _Series:
    """The lists of a community, up to a position of its ledger."""

    begun: int | None = None  # when the first credential was issued (µs)
    position: int = 0
    lists: dict[tuple[str, int], tuple[bytearray, int, int]] = field(default_factory=dict)  # by purpose and number


class StatusLists:
    """The lists of every community. Safe to share between threads."""

    def __init__(self, book: Book, views: Views) -> None:
        self._book = book
        self._views = views
        self._known: OrderedDict[str, _Series] = OrderedDict()
        self._lock = Lock()

    def now(self, named: Named) -> Stood:
        """Return a list as it stands. Raises `UnknownCommunityError`."""
        views = self._views.at(named.community)  # before anything is forgotten for one that nobody knows
        with self._lock:
            series = self._known.setdefault(named.community, _Series())
            self._known.move_to_end(named.community)
            while len(self._known) > _COMMUNITIES:
                self._known.popitem(last=False)
        flags = views.flags(named.community, after=series.position)
        begun = series.begun or views.issuing_since(named.community)
        with self._lock:
            series.begun = begun
            self._move(named.community, series, [flag for flag in flags if flag.position > series.position])
            bits, since, facts = series.lists.get((named.purpose, named.number), (b"", begun or 0, 0))
            return Stood(bytes(bits) or bytes(status.ENTRIES // 8), since, facts)

    def then(self, named: Named, at: int) -> Stood | None:
        """Return a list as it stood at an instant (µs); None where none was yet. Raises `UnknownCommunityError`."""
        views = self._views.at(named.community)
        begun = views.issuing_since(named.community)
        if begun is None or at < begun:
            return None
        key = self._book.status_key(named.community, named.purpose)
        said = [flag for flag in views.flags(named.community) if flag.purpose == named.purpose and flag.began <= at]
        bits, since, facts = bytearray(status.ENTRIES // 8), begun, 0
        for flag in said:
            listed, place = status.place(flag.number, key)
            if listed == named.number:
                over = flag.ended is not None and flag.ended <= at
                since = max(since, flag.ended if over and flag.ended else flag.began)
                facts += 2 if over else 1
                if not over:
                    _set(bits, place)
        return Stood(bytes(bits), since, facts)

    def _move(self, community: str, series: _Series, flags: Iterable[Flag]) -> None:
        keys: dict[str, bytes] = {}
        for flag in flags:
            if flag.purpose not in keys:
                keys[flag.purpose] = self._book.status_key(community, flag.purpose)
            listed, place = status.place(flag.number, keys[flag.purpose])
            bits, since, facts = series.lists.get((flag.purpose, listed), (bytearray(status.ENTRIES // 8), 0, 0))
            _set(bits, place, holds=flag.ended is None)
            series.lists[flag.purpose, listed] = bits, max(since, flag.ended or flag.began), facts + 1
            series.position = flag.position


class Press:
    """Signs one list whatever it says: compiled once, then filled in."""

    def __init__(self, url: str, issuer: str, purpose: str, signer: Signer, method: str) -> None:
        """Sign the list at `url` with the issuer's key `signer`, under that verification method."""
        self._list = status.status_list(url, issuer, (), valid_from=0, ttl=status.TTL, purpose=purpose)
        self._template = Template(self._filled, {"from": self._list["validFrom"], "bits": status.encode(())})
        self._seal = Seal(signer, verification_method=method, context=self._list["@context"])

    def signed(self, stood: Stood, at: int) -> dict[str, Any]:
        """Return the list as it stood, signed as of an instant (µs)."""
        since, created = (moment - moment % _SECOND for moment in (stood.since, at))
        filled = self._template.filled({"from": written(since), "bits": status.packed(stood.bits)})
        made = self._seal.sign(self._template.json(filled), self._template.digest(filled), created=created)
        document: dict[str, Any] = orjson.loads(made)
        return document

    def _filled(self, texts: Mapping[str, str]) -> dict[str, Any]:
        subject = {**self._list["credentialSubject"], "encodedList": texts["bits"]}
        return {**self._list, "validFrom": texts["from"], "credentialSubject": subject}


def _set(bits: bytearray, place: int, *, holds: bool = True) -> None:
    mask = 0x80 >> place % 8
    bits[place // 8] = bits[place // 8] | mask if holds else bits[place // 8] & ~mask
