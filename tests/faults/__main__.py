"""`python -m tests.faults [WORDS]`: play every fault for long, or those whose name has one of the words."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.outcome import HEADINGS, Outcome, markdown
from tests.faults.scenarios import SCENARIOS, Ground, Scenario, ground
from tests.faults.yard import MissingToolError
from tests.postgres import NoPostgresError

KEPT = Path(__file__).resolve().parents[2] / "bench" / "faults.json"


def main(words: list[str]) -> int:
    """Play, show, keep what was seen where nothing was left out; return 1 where something was not as promised."""
    console = Console()
    chosen = [each for each in SCENARIOS if not words or any(word in each.name for word in words)]
    with ground() as at:
        outcomes = [outcome for each in chosen if (outcome := _played(at, each, console))]
    console.print(_table(outcomes))
    print(markdown(outcomes))
    if not words:
        KEPT.write_text(json.dumps([each.kept() for each in outcomes], indent=2) + "\n", encoding="utf-8")
    return int(any(each.complaints for each in outcomes))


def _played(at: Ground, scenario: Scenario, console: Console) -> Outcome | None:
    """Play one for long; say in a line what came of it, or why it cannot be played here."""
    began = time.monotonic()
    try:
        outcome = scenario.played(at, scenario.long)
    except (MissingToolError, NoPostgresError) as error:
        console.print(f"not played: {scenario.name}: {error}", markup=False, soft_wrap=True)
        return None
    words = "as promised" if not outcome.complaints else "NOT as promised"
    console.print(f"{scenario.name}: {words}, {time.monotonic() - began:.0f} s {outcome.remark}", markup=False)
    for complaint in outcome.told():
        console.print(f"    {complaint}", markup=False, soft_wrap=True)
    return outcome


def _table(outcomes: list[Outcome]) -> Table:
    shown = Table(title="Faults, and what became of every acknowledged event")
    for number, heading in enumerate(HEADINGS):
        shown.add_column(heading, justify="right" if number else "left")
    for each in outcomes:
        shown.add_row(*each.row(), style="yellow" if each.complaints else "")
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
