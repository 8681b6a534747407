"""Events from a file going into the book, or asked what they would become: the same way for every kind of file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ledger import Outcome
from schemas import check_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.installation import Installation

CHUNK: Final = 1_000  # events an append
MOST_FAULTS: Final = 10  # kept with their words


@dataclass(slots=True)
class Taking:
    """Events of one community. `preview`: nothing is written.

    `outcomes`: how many became what; `kinds`: how many that are new, by fact type; `people`: the accounts in all of
    them; `faults`: the first that were not taken.
    """

    here: Installation
    community: str
    preview: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    people: set[tuple[str, str]] = field(default_factory=set)
    faults: list[dict[str, Any]] = field(default_factory=list)
    _is_open: bool = False

    def __post_init__(self) -> None:
        """See whether there is such a community: a preview asks of one that is to be opened too."""
        self._is_open = any(one.slug == self.community for one in self.here.book.communities())

    def take(self, events: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        """Record events, or ask what they would become; return an outcome for each, in order. Blocks."""
        if not events:
            return []
        if self.preview:
            outcomes = self._foretold(events)
        else:
            outcomes = self.here.book.append(events, community=self.community, identity=True)
            self.here.told(self.community, outcomes)
        for event, outcome in zip(events, outcomes, strict=True):
            self.outcomes[outcome.outcome] += 1
            self.people.update(_accounts(event["data"]))
            if outcome.outcome == "stored":
                self.kinds[kind_of(event)] += 1
            if outcome.errors and len(self.faults) < MOST_FAULTS:
                words = [f"{fault.pointer}: {fault.message}" for fault in outcome.errors]
                self.faults.append({"id": event["id"], "outcome": outcome.outcome, "errors": words})
        return outcomes

    def told(self) -> dict[str, Any]:
        """Return what became of all of them, for people and scripts."""
        return {
            "community": self.community,
            "preview": self.preview,
            **{name: self.outcomes[name] for name in ("stored", "duplicate", "conflict", "refused")},
            "facts": dict(sorted(self.kinds.items())),
            "people": len(self.people),
            "faults": self.faults,
        }

    def known(self, source: str, ids: Sequence[str]) -> list[bool]:
        """Return of each id whether an event of this source is in the book under it."""
        if not self._is_open:
            return [False] * len(ids)
        return self.here.book.foretelling.known(self.community, source, ids)

    def _foretold(self, events: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        if self._is_open:
            return self.here.book.foretelling.outcomes(events, community=self.community, identity=True)
        checked = (check_event(event, community=self.community) for event in events)
        return [Outcome("refused", None, faults) if faults else Outcome("stored") for faults in checked]


def kind_of(event: Mapping[str, Any]) -> str:
    """Return the fact type of an event, as `contribution`."""
    return str(event["type"]).removeprefix("org.guildbook.").partition(".")[0]


def _accounts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for value in data.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and {"platform", "id"} <= each.keys():
                yield str(each["platform"]), str(each["id"])
