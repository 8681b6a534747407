"""Badges from the shell: suspending or taking back ours, deciding on those without ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.awarding import awards, reviewing
from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    fail,
    name_of,
    opened,
    shown,
)
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from api.installation import Installation


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(revoke)
    app.command()(suspend)
    app.command()(resume)
    app.command()(review)


Credential = Annotated[str, typer.Argument(help="The credential's id: the last part of its address.")]
Why = Annotated[str, typer.Option(help="Why, for the record; only the member's key can open it.", prompt=True)]


def revoke(credential: Credential, reason: Why) -> None:
    """Take a badge back for ever. Verifiers learn it from the status list; the reason stays with the member."""
    _decide(credential, "revoke", reason, "revoked")


def suspend(credential: Credential, reason: Why) -> None:
    """Let a badge hold no longer, until `guildbook resume`. Verifiers learn it from the status list."""
    _decide(credential, "suspend", reason, "suspended")


def resume(credential: Credential, reason: Why) -> None:
    """Let a suspended badge hold again."""
    _decide(credential, "resume", reason, "resumed")


def _decide(credential: str, decision: str, reason: str, done: str) -> None:
    with opened(create=False) as here:
        issued = here.awards.find(credential.rstrip("/").rpartition("/")[2])
        if issued is None:
            fail(f"wanted the id of a credential of this book, got {credential}")
        try:
            outcome = awards.decided(here, issued, decision, reason)
        except ProblemError as error:
            fail(error.detail)
        with bar() as progress:
            catch_up(here, progress)
    words = f"is {done}" if outcome.outcome == "stored" else f"was {done} already"
    console.print(f"{issued.achievement} ({issued.id}) {words}.")


def review(
    community: CommunityName,
    credential: Annotated[
        str | None, typer.Argument(help="A credential's id. Left out: all that wait.", metavar="CREDENTIAL")
    ] = None,
    decision: Annotated[str | None, typer.Argument(help="keep, or revoke.", metavar="keep|revoke")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the record; only the member's key can open it.")] = None,
    kept: Annotated[bool, typer.Option("--kept", help="List those too that were kept before.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show the badges whose ground is gone, and why; or decide on one of them.

    A badge comes here when facts it rests on were withdrawn or turn out to be somebody else's, when its rule was made
    harder, when what it takes has lapsed, or when two accounts that both had it are one person. It stays valid until
    you decide. What you keep rests until something else is lost; what you revoke here is awarded again, under a new
    number, once it is earned again.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        if credential is None:
            found = list(reviewing.told(here, community, here.reviews.of(community, upheld=kept)))
            if as_json:
                answer({"waiting": here.reviews.count(community), "reviews": found})
            else:
                _listed(here, community, found)
            return
        if decision not in {"keep", "revoke"}:
            fail(f"wanted keep or revoke, got {decision or 'nothing'}")
        words = reason or typer.prompt("Why", err=True)
        number = credential.rstrip("/").rpartition("/")[2]
        outcome = reviewing.settled(here, community, number, decision, words)
        with bar() as progress:
            catch_up(here, progress)
    if as_json:
        answer({"credential": number, "decision": decision, "position": outcome.position})
    else:
        console.print("It stands." if decision == "keep" else "It is revoked.")


def _listed(here: Installation, community: str, found: list[dict[str, Any]]) -> None:
    if not found:
        console.print("No badge waits for a decision.")
    for one in found:
        account = here.book.account_of(community, one["member"]) or ""
        resting = ", kept" if one["kept"] else ""
        title = f"[bold]{shown(one['badge_name'])}[/], {shown(name_of(here, community, account))}, earned "
        console.print(f"{title}{one['earned'][:10]}, issued {one['issued'][:10]}{resting}", soft_wrap=True)
        for why in one["why"]:
            console.print(f"  {why['words']}", markup=False, soft_wrap=True)
            for fact in why["facts"]:
                console.print(f"    {fact['time'][:10]} {fact['words']}", style="dim", markup=False, soft_wrap=True)
        for lacks in one["missing"]:
            console.print(f"  lacks today: {lacks}", markup=False, soft_wrap=True)
        console.print(f"  proposed: {one['proposal']}. guildbook review {community} {one['credential']} keep|revoke")
