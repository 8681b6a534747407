"""A quarter's review on paper: what its page says, set as a PDF with tags, to be kept and to be read aloud."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import orjson

from api.measuring.plots import FEW
from api.words.rendering import day
from badges import document_of, printable
from schemas import Text, capital, counted, grouped, joined, marked, say, speaking, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from api.words.languages import Spoken

_TEMPLATE = "quarter.typ"
PLOTS: Final = say(
    "In the plots the level line is the charter\u2019s target. A dashed one is what others claim, without citation; "
    "nobody promises it. Hollow: n is below %(most)s, which says little.",
    most=FEW,
)


def paper(told: Mapping[str, Any], spoken: Spoken, *, at: int) -> bytes:
    """Return the PDF of a review, of its page's context, in a language; `at` (µs) is the time it bears.

    The same review gives the same bytes. Raises `DesignError` where no font at hand has some character.
    """
    source = files("api").joinpath("templates", _TEMPLATE).read_bytes()
    with speaking(spoken.texts):
        plots = {f"plot-{one['slug']}": one["plot"].printed() for one in told["headlines"] if one["plot"]}
        facts = _clean({**_facts(told), "language": spoken.language.partition("-")[0].lower(), "words": WORDS})
    return document_of(source, {"facts": orjson.dumps(facts).decode(), **plots}, at=at)


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    quarter = told["quarter"]["words"]
    happened = told["happened"]
    return {
        "title": say("%(name)s: %(words)s", name=told["name"], words=quarter),
        "community": told["name"],
        "quarter": capital(quarter),
        "plots": PLOTS,
        "known": say("As it was known on %(day)s. Nobody is named.", day=day(told["known_at"])),
        "members": counted(told["members"], "member.", "members."),
        "headlines": [*map(_headline, told["headlines"])],
        "rows": [[one["name"], one["value"] or "\u2013", one["before"], standing(one)] for one in told["rows"]],
        "cards": [{"name": one["name"], "parts": [*_lines(one["parts"])]} for one in told["cards"]],
        "moves": [[name, grouped(count)] for name, count in told["moves"]],
        "levels": [[one["name"], grouped(one["members"])] for one in happened["levels"]],
        "badges": [[one["name"], grouped(one["count"])] for one in happened["badges"]],
        "roles": [
            [one["name"], *(grouped(one[name]) for name in ("held", "begun", "ended", "ending", "overdue"))]
            for one in happened["roles"]
        ],
        "charters": [{"words": _published(one), "changes": one["changes"]} for one in told["changes"]],
        "alarms": [_alarm(one) for one in happened["alarms"]],
        "told": joined(", ", told["told"]),
        "stories": told["stories"],
    }


def _published(one: Mapping[str, Any]) -> Text:
    return say("Version %(version)s, published on %(day)s", version=one["version"], day=day(one["published"]))


def _alarm(one: Mapping[str, Any]) -> str:
    return _untyped(say("%(name)s: %(words)s", name=capital(one["of"]), words=one["words"]))


def _untyped(words: str | None) -> str:
    """Return words without the marks that a page shows what is typed by."""
    return tell(words or "").replace("`", "")


def _headline(one: Mapping[str, Any]) -> dict[str, Any]:
    number = () if one["n"] is None else (say("n %(count)s", count=grouped(one["n"])),)
    return {
        "slug": one["slug"],
        "name": one["name"],
        "why": _untyped(one["why"]),
        "value": one["value"] or "",
        "standing": joined(" \u00b7 ", (standing(one), *number)),
        "earlier": say("A quarter before: %(value)s", value=one["before"]),
        "says": one["plot"].says if one["plot"] else "",
    }


def standing(one: Mapping[str, Any]) -> str:
    """Return how a measure stands to its target, in words."""
    if one["target"] is None:
        return say("no target")
    aim = say(_AT_MOST if one["less"] else _TARGET, value=one["target"])
    if one["met"] is None:
        return aim
    return say(_MET if one["met"] else _NOT_MET, aim=aim)


_TARGET, _AT_MOST = marked("target %(value)s"), marked("target at most %(value)s")
_MET, _NOT_MET = marked("met: %(aim)s"), marked("not met: %(aim)s")


def _lines(parts: Iterable[Mapping[str, Any]]) -> Iterator[list[str]]:
    """Yield the lines of a scorecard: of which part each is, what it asks, whether it holds, and what there is."""
    for part in parts:
        for line in part["lines"]:
            yield [part["name"], line["name"], HOLDS[line["met"]], _untyped(line["words"])]


HOLDS: dict[bool | None, str] = {True: say("holds"), False: say("not yet"), None: say("not known")}
WORDS: Final = {
    "aims": say("What we aim at"),
    "parts": [say("Part"), say("What it asks"), say("Does it"), say("What there is")],
    "measures": say("All measures"),
    "measure": [say("Measure"), say("Now"), say("Before"), say("Target")],
    "moves": say("Who came and went"),
    "move": [say("What"), say("Members")],
    "recognised": say("Recognised"),
    "nobody": say("Nobody reached a level or earned a badge."),
    "level": [say("Level reached"), say("Members")],
    "badge": [say("Badge that stands"), say("Awarded")],
    "leading": say("Leading"),
    "no_roles": say("The charter has no leader roles."),
    "role": [
        say("Role"),
        say("Held at the end"),
        say("Terms begun"),
        say("Ended"),
        say("Ending next quarter"),
        say("Overdue"),
    ],
    "practice": say("What changed in practice"),
    "no_story": say("No story of change was told."),
    "charter": say("What changed in the charter"),
    "stopped": say("What had stopped"),
    "nothing": say("Nothing."),
}
"""What the paper says of itself: headings, and the heads of tables."""


def _clean(told: Any) -> Any:  # noqa: ANN401  JSON of any shape
    """Return it with every text as our fonts can set it."""
    if isinstance(told, str):
        return printable(tell(told))
    if isinstance(told, list):
        return [_clean(each) for each in told]
    return {name: _clean(value) for name, value in told.items()} if isinstance(told, dict) else told
