"""What a fact speaks of: whose it is, on what, and which facts are counted together with it."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.people import Account

if TYPE_CHECKING:
    from ledger import Fact

OWN = ("charter.", "award.", "badge.", "member.", "key.", "log.")
"""How the topics of facts begin that we record of ourselves; rules never read them."""
ERASED = "member.erased.v1"

by_time = attrgetter("time", "stream")

WHOSE = {
    "contribution": ("author",),
    "attendance": ("attendee",),
    "endorsement": ("endorser", "endorsee"),
    "response": ("respondent",),
    "impact": ("member",),
    "membership": ("member",),
    "consent": ("member",),
    "identity": ("member", "account"),
    "assignment": ("member", "counterpart"),
    "moderation": ("member",),
    "metric": ("member",),
}
"""The fields of each kind of fact that name an account whose own history it is."""

Group = tuple[Any, ...]
"""Facts that are counted together: a work's versions, a stay in a session, a voice on something, a case, a
counter's reports. Its kind, and what finds the facts again."""
NOTHING: Group = ("nothing",)
EVERYTHING: Group = ("everything",)
# The groups `received` and `stamped` are the same facts: of the latter only who the endorser was may be another.

Touch = tuple[Account, int, Group]
"""That something about an account's member may be another, from when on (µs), and in which group of facts."""


class Assigned(NamedTuple):
    """One assignment as it was told: a role, cohort, team or mentor pairing; `start` and `end` (µs) are its period."""

    at: int  # µs
    kind: str
    value: str
    change: str  # nominated, started, renewed, declined, ended
    start: int | None
    end: int | None
    counterpart: Account | None
    by: Account | None


_ANYONE = Account("")
_COUNTER = ("metric", "item", "window", "source")


def kind(fact: Fact) -> str:
    """Return `contribution` for the topic `contribution.v1`."""
    return kind_of(fact.topic)


@cache
def kind_of(topic: str) -> str:
    """Return `contribution` for `contribution.v1`."""
    return topic.partition(".")[0]


def counter_of(fact: Fact) -> str:
    """Return what tells one platform counter of a member from another."""
    return "|".join(str(fact.open.get(name, "")) for name in _COUNTER)


def voice(fact: Fact) -> tuple[str, Account, Account]:
    """Return what an endorsement is on and whose it is: `(item, "", endorser)`, else `(skill, endorsee, endorser)`."""
    told = fact.open
    if "item" in told:
        return told["item"], _ANYONE, told["endorser"]
    return told.get("skill", ""), told.get("endorsee", _ANYONE), told["endorser"]


def thing(on: str, whom: Account) -> str:
    """Return what endorsements of one thing are found under: its item, else the skill of one account."""
    return f"{on}@{whom}" if whom else on
