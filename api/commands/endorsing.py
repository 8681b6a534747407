"""Endorsements from the shell: saying something of a badge, and withdrawing it."""

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
    unmoving,
)
from api.commands.leaving import whoever
from api.installation import CREDENTIAL_ID
from api.issued.endorsements import told_of
from badges import EndorsementError, Thing

if TYPE_CHECKING:
    from api.installation import Installation


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(endorse)


def endorse(
    community: CommunityName,
    what: Annotated[
        str | None,
        typer.Argument(help="A credential's id or address, or a badge of the charter. Left out: the community."),
    ] = None,
    comment: Annotated[
        str | None, typer.Option(help="What is said of it, in Markdown. Left out: what was said so far is shown.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="The member who says it: her id, or platform:id. Left out: the community.")
    ] = None,
    named: Annotated[  # noqa: FBT002  a flag of the command line
        bool, typer.Option("--named", help="She agrees to be named by her public member id.")
    ] = False,
    withdraw: Annotated[str | None, typer.Option(help="An endorsement's id: withdraw that one.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is withdrawn; only the keys of both people open it.")] = "",
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Endorse a badge somebody holds, a badge of the charter, or the community; or show what was said of it.

    An endorsement is a credential of its own, signed by the community: the badge stays as it is. Each endorser says
    something of a thing once, and may withdraw it. Erasing her, or whose badge it is, ends it.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        if withdraw is None and comment is None:
            _list(told_of(here, here.endorsements.of(community, _thing(here, what))), as_json=as_json)
            return
        if withdraw is not None:
            told = _withdrawn(here, community, withdraw, reason)
        else:
            told = _given(here, community, _thing(here, what), str(comment), by, named=named)
        with bar() as progress:
            catch_up(here, progress)
    if as_json:
        answer(told)
    else:
        console.print(_WORDS[str(told["outcome"])], str(told["endorsement"]), soft_wrap=True)


_WORDS = {
    "stored": "Recorded:",
    "claimed": "That was said before, and stands:",
    "withdrawn": "Withdrawn:",
    "duplicate": "It was withdrawn before:",
}


def _thing(here: Installation, what: str | None) -> Thing:
    if what is None:
        return Thing()
    number = what.rstrip("/").rpartition("/")[2]
    if not CREDENTIAL_ID.fullmatch(number):
        return Thing(achievement=what)
    issued = here.awards.find(number)
    if issued is None:
        fail(f"wanted the id of a credential of this book, got {unmoving(what)}")
    return Thing(issued)


def _given(
    here: Installation, community: str, thing: Thing, comment: str, by: str | None, *, named: bool
) -> dict[str, object]:
    member = whoever(here, community, by) if by is not None else None
    try:
        outcome = here.endorsements.give(
            community, thing, endorser=member.account if member else None, comment=comment.strip(), named=named
        )
    except EndorsementError as error:
        fail("\n".join(unmoving(fault.message) for fault in error.faults))
    if outcome.position is None:
        fail("somebody of it was erased")
    number = here.endorsements.number(community, outcome.position)
    return {"outcome": outcome.outcome, "endorsement": number, "position": outcome.position}


def _withdrawn(here: Installation, community: str, number: str, reason: str) -> dict[str, object]:
    one = here.endorsements.find(number.rstrip("/").rpartition("/")[2])
    if one is None or one.community != community:
        fail(f"wanted the id of an endorsement of {community}, got {unmoving(number)}")
    outcome = here.endorsements.withdraw(one, by="manager", reason=reason)
    if outcome.position is None:
        fail("somebody of it was erased")
    told = "withdrawn" if outcome.outcome == "stored" else outcome.outcome
    return {"outcome": told, "endorsement": one.id, "position": outcome.position}


def _list(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        answer({"endorsements": found})
        return
    if not found:
        console.print("Nobody has said anything of it yet.")
    for one in found:
        who = one["member"] or f"a {one['by']}" if one["by"] == "member" else "the community"
        console.print(f"[bold]{one['given'][:10]}[/], {who} ({one['endorsement']})", soft_wrap=True)
        console.print(f"  {shown(one['comment'])}", soft_wrap=True)
