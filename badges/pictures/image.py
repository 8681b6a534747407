"""Badge images when nobody has a designer: drawn from shape, colour, symbol and name.

One scene of polygons and lettering, written as SVG and painted as PNG. Small PNGs (under 160 pixels)
leave the name out and show the symbol larger, since nobody could read it.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageChops, ImageDraw, ImageFont

from badges.errors import DesignError
from badges.pictures import outline
from badges.pictures.colour import PALETTE, Shades, shades
from badges.pictures.outline import CANVAS, MIDDLE, Point

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALLEST, LARGEST = 16, 2_048  # pixels
LETTERED = 160  # pixels from which on the name is drawn

_SCALES = ((96, 8), (256, 4), (700, 3))  # up to so many pixels, paint this many times larger, then shrink
_FONT = (
    "font-source-sans-pro",
    "font_source_sans_pro/files/SourceSansPro-Bold.ttf",
)  # package, and path in it
_FONTS = "'Source Sans Pro', 'Source Sans 3', 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
_CAP = 0.33  # of the font size: from the middle of capitals to their baseline
_LONGEST_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class Design:
    """A shape of `outline.SHAPES`, a palette name or `#rrggbb`, 1 to 3 characters, and the name in full."""

    shape: str
    colour: str
    symbol: str
    name: str


@dataclass(slots=True)
class _Scene:
    """What to draw, in order, on a canvas of 600 by 600."""

    shapes: list[tuple[list[Point], str]] = field(default_factory=list)  # behind
    body: list[Point] = field(default_factory=list)  # filled from `top` to `bottom`, its left half lighter
    over: list[tuple[list[Point], str]] = field(default_factory=list)
    words: list[tuple[str, float, float, float, str, float]] = field(default_factory=list)
    # each: text, middle x, baseline y, size, colour, widest


def design_of(charter_badge: Mapping[str, Any]) -> Design:
    """Return the design of a charter's badge; what it leaves out follows from its slug and name."""
    given = charter_badge.get("image") or {}
    digest = hashlib.sha256(str(charter_badge["badge"]).encode()).digest()
    name = str(charter_badge["name"])
    return Design(
        shape=given.get("shape") or outline.SHAPES[digest[0] % 5],
        colour=given.get("colour") or list(PALETTE)[digest[1] % len(PALETTE)],
        symbol=given.get("symbol") or "".join(word[0] for word in re.findall(r"\w+", name)[:2]).upper() or "*",
        name=name,
    )


def badge_svg(design: Design) -> bytes:
    """Return the badge as SVG, scalable, without scripts or references. Raises `DesignError`."""
    colours, scene = shades(design.colour), _scene(design, lettered=True, painted=False)
    label = quoteattr(_clean(design.name))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}"',
        f'role="img" aria-label={label}>',
        '<defs><linearGradient id="fill" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{colours.top}"/><stop offset="1" stop-color="{colours.bottom}"/>',
        "</linearGradient>",
        f'<clipPath id="left"><rect width="{MIDDLE:g}" height="{CANVAS}"/></clipPath></defs>',
    ]
    parts += [_svg_shape(points, colour) for points, colour in scene.shapes]
    parts.append(_svg_shape(scene.body, "url(#fill)"))
    parts.append(_svg_shape(scene.body, "#ffffff", ' fill-opacity="0.09" clip-path="url(#left)"'))
    parts += [_svg_shape(points, colour) for points, colour in scene.over]
    parts += [_svg_words(*words) for words in scene.words]
    return "\n".join([*parts, "</svg>\n"]).encode()


