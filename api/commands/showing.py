"""Looking things up: who stands where and why, who is ready to lead, what another charter would do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.tree import Tree

from api.commands.desk import (
    AsJson,
    AsOf,
    CommunityName,
    KnownAt,
    account_of,
    answer,
    bar,
    community_of,
    console,
    fail,
    instant,
    name_of,
    opened,
    shown,
)
from api.wording import words
from projections import simulate as simulated

if TYPE_CHECKING:
    from collections.abc import Collection

    from api.installation import Installation

Who = Annotated[
    str | None,
    typer.Argument(help="A member: her id, or platform:id as git:ada. Left out: who stands highest.", metavar="MEMBER"),
]
_SHOWN = 20
_GROUPS = {"any": "any of these", "none": "none of these", "some": "some of these"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (standing, explain, leaders, simulate):
        app.command()(command)


def standing(
    community: CommunityName,
    member: Annotated[str | None, typer.Argument(help="A member: her id, or platform:id. Left out: everyone.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cohort: Annotated[
        str | None, typer.Option(help="Only those in this cohort, as joined-2024q3.", metavar="COHORT")
    ] = None,
    most: Annotated[int, typer.Option(help="How many members to list.")] = _SHOWN,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show where members stand, or one of them; today, on another day, or as another day knew it."""
    with opened(create=False) as here:
        community_of(here, community)
        at, known = instant(as_of, "--as-of"), instant(known_at, "--known-at")
        if member is None:
            found = here.standings.members(community, as_of=at, cohort=cohort)[:most]
            if as_json:
                answer(here.outward(community, found))
            else:
                names = [name_of(here, community, one["account"]) for one in found]
                _table(here.standings.charter(community).name, found, names)
            return
        account = account_of(here, community, member)
        who = {"member": here.book.member_id(community, account), "name": name_of(here, community, account)}
        told = {**who, **here.standing(community, account, as_of=at, known_at=known)}
    if as_json:
        answer(told)
    else:
        _one(told)


