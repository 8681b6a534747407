"""What a whole community held, of which a member took her share: sessions, and instruments that were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.history import by_time
from projections.rules import Held, held_for
from projections.spans import DOOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from projections.history import History
    from projections.language import Leaf

_OF_A_SESSION = ("series", "mode", "setting", "format")


class Gathering:
    """Keeps what was held up with the facts, for the kinds of fact (attendance, response) that are asked for."""

    def __init__(self, history: History, shared: Iterable[str]) -> None:
        self._history = history
        self._shared = frozenset(shared)
        self._held: dict[str, dict[str, Held]] = {fact: {} for fact in self._shared}
        self._for: dict[int, Sequence[Held]] = {}  # leaf (by identity) -> what its share is of

    def restore(self, held: Mapping[str, Iterable[Held]] | None) -> None:
        """Take it as known what was held; None: find it in the history."""
        self._for.clear()
        for fact in self._shared:
            if held is None:
                known = self._history.sessions if fact == "attendance" else self._history.instruments
                self._look(fact, known)
            else:
                self._held[fact] = {one.key: one for one in held.get(fact, ())}
        for keys in self._history.gathered.values():
            keys.clear()

    def renew(self) -> int:
        """Look at what was touched again; return from when on (µs) something else was held (`DOOM`: nothing)."""
        since = DOOM
        for fact, keys in self._history.gathered.items():
            if fact in self._shared:
                since = min(since, self._look(fact, keys))
            keys.clear()
        if since < DOOM:
            self._for.clear()
        return since

    def _look(self, fact: str, keys: Iterable[str]) -> int:
        held, since = self._held[fact], DOOM
        for key in keys:
            before, after = held.get(key), self._session(key) if fact == "attendance" else self._instrument(key)
            if before != after:
                since = min(since, *(one.at for one in (before, after) if one))
                if after is None:
                    del held[key]
                else:
                    held[key] = after
        return since

    def _session(self, session: str) -> Held | None:
        at = self._history.held(session)
        if at is None:
            return None
        facts = sorted(filter(self._history.stands, self._history.sessions[session].facts), key=by_time, reverse=True)
        fields = {name: fact.open[name] for fact in facts for name in _OF_A_SESSION if name in fact.open}
        return Held(at, session, fields)

    def _instrument(self, instrument: str) -> Held | None:
        times = [fact.time for fact in self._history.instruments.get(instrument, ()) if self._history.stands(fact)]
        return Held(min(times), instrument, {"instrument": instrument}) if times else None

    def held(self, fact: str) -> list[Held]:
        """Return the sessions (`attendance`) or instruments (`response`) that were held."""
        return list(self._held.get(fact, {}).values())

    def held_for(self, leaf: Leaf) -> Sequence[Held]:
        """Return what a leaf's share is of, in order of time."""
        found = self._for.get(id(leaf))
        if found is None:
            found = self._for[id(leaf)] = held_for(leaf, self._held[leaf.fact].values())
        return found
