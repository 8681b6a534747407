"""Leading: who leads and who is next, and recording that somebody takes a role, a term or a mentee."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.commands.desk import (
    AsJson,
    AsOf,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    errors,
    fail,
    instant,
    name_of,
    opened,
    shown,
)
from api.commands.leaving import whoever
from api.desk.withdrawing import withdrawn
from api.leading.assigning import assign as recorded
from api.leading.leaders import PAIRING
from api.web.problems import ProblemError
from projections import ASSIGNMENT_CHANGES, ASSIGNMENT_KINDS, Wish
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from api.installation import Installation

    Name = Callable[[dict[str, Any]], str]

MOST_SHOWN = 20
_EXPLAINED = 3


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(leaders)
    app.command()(assign)
    app.command()(withdraw)


def leaders(
    community: CommunityName,
    as_of: AsOf = None,
    why: Annotated[
        int, typer.Option(help="How many successors of each role are explained.", min=0, max=10)
    ] = _EXPLAINED,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show who leads and until when, who is ready and who is next, what each carries, and who guides whom.

    Terms that end within the hand-over, terms that should have ended, seats that are empty, who rests after a term,
    and what is missing until the community can lead itself. `guildbook assign` records what is decided.
    """
    with opened(create=False) as here:
        community_of(here, community)
        found = here.standings.leaders(community, as_of=instant(as_of, "--as-of"), explained=why)
        if as_json:
            answer(here.outward(community, found))
            return
        roles = {one["role"]: one["name"] for one in here.standings.charter(community).document.get("leader_roles", [])}
        _show(found, roles, _named(here, community))