def badge_png(design: Design, size: int) -> bytes:
    """Return the badge as a PNG of `size` by `size` pixels (16 to 2,048). Raises `DesignError`."""
    if not SMALLEST <= size <= LARGEST:
        raise DesignError(f"size: wanted {SMALLEST} to {LARGEST} pixels, got {size}")
    lettered = size >= LETTERED and _drawable(_clean(design.name))
    colours, scene = shades(design.colour), _scene(design, lettered=lettered, painted=True)
    factor = next((scale for up_to, scale in _SCALES if size <= up_to), 2)
    paint = _Painter(size * factor)
    for points, colour in scene.shapes:
        paint.polygon(points, colour)
    paint.body(scene.body, colours)
    for points, colour in scene.over:
        paint.polygon(points, colour)
    for words in scene.words:
        paint.words(*words)
    file = io.BytesIO()
    paint.image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


# --- the scene ------------------------------------------------------------------------------------


def _scene(design: Design, *, lettered: bool, painted: bool) -> _Scene:
    """Lay out a badge. `painted`: with our own font, so a symbol that it lacks becomes a star."""
    colours, scene, edge = shades(design.colour), _Scene(), outline.outline(design.shape)
    symbol = _clean(design.symbol)
    if not 1 <= len(symbol) <= 3:  # noqa: PLR2004  more does not fit
        raise DesignError(f"symbol: wanted 1 to 3 characters, got {ascii(design.symbol)[:40]}")
    if symbol in {"*", "★", "☆"} or (painted and not _drawable(symbol)):
        symbol = "*"
    if design.shape == "rosette":
        scene.shapes += [
            (tail, colours.tail if side else colours.rim) for side, tail in enumerate(outline.rosette_tails())
        ]
    scene.shapes += [(edge, colours.rim), (outline.scaled(edge, 0.945), colours.line)]
    scene.body = outline.scaled(edge, 0.92)
    middle = (MIDDLE, (246.0 if lettered else 296.0) - (12 if design.shape == "shield" else 0))
    scene.shapes.append((scene.body, colours.bottom))
    if design.shape == "book":
        _add_book(scene, colours, symbol, middle)
    else:
        _add_symbol(scene, symbol, middle, 1.0 if lettered else 1.3, colours.ink)
    if lettered:
        _add_ribbon(scene, colours, _clean(design.name))
    return scene


def _add_book(scene: _Scene, colours: Shades, symbol: str, middle: Point) -> None:
    """Draw an open book with the symbol on a seal above its fold."""
    x, y = middle
    cover, pages, lines = outline.book((x, y + 34), 372)
    scene.over.append((cover, colours.rim))
    scene.over += [(page, colours.paper if side else colours.fold) for side, page in enumerate(pages)]
    scene.over += [(line, colours.line) for line in lines]
    scene.over += [(_disc((x, y - 8), 88), colours.paper), (_disc((x, y - 8), 78), colours.bottom)]
    _add_symbol(scene, symbol, (x, y - 8), 0.52, colours.ink)


def _disc(middle: Point, radius: float) -> list[Point]:
    return [
        (middle[0] + (px - MIDDLE) * radius / 258, middle[1] + (py - MIDDLE) * radius / 258)
        for px, py in outline.outline("circle")
    ]


def _add_symbol(scene: _Scene, symbol: str, middle: Point, factor: float, ink: str) -> None:
    x, y = middle
    if symbol == "*":
        scene.over.append((outline.star((x, y + 6 * factor), 112 * factor), ink))
        return
    size = {1: 244, 2: 190, 3: 142}[len(symbol)] * factor
    scene.words.append((symbol, x, y + _CAP * size, size, ink, 276 * factor))


def _add_ribbon(scene: _Scene, colours: Shades, name: str) -> None:
    lines = _broken(name)
    height = 84 if len(lines) == 1 else 112
    top = 436 - height / 2
    front, tails, folds = outline.ribbon(72, top, 528, height)
    scene.over += [(tail, colours.fold) for tail in tails]
    scene.over += [(fold, colours.tail) for fold in folds]
    scene.over.append(([(x, y + 5) for x, y in front], colours.tail))
    scene.over.append((front, colours.paper))
    size = min(50.0 if len(lines) == 1 else 43.0, *(428 / max(_width(line), 0.01) for line in lines))
    for place, line in enumerate(lines):
        middle = top + height * (place + 1) / (len(lines) + 1) + (0 if len(lines) == 1 else (place - 0.5) * 10)
        scene.words.append((line, MIDDLE, middle + _CAP * size, size, colours.lettering, 436))


