"""The moderation cases that platforms told of and that nobody closed, as a manager sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from projections.fold.people import Account
from projections.fold.subjects import by_time, kind

if TYPE_CHECKING:
    from ledger import Fact
    from projections.fold.history import History

CLOSED = ("dismissed", "resolved")
"""The words that close a case, as rules have it that ask for open ones."""
ENDINGS: Final = {"uphold": ("resolved",), "restore": ("restored", "resolved"), "dismiss": ("dismissed",)}
"""How a person may end a case, and the words that say so: what it took stays away; is given back; never was right."""
_TAKES: Final = dict.fromkeys(("hidden", "removed", "silenced", "suspended"), True) | dict.fromkeys(
    ("restored", "dismissed"), False
)


class Open(NamedTuple):
    """A case: `case` is its token. Instants in µs; `action` is the last word, `severity` the gravest that was told.

    `accounts`: those that it names itself, as it does; `takes`: whether it keeps something or somebody away.
    """

    case: str
    accounts: frozenset[Account]
    members: frozenset[Account]
    takes: bool
    action: str
    norm: str | None
    severity: int | None
    since: int
    at: int
    facts: tuple[int, ...]


def open_cases(history: History, source: str) -> list[Open]:
    """Return the cases that nobody closed, the longest open first; `source` is the token of our own, left out."""
    cases: dict[str, list[Fact]] = {}
    for position in history.facts:
        fact = history.facts[position]
        if kind(fact) == "moderation" and fact.open["source"] != source and history.stands(fact):
            cases.setdefault(fact.open["case"], []).append(fact)
    still = {case: facts for case, facts in cases.items() if not any(fact.open["action"] in CLOSED for fact in facts)}
    found = [_open(history, case, sorted(facts, key=by_time)) for case, facts in still.items()]
    return sorted(found, key=lambda one: (one.since, one.case))


def endings(case: Open) -> list[str]:
    """Return how a case may be ended: what it never took cannot be given back."""
    return [one for one in ENDINGS if case.takes or one != "restore"]


def steps(case: Open, ending: str) -> list[dict[str, str]]:
    """Return the open fields of the facts that end a case: of each account that it names, or else of nobody."""
    whom: list[dict[str, str]] = [{"member": account} for account in sorted(case.accounts)] or [{}]
    return [{"case": case.case, "action": action, **one} for action in ENDINGS[ending] for one in whom]


def _open(history: History, case: str, facts: list[Fact]) -> Open:
    root = history.people.root
    named = {root(account) for account in history.cases.concerned(case)} - {root(one) for one in history.erased}
    grave = [fact.open["severity"] for fact in facts if "severity" in fact.open]
    norm = next((fact.open["norm"] for fact in reversed(facts) if "norm" in fact.open), None)
    return Open(
        case,
        frozenset(Account(fact.open["member"]) for fact in facts if "member" in fact.open),
        frozenset(named),
        next((_TAKES[fact.open["action"]] for fact in reversed(facts) if fact.open["action"] in _TAKES), False),
        facts[-1].open["action"],
        norm,
        max(grave, default=None),
        facts[0].time,
        facts[-1].time,
        tuple(fact.position for fact in facts),
    )
