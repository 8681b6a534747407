"""Badge images when nobody has a designer: drawn from shape, colour, symbol and name, as SVG and as PNG.

A PNG too small for the name to be read leaves it out and shows the symbol larger.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from badges.errors import DesignError
from badges.pictures.colour import shades
from badges.pictures.lettering import FONTS, clean, drawable, width
from badges.pictures.outline import CANVAS, MIDDLE, Point
from badges.pictures.scene import scene, smallest_line
from badges.pictures.typesetting import pixels_of

if TYPE_CHECKING:
    from badges.pictures.design import Design

SMALLEST, LARGEST = 16, 2_048  # pixels
LEGIBLE = 9.0  # pixels of a letter's size; a name in smaller ones is left out


def badge_svg(design: Design) -> bytes:
    """Return the badge as SVG, scalable, without scripts or references. Raises `DesignError`."""
    return _written(design, lettered=True, painted=False)


def badge_png(design: Design, size: int) -> bytes:
    """Return the badge as a PNG of `size` by `size` pixels (16 to 2,048). Raises `DesignError`."""
    if not SMALLEST <= size <= LARGEST:
        raise DesignError(f"size: wanted {SMALLEST} to {LARGEST} pixels, got {size}")
    lettered = smallest_line(design) * size / CANVAS >= LEGIBLE and drawable(clean(design.name))
    return pixels_of(_written(design, lettered=lettered, painted=True), size)


@lru_cache(maxsize=512)
def _written(design: Design, *, lettered: bool, painted: bool) -> bytes:
    made = scene(design, lettered=lettered, painted=painted)
    colours, label = shades(design.colour), quoteattr(clean(design.name))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}"',
        f'role="img" aria-label={label}>',
        '<defs><linearGradient id="fill" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{colours.top}"/><stop offset="1" stop-color="{colours.bottom}"/>',
        "</linearGradient>",
        f'<clipPath id="left"><rect width="{MIDDLE:g}" height="{CANVAS}"/></clipPath></defs>',
    ]
    parts += [_shape(points, colour) for points, colour in made.shapes]
    parts.append(_shape(made.body, "url(#fill)"))
    parts.append(_shape(made.body, "#ffffff", ' fill-opacity="0.09" clip-path="url(#left)"'))
    parts += [_shape(points, colour) for points, colour in made.over]
    parts += [_words(*words) for words in made.words]
    return "\n".join([*parts, "</svg>\n"]).encode()


def _shape(points: list[Point], colour: str, more: str = "") -> str:
    path = "L".join(f"{x:.1f} {y:.1f}".replace(".0 ", " ").removesuffix(".0") for x, y in points)
    return f'<path d="M{path}Z" fill="{colour}"{more}/>'


def _words(text: str, x: float, y: float, size: float, colour: str, widest: float) -> str:
    natural = width(text) * size
    fitted = (
        f' textLength="{min(natural, widest):.0f}" lengthAdjust="spacingAndGlyphs"' if natural > widest * 0.8 else ""
    )
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-family="{escape(FONTS)}" font-size="{size:.1f}" font-weight="700"'
        f' text-anchor="middle" fill="{colour}"{fitted}>{escape(text)}</text>'
    )