def _broken(name: str) -> list[str]:
    """Return the name on one line, or on two as even as its words allow."""
    name = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
    words = name.split()
    if len(name) <= 16 or len(words) < 2:  # noqa: PLR2004  fits, or cannot be broken
        return [name]
    breaks = [[" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words))]
    return min(breaks, key=lambda lines: max(_width(line) for line in lines))


def _clean(text: str) -> str:
    """Return `text` in one line without control characters, which XML cannot carry."""
    normal = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in normal).split())


# --- lettering ------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    package, path = _FONT
    try:
        return ImageFont.truetype(str(distribution(package).locate_file(path)), size)
    except (PackageNotFoundError, OSError) as error:
        raise DesignError(f"wanted the font {path} of the package {package}, got {error}") from error


def _width(text: str) -> float:
    """Return the width of `text` in multiples of its font size."""
    return _font(100).getlength(text) / 100


@lru_cache(maxsize=512)
def _drawable(text: str) -> bool:
    """Tell whether the font has every character of `text`."""
    font = _font(40)
    missing = bytes(font.getmask("\U0010fffe"))
    return all(char == " " or bytes(font.getmask(char)) != missing for char in text)


# --- SVG ------------------------------------------------------------------------------------------


def _svg_shape(points: list[Point], colour: str, more: str = "") -> str:
    path = "L".join(f"{x:.1f} {y:.1f}".replace(".0 ", " ").removesuffix(".0") for x, y in points)
    return f'<path d="M{path}Z" fill="{colour}"{more}/>'


def _svg_words(text: str, x: float, y: float, size: float, colour: str, widest: float) -> str:
    natural = _width(text) * size
    fitted = (
        f' textLength="{min(natural, widest):.0f}" lengthAdjust="spacingAndGlyphs"' if natural > widest * 0.8 else ""
    )
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-family="{escape(_FONTS)}" font-size="{size:.1f}" font-weight="700"'
        f' text-anchor="middle" fill="{colour}"{fitted}>{escape(text)}</text>'
    )


# --- PNG ------------------------------------------------------------------------------------------


class _Painter:
    def __init__(self, pixels: int) -> None:
        self.scale = pixels / CANVAS
        self.image = Image.new("RGBA", (pixels, pixels), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[Point], colour: str) -> None:
        self.draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def body(self, points: list[Point], colours: Shades) -> None:
        """Fill from `top` to `bottom`, and lighten the left half."""
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon([(x * self.scale, y * self.scale) for x, y in points], fill=255)
        heights = [y * self.scale for _, y in points]
        first, last = int(min(heights)), int(max(heights)) + 1
        fade = Image.linear_gradient("L").resize((self.image.width, last - first))
        fill = Image.composite(
            Image.new("RGB", fade.size, colours.bottom), Image.new("RGB", fade.size, colours.top), fade
        )
        self.image.paste(fill, (0, first), mask.crop((0, first, self.image.width, last)))
        half = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(half).rectangle((0, 0, MIDDLE * self.scale, self.image.height), fill=23)  # 9 %
        self.image.paste("#ffffff", (0, 0), ImageChops.multiply(mask, half))

    def words(self, text: str, x: float, y: float, size: float, colour: str, widest: float) -> None:
        """Letter `text` around x on the baseline y, narrowed where it would be wider than `widest`."""
        size *= min(1.0, widest / max(_width(text) * size, 1))
        font = _font(max(round(size * self.scale), 1))
        self.draw.text((x * self.scale, y * self.scale), text, fill=colour, font=font, anchor="ms")
