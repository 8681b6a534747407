"""What a person decides about a ring or farming: facts of a moderation case, which take away or give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from api.web.problems import ProblemError, busy, not_found
from api.words.wording import name_of
from ledger import system_clock
from projections import FAIRNESS
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.installation import Installation
    from ledger import Outcome

Decision = Literal["discount", "leave", "appeal", "restore"]
DECISIONS: Final = get_args(Decision)

_RECORDED: dict[str, tuple[str, ...]] = {
    "discount": ("hidden",),
    "leave": ("dismissed",),
    "appeal": ("appealed",),
    "restore": ("restored", "dismissed"),  # given back, and the case is closed
}
_FROM = {
    "discount": ("proposed", "appealed"),
    "leave": ("proposed",),
    "appeal": ("discounted",),
    "restore": ("discounted", "appealed"),
}
_BECOMES = {"discount": "discounted", "leave": "left", "appeal": "appealed", "restore": "restored"}


def told(here: Installation, community: str, *, effects: bool) -> dict[str, Any]:
    """Return what is proposed and what was decided, people by public id and name. Blocks."""
    found = here.fairness.told(community, at=system_clock(), effects=effects)
    for case in (*found["proposals"], *found["decided"]):
        for one in (*case["members"], *case.get("effect", ())):
            one["name"] = name_of(here.book.handle(community, one["account"]))
    outward: dict[str, Any] = here.outward(community, found)
    return outward


def decide(
    here: Installation, community: str, name: str, decision: Decision, *, reason: str, by: str
) -> dict[str, Any]:
    """Record a decision about a case, one fact for each member it names, and return what became of it. Blocks.

    Raises a 404 problem for no case of that name, 422 where it cannot be decided so now, and 503 where somebody of
    it was erased meanwhile.
    """
    case = here.fairness.case(community, name)
    if case is None:
        raise not_found("case")
    if case.state not in _FROM[decision]:
        wanted = " or ".join(_FROM[decision])
        fault = Fault("/decision", f"wanted a case that is {wanted}, got one that is {case.state}")
        raise ProblemError(
            422, f"`{decision}` is for a case that is {wanted}; this one is {case.state}", errors=[fault]
        )
    accounts = sorted(case.proposal.members if case.proposal else case.decided.accounts if case.decided else ())
    at = max(system_clock(), case.decided.at + 1 if case.decided else 0)
    note = f"{name}, {by.replace(':', ' ')}: {reason}"
    events = [
        event
        for step, action in enumerate(_RECORDED[decision])
        for event in _events(here, community, accounts, name, action=action, at=at + step, note=note)
    ]
    outcomes = here.book.append(events, community=community, strict=True, own=True)
    if not outcomes or any(outcome.outcome != "stored" for outcome in outcomes):
        raise busy("who is in this case changed meanwhile; nothing was recorded, look again")
    here.told(community, outcomes)
    return {"case": name, "decision": decision, "state": _BECOMES[decision], "recorded": _positions(outcomes)}


def _events(
    here: Installation, community: str, accounts: Iterable[str], case: str, *, action: str, at: int, note: str
) -> list[dict[str, Any]]:
    """Return the facts to record: of each account that still lives, by what its platform calls it."""
    found = []
    for number, account in enumerate(accounts):
        handle = here.book.handle(community, account)
        if handle is None:
            continue
        member = {name: handle[name] for name in ("platform", "id", "realm") if name in handle}
        found.append(
            {
                "specversion": "1.0",
                "id": f"{case}:{action}:{at}:{number}",
                "source": FAIRNESS,
                "type": "org.guildbook.moderation.v1",
                "time": format_time(at),
                "community": community,
                "data": {"case": case, "member": member, "action": action, "note": note},
            }
        )
    return found


def _positions(outcomes: Iterable[Outcome]) -> list[int]:
    return [outcome.position for outcome in outcomes if outcome.position]
