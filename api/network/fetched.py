"""What is at hand for one verification, and behind it what the network has, as far as that may be asked.

The service runs a verification with what is at hand first; only where that lacks something does it ask, and run it
again. So who verifies a badge of ours, or one whose issuer was asked a moment ago, waits for nobody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from api.errors import SettingsError
from api.network.reachable import Kept, UnreachableError, read_origins

if TYPE_CHECKING:
    from api.network.fetching import Door
    from api.settings import Settings
    from badges import Policy

MOST_FETCHES = 16  # for one verification
TOGETHER_SECONDS = 10.0  # after which nothing more is fetched for it


def door_of(settings: Settings) -> Door:
    """Return the door that the settings describe. Raises `SettingsError`."""
    from api.network.fetching import Door  # noqa: PLC0415  a tenth of a second, for who opens it alone

    try:
        return Door(named=read_origins(settings.fetch_also), authorities=settings.fetch_ca)
    except OSError as error:  # an ssl.SSLError among them
        raise SettingsError(f"GUILDBOOK_FETCH_CA: wanted certificates (PEM), got: {error}") from error


class Fetched(Mapping[str, object]):
    """What is at hand, and behind it what the door has; for one verification, in one thread at a time.

    Without `asks`, only what the door remembers; `lacking` are then the names for which it would have asked, and
    `fetch` asks for them. A name is looked up once. What cannot be had is None to `get`, and `why` says why.
    """

    def __init__(self, at_hand: Mapping[str, object], door: Door, *, asks: bool) -> None:
        self._at_hand, self._door, self._asks = at_hand, door, asks
        self._had: dict[str, Kept] = {}
        self._fetches = 0
        self._ends: float | None = None  # when nothing more is fetched: so long after the first
        self.lacking: list[str] = []

    def __getitem__(self, name: str) -> object:
        """Return what has that name. Raises `KeyError`."""
        found = self._at_hand.get(name)
        if found is not None:
            return found
        if name not in self._had:
            self._had[name] = self._look(name)
        body = self._had[name].body
        if body is None:
            raise KeyError(name)
        return body

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of what is at hand; the rest of the world is not listed."""
        return iter(self._at_hand)

    def __len__(self) -> int:
        """Return how many are at hand by name."""
        return len(self._at_hand)

    def why(self, name: str) -> str | None:
        """Return why `name` could not be had, as what follows a "which"; None for what was had, or not looked for."""
        had = self._had.get(name)
        return f"could not be fetched: {had.why}" if had and had.body is None else None

    def gone(self, name: str) -> bool:
        """Return whether whoever publishes `name` says that it is no more."""
        had = self._had.get(name)
        return had is not None and had.gone

    def fetch(self) -> None:
        """Ask for all that is lacking. Blocks."""
        self._had |= {name: self._ask(name) for name in self.lacking}
        self.lacking = []

    def _look(self, name: str) -> Kept:
        known = self._door.kept(name)
        if known is not None:
            return known
        if self._asks:
            return self._ask(name)
        self.lacking.append(name)
        return Kept(None, "nobody was asked", 0)

    def _ask(self, name: str) -> Kept:
        if self._ends is None:
            self._ends = time.monotonic() + TOGETHER_SECONDS
        if self._fetches >= MOST_FETCHES:
            return Kept(None, f"{MOST_FETCHES} others were fetched for this one already", 0)
        if time.monotonic() > self._ends:
            return Kept(None, f"{TOGETHER_SECONDS:.0f} s were spent on fetching others already", 0)
        self._fetches += 1
        try:
            return Kept(self._door.fetch(name), "", 0)
        except UnreachableError as error:
            return Kept(None, str(error), 0, gone=error.gone)


class Reach:
    """How far one verification may look beyond what is at hand: to what the door remembers or, if it `asks`, on.

    One that does not ask may be gone over again after `fetch`, so that nobody's server is waited for while a document
    is looked at.
    """

    def __init__(self, door: Door, *, asks: bool) -> None:
        self._door, self._asks = door, asks
        self._fetched: Fetched | None = None

    def over(self, policy: Policy) -> Policy:
        """Return `policy` with more at hand. JSON-LD contexts are not among it: what words mean is never fetched."""
        if self._fetched is None:
            self._fetched = Fetched(policy.documents, self._door, asks=self._asks)
        return replace(policy, documents=self._fetched)

    @property
    def lacking(self) -> bool:
        """Whether something was looked for that somebody could be asked for, and nobody was."""
        return self._fetched is not None and bool(self._fetched.lacking)

    def fetch(self) -> None:
        """Ask for what is lacking. Blocks, for 20 s at most."""
        if self._fetched is not None:
            self._fetched.fetch()
