"""Statements with what is attached to them (xAPI 1.0.3 part 3 "multipart/mixed"; RFC 2046 "Multipart")."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable

MIXED = "multipart/mixed"
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
MOST_PARTS = 1_000


class Part(NamedTuple):
    """One part: its headers by their names in lower case."""

    headers: dict[str, str]
    content: bytes


def parts(raw: bytes, content_type: str) -> list[Part]:
    """Return the parts of a body. Raises a 400 problem where it is not one of several parts."""
    found = _BOUNDARY.search(content_type)
    if not found:
        raise ProblemError(400, "Content-Type: wanted a boundary beside multipart/mixed, got none")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(mark) + rb"(?=--|[ \t]*\r?\n)", raw, maxsplit=MOST_PARTS + 2)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - before, one part, and the end
        raise ProblemError(400, "wanted parts between the boundary that Content-Type names, and one at the end")
    if len(pieces) > MOST_PARTS + 2:
        raise ProblemError(400, f"wanted at most {MOST_PARTS:,} parts, got more")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    whole = re.sub(rb"\A[ \t]*\r?\n", b"", piece, count=1)
    split = re.split(rb"(?:\A|\r?\n)\r?\n", whole, maxsplit=1)
    if len(split) < 2:  # noqa: PLR2004 - headers, and what they are of
        raise ProblemError(400, "a part: wanted its headers, an empty line and its content, got no empty line")
    headers = {}
    for line in split[0].decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            raise ProblemError(400, f"a part's header: wanted a name, a colon and a value, got {line[:60]!r}")
        headers[name.strip().lower()] = value.strip()
    return Part(headers, split[1])


def written(first: bytes, others: Iterable[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """Return a body and its media type: the JSON, then each attachment as its hash, media type and content."""
    mark = secrets.token_hex(16)
    pieces = [b"--%s\r\nContent-Type: application/json\r\n\r\n%s\r\n" % (mark.encode(), first)]
    for sha2, media, content in others:
        head = f"--{mark}\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: binary\r\n"
        head += f"X-Experience-API-Hash: {sha2}\r\n\r\n"
        pieces.append(head.encode("latin-1", "replace") + content + b"\r\n")
    return b"".join(pieces) + f"--{mark}--\r\n".encode(), f"{MIXED}; boundary={mark}"
