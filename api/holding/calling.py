"""How far a member is on the way to what her community calls everybody to.

A charter says its call to action in words, and below it what members shall be able to do (`outcomes`). Badges, levels
and roles with a credential name the outcomes that they show; so what somebody holds says which of them she has shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from badges import Issued
    from projections import Charter

Context = dict[str, Any]


def calling(charter: Charter, held: Iterable[Issued]) -> Context | None:
    """Return the call to action and, of the outcomes that can be shown, which are, by awards that hold.

    None where the charter calls to nothing, or nothing that it recognises names an outcome.
    """
    call = charter.document.get("domain", {}).get("call_to_action")
    able = _named(charter, charter.recognised())
    outcomes = [each for each in charter.document.get("outcomes", []) if each["outcome"] in able]
    if not call or not outcomes:
        return None
    shown = _named(charter, ((one.kind, one.achievement) for one in held))
    told = [{"can": each["can"], "met": each["outcome"] in shown} for each in outcomes]
    return {"call": call, "outcomes": told, "shown": sum(each["met"] for each in told), "of": len(told)}


def shown_by(charter: Charter, held: Iterable[Issued]) -> list[str]:
    """Return what awards show that their holder can do, in the charter's words and order."""
    shown = _named(charter, ((one.kind, one.achievement) for one in held))
    return [str(each["can"]) for each in charter.document.get("outcomes", []) if each["outcome"] in shown]


def _named(charter: Charter, recognised: Iterable[tuple[str, str]]) -> set[str]:
    """Return the outcomes that achievements name."""
    given = charter.recognised()
    return {outcome for one in recognised for outcome in given.get(one, {}).get("outcomes", ())}
