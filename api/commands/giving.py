"""Badges given by a person: awarding by hand, nominating, and deciding on nominations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from api.awarding import nominations as nominating
from api.awarding.awards import given_by
from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    errors,
    fail,
    name_of,
    opened,
    shown,
    whoami,
)
from api.commands.leaving import Who, whoever
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.installation import Installation
    from api.people.members import Member

Badge = Annotated[str, typer.Argument(help="A badge of the charter, by its short name.", metavar="BADGE")]
Why = Annotated[str, typer.Option(help="Why, for the record; only her key can open it.", prompt=True)]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(award)
    app.command()(nominate)
    app.command()(nominations)


def award(
    community: CommunityName,
    member: Who,
    badge: Badge,
    reason: Why,
    evidence: Annotated[
        list[int] | None, typer.Option(help="The position of a fact that shows it; can be given again.", min=1)
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    r"""Give a member a badge by hand, where no rule sees what she did. The badge says that it was given so.

    \b
    guildbook award makers forum:ada sharer --reason "she held the workshop together"
    guildbook award makers forum:ada sharer --reason "these two" --evidence 17 --evidence 31

    She has a badge once; a charter may forbid it (`by_hand: no`), or ask for a nomination (`by_hand: nominated`).
    """

    def give(here: Installation, found: Member) -> dict[str, Any]:
        given = given_by(here, found, badge, reason, whoami(), evidence or [])
        address = f"{here.settings.origin}/credentials/{given.credential}"
        return {"credential": address, "member": found.id, "badge": badge, "position": given.position}

    told, name = _recorded(community, member, give)
    if as_json:
        answer(told)
    else:
        console.print(f"{shown(name)} has {badge}: {told['credential']}", soft_wrap=True)


def nominate(
    community: CommunityName,
    member: Who,
    badge: Badge,
    reason: Why,
    by: Annotated[
        str | None, typer.Option(help="The member who nominates; left out: the community.", metavar="MEMBER")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Nominate a member for a badge. What is said is sealed under her key, and that of whoever nominates her."""

    def say(here: Installation, found: Member) -> dict[str, Any]:
        nominator = whoever(here, community, by) if by else None
        outcome = nominating.nominated(here, found, badge, reason, nominator)
        return {"outcome": outcome.outcome, "member": found.id, "badge": badge, "position": outcome.position}

    told, name = _recorded(community, member, say)
    if as_json:
        answer(told)
    else:
        before = "" if told["outcome"] == "stored" else " already"
        console.print(f"{shown(name)} is nominated for {badge}{before}.", soft_wrap=True)


def nominations(
    community: CommunityName,
    nomination: Annotated[
        int | None, typer.Argument(help="The number of one. Left out: all that wait.", metavar="NOMINATION")
    ] = None,
    decision: Annotated[str | None, typer.Argument(help="award, or decline.", metavar="award|decline")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the record; only her key can open it.")] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show who is nominated for which badge, and why; or decide on one of them."""
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        if nomination is None:
            found = list(nominating.told(here, community, here.nominating.open(community)))
            if as_json:
                answer({"waiting": len(found), "nominations": found})
            else:
                _listed(community, found)
            return
        if decision not in {"award", "decline"}:
            fail(f"wanted award or decline, got {decision or 'nothing'}")
        words = reason or typer.prompt("Why", err=True)
        try:
            told = nominating.decided(here, community, nomination, decision, reason=words, by=whoami())
        except ProblemError as error:
            _refused(error)
        with bar() as progress:
            catch_up(here, progress)
    if as_json:
        answer(told)
    else:
        console.print(f"Awarded: {told['credential']}" if told["credential"] else "Declined.", soft_wrap=True)


def _recorded(
    community: str, member: str, record: Callable[[Installation, Member], dict[str, Any]]
) -> tuple[dict[str, Any], str]:
    """Let something be recorded of a member, and return what became of it, and her name."""
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = whoever(here, community, member)
        try:
            told = record(here, found)
        except ProblemError as error:
            _refused(error)
        with bar() as progress:
            catch_up(here, progress)
        return told, name_of(here, community, found.account)


def _refused(error: ProblemError) -> NoReturn:
    for fault in error.errors:
        errors.print(f"[red]{fault.pointer.lstrip('/')}[/]: {shown(fault.message)}", soft_wrap=True)
    fail(error.detail)


def _listed(community: str, found: list[dict[str, Any]]) -> None:
    if not found:
        console.print("Nobody is nominated.")
    for one in found:
        by = f"by {shown(one['by_name'])}" if one["by"] else "by the community"
        title = f"[bold]{shown(one['name'])}[/] for {shown(one['badge_name'])}"
        console.print(f"{title}, {by}, {one['at'][:10]}", soft_wrap=True)
        console.print(f"  {shown(one['reason'])}", soft_wrap=True)
        console.print(f"  guildbook nominations {community} {one['nomination']} award|decline", soft_wrap=True)
