"""Ending a moderation case that a platform opened: facts of the same case, by a person here.

Only a token of a case's name is kept, and a token is made of the name alone. So whoever decides says what the case is
called where it was opened; that is compared with the token, and is kept no more than before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from api.web.problems import ProblemError, busy, not_found
from ledger import system_clock
from projections import case_endings, case_steps
from schemas import Fault, OwnSource, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation
    from projections import OpenCase

SOURCE: Final[OwnSource] = "guildbook:moderation"
LONGEST_NAME: Final = 2_048  # characters, as in a fact
_NOTHING_TAKEN = "Nothing is taken away by this case: there is nothing to give back"


def ended(here: Installation, community: str, position: int, ending: str, *, name: str, reason: str, by: str) -> int:
    """End the open case of which the first that was told stands at a position; return the last one recorded. Blocks.

    Raises a 404 problem for no such case, 422 where it is called otherwise or cannot be ended so, and 503 where
    somebody it names was erased meanwhile.
    """
    case = here.fairness.open_case(community, position)
    if case is None:
        raise not_found("open case")
    if not name or str(here.book.token(community, name)) != case.case:
        got = "another" if name else "nothing"
        fault = Fault("/case", f"wanted the name of this case where it was opened, got {got}")
        raise ProblemError(422, fault.message, errors=[fault])
    if ending not in case_endings(case):
        raise ProblemError(422, _NOTHING_TAKEN, errors=[Fault("/decision", _NOTHING_TAKEN)])
    outcomes = here.book.append(
        list(_events(here, community, case, ending, name=name, note=f"{by.replace(':', ' ')}: {reason}")),
        community=community,
        strict=True,
        own=True,
    )
    if any(outcome.outcome != "stored" for outcome in outcomes):
        raise busy("who is in this case changed meanwhile; nothing was recorded, look again")
    here.told(community, outcomes)
    return max(outcome.position or 0 for outcome in outcomes)


def _events(
    here: Installation, community: str, case: OpenCase, ending: str, *, name: str, note: str
) -> Iterator[dict[str, Any]]:
    """Yield the facts to record. Whoever of it was erased is named no more; a step is recorded all the same."""
    at = max(system_clock(), case.at + 1)
    seen = set()
    for number, step in enumerate(case_steps(case, ending)):
        handle = here.book.handle(community, step["member"]) if "member" in step else None
        member = {key: handle[key] for key in ("platform", "id", "realm") if key in handle} if handle else None
        if member is None and step["action"] in seen:
            continue
        seen.add(step["action"])
        yield {
            "specversion": "1.0",
            "id": hashlib.sha256(f"{case.case}:{ending}:{at}:{number}".encode()).hexdigest()[:32],
            "source": SOURCE,
            "type": "org.guildbook.moderation.v1",
            "time": format_time(at + number),
            "community": community,
            "data": {"case": name, "action": step["action"], "note": note} | ({"member": member} if member else {}),
        }
