"""The read side of fairness: proposals and cases as a manager asks for them, and what a discount would change."""

from __future__ import annotations

from collections import Counter, OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import ErasedError, Fact
from projections.fairness.cases import endings, open_cases, steps
from projections.fairness.proposals import SOURCE, Bounds, Decided, Proposal, Seen, case_of, look
from projections.fairness.rings import DAY
from projections.fold.holds import NOBODY
from projections.fold.spans import span_at, value_at
from projections.fold.standing import Community
from projections.views.worker import charters_of, pages
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger import Book
    from projections.charters.charter import Charter
    from projections.fairness.cases import Open
    from projections.fold.history import History
    from projections.fold.holds import Derived
    from projections.fold.people import Account

_KEPT = 2  # communities
_SHOWN = 200  # positions of evidence
_BEYOND = 2**52  # where what-if facts stand, past every position there will be
Answer = dict[str, Any]


class Case(NamedTuple):
    """A case by its name: as it is proposed, as a person left it, or both."""

    name: str
    proposal: Proposal | None
    decided: Decided | None

    @property
    def state(self) -> str:
        """`proposed`, `discounted`, `appealed`, `left` or `restored`."""
        if self.proposal or not self.decided:
            return "proposed"
        return self.decided.state


class _Look:
    """One community as it stood at a position: what is proposed of it, and a fold in which to try a discount."""

    def __init__(self, charters: Sequence[Charter], source: str, bounds: Bounds) -> None:
        self.charters = len(charters)
        self.position = 0
        self.seen = Seen((), ())
        self._state = Community(charters)
        self._source, self._bounds = source, bounds
        self._effects: dict[tuple[object, int], list[Answer]] = {}
        self._tried = 0

    def read(self, book: Book, community: str, position: int) -> None:
        """Take in what was recorded up to a position, and look."""
        for facts in pages(book, community, self.position, position):
            self._state.add(facts)
        self.position = position
        self.seen = look(self._state.history, self._source, self._bounds)
        self._effects.clear()

    @property
    def history(self) -> History:
        """What happened, as far as it was read. Not to be changed."""
        return self._state.history

    def effect(self, members: frozenset[Account], at: int) -> list[Answer]:
        """Return who would stand elsewhere at the instant (µs) if what these members gave one another did not count.

        The discount is taken in, and withdrawn again: the fold comes out as if it had never been.
        """
        case = f"tried-{self._tried}"
        named: list[dict[str, str]] = [{"case": case, "action": "hidden", "member": one} for one in sorted(members)]
        return self._tried_out(members, named, at)

    def ended(self, case: Open, ending: str, at: int) -> list[Answer]:
        """Return who would stand elsewhere at the instant (µs) if an open case were ended so."""
        return self._tried_out((case.case, ending), steps(case, ending), max(at, case.at + 1))

    def _tried_out(self, what: object, steps: Iterable[Mapping[str, str]], at: int) -> list[Answer]:
        key = (what, at // DAY)
        if key not in self._effects:
            state = self._state
            state.settle()
            tried = [self._fact("moderation", at + number, fields) for number, fields in enumerate(steps)]
            before = dict(state.derived.items())
            state.add(tried)
            moved, _ = state.settle()
            self._effects[key] = [
                told for one in sorted(moved - state.history.erased)
                if (told := _moved(one, before.get(one, NOBODY), state.derived.get(one, NOBODY), at + len(tried)))
            ]  # fmt: skip
            state.add(self._fact("retraction", at, {"retracts": fact.stream, "reason": "mistake"}) for fact in tried)
            state.settle()
        return self._effects[key]

    def _fact(self, name: str, at: int, fields: Mapping[str, object]) -> Fact:
        self._tried += 1
        position = _BEYOND + self._tried
        opened = {"v": 1, "time": at, "source": "", **fields}
        return Fact(position=position, stream=f"tried-{position}", version=1, topic=f"{name}.v1", community="",
                    recorded=at, time=at, open=opened)  # fmt: skip


class Fairness:
    """What is proposed of each community, and what was decided. Every answer is JSON-ready. Safe between threads."""

    def __init__(self, book: Book, bounds: Bounds | None = None) -> None:
        self._book = book
        self._bounds = bounds or Bounds()
        self._looks: OrderedDict[str, _Look] = OrderedDict()
        self._lock = Lock()

    def told(self, community: str, *, at: int, effects: bool = True) -> Answer:
        """Return the proposals, the most surprising first of each kind, and the cases that were decided.

        `effects`: with what a discount would change at the instant (µs), which is a fold of the whole history.
        """
        with self._lock:
            found = self._look(community)
            proposals = [self._proposal(community, found, one, at, effects=effects) for one in found.seen.proposals]
            cases = [self._case(community, one) for one in found.seen.decided]
            return {"position": found.position, "proposals": proposals, "decided": cases}

    def case(self, community: str, name: str) -> Case | None:
        """Return the case of that name as it stands now, or None where there is none."""
        with self._lock:
            seen = self._look(community).seen
        token = self._book.token(community, name)
        known = next((one for one in seen.decided if one.case == token), None)
        proposed = next((one for one in seen.proposals if self._name(community, one) == name), None)
        return Case(name, proposed, known) if known or proposed else None

    def cases(self, community: str, *, at: int | None = None) -> list[Answer]:
        """Return the moderation cases that platforms told of and that nobody closed, the longest open first.

        A case has no name here, for only a token of it is kept: `facts` are the positions of what was told of it.
        `endings`: how it may be ended; given an instant (µs), with what each would change then, else with None.
        """
        with self._lock:
            found = self._look(community)
            cases = open_cases(found.history, self._book.token(community, SOURCE))
            return [
                {
                    "members": _accounts(one.members),
                    "action": one.action,
                    "norm": one.norm,
                    "severity": one.severity,
                    "since": format_time(one.since),
                    "last": format_time(one.at),
                    "facts": [*one.facts],
                    "endings": {each: None if at is None else found.ended(one, each, at) for each in endings(one)},
                }
                for one in cases
            ]

    def open_case(self, community: str, position: int) -> Open | None:
        """Return the open case of which the first that was told stands at a position, or None."""
        with self._lock:
            cases = open_cases(self._look(community).history, self._book.token(community, SOURCE))
        return next((one for one in cases if one.facts[0] == position), None)

    def _look(self, community: str) -> _Look:
        position = self._book.head(community)
        charters = charters_of(self._book, community, upto=position)
        found = self._looks.get(community)
        if found is None or found.charters != len(charters):
            found = self._looks[community] = _Look(charters, self._book.token(community, SOURCE), self._bounds)
        if found.position < position:
            found.read(self._book, community, position)
        self._looks.move_to_end(community)
        while len(self._looks) > _KEPT:
            self._looks.popitem(last=False)
        return found

    def _name(self, community: str, proposal: Proposal) -> str:
        return case_of(proposal.kind, (self._book.member_id(community, one) for one in proposal.members))

    def _proposal(self, community: str, found: _Look, one: Proposal, at: int, *, effects: bool) -> Answer:
        positions = [voice.position for voice in one.voices]
        told: Answer = {
            "case": self._name(community, one),
            "kind": one.kind,
            "state": "proposed",
            "members": _accounts(one.members),
            "says": [*one.says],
            "measures": one.measures,
            "from": format_time(one.voices[0].at),
            "to": format_time(one.voices[-1].at),
            "voices": _by_pair(one),
            "evidence": positions[:_SHOWN],
            "evidence_count": len(positions),
        }
        return told | ({"effect": found.effect(one.members, at)} if effects else {})

    def _case(self, community: str, one: Decided) -> Answer:
        notes = [clear.get("note", "") for clear in self._book.reveal(community, one.facts)]
        name = next((note.partition(",")[0] for note in notes if note), None)
        return {
            "case": name,
            "state": one.state,
            "members": _accounts(self._living(community, one.members)),
            "decided": format_time(one.at),
            "reason": next((note.partition(": ")[2] for note in reversed(notes) if note), None),
            "facts": [*one.facts],
        }

    def _living(self, community: str, members: Iterable[Account]) -> list[Account]:
        return [one for one in members if self._lives(community, one)]

    def _lives(self, community: str, account: Account) -> bool:
        try:
            self._book.member_id(community, account)
        except ErasedError:
            return False
        return True


def _accounts(members: Iterable[Account]) -> list[Answer]:
    return [{"account": member} for member in sorted(members)]


def _by_pair(proposal: Proposal) -> list[Answer]:
    """Return who endorsed whom how often, and when, the most often first."""
    counted = Counter((voice.by, voice.whom) for voice in proposal.voices)
    days = {(voice.by, voice.whom): format_time(voice.at) for voice in reversed(proposal.voices)}
    return [
        {"by": {"account": by}, "of": {"account": whom}, "count": count, "first": days[by, whom]}
        for (by, whom), count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


def _moved(member: Account, before: Derived, after: Derived, at: int) -> Answer | None:
    """Return how a member would stand elsewhere, or None."""
    held, would = _held(before, at), _held(after, at)
    if held == would:
        return None
    return {
        "account": member,
        "level": {"from": value_at(before.levels, at), "to": value_at(after.levels, at)},
        "loses": [{"grant": name, "value": value} for name, value in sorted(held - would)],
        "gains": [{"grant": name, "value": value} for name, value in sorted(would - held)],
    }


def _held(derived: Derived, at: int) -> set[tuple[str, str]]:
    return {grant for grant, spans in derived.grants.items() if span_at(spans, at)}
