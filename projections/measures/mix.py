"""The two ways by two in which people learn together: live or in their own time, alone or with others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from projections.measures.measure import Measure, Table, Value, share
from schemas import say

if TYPE_CHECKING:
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

Cell = tuple[str, str]  # mode, setting
_MODES = {"sync": say("Live"), "async": say("In one's own time")}
_SETTINGS = {"individual": say("Alone"), "collaborative": say("Together")}


def mix(scene: Scene, span: Span) -> Value:
    """Return the share of what was done outside the fullest of the four cells: 0 is all in one, 0.75 is even."""
    cells = cells_of(scene, span)
    whole = cells.total()
    return Value(share(whole - max(cells.values(), default=0), whole), whole)


def cells_of(scene: Scene, span: Span) -> Counter[Cell]:
    """Return how often members did something in each cell.

    A session is in the cell it was reported in; what it does not say, and where a work belongs, is said by the
    charter's activity of the same name as its series, format, space or kind. What nobody placed is not counted.
    """
    places = {one["activity"]: (one["mode"], one["setting"]) for one in scene.document.get("activities", ())}
    found: Counter[Cell] = Counter()
    for shape, number in Counter(act.shape for act in scene.acts(span)).items():
        cell = _cell(shape, places)
        if cell:
            found[cell] += number
    return found


def _cell(shape: Shape, places: dict[str, Cell]) -> Cell | None:
    words = shape.words
    names = ("series", "format") if shape.kind == "attendance" else ("space", "kind")
    if shape.kind not in ("attendance", "contribution"):
        return None
    place = next((places[words[name]] for name in names if words.get(name) in places), None)
    if shape.kind == "contribution":
        return place
    mode, setting = words["mode"], words.get("setting") or (place and place[1])
    return (mode, setting) if setting else None


def _grid(scene: Scene, span: Span) -> Table:
    cells = cells_of(scene, span)
    rows: list[list[object]] = [
        [words, *(cells[mode, setting] for setting in _SETTINGS)] for mode, words in _MODES.items()
    ]
    return Table((("", "text"), *((words, "count") for words in _SETTINGS.values())), rows)


MEASURES = (
    Measure(
        slug="mix",
        name=say("Ways of taking part"),
        definition=say(
            "Of what was done live or in one's own time, alone or together, the share outside the fullest of "
            "these four: 0 %% is all in one of them, 75 %% is even."
        ),
        unit="share",
        weeks=13,
        of=mix,
        why_none=say("nothing recorded says how it was done"),
        table=_grid,
    ),
)
