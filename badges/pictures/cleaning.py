"""What is left of a picture that somebody drew: what it looks like, and nothing else.

An SVG keeps what draws (py-svg-hush: known elements and attributes, no scripts, no links, nothing from elsewhere). A
PNG keeps the chunks that say what it looks like; its pixels are not decoded here. What was clean stays as it is, byte
for byte.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from py_svg_hush import filter_svg

from badges.errors import BakingError, DesignError
from badges.pictures.chunks import PNG_SIGNATURE, chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
LARGEST_PICTURE = 262_144  # bytes, 256 KiB, given and clean
SMALLEST_SIDE, LARGEST_SIDE = 64, 2_048  # pixels of a PNG
LONGEST_SIDE = 1.25  # of a PNG, in multiples of the other
DEEPEST = 64  # elements within one another: each is put on a line of its own, so far to the right
MOST_NAMESPACES = 64  # declared around an element: cleaning copies them for each

_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
_DRAWING = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"}
_BRINGING = {"image", "feimage", "foreignobject", "script", "set", "animate", "animatemotion", "animatetransform"}


def clean_svg(raw: bytes) -> bytes:
    """Return an SVG, clean. Raises `DesignError` where nothing is to be seen of it, or it is more than a drawing.

    It is looked through before it is cleaned, for what cleaning writes, and takes, grows faster than what it is given.
    """
    try:
        (space, name), *within = _tags(raw)
        if (space, name) != (SVG_NAMESPACE, "svg"):
            told = f"with xmlns {ascii(space)[:60]}" if space else "without xmlns"
            raise DesignError(f'wanted <svg xmlns="{SVG_NAMESPACE}">, got {ascii(name)[:40]} {told}')
        if brought := [name for _, name in within if name.lower() in _BRINGING]:
            raise DesignError(f"wanted an SVG that draws by itself and stands still, got one with <{brought[0]}>")
        made = bytes(filter_svg(raw, {}))
        if len(made) > LARGEST_PICTURE:
            wanted = f"wanted a picture of at most {LARGEST_PICTURE:,} bytes once it is clean, each element on a line"
            raise DesignError(f"{wanted}, got {len(made):,}")
        left = [str(one.tag).rpartition("}") for one in fromstring(made).iter()]
    except (ValueError, LookupError, DefusedXmlException, SyntaxError) as error:
        raise DesignError(f"wanted a PNG or SVG, got what is neither: {str(error)[:80]}") from error
    if not left[0][0]:
        raise DesignError("wanted an SVG whose elements have no prefix (<svg>), got one with prefixes (<svg:svg>)")
    if not _DRAWING.intersection(name for *_, name in left):
        raise DesignError("wanted an SVG that draws something, got one of which nothing is left once it is clean")
    return made


def _tags(raw: bytes) -> Iterator[tuple[str, str]]:
    """Walk over the elements of an XML document: the namespace and the name of each. Raises `DesignError`."""
    depth = spaces = 0
    for event, found in iterparse(BytesIO(raw), ("start", "end", "start-ns", "end-ns")):
        match event:
            case "start":
                depth += 1
                space, _, name = str(found.tag).rpartition("}")
                yield space[1:], name
            case "end":
                depth -= 1
                found.clear()
            case "start-ns":
                spaces += 1
            case "end-ns":
                spaces -= 1
        if depth > DEEPEST:
            raise DesignError(f"wanted elements within one another to {DEEPEST}, got more")
        if spaces > MOST_NAMESPACES:
            raise DesignError(f"wanted at most {MOST_NAMESPACES} namespaces at a time, got more")


def clean_png(raw: bytes) -> bytes:
    """Return a PNG, clean. Raises `DesignError` where it is not whole, or of another size or form than badges are."""
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
