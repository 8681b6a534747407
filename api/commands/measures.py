"""Measures: how a community does, beside what its charter aims at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from api.commands.desk import (
    AsJson,
    AsOf,
    CommunityName,
    KnownAt,
    answer,
    community_of,
    console,
    instant,
    opened,
    shown,
)
from api.measuring.measures import measures_told
from projections import MOST_WEEKS, WEEKS

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_LISTED = 20


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(measures)


def measures(
    community: CommunityName,
    measure: Annotated[str | None, typer.Option(help="One of them alone, with all there is to it.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    weeks: Annotated[
        int, typer.Option(help="How many whole weeks of history are shown.", min=1, max=MOST_WEEKS)
    ] = WEEKS,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    r"""Show how a community does: each measure now, week by week, and beside what its charter aims at.

    \b
    guildbook measures makers                            all of them
    guildbook measures makers --measure weekly_active    one, with its definition and table
    guildbook measures makers --as-of 2026-03-01

    Weeks are whole ones, from Monday to Monday by the charter's clock. Targets stand in the charter:
    targets: {weekly_active: 30, poll_response: 40}.
    """
    with opened(create=False) as here:
        community_of(here, community)
        moments = {"as_of": instant(as_of, "--as-of"), "known_at": instant(known_at, "--known-at")}
        told = measures_told(here, community, measure, weeks=weeks, **moments)
    if as_json:
        answer(told)
    elif measure:
        _print_one(told["measures"][0])
    else:
        console.print(_table(told))


def _table(told: dict[str, Any]) -> Table:
    title = f"{told['community']}: {told['members']:,} members, {told['as_of'][:10]}"
    table = Table(title=shown(title), title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column, justify in (("Measure", "left"), ("Now", "right"), ("Of", "right"), ("Aim", "right"), ("", "left")):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.add_column("Weeks", no_wrap=True)
    for one in told["measures"]:
        aim = "" if one["target"] is None else _number(one["target"], one["unit"])
        met = {True: "[green]met[/]", False: "[yellow]not yet[/]", None: ""}[one["met"]]
        now = _number(one["value"], one["unit"])
        table.add_row(shown(one["name"]), now, f"{one['n']:,}", aim, met, sparkline(one["series"]))
    return table


def _print_one(one: dict[str, Any]) -> None:
    aim = "" if one["target"] is None else f", aim {_number(one['target'], one['unit'])}"
    console.print(f"[bold]{shown(one['name'])}[/]: {_number(one['value'], one['unit'])} of {one['n']:,}{aim}")
    console.print(shown(one["definition"]))
    if one["why_none"]:
        console.print(f"[dim]Nothing to tell: {shown(one['why_none'])}.[/]")
    if one["reference"]:
        console.print(f"[dim]{shown(one['reference']['words'])}.[/]")
    if any(point["value"] is not None for point in one["series"]):
        console.print(f"{sparkline(one['series'])}  {one['series'][0]['from']} to {one['series'][-1]['to']}")
    for part in one["parts"] or ():
        mark = {True: "[green]yes[/]", False: "[yellow]no[/]", None: "[dim]-[/]"}[part["met"]]
        console.print(f"  {mark} {shown(part['part'])}: {shown(part['name'])}. {shown(part['words'])}")
    if one["table"]:
        console.print(_cells(one["table"]))
    for person in (one["people"] or ())[:_LISTED]:
        console.print(f"  {shown(person['member'])}: {shown(person['words'])}", soft_wrap=True)
    if more := len(one["people"] or ()) - _LISTED:
        console.print(f"  and {more} more: --json shows them") if more > 0 else None


def _cells(told: dict[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, column in enumerate(told["columns"]):
        table.add_column(shown(column), justify="right" if number else "left")
    for row in told["rows"]:
        table.add_row(*(_cell(cell, unit) for cell, unit in zip(row, told["units"], strict=True)))
    return table


def _cell(cell: object, unit: str) -> str:
    return shown(str(cell)) if isinstance(cell, str) else _number(cell, unit)  # type: ignore[arg-type]


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "[dim]-[/]"
    if unit == "share":
        return f"{100 * value:.0f} %"
    return f"{value:,.1f} h" if unit == "hours" else f"{value:,.4g}"


def sparkline(series: Sequence[dict[str, Any]]) -> str:
    """Return a series as one line of bars, each as high as it is beside the highest; a space where there is nothing."""
    values = [point["value"] for point in series]
    highest = max((abs(value) for value in values if value is not None), default=0)
    return "".join(" " if value is None else _bar(value, highest) for value in values)


def _bar(value: float, highest: float) -> str:
    place = 0 if highest == 0 or value <= 0 else round(value / highest * (len(_BARS) - 1))
    return _BARS[place]
