"""Accounts from the shell: which may be one person's, and linking and parting them."""

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
    opened,
    shown,
)
from api.people import linking

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 20

One = Annotated[str, typer.Argument(help="An account: platform:id as git:ada, or its public id.", metavar="ACCOUNT")]
Other = Annotated[str, typer.Argument(help="The other account, likewise.", metavar="OTHER")]
Reason = Annotated[str, typer.Option(help="Why, for the record; only the keys of both open it.")]

accounts = typer.Typer(help="Which accounts are one person's: what is proposed, and deciding.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(accounts, name="accounts")


@accounts.command("list")
def listed(
    community: CommunityName,
    most: Annotated[int, typer.Option(help="How many proposals to show.", min=1)] = _MOST,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """List the accounts that may be one person's, why, and what linking them would change.

    Proposed is what a platform reported without the scope to link accounts, and what two people's contacts have in
    common: an e-mail address, or a name or handle on different platforms. Nothing counts before you confirm it.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
            task = progress.add_task("Comparing accounts", total=None)
            found = linking.proposals(here, community, most, effects=True)
            progress.update(task, total=1, completed=1)
    if as_json:
        answer(found)
        return
    for each in found["proposals"]:
        _proposal(community, each)
    if found["open"] > len(found["proposals"]):
        console.print(f"and {found['open'] - len(found['proposals']):,} more")
    if not found["open"]:
        console.print("Nothing is proposed.")
    for person in found["people"][:most]:
        console.print(f"One person: {_names(person['accounts'])}", markup=False, soft_wrap=True)


DECISIONS: dict[linking.Decision, str] = {
    "confirm": "Confirm what is proposed about two accounts: from now on they are one person's, and always were.",
    "reject": "Reject what is proposed about two accounts. It is not proposed again unless there is new evidence.",
    "link": "Link two accounts by hand: levels, badges and endorsements come out as if it had always been known.",
    "unlink": "Part the first account from its person, who keeps the other and all the rest. "
    "To link them again undoes it.",
}


def _command(decision: linking.Decision, words: str) -> None:
    """Give the shell a command by which this is decided."""

    def command(
        community: CommunityName,
        account: One,
        other: Other,
        reason: Reason = "",
        as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
    ) -> None:
        _decide(community, decision, (account, other), reason, as_json=as_json)

    accounts.command(decision, help=words)(command)


for _decision, _words in DECISIONS.items():
    _command(_decision, _words)


def _decide(community: str, decision: linking.Decision, named: tuple[str, str], reason: str, *, as_json: bool) -> None:
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        decided = linking.decide(here, community, decision, named, reason)
        with bar() as progress:
            catch_up(here, progress)
        found = linking.shown_changes(here, community, decided)
        waiting = here.reviews.count(community)
    if as_json:
        answer(found)
        return
    words = {"linked": "are one person's", "unlinked": "are not one person's"}
    for change in found["changes"]:
        console.print(f"{change['one']} and {change['other']} {words[change['change']]}.", soft_wrap=True)
    if waiting:
        badges = "1 badge waits" if waiting == 1 else f"{waiting:,} badges wait"
        console.print(f"{badges} for a decision: guildbook review {community}")


def _proposal(community: str, told: dict[str, Any]) -> None:
    one, other = told["one"], told["other"]
    verb = "may be one person" if told["change"] == "linked" else "may be two people"
    console.print(f"[bold]{shown(_names([one, other]))}[/] {verb}", soft_wrap=True)
    for words in [*told["why"], *told["proof"], *(told["effect"]["words"] if told["effect"] else ())]:
        console.print(f"  {shown(words)}", soft_wrap=True)
    command = f"guildbook accounts confirm|reject {community} {one['id']} {other['id']}"
    console.print(f"  {command}", style="dim", soft_wrap=True)


def _names(found: Iterable[dict[str, Any]]) -> str:
    return " and ".join(f"{each['name']} ({each['platform']}:{each['known_as']})" for each in found)
