"""What a whole community held, of which a member took her share: sessions, and instruments that were asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING

from projections.fold.rules import Held, held_for
from projections.fold.spans import DAWN, DOOM
from projections.fold.subjects import by_time
from projections.fold.values import different

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from projections.charters.language import Leaf
    from projections.fold.history import History
    from projections.fold.spans import Span, Spans
    from projections.fold.values import Entry

_OF_A_SESSION = ("series", "mode", "setting", "format")


class Share:
    """What one leaf's share is of, each counting for a window from when it was held."""

    def __init__(self, leaf: Leaf) -> None:
        self._leaf = leaf
        self._window = DOOM if leaf.within is None else leaf.within
        self._held: dict[str, int] = {}  # key -> when (µs)
        self._times: list[int] = []  # the same, in order

    def put(self, key: str, held: Held | None) -> None:
        """Take in what was held under a key; None: nothing was."""
        before = self._held.pop(key, None)
        if before is not None:
            del self._times[bisect_left(self._times, before)]
        for one in held_for(self._leaf, [held] if held else []):
            self._held[key] = one.at
            insort(self._times, one.at)

    def lasts(self, key: object) -> Span | None:
        """Return while what was held under a key counts; None: nothing was."""
        at = self._held.get(str(key))
        return None if at is None else (at, min(at + self._window, DOOM))

    def until(self, taken: Iterable[Entry]) -> int:
        """Return when the last of what was taken part in ceases to count (µs)."""
        return max((lasts[1] for entry in taken if (lasts := self.lasts(entry[3]))), default=DAWN)

    def met(self, taken: Iterable[Entry], since: int) -> Spans:
        """Return when the part taken, in whole percent, lies within the leaf's bounds, from an instant (µs) on."""
        low = DAWN if self._leaf.at_least is None else self._leaf.at_least
        high = DOOM if self._leaf.at_most is None else self._leaf.at_most
        spans: Spans = []
        opened: int | None = None
        for at, part, held in self._together(different(list(self._clipped(taken, since))), since):
            if held and low <= 100 * part // held <= high:
                opened = at if opened is None else opened
            elif opened is not None:
                spans.append((opened, at))
                opened = None
        return spans if opened is None else [*spans, (opened, DOOM)]

    def _clipped(self, taken: Iterable[Entry], since: int) -> Iterator[Entry]:
        """Yield each entry as long as what it is of counts."""
        for start, unit, end, key, weight, position in taken:
            lasts = self.lasts(key)
            if lasts is not None and lasts[1] > since:
                begin, stop = max(start, lasts[0]), min(end, lasts[1])
                if begin < stop:
                    yield (begin, unit, stop, key, weight, position)

    def _together(self, parts: list[tuple[int, int]], since: int) -> Iterator[tuple[int, int, int]]:
        """Yield, at each turn from an instant on, how much was taken part in and how much was held."""
        times, window = self._times, self._window
        begun, ended = bisect_right(times, since), bisect_right(times, since - window)
        place = bisect_right(parts, (since, DOOM))
        part = parts[place - 1][1] if place else 0
        at = since
        while True:
            yield at, part, begun - ended
            begins = times[begun] if begun < len(times) else DOOM
            ends = times[ended] + window if ended < begun else DOOM
            turns = parts[place][0] if place < len(parts) else DOOM
            at = min(begins, ends, turns)
            if at >= DOOM:
                return
            while begun < len(times) and times[begun] == at:
                begun += 1
            while ended < begun and times[ended] + window == at:
                ended += 1
            if turns == at:
                part = parts[place][1]
                place += 1


class Gathering:
    """Keeps what was held up with the facts, for the leaves that ask a share of attendance or response."""

    def __init__(self, history: History, leaves: Iterable[Leaf]) -> None:
        self._history = history
        self._shares = {id(leaf): (leaf, Share(leaf)) for leaf in leaves}
        self._held: dict[str, dict[str, Held]] = {leaf.fact: {} for leaf, _ in self._shares.values()}
        self.changed: dict[str, dict[str, Held | None]] = {fact: {} for fact in self._held}  # for the caller to empty
        self.moved = False  # whether the last look found what was known to be held held otherwise

    def restore(self, held: Mapping[str, Iterable[Held]] | None) -> None:
        """Take it as known what was held; None: find it in the history."""
        for fact in self._held:
            if held is None:
                self._look(fact, self._history.sessions if fact == "attendance" else self._history.instruments)
            for one in (held or {}).get(fact, ()):
                self._put(fact, one.key, one)
            self.changed[fact].clear()
        for keys in self._history.gathered.values():
            keys.clear()

    def renew(self) -> int:
        """Look at what was touched again; return from when on (µs) something else was held (`DOOM`: nothing)."""
        since, self.moved = DOOM, False
        for fact, keys in self._history.gathered.items():
            if fact in self._held:
                since = min(since, self._look(fact, keys))
            keys.clear()
        return since

    def _look(self, fact: str, keys: Iterable[str]) -> int:
        since = DOOM
        for key in keys:
            before = self._held[fact].get(key)
            after = self._session(key) if fact == "attendance" else self._instrument(key)
            if before != after:
                since = min(since, *(one.at for one in (before, after) if one))
                self.moved |= before is not None
                self._put(fact, key, after)
        return since

    def _put(self, fact: str, key: str, held: Held | None) -> None:
        self.changed[fact][key] = held
        if held is None:
            self._held[fact].pop(key, None)
        else:
            self._held[fact][key] = held
        for leaf, share in self._shares.values():
            if leaf.fact == fact:
                share.put(key, held)

    def _session(self, session: str) -> Held | None:
        at = self._history.held(session)
        if at is None:
            return None
        facts = sorted(self._history.standing(self._history.sessions[session].facts), key=by_time, reverse=True)
        fields = {name: fact.open[name] for fact in facts for name in _OF_A_SESSION if name in fact.open}
        return Held(at, session, fields)

    def _instrument(self, instrument: str) -> Held | None:
        times = [fact.time for fact in self._history.standing(self._history.instruments.get(instrument, ()))]
        return Held(min(times), instrument, {"instrument": instrument}) if times else None

    def held(self, fact: str) -> list[Held]:
        """Return the sessions (`attendance`) or instruments (`response`) that were held."""
        return list(self._held.get(fact, {}).values())

    def share(self, leaf: Leaf) -> Share:
        """Return what a leaf's share is of."""
        return self._shares[id(leaf)][1]
