"""Alarms: what used to come, and stopped."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.padding import Padding

from api.commands.desk import AsJson, AsOf, answer, bar, community_of, console, instant, opened, shown
from api.watching.alarms import alarms_told

_NAMES = {
    "silent-source": "source fell silent",
    "never-heard": "never heard",
    "silent-kind": "kind of fact stopped",
    "silent-value": "value stopped",
    "silent-metric": "metric stopped",
    "dead-rule": "rule stopped",
    "refused-events": "events refused",
    "conflicting-events": "events conflict",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(alarms)


def alarms(
    community: Annotated[str | None, typer.Argument(help="A community. Left out: all of them.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Say what used to come and stopped: sources, kinds of facts, values that rules ask for, metrics, rules.

    A pause is held against how the same thing used to come: three times its usual pause (what nine in ten are not
    longer than), a quarter longer than the longest of the two years before, and never less than a week. Where a
    source may rest longer, say so in the charter: sources: [{source: ..., uri: ..., silent_after: 60d}].
    """
    with opened(create=False) as here:
        names = [community_of(here, community).slug] if community else [one.slug for one in here.book.communities()]
        at = instant(as_of, "--as-of")
        with bar() as progress:
            found = [alarms_told(here, name, at) for name in progress.track(names, description="Listening")]
    if as_json:
        answer(found[0] if community else found)
        return
    for told in found:
        _print(told)


def _print(told: dict[str, Any]) -> None:
    number = len(told["alarms"])
    words = f"{number} alarm{'' if number == 1 else 's'}" if number else "nothing that used to come has stopped"
    console.print(f"[bold]{told['community']}[/]: {words}")
    for one in told["alarms"]:
        since = f", since {one['since']}" if one["since"] else ""
        console.print(f"  [yellow]{_NAMES[one['alarm']]}[/]{since}")
        asking = ", ".join(one["rules"]) if one["alarm"] != "dead-rule" else ""
        causes = (f"Perhaps because {shown(cause)}." for cause in one["likely"])
        lines = [
            shown(one["words"]),
            *causes,
            f"Asked for by {asking}." if asking else "",
            f"[dim]{shown(one['advice'])}[/]",
        ]
        for line in filter(None, lines):
            console.print(Padding(line, (0, 0, 0, 4)))
