"""Looking things up: who stands where and why, what another charter would do."""

from __future__ import annotations

import time
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
    community_of,
    console,
    fail,
    instant,
    name_of,
    opened,
    shown,
)
from api.words.wording import words

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
    for command in (standing, explain):
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
        how = "given by hand" if one["by_hand"] else "earned"
        issued = f", issued {one['issued'][:10]}" if one["backfilled"] else ""
        halted = f", suspended since {one['suspended'][:10]}" if one["suspended"] else ""
        console.print(f"  badge {shown(one['name'])}, {how} {one['earned'][:10]}{issued}{halted}")
    step = told["progress"]
    if step:
        console.print(f"  next: {shown(step['level_name'])}, {step['percent']} % of the way")
        for words in step["missing"]:
            console.print(f"    {words}", markup=False)


def _verdict(here: Installation, verdict: dict[str, Any], own: Collection[str]) -> Tree:
    mark = "[green]met[/]" if verdict["met"] else "[yellow]not met[/]"
    since = f" since {verdict['since'][:10]}" if verdict["since"] else ""
    turns = f", turns {verdict['recheck_at'][:10]} by time alone" if verdict["recheck_at"] else ""
    held = ""
    if verdict["held"] != verdict["met"]:
        held = f"; held since {(verdict['held_since'] or 'ever')[:10]}" if verdict["held"] else "; not held"
    tree = Tree(f"[bold]{verdict['rule']}[/] {mark}{since}{held}{turns}")
    _branch(here, verdict["community"], tree, verdict["tree"], own)
    if verdict["keep"]:
        _branch(here, verdict["community"], tree.add("to keep it"), verdict["keep"], own)
    return tree


def _branch(
    here: Installation, community: str, tree: Tree, node: dict[str, Any], own: Collection[str], *, absent: bool = False
) -> None:
    """Add what a verdict found to a tree; of what must be `absent`, not to find it is well."""
    if "of" in node:
        under = tree if node["op"] == "all" else tree.add(_GROUPS[node["op"]])
        for below in node["of"]:
            _branch(here, community, under, below, own, absent=node["op"] == "none")
        return
    mark = "[green]+[/]" if node["met"] != absent else "[yellow]-[/]"
    leaf = tree.add(f"{mark} {shown(node['label'])}: {_found(node, absent=absent)}")
    facts = here.book.at(community, node["evidence"][-3:])
    for fact, clear in zip(reversed(facts), reversed(here.book.reveal(community, facts)), strict=True):
        what = clear.get("title") or clear.get("item") or clear.get("summary") or clear.get("comment") or ""
        leaf.add(f"[dim]{_day(fact.time)} {shown(words(fact, own))}{': ' if what else ''}{shown(what)}[/]")
    if node["evidence_count"] > len(facts):
        leaf.add(f"[dim]and {node['evidence_count'] - len(facts):,} more facts[/]")
    for one in node["not_counted"][:2]:
        leaf.add(f"[dim]not counted: fact {one['position']}: {shown(one['why'])}[/]")


def _found(node: dict[str, Any], *, absent: bool) -> str:
    """Return how much there is of what a condition asks."""
    if absent:
        return "found" if node["met"] else "none found"
    if node["measure"] == "holds" and not node["unit"]:
        return "held" if node["met"] else "not held"
    unit = f" {node['unit']}" if node["unit"] else ""
    most = "at most " if node["at_most"] else ""
    return f"{node['have']:,}{unit} of {most}{node['need']:,}"


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at // 1_000_000))
