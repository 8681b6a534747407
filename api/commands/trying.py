"""What if, and what next: a charter that is not published, and the events that would lift a member."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.commands.desk import (
    AsJson,
    AsOf,
    CommunityName,
    account_of,
    answer,
    bar,
    community_of,
    console,
    instant,
    name_of,
    opened,
    reading,
    shown,
)
from projections import Study

if TYPE_CHECKING:
    from api.installation import Installation

Who = Annotated[
    str | None,
    typer.Argument(help="A member: her id, or platform:id as git:ada. Left out: who stands highest.", metavar="MEMBER"),
]
_NAMED = 8  # people listed under a grant, unless all are asked for
_COHORTS = 8
_ACTS = {
    "activity": "act of any kind",
    "endorsement": "endorsement by others",
    "endorsement_given": "endorsement of others",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(simulate)
    app.command("next")(next_step)


def simulate(
    community: CommunityName,
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Charters not published, YAML or JSON.")
    ],
    as_of: AsOf = None,
    everyone: Annotated[bool, typer.Option("--all", help="Name everybody, not only the first of each list.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show what a charter would do, held against the whole history: who gains, who loses, and when each would have.

    Nothing is written. Of several files each is held against the charter in force; the second is quick, since the
    history is read once.
    """
    with opened(create=False) as here:
        community_of(here, community)
        at = instant(as_of, "--as-of") or time.time_ns() // 1000
        study = Study(here.book, community)
        with bar() as progress:
            task = progress.add_task("Reading the history", total=here.book.head(community))
            study.follow(lambda read: progress.advance(task, read))
        told = []
        for file in files:
            with reading(file) as text:
                found = study.what_if(text, at=at)
            told.append(here.outward(community, found) if as_json else found)
            if not as_json:
                _tell(
                    here,
                    community,
                    file.name,
                    found,
                    most=len(found["gains"] + found["losses"]) if everyone else _NAMED,
                )
        if as_json:
            answer(told[0] if len(told) == 1 else told)


def _tell(here: Installation, community: str, name: str, found: dict[str, Any], most: int) -> None:
    moved = len({one["account"] for part in ("gains", "losses", "moved") for one in found[part]})
    console.print(f"[bold]{shown(name)}[/] held against {found['position']:,} facts of {shown(community)}:", end=" ")
    console.print(f"of {found['members']:,} members {moved:,} would stand otherwise on {found['as_of'][:10]}.")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("What", "Now", "Then", "Gain", "Lose", "Earlier", "Later"):
        table.add_column(column, justify="left" if column == "What" else "right")
    for one in found["grants"]:
        mine = {part: [each for each in found[part] if _same(one, each)] for part in ("gains", "losses", "moved")}
        earlier = sum(each["since"] is None or (each["was"] or "9") > each["since"] for each in mine["moved"])
        now, then = (f"{count:,}" for count in one["holding"])
        changes = (len(mine["gains"]), len(mine["losses"]), earlier, len(mine["moved"]) - earlier)
        table.add_row(
            f"{one['grant']} {one['value']}", now, then, *(f"{count:,}" if count else "" for count in changes)
        )
    console.print(table)
    for part, sign, word in (("gains", "[green]+[/]", "gain"), ("losses", "[red]-[/]", "lose")):
        for grant in found["grants"]:
            some = [one for one in found[part] if _same(grant, one)]
            for one in some[:most]:
                who = shown(name_of(here, community, one["account"]))
                console.print(f"  {sign} {who}: {one['grant']} {one['value']}, since {(one['since'] or 'ever')[:10]}")
            if len(some) > most:
                console.print(f"      and {len(some) - most:,} more {word} {grant['grant']} {grant['value']} (--all)")
    _tell_cohorts(found)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["grant"], one["value"]) == (other["grant"], other["value"])


def _tell_cohorts(found: dict[str, Any]) -> None:
    """Say in which cohorts most would stand on another level."""
    weighed = []
    for one in found["cohorts"]:
        before, after = one["before"]["levels"], one["after"]["levels"]
        change = sum(max(0, after.get(level, 0) - before.get(level, 0)) for level in {*before, *after})
        weighed.append((change, one["cohort"], one["after"]["members"]))
    most = sorted((one for one in weighed if one[0]), reverse=True)[:_COHORTS]
    if most:
        told = ", ".join(f"{name}: {change:,} of {members:,}" for change, name, members in most)
        console.print(f"  On another level, by cohort: {shown(told)}")


def next_step(
    community: CommunityName,
    member: Who = None,
    rule: Annotated[str | None, typer.Argument(help="A rule of the charter. Left out: the next level's.")] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show a member's next step: further events that would lift her, of which none could be left out, and by when."""
    with opened(create=False) as here:
        community_of(here, community)
        account = account_of(here, community, member)
        found = here.standings.next_step(community, account, rule)
        who = {"member": here.book.member_id(community, account), "name": name_of(here, community, account)}
        if as_json:
            answer({**who, **(found or {"events": [], "total": 0, "reached": True})})
            return
    console.print(f"[bold]{shown(who['name'])}[/], member {who['member']}", soft_wrap=True)
    if found is None:
        console.print("  Nothing more is wanted: the rule is met." if rule else "  No level is above hers.")
        return
    _tell_step(found)


def _tell_step(found: dict[str, Any]) -> None:
    if found["reached"]:
        more = "events" if found["total"] != 1 else "event"
        console.print(
            f"  {found['total']:,} more {more} for {found['rule']}, reached by {found['ready_at'][:10]} at best:"
        )
    else:
        console.print(f"  For {found['rule']} no further events would do:")
    for event in found["events"]:
        fields = ", ".join(f"{name.replace('_', ' ')} {_one_of(value)}" for name, value in event["where"].items())
        console.print(
            f"    {event['count']:>3} x {_ACTS.get(event['fact'], event['fact'].replace('_', ' '))}"
            + (f" ({shown(fields)})" if fields else "")
        )
        for label in event["serves"]:
            console.print(f"          {shown(label)}", style="dim")
    if found["waits_until"]:
        console.print(f"    and time: not before {found['waits_until'][:10]}")
    for words in found["blocked"]:
        console.print(f"    in the way: {shown(words)}")


def _one_of(value: object) -> str:
    """Return a field's value, or the values of which it may be any."""
    if not isinstance(value, list):
        return str(value)
    *rest, last = map(str, value)
    return f"{', '.join(rest)} or {last}"
