"""ZIP archives, sent while they are made: one file after another, none of them held whole."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MEDIA_TYPE = "application/zip"
_MODE = 0o600 << 16  # whoever unpacks it is the only one who reads it


def zipped(files: Iterable[tuple[str, Iterable[bytes]]], *, made: int) -> Iterator[bytes]:
    """Yield an archive of `files` (name, content in pieces) as it is made; `made` (µs) dates each of them.

    A file's pieces are taken one at a time, and the next file is asked for when the last is written. What they
    raise ends the archive before its directory: a reader sees that it is not whole.
    """
    sink = _Sink()
    moment = datetime.fromtimestamp(made // 1_000_000, UTC)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in files:
            about = zipfile.ZipInfo(name, moment.timetuple()[:6])
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, _MODE
            with archive.open(about, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield from sink.taken()
            yield from sink.taken()
    yield from sink.taken()


class _Sink:
    """Takes what an archive writes, in order; it cannot go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, piece: bytes, /) -> int:
        """Keep a piece until it is taken."""
        self._written += piece
        return len(piece)

    def flush(self) -> None:
        """Do nothing: who takes the pieces sends them on."""

    close = flush

    def taken(self) -> Iterator[bytes]:
        """Yield what was written since, if anything was."""
        if self._written:
            yield bytes(self._written)
            self._written.clear()
