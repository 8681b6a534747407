"""The chunks of a PNG (PNG "Chunk layout"): walked over and written, never decoded to pixels."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from badges.errors import BakingError
from badges.work import spend

if TYPE_CHECKING:
    from collections.abc import Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 10_000
_CHUNK, _BYTES = 2, 1_024  # units of work to read one, and bytes that cost one more


class Chunk(NamedTuple):
    """A chunk of a kind, without its length and checksum."""

    kind: bytes
    data: bytes

    def whole(self) -> bytes:
        """Return it as it stands in a file."""
        body = self.kind + self.data
        return len(self.data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def chunks(png: bytes) -> Iterator[Chunk]:
    """Walk the chunks of a PNG from IHDR to IEND, checking each CRC. Raises `BakingError`."""
    if not png.startswith(PNG_SIGNATURE):
        raise BakingError("wanted a PNG, got another file")
    at, seen = len(PNG_SIGNATURE), 0
    while True:
        length = int.from_bytes(png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        check = png[at + 8 + length : at + 12 + length]
        if len(check) != 4 or zlib.crc32(kind + data) != int.from_bytes(check):  # noqa: PLR2004  bytes of a CRC
            raise BakingError(f"wanted whole chunks with their checksums, got a damaged one at byte {at}")
        spend(_CHUNK + length // _BYTES)
        if (kind == b"IHDR") != (seen == 0) or seen >= MOST_CHUNKS:
            raise BakingError(f"wanted IHDR first and at most {MOST_CHUNKS} chunks, got another order or more")
        yield Chunk(kind, data)
        seen, at = seen + 1, at + 12 + length
        if kind == b"IEND":
            break
    if at != len(png):
        raise BakingError(f"wanted nothing after IEND, got {len(png) - at} bytes")
