"""Tables of a report, written in between its words: what stands between two marks is made anew by each run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are numbers and stand to the right."""
    rules = ["---", *("---:" for _ in heads[1:])]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, rules, *rows))


def replaced(report: Path, tables: Mapping[str, str]) -> None:
    """Put tables in their places in a report: between `<!-- table: NAME -->` and `<!-- end -->`.

    Raises `ValueError` where a table has no place. A report that is not there is left alone.
    """
    if not report.exists():
        return
    text = report.read_text(encoding="utf-8")
    for name, made in tables.items():
        between = re.compile(rf"(?<=<!-- table: {re.escape(name)} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        place = between.search(text)
        if place is None:
            raise ValueError(f"wanted a place for the table {name} in {report.name}, got none")
        text = f"{text[: place.start()]}{made}\n{text[place.end() :]}"
    report.write_text(text, encoding="utf-8")