def explain(
    community: CommunityName,
    member: Who = None,
    rule: Annotated[
        str | None, typer.Argument(help="A rule of the charter. Left out: her level's, and the next.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Explain a member's standing: every rule, how far it is met, the facts behind it, and what did not count."""
    with opened(create=False) as here:
        community_of(here, community)
        at, known = instant(as_of, "--as-of"), instant(known_at, "--known-at")
        account = account_of(here, community, member)
        rules = [rule] if rule else [one["rule"] for one in here.standings.charter(community).document["rules"]]
        verdicts = [here.standings.verdict(community, account, one, as_of=at, known_at=known) for one in rules]
        who = {"member": here.book.member_id(community, account), "name": name_of(here, community, account)}
        if as_json:
            answer({**who, "verdicts": verdicts})
            return
        console.print(f"[bold]{shown(who['name'])}[/] in {community}, member {who['member']}", soft_wrap=True)
        row = here.views.member(community, account)
        for verdict in verdicts:
            console.print(_verdict(here, verdict, row.accounts if row else ()))


def leaders(community: CommunityName, as_of: AsOf = None, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """List who is ready to lead, who leads, and whose term ends soon."""
    with opened(create=False) as here:
        community_of(here, community)
        found = here.standings.leaders(community, as_of=instant(as_of, "--as-of"))
        names = {one["account"]: name_of(here, community, one["account"]) for part in found.values() for one in part}
        if as_json:
            answer(here.outward(community, found))
            return
        titles = {"eligible": "Ready to lead", "holding": "Leading", "ending": "Term ends within 60 days"}
        for part, title in titles.items():
            table = Table(title=f"{title}: {len(found[part])}", title_justify="left", box=None, padding=(0, 2, 0, 0))
            for column in ("Who", "Role", "Since", *(("Ends",) if part == "ending" else ())):
                table.add_column(column)
            for one in found[part]:
                table.add_row(
                    shown(names[one["account"]]),
                    one["role"],
                    one["since"][:10],
                    *([one["ends"][:10]] if "ends" in one else []),
                )
            console.print(table)


def simulate(
    community: CommunityName,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A charter not published, YAML or JSON.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show who would gain and lose what if a charter were in force. Nothing is written."""
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            progress.add_task("Replaying the history", total=None)
            now = time.time_ns() // 1000
            found = simulated(here.book, community, file.read_text(encoding="utf-8"), at=now)
        if as_json:
            answer(here.outward(community, found))
            return
        console.print(f"Of {found['members']:,} members, {len(found['levels'])} would stand elsewhere.")
        for part in ("gains", "losses"):
            for one in found[part][:_SHOWN]:
                name = shown(name_of(here, community, one["account"]))
                sign = "[green]+[/]" if part == "gains" else "[red]-[/]"
                console.print(f"  {sign} {name}: {one['grant']} {one['value']} since {one['since'][:10]}")
            if len(found[part]) > _SHOWN:
                console.print(f"    ... and {len(found[part]) - _SHOWN} more {part}")


def _table(title: str, members: list[dict[str, Any]], names: list[str]) -> None:
    if not members:
        fail("nobody yet")
    table = Table(title=shown(title), title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("Who", "Level", "Since", "Acts", "Ready for", "Badges", "Last active"):
        table.add_column(column, justify="right" if column == "Acts" else "left")
    for one, name in zip(members, names, strict=True):
        since = (one["level_since"] or "")[:10]
        level = f"{one['level']} {one['level_name']}"
        ready, badges = ", ".join(one["eligible"]), str(len(one["badges"]))
        table.add_row(
            shown(name), shown(level), since, f"{one['acts']:,}", ready, badges, (one["last_active"] or "")[:10]
        )
    console.print(table)


def _one(told: dict[str, Any]) -> None:
    console.print(f"[bold]{shown(told['name'])}[/], member {told['member']}", soft_wrap=True)
    console.print(
        f"  {shown(told['level_name'])} (level {told['level']}) since {(told['level_since'] or 'never')[:10]}"
    )
    for one in told["eligible"]:
        console.print(f"  ready to be {one['role']} since {one['since'][:10]}")
    for role in told["roles"]:
        console.print(f"  holds the role {role}")
    for one in told["badges"]:
        console.print(f"  badge {shown(one['name'])}, earned {one['earned'][:10]}")
    step = told["progress"]
    if step:
        console.print(f"  next: {shown(step['level_name'])}, {step['percent']} % of the way")
        for words in step["missing"]:
            console.print(f"    {words}", markup=False)


def _verdict(here: Installation, verdict: dict[str, Any], own: Collection[str]) -> Tree:
    mark = "[green]met[/]" if verdict["met"] else "[yellow]not met[/]"
    since = f" since {verdict['since'][:10]}" if verdict["since"] else ""
    turns = f", turns {verdict['recheck_at'][:10]} by time alone" if verdict["recheck_at"] else ""
    tree = Tree(f"[bold]{verdict['rule']}[/] {mark}{since}{turns}")
    _branch(here, verdict["community"], tree, verdict["tree"], own)
    return tree


def _branch(here: Installation, community: str, tree: Tree, node: dict[str, Any], own: Collection[str]) -> None:
    if "of" in node:
        under = tree if node["op"] == "all" else tree.add(_GROUPS[node["op"]])
        for below in node["of"]:
            _branch(here, community, under, below, own)
        return
    mark = "[green]+[/]" if node["met"] else "[yellow]-[/]"
    unit = f" {node['unit']}" if node["unit"] else ""
    leaf = tree.add(f"{mark} {shown(node['label'])}: {node['have']:,}{unit} of {node['need']:,}")
    facts = here.book.at(community, node["evidence"][-3:])
    for fact, clear in zip(reversed(facts), reversed(here.book.reveal(community, facts)), strict=True):
        what = clear.get("title") or clear.get("item") or clear.get("summary") or clear.get("comment") or ""
        leaf.add(f"[dim]{_day(fact.time)} {shown(words(fact, own))}{': ' if what else ''}{shown(what)}[/]")
    if node["evidence_count"] > len(facts):
        leaf.add(f"[dim]and {node['evidence_count'] - len(facts):,} more facts[/]")
    for one in node["not_counted"][:2]:
        leaf.add(f"[dim]not counted: fact {one['position']}: {shown(one['why'])}[/]")


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at // 1_000_000))
