"""Colours of generated badges: a palette by name, shades of it, and ink that can be read on it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from badges.errors import DesignError

READABLE = 4.5  # WCAG 2.2 "Contrast (Minimum)"

PALETTE = {
    "indigo": "#3f4a9e",
    "moss": "#4f7a3a",
    "ochre": "#b0741a",
    "plum": "#7a3b78",
    "teal": "#1c7a78",
    "rust": "#a8452c",
    "slate": "#46586b",
    "rose": "#b03a5f",
    "sky": "#2a76b0",
    "forest": "#1f6647",
    "wine": "#7d2438",
    "gold": "#e0b23c",
    "graphite": "#3a3a40",
    "sand": "#d9c39a",
    "violet": "#5f3fa8",
    "coral": "#c9543f",
}

_HEX = re.compile(r"#([0-9a-fA-F]{6})")
_WORD = re.compile(r"[a-z]{2,20}")


@dataclass(frozen=True, slots=True)
class Shades:
    """The colours of one badge, each `#rrggbb`: `top` fades into `bottom`; on both `ink` is read and `mark` seen."""

    top: str
    bottom: str
    rim: str
    line: str
    ink: str
    tail: str
    lettering: str
    mark: str
    paper: str = "#fdf8ec"
    fold: str = "#e6dcc3"


def shades(colour: str) -> Shades:
    """Return the shades of a palette name or `#rrggbb`. An unknown name gets a colour of the palette.

    Raises `DesignError` for text that is neither a name nor a colour.
    """
    base = _base(colour)
    spread = 0.16
    while True:
        top, bottom = mixed(base, "#ffffff", spread * 0.7), mixed(base, "#000000", spread)
        ink = max(("#ffffff", "#1d1a16"), key=lambda one: min(contrast(one, top), contrast(one, bottom)))
        if min(contrast(ink, top), contrast(ink, bottom)) >= READABLE or spread < 0.01:  # noqa: PLR2004  none left
            break
        spread -= 0.02
        base = mixed(base, "#000000" if ink == "#ffffff" else "#ffffff", 0.06)
    return Shades(
        top=top,
        bottom=bottom,
        rim=mixed(base, "#000000", 0.42),
        line=mixed(base, "#ffffff", 0.72),
        ink=ink,
        tail=mixed(base, "#000000", 0.55),
        lettering=mixed(base, "#000000", 0.7),
        mark=mixed(ink, base, 0.18),
    )


def mixed(one: str, other: str, share: float) -> str:
    """Return `one` with a `share` (0 to 1) of `other` mixed in."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2 "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _base(colour: str) -> str:
    if _HEX.fullmatch(colour):
        return colour.lower()
    if not _WORD.fullmatch(colour):
        raise DesignError(f"colour: wanted #rrggbb or a name such as indigo, got {ascii(colour)[:40]}")
    if colour in PALETTE:
        return PALETTE[colour]
    return list(PALETTE.values())[hashlib.sha256(colour.encode()).digest()[0] % len(PALETTE)]


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    """WCAG 2.2 "relative luminance"."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB
        for part in (value / 255 for value in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
