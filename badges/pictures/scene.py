"""A generated badge laid out on a canvas of 600 by 600: polygons and lettering, in the order of drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from badges.errors import DesignError
from badges.pictures import outline
from badges.pictures.colour import Shades, mixed, shades
from badges.pictures.lettering import CAP, broken, clean, drawable, width
from badges.pictures.outline import MIDDLE, Point

if TYPE_CHECKING:
    from badges.pictures.design import Design

_WIDEST = 250.0  # of a symbol
_TALLEST = 244.0  # its font size
_STARRED = 0.82  # of its size, a symbol above stars or between twigs


class Words(NamedTuple):
    """A line of lettering around x, on the baseline y."""

    text: str
    x: float
    y: float
    size: float
    colour: str
    widest: float


@dataclass(slots=True)
class Scene:
    """What to draw, in order."""

    shapes: list[tuple[list[Point], str]] = field(default_factory=list)  # behind
    body: list[Point] = field(default_factory=list)  # filled from `top` to `bottom`, its left half lighter
    over: list[tuple[list[Point], str]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


def scene(design: Design, *, lettered: bool, painted: bool) -> Scene:
    """Lay out a badge. `painted`: with our own font, so a symbol that it lacks becomes a star.

    Not `lettered`, it has no ribbon, and shows its symbol larger. Raises `DesignError`.
    """
    colours, made, edge = shades(design.colour), Scene(), outline.outline(design.shape)
    if design.shape == "rosette":
        ends = (colours.rim, mixed(colours.bottom, "#000000", 0.22))
        made.shapes += list(zip(outline.rosette_tails(), ends, strict=True))
    made.shapes += [(edge, colours.rim), (outline.scaled(edge, 0.945), colours.line)]
    made.body = outline.scaled(edge, 0.92)
    made.shapes.append((made.body, colours.bottom))
    symbol = _symbol(design.symbol, painted=painted)
    middle = (MIDDLE, (246.0 if lettered else 296.0) - (12 if design.shape == "shield" else 0))
    room = 1.0 if lettered else 1.3
    if design.shape == "book":
        _add_book(made, design, colours, symbol, middle, lettered=lettered)
    else:
        middle, room = _add_marks(made, design, colours, middle, room)
        _add_symbol(made, symbol, middle, room, colours.ink)
    if lettered:
        _add_ribbon(made, colours, clean(design.name))
    return made


def smallest_line(design: Design) -> float:
    """Return the font size of the name on the ribbon."""
    return _line_size(broken(clean(design.name)))


def _symbol(given: str, *, painted: bool) -> str:
    symbol = clean(given)
    if not 1 <= len(symbol) <= 3:  # noqa: PLR2004  more does not fit
        raise DesignError(f"symbol: wanted 1 to 3 characters, got {ascii(given)[:40]}")
    return "*" if symbol in {"*", "★", "☆"} or (painted and not drawable(symbol)) else symbol


def _add_marks(made: Scene, design: Design, colours: Shades, middle: Point, room: float) -> tuple[Point, float]:
    """Draw the stars of a level or the laurel of a role; return where the symbol goes then, and its size."""
    x, y = middle
    if design.leads:
        wide = min(room, 1.0 if design.shape == "shield" else 1.16)
        y -= 30 * (room - wide)
        made.over += [(leaf, colours.mark) for leaf in outline.laurel((x, y + 4 * wide), 154 * wide)]
        return (x, y), wide * _STARRED
    if design.level:
        y += 12 if design.shape == "shield" else 0
        made.over += [(mark, colours.mark) for mark in outline.insignia((x, y + 92 * room), design.level, room)]
        return (x, y - 44 * room), room * _STARRED
    return middle, room


def _add_book(made: Scene, design: Design, colours: Shades, symbol: str, middle: Point, *, lettered: bool) -> None:
    """Draw an open book with the symbol on a seal above its fold."""
    x, y = middle
    seal, size = (78.0, 372.0) if lettered else (110.0, 396.0)
    if design.level:
        y, seal, size = y + 22, seal * 0.9, size * 0.94
        made.over += [(mark, colours.mark) for mark in outline.insignia((x, y - size * 0.37), design.level, 0.86)]
    cover, pages, lines = outline.book((x, y + 34), size)
    made.over.append((cover, colours.rim))
    made.over += [(page, colours.paper if side else colours.fold) for side, page in enumerate(pages)]
    made.over += [(line, colours.line) for line in lines if lettered]
    if design.leads:
        made.over += [(leaf, colours.rim) for leaf in outline.laurel((x, y - 4), seal + 34)]
    made.over += [(_disc((x, y - 8), seal + 10), colours.paper), (_disc((x, y - 8), seal), colours.bottom)]
    _add_symbol(made, symbol, (x, y - 8), seal / 150, colours.ink)


def _disc(middle: Point, radius: float) -> list[Point]:
    around = outline.outline("circle")
    return [(middle[0] + (x - MIDDLE) * radius / 258, middle[1] + (y - MIDDLE) * radius / 258) for x, y in around]


def _add_symbol(made: Scene, symbol: str, middle: Point, factor: float, ink: str) -> None:
    x, y = middle
    if symbol == "*":
        made.over.append((outline.star((x, y + 6 * factor), 112 * factor), ink))
        return
    size = min(_TALLEST, _WIDEST / width(symbol)) * factor
    made.words.append(Words(symbol, x, y + CAP * size, size, ink, 276 * factor))


def _add_ribbon(made: Scene, colours: Shades, name: str) -> None:
    lines = broken(name)
    height = 84 if len(lines) == 1 else 112
    top = 436 - height / 2
    front, tails, folds = outline.ribbon(72, top, 528, height)
    made.over += [(tail, colours.fold) for tail in tails]
    made.over += [(fold, colours.tail) for fold in folds]
    made.over.append(([(x, y + 5) for x, y in front], colours.tail))
    made.over.append((front, colours.paper))
    size = _line_size(lines)
    for place, line in enumerate(lines):
        middle = top + height * (place + 1) / (len(lines) + 1) + (0 if len(lines) == 1 else (place - 0.5) * 10)
        made.words.append(Words(line, MIDDLE, middle + CAP * size, size, colours.lettering, 436))


def _line_size(lines: list[str]) -> float:
    return min(50.0 if len(lines) == 1 else 43.0, *(428 / max(width(line), 0.01) for line in lines))
