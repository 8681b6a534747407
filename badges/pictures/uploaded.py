"""Pictures that a charter brings along, as `data:` URIs: checked, cleaned, and only then shown to anybody.

What was clean stays as it is, so to clean it again on the way out harms nothing.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from badges.errors import DesignError
from badges.pictures.chunks import PNG_SIGNATURE
from badges.pictures.cleaning import LARGEST_PICTURE, SVG_NAMESPACE, clean_png, clean_svg
from badges.pictures.design import PARTS, design_of, pictured
from badges.pictures.scene import scene
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PIXELS = 600  # of a picture, if nobody asks for another size
LARGEST_TOGETHER = 1_048_576  # bytes, 1 MiB, of all pictures of a charter

_URI = re.compile(r"data:(image/svg\+xml|image/png);base64,([A-Za-z0-9+/]*={0,2})")


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
        opening = f'<svg xmlns="{SVG_NAMESPACE}" viewBox="0 0 {PIXELS} {PIXELS}">'
        return f'{opening}<image width="{PIXELS}" height="{PIXELS}" href="{self.uri}"/></svg>\n'.encode()


class Cleaned(NamedTuple):
    """A charter's document, its pictures clean: each by its JSON pointer; and what is wrong with the others."""

    document: dict[str, Any]
    pictures: dict[str, Picture]
    faults: list[Fault]


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
    return Picture("png", clean_png(raw)) if raw.startswith(PNG_SIGNATURE) else Picture("svg", clean_svg(raw))


def cleaned(document: Mapping[str, Any]) -> Cleaned:
    """Return a charter's document with its pictures cleaned. Those that are to be drawn are looked at, too."""
    made, pictures, faults, together = dict(document), {}, list(_undrawn(document)), 0
    for pointer, uri in pictures_in(document):
        try:
            found = read_picture(uri)
        except DesignError as error:
            faults.append(Fault(pointer, str(error)))
            continue
        pictures[pointer] = found
        together += len(found.content)
        if together > LARGEST_TOGETHER:
            faults.append(Fault(pointer, f"wanted pictures of at most {LARGEST_TOGETHER:,} bytes together, got more"))
        _, part, number, *keys = pointer.split("/")
        made[part] = [_with(one, keys, found.uri) if n == int(number) else one for n, one in enumerate(made[part])]
    return Cleaned(made, pictures, faults)


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
