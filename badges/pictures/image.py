"""Badge images when nobody has a designer: drawn from shape, colour, symbol and name, as SVG and as PNG.

A PNG too small for the name to be read leaves it out and shows the symbol larger.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageChops, ImageDraw

from badges.errors import DesignError
from badges.pictures.colour import shades
from badges.pictures.lettering import FONTS, bold, clean, drawable, width
from badges.pictures.outline import CANVAS, MIDDLE, Point
from badges.pictures.scene import scene, smallest_line

if TYPE_CHECKING:
    from badges.pictures.colour import Shades
    from badges.pictures.design import Design

SMALLEST, LARGEST = 16, 2_048  # pixels
LEGIBLE = 9.0  # pixels of a letter's size; a name in smaller ones is left out

_SCALES = ((96, 8), (256, 4), (700, 3))  # up to so many pixels, paint this many times larger, then shrink


def badge_svg(design: Design) -> bytes:
    """Return the badge as SVG, scalable, without scripts or references. Raises `DesignError`."""
    colours, made = shades(design.colour), scene(design, lettered=True, painted=False)
    label = quoteattr(clean(design.name))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}"',
        f'role="img" aria-label={label}>',
        '<defs><linearGradient id="fill" x1="0" y1="0" x2="0" y2="1">',
        f'<stop offset="0" stop-color="{colours.top}"/><stop offset="1" stop-color="{colours.bottom}"/>',
        "</linearGradient>",
        f'<clipPath id="left"><rect width="{MIDDLE:g}" height="{CANVAS}"/></clipPath></defs>',
    ]
    parts += [_svg_shape(points, colour) for points, colour in made.shapes]
    parts.append(_svg_shape(made.body, "url(#fill)"))
    parts.append(_svg_shape(made.body, "#ffffff", ' fill-opacity="0.09" clip-path="url(#left)"'))
    parts += [_svg_shape(points, colour) for points, colour in made.over]
    parts += [_svg_words(*words) for words in made.words]
    return "\n".join([*parts, "</svg>\n"]).encode()


def badge_png(design: Design, size: int) -> bytes:
    """Return the badge as a PNG of `size` by `size` pixels (16 to 2,048). Raises `DesignError`."""
    if not SMALLEST <= size <= LARGEST:
        raise DesignError(f"size: wanted {SMALLEST} to {LARGEST} pixels, got {size}")
    lettered = smallest_line(design) * size / CANVAS >= LEGIBLE and drawable(clean(design.name))
    colours, made = shades(design.colour), scene(design, lettered=lettered, painted=True)
    factor = next((scale for up_to, scale in _SCALES if size <= up_to), 2)
    paint = _Painter(size * factor)
    for points, colour in made.shapes:
        paint.polygon(points, colour)
    paint.body(made.body, colours)
    for points, colour in made.over:
        paint.polygon(points, colour)
    for words in made.words:
        paint.words(*words)
    file = io.BytesIO()
    paint.image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


# --- SVG ------------------------------------------------------------------------------------------


def _svg_shape(points: list[Point], colour: str, more: str = "") -> str:
    path = "L".join(f"{x:.1f} {y:.1f}".replace(".0 ", " ").removesuffix(".0") for x, y in points)
    return f'<path d="M{path}Z" fill="{colour}"{more}/>'


def _svg_words(text: str, x: float, y: float, size: float, colour: str, widest: float) -> str:
    natural = width(text) * size
    fitted = (
        f' textLength="{min(natural, widest):.0f}" lengthAdjust="spacingAndGlyphs"' if natural > widest * 0.8 else ""
    )
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-family="{escape(FONTS)}" font-size="{size:.1f}" font-weight="700"'
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
        size *= min(1.0, widest / max(width(text) * size, 1))
        font = bold(max(round(size * self.scale), 1))
        self.draw.text((x * self.scale, y * self.scale), text, fill=colour, font=font, anchor="ms")
