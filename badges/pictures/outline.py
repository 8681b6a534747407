"""Outlines of generated badges as polygons on a canvas of 600 by 600, fine enough to look round."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from badges.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterable

Point = tuple[float, float]

CANVAS = 600
MIDDLE = CANVAS / 2
SHAPES = ("shield", "hexagon", "circle", "rosette", "book", "star")


def outline(shape: str) -> list[Point]:
    """Return the outer edge of a badge of that shape. Raises `DesignError` for an unknown one."""
    match shape:
        case "shield":
            return _shield()
        case "hexagon":
            return rounded(_ring(6, 272, turn=-90), 34)
        case "circle" | "book":
            return _ring(144, 258)
        case "rosette":
            return [_polar(252 + 16 * math.cos(math.radians(18 * angle)), angle) for angle in range(0, 360, 1)]
        case "star":
            return rounded([_polar(290 if turn % 2 == 0 else 212, turn * 22.5 - 90) for turn in range(16)], 18)
    raise DesignError(f"shape: wanted one of {', '.join(SHAPES)}, got {ascii(shape)[:40]}")


def scaled(points: Iterable[Point], factor: float, about: Point = (MIDDLE, MIDDLE)) -> list[Point]:
    """Return `points` drawn towards `about`."""
    return [(about[0] + (x - about[0]) * factor, about[1] + (y - about[1]) * factor) for x, y in points]


def ribbon(
    left: float, top: float, right: float, height: float
) -> tuple[list[Point], list[list[Point]], list[list[Point]]]:
    """Return a ribbon: its front, its two tails, and the two folds between them."""
    depth, tail, drop = 28.0, 62.0, height * 0.26
    front = [(left, top), (right, top), (right, top + height), (left, top + height)]
    tails, folds = [], []
    for edge, side in ((left, -1), (right, 1)):
        inner, outer = edge - side * tail * 0.55, edge + side * tail
        tails.append(
            [
                (inner, top + drop),
                (outer, top + drop),
                (outer - side * depth, top + drop + height / 2),
                (outer, top + drop + height),
                (inner, top + drop + height),
            ]
        )
        folds.append([(edge, top + height), (inner, top + height), (inner, top + drop + height)])
    return front, tails, folds


def rosette_tails() -> list[list[Point]]:
    """Return the two ends of cloth that hang below a rosette."""
    tails = []
    for side in (-1, 1):
        tilt = [(40.0, 330.0), (168.0, 330.0), (206.0, 590.0), (142.0, 556.0), (84.0, 596.0)]
        tails.append([(MIDDLE + side * x, y) for x, y in tilt])
    return tails


def book(middle: Point, width: float) -> tuple[list[Point], list[list[Point]], list[list[Point]]]:
    """Return an open book: its cover, its two pages, and lines of writing on them (as thin boxes)."""
    height, x, y = width * 0.62, *middle
    pages, lines = [], []
    for side in (-1, 1):
        top = _curve(
            (x, y - height * 0.40),
            (x + side * width * 0.2, y - height * 0.62),
            (x + side * width * 0.5, y - height * 0.46),
        )
        low = _curve(
            (x + side * width * 0.5, y + height * 0.36),
            (x + side * width * 0.2, y + height * 0.2),
            (x, y + height * 0.42),
        )
        pages.append([*top, *low])
        for row, reach in enumerate((0.42, 0.42, 0.42, 0.28)):
            rise = height * (-0.26 + row * 0.155)
            near, far = x + side * width * 0.075, x + side * width * reach
            lines.append(
                [
                    (near, y + rise),
                    (far, y + rise - height * 0.045),
                    (far, y + rise),
                    (near, y + rise + height * 0.045),
                ]
            )
    edge = width * 0.035
    cover = [
        (x - width / 2 - edge, y - height * 0.40),
        (x - width / 2 - edge, y + height * 0.46),
        (x, y + height * 0.50),
        (x + width / 2 + edge, y + height * 0.46),
        (x + width / 2 + edge, y - height * 0.40),
    ]
    return cover, pages, lines


def star(middle: Point, radius: float, points: int = 5) -> list[Point]:
    """Return a pointed star."""
    return [
        (
            middle[0] + (radius if turn % 2 == 0 else radius * 0.42) * math.cos(math.radians(turn * 180 / points - 90)),
            middle[1] + (radius if turn % 2 == 0 else radius * 0.42) * math.sin(math.radians(turn * 180 / points - 90)),
        )
        for turn in range(2 * points)
    ]


def insignia(middle: Point, level: int, size: float) -> list[list[Point]]:
    """Return the marks of a level around a point: a star for each one, a stripe below them for each five."""
    fives, ones = divmod(level, 5)
    size *= min(1.0, 1.12 - 0.18 * fives)
    x, radius, high = middle[0], 28 * size, 14 * size
    top = middle[1] - ((2 * radius if ones else 0) + fives * high * 1.6) / 2
    marks = []
    for place in range(ones):
        off = place - (ones - 1) / 2
        marks.append(star((x + off * radius * 2.15, top + radius * (1.08 - abs(off) * 0.16)), radius))
    top += 2 * radius + high * 0.3 if ones else 0
    for stripe in range(fives):
        low, half = top + stripe * high * 1.6, (82 - stripe * 11) * size
        corners = ((-half, low), (half, low), (half - high / 2, low + high), (high / 2 - half, low + high))
        marks.append([(x + off, y) for off, y in corners])
    return marks


def laurel(middle: Point, radius: float) -> list[list[Point]]:
    """Return two twigs of laurel that rise around a point, left and right: stems and leaves."""
    size, parts = radius / 150, []
    for side in (-1, 1):
        stem = [_around(middle, radius - 2.5 * size, angle, side) for angle in range(84, -36, -4)]
        stem += [_around(middle, radius + 2.5 * size, angle, side) for angle in range(-36, 84, 4)]
        parts.append(stem)
        for place in range(7):
            angle = 74 - place * 18
            foot = _around(middle, radius, angle, side)
            parts += [_leaf(foot, angle - 90 + lean, side, 46 * size) for lean in (-34, 30)]
    return parts


def _around(middle: Point, radius: float, degrees: float, side: int) -> Point:
    turn = math.radians(degrees)
    return middle[0] + side * radius * math.cos(turn), middle[1] + radius * math.sin(turn)


def _leaf(foot: Point, degrees: float, side: int, length: float) -> list[Point]:
    tip = _around(foot, length, degrees, side)
    left, right = (_around(foot, length * 0.56, degrees + bend, side) for bend in (-38, 38))
    return [*_curve(foot, left, tip, 6), *_curve(tip, right, foot, 6)[1:-1]]


def rounded(corners: list[Point], radius: float) -> list[Point]:
    """Return a polygon with its corners cut round."""
    points = []
    for place, corner in enumerate(corners):
        before, after = corners[place - 1], corners[(place + 1) % len(corners)]
        points += _curve(_towards(corner, before, radius), corner, _towards(corner, after, radius))
    return points


def _towards(start: Point, end: Point, length: float) -> Point:
    distance = math.hypot(end[0] - start[0], end[1] - start[1])
    share = min(length / distance, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _polar(radius: float, degrees: float) -> Point:
    return MIDDLE + radius * math.cos(math.radians(degrees)), MIDDLE + radius * math.sin(math.radians(degrees))


def _ring(sides: int, radius: float, turn: float = 0.0) -> list[Point]:
    return [_polar(radius, turn + 360 * side / sides) for side in range(sides)]


def _curve(start: Point, control: Point, end: Point, steps: int = 16) -> list[Point]:
    """Return points of a quadratic curve."""
    points = []
    for step in range(steps + 1):
        t = step / steps
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        points.append(
            (
                sum(w * p[0] for w, p in zip(weights, (start, control, end), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (start, control, end), strict=True)),
            )
        )
    return points


def _shield() -> list[Point]:
    right = [
        *_curve((300, 34), (392, 84), (512, 78), 12),
        *_curve((512, 78), (530, 250), (486, 372), 16),
        *_curve((486, 372), (436, 500), (300, 578), 16),
    ]
    return [*right, *((CANVAS - x, y) for x, y in reversed(right[1:-1]))]
