"""Tables as spreadsheets and platforms write them: which bytes are which letters, what parts cells, where rows end.

A file is gone through twice: once to see that all of it is a table, before anything is made of it, and once to read.
"""

from __future__ import annotations

import codecs
import csv
import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from api.importing.errors import SheetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Opening = Callable[[], IO[bytes]]

LARGEST: Final = 67_108_864  # 64 MiB
MOST_ROWS: Final = 200_000
DELIMITERS: Final = (",", ";", "\t")
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252")
_PIECE = 262_144  # 256 KiB
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLED = 4_096  # bytes in which UTF-16 without a mark shows itself by its zeros


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was looked at: how its letters are written, and whether that is a guess."""

    opening: Opening
    encoding: str
    guessed: bool

    @contextmanager
    def rows(self, delimiter: str, most: int = MOST_ROWS) -> Iterator[Iterator[tuple[int, list[str]]]]:
        """Give the rows with their numbers as a spreadsheet counts them, from 1; [] for a blank one.

        Reading them raises `SheetError`, with the row, for what is no table, and past `most` rows.
        """
        with self.opening() as raw, io.TextIOWrapper(raw, self.encoding, newline="") as text:
            yield _rows(text, delimiter, most)


def look(opening: Opening, *, size: int, encoding: str | None = None, largest: int = LARGEST) -> Sheet:
    """Return a file of `size` bytes with its encoding: the one given, or what it shows, or a guess.

    Raises `SheetError` for one that is too large or empty, a workbook, or not text in that encoding.
    """
    if size > largest:
        raise SheetError(f"wanted a file of at most {largest:,} bytes, got {size:,}")
    with opening() as raw:
        begun = raw.read(_SAMPLED)
    if not begun.strip():
        raise SheetError("wanted a table, got an empty file")
    if begun.startswith(_WORKBOOKS):
        raise SheetError("wanted a table as text (CSV), got a workbook; save its sheet as CSV")
    said = (encoding or "").lower()
    marked = next((name for mark, name in _BOMS if begun.startswith(mark)), None)
    if said and said not in ENCODINGS:
        raise SheetError(f"wanted one of the encodings {', '.join(ENCODINGS)}; got {encoding}")
    shown = marked or _unmarked(begun)
    first = shown if not said or shown.startswith(said) else said
    if (fault := _undecodable(opening, first)) is None:
        return Sheet(opening, first, guessed=False)
    if said or marked or _undecodable(opening, "windows-1252") is not None:
        raise SheetError(f"wanted text in {first}, got {fault}; its encoding can be said: {', '.join(ENCODINGS)}")
    return Sheet(opening, "windows-1252", guessed=True)


def _unmarked(begun: bytes) -> str:
    """Return what text without a mark is: half of its bytes are zeros where it is UTF-16."""
    for zeros, name in ((begun[1::2], "utf-16-le"), (begun[0::2], "utf-16-be")):
        if zeros.count(0) * 2 > len(zeros):
            return name
    return "utf-8"


def _undecodable(opening: Opening, encoding: str) -> str | None:
    """Return what of a file is not text in an encoding, in words; None where all of it is."""
    decoder, read = codecs.getincrementaldecoder(encoding)(), 0
    with opening() as raw:
        while True:
            piece = raw.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return f"byte {error.object[error.start]:#04x} near offset {read + error.start:,}"
            except UnicodeError as error:  # of UTF-16 that does not say which of its bytes comes first
                return str(error)
            if "\0" in text:
                return f"a NUL after offset {read:,}"
            if not piece:
                return None
            read += len(piece)


def _rows(text: IO[str], delimiter: str, most: int) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, row in enumerate(csv.reader(text, delimiter=delimiter, strict=True), 1):
            if number > most:
                raise SheetError(f"wanted at most {most:,} rows, got more")
            yield number, row if any(cell.strip() for cell in row) else []
    except csv.Error as error:
        raise SheetError(f"row {number + 1:,}: wanted cells in quotes or without, got: {error}") from error


def normal(header: str) -> str:
    """Return a column's heading as it is compared: case and spaces do not matter."""
    return " ".join(header.replace("\ufeff", "").split()).casefold()