def assign(  # noqa: PLR0913, PLR0917  options of a command line
    community: CommunityName,
    member: Annotated[str, typer.Argument(help="Whom: her id, or platform:id as git:ada.", metavar="MEMBER")],
    value: Annotated[str, typer.Argument(help="Which role of the charter; or cohort, team, pairing.")] = "",
    change: Annotated[str, typer.Option(help=f"What happens: {', '.join(ASSIGNMENT_CHANGES)}.")] = "started",
    guides: Annotated[str | None, typer.Option(help="Whom she guides: begins a mentor pair.", metavar="MEMBER")] = None,
    since: Annotated[str | None, typer.Option("--from", help="When it begins; now when absent.", metavar="DAY")] = None,
    until: Annotated[
        str | None, typer.Option(help="When it ends; else the charter's term says.", metavar="DAY")
    ] = None,
    kind: Annotated[str, typer.Option(help=f"What she takes: {', '.join(ASSIGNMENT_KINDS)}.")] = "role",
    reason: Annotated[str, typer.Option(help="Why, for the record; only her key can open it.")] = "",
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    r"""Record that a member takes a role, a term, a cohort or a mentee, or leaves it. What makes no sense is refused.

    \b
    guildbook assign makers forum:ada host                      her term begins, and lasts as the charter says
    guildbook assign makers forum:ada host --until 2026-09-01   or as you say
    guildbook assign makers forum:ada host --change nominated   she is asked; declined or started answers
    guildbook assign makers forum:ada host --change renewed     another term, from the end of this one
    guildbook assign makers forum:ada host --change ended
    guildbook assign makers forum:ada --guides forum:bo         a mentor pair begins
    guildbook assign makers forum:ada spring --kind cohort
    """
    kind = "mentor" if guides else kind
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = whoever(here, community, member)
        other = whoever(here, community, guides) if guides else None
        wish = Wish(
            kind,
            value or (PAIRING if kind == "mentor" else ""),
            change,
            time.time_ns() // 1000,
            instant(since, "--from"),
            instant(until, "--until"),
        )
        try:
            done = recorded(here, found, wish, counterpart=other, reason=reason)
        except ProblemError as error:
            for fault in error.errors:
                errors.print(
                    f"[red]{fault.pointer.lstrip('/') or 'assignment'}[/]: {shown(fault.message)}", soft_wrap=True
                )
            fail(error.detail)
        with bar() as progress:
            catch_up(here, progress)
        name = name_of(here, community, found.account)
    if as_json:
        told = {"member": found.id, "kind": kind, "value": wish.value, "change": change, "time": format_time(wish.at)}
        answer({**told, "position": done.outcome.position, "notes": done.notes})
        return
    console.print(f"Recorded: {shown(name)}, {kind} {shown(wish.value)}, {change}.", soft_wrap=True)
    for note in done.notes:
        console.print(f"[yellow]note[/] {shown(note)}", soft_wrap=True)


def withdraw(
    community: CommunityName,
    member: Annotated[str, typer.Argument(help="Whose: her id, or platform:id as git:ada.", metavar="MEMBER")],
    role: Annotated[str, typer.Argument(help="The role of the charter that she was asked to take.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Take back an invitation to lead that she has not answered. Her page says so; why is yours to tell her."""
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = whoever(here, community, member)
        try:
            count, position = withdrawn(here, found, role)
        except ProblemError as error:
            fail(error.detail)
        with bar() as progress:
            catch_up(here, progress)
        name = name_of(here, community, found.account)
    if as_json:
        answer({"member": found.id, "role": role, "withdrawn": count, "position": position})
        return
    console.print(f"Taken back: {shown(name)} is not asked to be {shown(role)} any more.", soft_wrap=True)


def _named(here: Installation, community: str) -> Name:
    """Return what says a person's name, once looked up."""
    known: dict[str, str] = {}

    def name(one: dict[str, Any]) -> str:
        account = one["account"]
        if account not in known:
            known[account] = shown(name_of(here, community, account))
        return known[account]

    return name


def _show(found: dict[str, Any], roles: dict[str, str], name: Name) -> None:
    def role(one: dict[str, Any]) -> str:
        return shown(roles.get(one["role"], one["role"]))

    def holder(one: dict[str, Any]) -> list[str]:
        return [name(one), role(one), _day(one["since"]), _day(one["ends"]), str(one["terms"] or "")]

    columns = ("Who", "Role", "Since", "Ends", "Terms in a row")
    _table("Ready to lead", ("Who", "Role", "Since"), ([name(x), role(x), _day(x["since"])] for x in found["eligible"]))
    _table("Leading", columns, map(holder, found["holding"]))
    _table("Term ends soon", columns, map(holder, found["ending"]), quiet=True)
    _table("Term should have ended", columns, map(holder, found["overdue"]), quiet=True)
    for part, title in (("nominated", "Nominated"), ("coming", "Named, not yet begun")):
        rows = ([name(x), role(x), _day(x["since"])] for x in found[part])
        _table(title, ("Who", "Role", "Since"), rows, quiet=True)
    rests = ([name(x), role(x), _day(x["until"])] for x in found["resting"])
    _table("Resting after a term", ("Who", "Role", "Until"), rests, quiet=True)
    for one in found["vacant"]:
        console.print(f"{role(one)}: [yellow]{one['vacant']} of {one['seats']} seats empty[/] {_since(one['since'])}")
    _show_next(found, role, name)
    _show_load(found["load"], roles, name)
    _show_mentors(found["mentors"], name)
    _show_member_led(found["member_led"])


def _show_next(found: dict[str, Any], role: Name, name: Name) -> None:
    for each in found["successors"]:
        if each["next"] or each["nearly"]:
            console.print(f"\n[bold]Next as {shown(each['name'])}[/]")
        for one in each["next"][:MOST_SHOWN]:
            console.print(f"  {name(one)}: {shown('; '.join([*one['because'], *one['met']]))}", soft_wrap=True)
        for one in each["nearly"]:
            words = shown("; ".join(one["missing"]))
            console.print(f"  [dim]nearly ({one['percent']} %)[/] {name(one)}: {words}", soft_wrap=True)
    if found["handovers"]:
        console.print("\n[bold]Hand over[/]")
    for one in found["handovers"][:MOST_SHOWN]:
        following = f" Next: {name(one['next'])}." if one["next"] else ""
        console.print(f"  {name(one)} ({role(one)}): {shown(one['words'])}{following}", soft_wrap=True)
    _more(len(found["handovers"]))


def _show_load(loads: list[dict[str, Any]], roles: dict[str, str], name: Name) -> None:
    busy = [one for one in loads if one["per_week"] or one["lately"]]
    rows = (
        [
            name(one),
            shown(", ".join(roles.get(slug, slug) for slug in one["roles"])),
            f"{one['per_week']:g}",
            f"{one['lately']:g}",
            str(one["limit"] or ""),
        ]
        for one in busy
    )
    title = "Acts of leading a week"
    _table(title, ("Who", "Role", "In 90 days", "In 28 days", "One can carry"), rows, quiet=True)
    for one in busy:
        if one["warning"]:
            console.print(f"  [yellow]{name(one)}[/]: {shown(one['warning'])}", soft_wrap=True)


def _show_mentors(mentors: dict[str, Any], name: Name) -> None:
    def pair(one: dict[str, Any]) -> list[str]:
        return [name(one), name(one["mentored"]) if one["mentored"] else "", _day(one["since"]), _day(one["ends"])]

    _table("Mentor pairs", ("Mentor", "Guides", "Since", "Ends"), map(pair, mentors["open"]), quiet=True)
    rows = ([name(one), name(one["mentored"]), shown(", ".join(one["shared"]))] for one in mentors["suggested"])
    _table("Could guide", ("Mentor", "Newcomer", "Both work on"), rows, quiet=True)


def _show_member_led(told: dict[str, Any]) -> None:
    share = "" if told["share"] is None else f"; members led {told['led']} of {told['told']} sessions"
    console.print(f"\n[bold]Member-led[/]: {told['active']} of {told['at']} active members{share}")
    for each in told["missing"]:
        console.print(f"  missing: {shown(each)}", soft_wrap=True)
    if told["ready"]:
        console.print("  Nothing is missing: let members lead.")


def _table(title: str, columns: Iterable[str], rows: Iterable[list[str]], *, quiet: bool = False) -> None:
    """Print the first rows; `quiet`: nothing where there are none."""
    found = list(rows)
    if quiet and not found:
        return
    table = Table(title=f"{title}: {len(found):,}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in found[:MOST_SHOWN]:
        table.add_row(*row)
    console.print(table)
    _more(len(found))


def _more(count: int) -> None:
    if count > MOST_SHOWN:
        console.print(f"  ... and {count - MOST_SHOWN:,} more (--json lists all)")


def _day(text: str | None) -> str:
    return (text or "")[:10]


def _since(text: str | None) -> str:
    return f"since {_day(text)}" if text else ""
