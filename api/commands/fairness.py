"""Fairness from the shell: what looks like a ring or like farming, and deciding about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    fail,
    opened,
    shown,
    whoami,
)
from api.fairness.discounting import DECISIONS, decide, told
from api.web.decisions import LONGEST_REASON
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from api.installation import Installation

_KINDS = {"ring": "A ring?", "flood": "A flood?", "puppets": "Puppets?", "double": "One person twice?"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(fairness)


def fairness(
    community: CommunityName,
    case: Annotated[str | None, typer.Argument(help="A case to decide, as it is named in the list.")] = None,
    decision: Annotated[
        str | None, typer.Argument(help="discount, leave, appeal or restore.", metavar="DECISION")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record; sealed under the members' keys.")] = "",
    effects: Annotated[bool, typer.Option(help="Show what a discount would change.")] = True,  # noqa: FBT002  a flag
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show what looks like a ring or like farming, with the evidence; or decide about a case of it.

    Nothing acts by itself. `discount` lets what these members gave one another count for nothing, on any day;
    `leave` lets it be, and it is shown again only when more has come; `appeal` notes that somebody objects;
    `restore` gives back what was taken, as if it had never been. What each of them is made by is in docs/fairness.md.
    """
    with opened(create=False) as here:
        community_of(here, community)
        if case is not None:
            done = _decided(here, community, case, decision, reason)
            if as_json:
                answer(done)
            else:
                console.print(f"{case} is {done['state']}.")
            return
        with bar() as progress:
            progress.add_task("Looking at endorsements", total=None)
            found = told(here, community, effects=effects)
    if as_json:
        answer(found)
    else:
        _list(found)


def _decided(here: Installation, community: str, case: str, decision: str | None, reason: str) -> dict[str, Any]:
    wanted = next((one for one in DECISIONS if one == decision), None)
    if wanted is None:
        fail(f"wanted a decision ({', '.join(DECISIONS)}), got {decision or 'none'}")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        fail(f"wanted --reason, 1 to {LONGEST_REASON:,} characters that say why")
    try:
        done = decide(here, community, case, wanted, reason=reason, by=whoami())
    except ProblemError as error:
        fail(error.detail)
    with bar() as progress:
        catch_up(here, progress)
    return done


def _list(found: dict[str, Any]) -> None:
    if not found["proposals"]:
        console.print("Nothing to look at.")
    for one in found["proposals"]:
        _show(one)
    for one in found["decided"]:
        people = ", ".join(shown(member["name"]) for member in one["members"]) or "(erased)"
        console.print(f"[bold]{one['case'] or '(erased)'}[/] is {one['state']} since {one['decided'][:10]}: {people}")


def _show(one: dict[str, Any]) -> None:
    console.print(f"[bold]{one['case']}[/] {_KINDS[one['kind']]} {one['from'][:10]} to {one['to'][:10]}")
    console.print("  " + ", ".join(shown(member["name"]) for member in one["members"]), soft_wrap=True)
    for words in one["says"]:
        console.print(f"  - {words}", markup=False, soft_wrap=True)
    for moved in one.get("effect", ()):
        lost = ", ".join(f"{each['grant']} {each['value']}" for each in moved["loses"]) or "nothing"
        console.print(f"  without them {shown(moved['name'])} would lose {lost}", soft_wrap=True)
    if one.get("effect") == []:
        console.print("  without them nobody would stand elsewhere")
