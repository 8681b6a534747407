"""Pictures that a charter brings along, as `data:` URIs: checked, cleaned, and only then shown to anybody.

An SVG keeps what draws (py-svg-hush: known elements and attributes, no scripts, no links, nothing from elsewhere). A
PNG keeps the chunks that say what it looks like; its pixels are not decoded here. What was clean stays as it is, byte
for byte, so to clean again on the way out harms nothing.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from py_svg_hush import filter_svg

from badges.errors import BakingError, DesignError
from badges.pictures.chunks import PNG_SIGNATURE, chunks
from badges.pictures.design import PARTS, design_of, pictured
from badges.pictures.scene import scene
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

PIXELS = 600  # of a picture, if nobody asks for another size
LARGEST_PICTURE = 262_144  # bytes, 256 KiB, decoded
LARGEST_TOGETHER = 1_048_576  # bytes, 1 MiB, of all pictures of a charter
SMALLEST_SIDE, LARGEST_SIDE = 64, 2_048  # pixels of a PNG
LONGEST_SIDE = 1.25  # of a PNG, in multiples of the other

_URI = re.compile(r"data:(image/svg\+xml|image/png);base64,([A-Za-z0-9+/]*={0,2})")
_SVG = "http://www.w3.org/2000/svg"
_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
_DRAWING = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"}
_BRINGING = {"image", "feimage", "foreignobject", "script", "set", "animate", "animatemotion", "animatetransform"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean picture."""

    kind: Literal["svg", "png"]
    content: bytes

    @property
    def uri(self) -> str:
        """The picture as a `data:` URI."""
        media = "image/svg+xml" if self.kind == "svg" else "image/png"
        return f"data:{media};base64,{b64encode(self.content).decode()}"

    @property
    def drawing(self) -> bytes:
        """The picture as SVG; around a PNG, an SVG that shows it."""
        if self.kind == "svg":
            return self.content
        opening = f'<svg xmlns="{_SVG}" viewBox="0 0 {PIXELS} {PIXELS}">'
        return f'{opening}<image width="{PIXELS}" height="{PIXELS}" href="{self.uri}"/></svg>\n'.encode()


def uploaded(entry: Mapping[str, Any]) -> Picture | None:
    """Return the clean picture that an entry of a charter brings along, or None. Raises `DesignError`."""
    data = (entry.get("image") or {}).get("data")
    return None if data is None else read_picture(data)


@lru_cache(maxsize=64)
def read_picture(uri: str) -> Picture:
    """Return the picture of a `data:` URI, cleaned. Raises `DesignError` where it is none that can be shown."""
    found = _URI.fullmatch(uri)
    if found is None:
        wanted = "wanted data:image/svg+xml;base64,... or data:image/png;base64,..."
        raise DesignError(f"{wanted}, got {uri[:40]!a}")
    try:
        raw = b64decode(found.group(2), validate=True)
    except binascii.Error as error:
        raise DesignError(f"wanted base64, got text that is none: {error}") from error
    return picture(raw)


def picture(raw: bytes) -> Picture:
    """Return the picture in a file, cleaned: an SVG or a PNG. Raises `DesignError`."""
    if len(raw) > LARGEST_PICTURE:
        raise DesignError(f"wanted a picture of at most {LARGEST_PICTURE:,} bytes, got {len(raw):,}")
    return Picture("png", _clean_png(raw)) if raw.startswith(PNG_SIGNATURE) else Picture("svg", _clean_svg(raw))


def cleaned(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Return a charter's document with its pictures cleaned, and what is wrong with those that cannot be shown.

    Those that are to be drawn are looked at, too.
    """
    made, faults, together = dict(document), list(_undrawn(document)), 0
    for pointer, uri in pictures_in(document):
        try:
            found = read_picture(uri)
        except DesignError as error:
            faults.append(Fault(pointer, str(error)))
            continue
        together += len(found.content)
        if together > LARGEST_TOGETHER:
            faults.append(Fault(pointer, f"wanted pictures of at most {LARGEST_TOGETHER:,} bytes together, got more"))
        _, part, number, *keys = pointer.split("/")
        made[part] = [_with(one, keys, found.uri) if n == int(number) else one for n, one in enumerate(made[part])]
    return made, faults


def _undrawn(document: Mapping[str, Any]) -> Iterator[Fault]:
    for kind, part in PARTS.items():
        for number, entry in enumerate(document.get(part, ())):
            try:
                scene(design_of(pictured(document, kind, str(entry[kind]))), lettered=True, painted=False)
            except DesignError as error:
                yield Fault(f"/{part}/{number}/image", str(error))


def pictures_in(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Walk over the pictures that a charter's document brings along: the JSON pointer and the `data:` URI of each."""
    for part in PARTS.values():
        for number, entry in enumerate(document.get(part, ())):
            for above, one in (("", entry), ("/credential", entry.get("credential", {}))):
                if uri := one.get("image", {}).get("data"):
                    yield f"/{part}/{number}{above}/image/data", uri


def _with(entry: Mapping[str, Any], keys: Sequence[str], value: str) -> dict[str, Any]:
    inner = _with(entry[keys[0]], keys[1:], value) if len(keys) > 1 else value
    return {**entry, keys[0]: inner}


# SVG


def _clean_svg(raw: bytes) -> bytes:
    try:
        brought = [name for name in _names(fromstring(raw)) if name.lower() in _BRINGING]
        made = bytes(filter_svg(raw, {}))
        root = fromstring(made)
    except (ValueError, LookupError, DefusedXmlException, SyntaxError) as error:
        raise DesignError(f"wanted a PNG or SVG, got what is neither: {str(error)[:80]}") from error
    if brought:
        raise DesignError(f"wanted an SVG that draws by itself and stands still, got one with <{brought[0][:40]}>")
    if root.tag != f"{{{_SVG}}}svg":
        raise DesignError(f"wanted an SVG with xmlns={_SVG}, got {ascii(root.tag)[:60]}")
    if not _DRAWING.intersection(_names(root)):
        raise DesignError("wanted an SVG that draws something, got one of which nothing is left once it is clean")
    return made


def _names(root: Element) -> list[str]:
    """Return the names of all elements, without their namespaces."""
    return [str(one.tag).rpartition("}")[2] for one in root.iter()]


# PNG


def _clean_png(raw: bytes) -> bytes:
    try:
        found = [chunk for chunk in chunks(raw) if chunk.kind in _KEPT]
    except BakingError as error:
        raise DesignError(f"wanted a PNG that is whole: {error}") from error
    head = found[0].data
    width, height = int.from_bytes(head[:4]), int.from_bytes(head[4:8])
    if len(head) != 13:  # noqa: PLR2004  PNG "IHDR Image header"
        raise DesignError(f"wanted a PNG with a header of 13 bytes, got {len(head)}")
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height)):
        wanted = f"wanted a PNG of {SMALLEST_SIDE} to {LARGEST_SIDE} pixels a side"
        raise DesignError(f"{wanted}, got {width} by {height}")
    if max(width, height) > LONGEST_SIDE * min(width, height):
        raise DesignError(f"wanted a PNG about as wide as it is high, got {width} by {height} pixels")
    if not any(chunk.kind == b"IDAT" for chunk in found):
        raise DesignError("wanted a PNG with pixels (IDAT), got one without")
    return PNG_SIGNATURE + b"".join(chunk.whole() for chunk in found)
