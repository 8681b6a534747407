"""The picture of a badge, level or role: the one its charter brings along, else one drawn for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.errors import DesignError
from badges.pictures.colour import shades
from badges.pictures.design import design_of
from badges.pictures.image import badge_png, badge_svg
from badges.pictures.typesetting import pixels_of
from badges.pictures.uploaded import PIXELS, Picture, uploaded

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = (64, 96, 128, 192, 256, 384, 512, PIXELS, 768, 1_024)  # pixels that pictures are painted in
SMALLEST, LARGEST = SIZES[0], SIZES[-1]  # that may be asked for


def picture_png(entry: Mapping[str, Any], size: int = PIXELS) -> bytes:
    """Return the picture as a square PNG of `size` pixels a side (64 to 1,024), or of the next of `SIZES` above it.

    One brought along as PNG is shown as it is. Raises `DesignError`.
    """
    if not SMALLEST <= size <= LARGEST:
        raise DesignError(f"size: wanted {SMALLEST} to {LARGEST} pixels, got {size}")
    side, brought = next(side for side in SIZES if side >= size), _brought(entry)
    if brought is None:
        return badge_png(design_of(entry), side)
    return brought.content if brought.kind == "png" else pixels_of(brought.content, side)


def picture_svg(entry: Mapping[str, Any]) -> bytes:
    """Return the picture as an SVG; around one brought along as PNG, an SVG that shows it. Raises `DesignError`."""
    brought = _brought(entry)
    if brought is None:
        return badge_svg(design_of(entry))
    return brought.drawing


def accent_of(entry: Mapping[str, Any]) -> str:
    """Return a dark colour `#rrggbb` that goes with the picture."""
    return shades(design_of(entry).colour).rim


def _brought(entry: Mapping[str, Any]) -> Picture | None:
    """Return the picture brought along, clean; None also for one that no charter could be published with."""
    try:
        return uploaded(entry)
    except DesignError:
        return None
