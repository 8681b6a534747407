"""The credential attached to a PDF: found without reading the PDF.

A file embedded in a PDF is a stream, and a stream never hides inside another, so a walk over the bytes finds each whose
dictionary says `/Type /EmbeddedFile` (ISO 32000-2 "Embedded file streams") in these letters, whatever else the PDF has;
nothing of it is run, drawn or followed. Not found are files whose writer left `/Type` out, as it may, or wrote it with
escapes (`/T#79pe`); not read are those packed by more than one Deflate filter, or encrypted.
"""

from __future__ import annotations

import re

from badges.errors import BakingError
from badges.pictures.bake import LARGEST_IMAGE, LARGEST_PAYLOAD, inflated
from badges.work import spend

PDF_SIGNATURE = b"%PDF-"
MOST_ATTACHED = 16

_EMBEDDED = re.compile(rb"/Type\s*/EmbeddedFile\b")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_OBJECT = re.compile(rb"\bobj\b")
_END = re.compile(rb"\r?\n?endstream\b")
_FILTER = re.compile(rb"/Filter\s*(/[A-Za-z0-9]+|\[[^\]]{0,60}\])")
_SEARCHED = 256  # bytes that cost a unit of work to look for an end in
_LONGEST_DICTIONARY = 2_000  # bytes
_DEFLATE = b"/FlateDecode"


def attached(pdf: bytes) -> str:
    """Return the one JSON document or JWS that is attached to a PDF.

    Reads at most 4 MiB of PDF and 1 MiB of credential. Raises `BakingError`, also for two.
    """
    if len(pdf) > LARGEST_IMAGE:
        raise BakingError(f"wanted a PDF of at most {LARGEST_IMAGE} bytes, got {len(pdf)}")
    found: list[str] = []
    for place in _EMBEDDED.finditer(pdf):
        if len(found) >= MOST_ATTACHED:
            raise BakingError(f"wanted at most {MOST_ATTACHED} files in the PDF, got more")
        found.append(_content(pdf, place.start()))
    texts = [text for text in found if text.lstrip().startswith(("{", "eyJ"))]
    if len(texts) != 1:
        raise BakingError(f"wanted one credential attached to the PDF, got {len(texts)} among {len(found)} files")
    return texts[0].strip()


def _content(pdf: bytes, within: int) -> str:
    """Return the text of the stream whose dictionary is around an offset; "" where it is no text."""
    begin = _STREAM.search(pdf, within, within + _LONGEST_DICTIONARY)
    heads = [found.end() for found in _OBJECT.finditer(pdf, max(0, within - _LONGEST_DICTIONARY), within)]
    end = _END.search(pdf, begin.end()) if begin else None
    spend(((end.start() if end else len(pdf)) - within) // _SEARCHED)
    if begin is None or not heads or end is None:
        raise BakingError(f"wanted a whole file in the PDF, got a part at byte {within}")
    filters = _FILTER.search(pdf, heads[-1], begin.start())
    named = filters.group(1).strip(b"[] ") if filters else b""
    if named not in {b"", _DEFLATE}:
        raise BakingError(f"wanted a file packed by {_DEFLATE.decode()}, got {ascii(named.decode('latin-1'))[:60]}")
    raw = pdf[begin.end() : end.start()] if not named else inflated(pdf[begin.end() : end.start()])
    if len(raw) > LARGEST_PAYLOAD:
        raise BakingError(f"wanted a credential of at most {LARGEST_PAYLOAD} bytes, got more")
    return raw.decode("utf-8", "replace")
