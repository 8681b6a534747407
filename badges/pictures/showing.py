"""The picture of a badge, level or role: the one its charter brings along, else one drawn for it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from badges.errors import DesignError
from badges.pictures.colour import shades
from badges.pictures.design import design_of
from badges.pictures.image import badge_png, badge_svg
from badges.pictures.typesetting import pixels_of
from badges.pictures.uploaded import PIXELS, Picture, uploaded

if TYPE_CHECKING:
    from collections.abc import Mapping

PAINTED = (64, 96, 128, 192, 256, 384, 512, PIXELS, 768, 1_024)  # pixels; other sizes are scaled down from the next
SMALLEST, LARGEST = PAINTED[0], PAINTED[-1]  # that may be asked for


def picture_png(entry: Mapping[str, Any], size: int = PIXELS) -> bytes:
    """Return the picture as a PNG of `size` by `size` pixels (64 to 1,024); one brought along as PNG, as it is.

    Raises `DesignError`.
    """
    if not SMALLEST <= size <= LARGEST:
        raise DesignError(f"size: wanted {SMALLEST} to {LARGEST} pixels, got {size}")
    brought = _brought(entry)
    if brought and brought.kind == "png":
        return brought.content
    side = next(side for side in PAINTED if side >= size)
    painted = pixels_of(brought.content, side) if brought else badge_png(design_of(entry), side)
    return painted if side == size else _scaled(painted, size)


def picture_svg(entry: Mapping[str, Any]) -> bytes:
    """Return the picture as an SVG; around one brought along as PNG, an SVG that shows it. Raises `DesignError`."""
    brought = _brought(entry)
    if brought is None:
        return badge_svg(design_of(entry))
    return brought.drawing


def _scaled(painted: bytes, size: int) -> bytes:
    made = BytesIO()
    with Image.open(BytesIO(painted)) as whole:
        whole.resize((size, size), Image.Resampling.LANCZOS).save(made, "PNG")
    return made.getvalue()


def accent_of(entry: Mapping[str, Any]) -> str:
    """Return a dark colour `#rrggbb` that goes with the picture."""
    return shades(design_of(entry).colour).rim


def _brought(entry: Mapping[str, Any]) -> Picture | None:
    """Return the picture brought along, clean; None also for one that no charter could be published with."""
    try:
        return uploaded(entry)
    except DesignError:
        return None
