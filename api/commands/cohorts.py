"""Cohorts: how those of one stand beside those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.commands.desk import AsJson, AsOf, CommunityName, answer, community_of, console, instant, opened, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections import Charter

_SHOWN = 12


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cohorts)


def cohorts(
    community: CommunityName,
    as_of: AsOf = None,
    every: Annotated[bool, typer.Option("--all", help="Every quarter, not the last few.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Compare cohorts: how many members each has, how many are still active, at which level, ready, with badges.

    A cohort is granted by a rule (`grants: {cohort: ...}`), given by hand (an assignment of the kind `cohort`), or
    one of ours: `joined-2024q3` is everyone who joined, or first acted, in that quarter. Who is in one is listed by
    `guildbook standing COMMUNITY --cohort NAME`.
    """
    with opened(create=False) as here:
        community_of(here, community)
        told = here.standings.cohorts(community, as_of=instant(as_of, "--as-of"))
        charter = here.standings.charter(community)
    if as_json:
        answer(told)
        return
    ours = [one for one in told["cohorts"] if one["cohort"].startswith("joined-")]
    left_out = [] if every else ours[:-_SHOWN]
    rows = [{"cohort": "everyone", **told["everyone"]}, *(one for one in told["cohorts"] if one not in left_out)]
    console.print(_table(charter, rows))
    if left_out:
        console.print(f"and {len(left_out)} earlier quarters: --all shows them")


def _table(charter: Charter, rows: list[dict[str, Any]]) -> Table:
    levels = sorted({int(level) for one in rows for level in one["levels"]})
    table = Table(title=shown(charter.name), title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("Cohort", no_wrap=True)
    for column in ("Members", "Active", *(charter.level_name(level) for level in levels), "Ready", "Badges"):
        table.add_column(shown(column), justify="right")
    for one in rows:
        counts = (one["members"], one["active"], *(one["levels"].get(str(level), 0) for level in levels))
        table.add_row(shown(one["cohort"]), *map(_number, (*counts, _all(one["eligible"]), _all(one["badges"]))))
    return table


def _all(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _number(count: int) -> str:
    return f"{count:,}" if count else "[dim]-[/]"
