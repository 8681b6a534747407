"""A quarter's review on paper: what its page says, set as a PDF with tags, to be kept and to be read aloud."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import orjson

from api.measuring.plots import FEW
from api.rendering import day
from badges import document_of, printable
from schemas import counted, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TEMPLATE = "quarter.typ"
PLOTS: Final = say(
    "In the plots the level line is the charter\u2019s target. A dashed one is what others claim, without citation; "
    "nobody promises it. Hollow: n is below %(most)s, which says little.",
    most=FEW,
)


def paper(told: Mapping[str, Any], *, at: int) -> bytes:
    """Return the PDF of a review, of its page's context; `at` (µs) is the time it bears.

    The same review gives the same bytes. Raises `DesignError` where no font at hand has some character.
    """
    source = files("api").joinpath("templates", _TEMPLATE).read_bytes()
    plots = {f"plot-{one['slug']}": one["plot"].printed() for one in told["headlines"] if one["plot"]}
    return document_of(source, {"facts": orjson.dumps(_clean(_facts(told))).decode(), **plots}, at=at)


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    quarter = told["quarter"]["words"]
    happened = told["happened"]
    return {
        "title": f"{told['name']}: {quarter}",
        "community": told["name"],
        "quarter": quarter[0].upper() + quarter[1:],
        "plots": PLOTS,
        "known": f"As it was known on {day(told['known_at'])}. Nobody is named.",
        "members": counted(told["members"], "member", "members"),
        "headlines": [*map(_headline, told["headlines"])],
        "rows": [[one["name"], one["value"] or "\u2013", one["before"], standing(one)] for one in told["rows"]],
        "cards": [{"name": one["name"], "parts": [*_lines(one["parts"])]} for one in told["cards"]],
        "moves": [[name, f"{count:,}"] for name, count in told["moves"]],
        "levels": [[one["name"], f"{one['members']:,}"] for one in happened["levels"]],
        "badges": [[one["name"], f"{one['count']:,}"] for one in happened["badges"]],
        "roles": [
            [one["name"], *(f"{one[name]:,}" for name in ("held", "begun", "ended", "ending", "overdue"))]
            for one in happened["roles"]
        ],
        "charters": [
            {"words": f"Version {one['version']}, published on {day(one['published'])}", "changes": one["changes"]}
            for one in told["changes"]
        ],
        "alarms": [f"{one['of'][0].upper()}{one['of'][1:]}: {one['words']}" for one in happened["alarms"]],
        "told": told["told"],
        "stories": told["stories"],
    }


def _headline(one: Mapping[str, Any]) -> dict[str, Any]:
    of = "" if one["n"] is None else f" \u00b7 n {one['n']:,}"
    return {
        **{name: one[name] for name in ("slug", "name", "why", "before")},
        "value": one["value"] or "",
        "standing": f"{standing(one)}{of}",
        "says": one["plot"].says if one["plot"] else "",
    }


def standing(one: Mapping[str, Any]) -> str:
    """Return how a measure stands to its target, in words."""
    if one["target"] is None:
        return "no target"
    aim = f"target {'at most ' if one['less'] else ''}{one['target']}"
    return aim if one["met"] is None else f"{'met' if one['met'] else 'not met'}: {aim}"


def _lines(parts: Iterable[Mapping[str, Any]]) -> Iterator[list[str]]:
    """Yield the lines of a scorecard: of which part each is, what it asks, whether it holds, and what there is."""
    for part in parts:
        for line in part["lines"]:
            yield [part["name"], line["name"], HOLDS[line["met"]], line["words"].replace("`", "")]


HOLDS: dict[bool | None, str] = {True: "holds", False: "not yet", None: "not known"}


def _clean(told: Any) -> Any:  # noqa: ANN401  JSON of any shape
    """Return it with every text as our fonts can set it."""
    if isinstance(told, str):
        return printable(told)
    if isinstance(told, list):
        return [_clean(each) for each in told]
    return {name: _clean(value) for name, value in told.items()} if isinstance(told, dict) else told
