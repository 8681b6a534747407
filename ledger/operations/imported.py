"""An export read back, line by line: whole, unchanged and without a gap, or refused by the number of its line."""

from __future__ import annotations

import binascii
import gzip
import hashlib
import zlib
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from ledger.errors import FileFaultError, LedgerError
from ledger.operations.export import FORMAT, Tally, Whole
from ledger.people import SLUG
from ledger.rows import Claim, Row
from ledger.tokens import from_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LONGEST_LINE = 16_777_216  # bytes; the largest charter is far below
_TOLD = 5_000  # facts between two words of progress


class MetBefore(NamedTuple):
    """A conflict, as its table has it."""

    stream: bytes  # 16
    community: str
    position: int
    pointers: str  # JSON
    met: int  # µs
    times: int


Record: TypeAlias = Row | Claim | MetBefore


def checked(file: Path, told: Callable[[int, int], None]) -> Whole:
    """Return what an export holds. Raises `FileFaultError` unless it is whole, unchanged and without a gap.

    `told` hears how many facts are read, and of how many.
    """
    with _reading(file) as lines:
        header, tally, counts = _header(lines), Tally(), Counter[type]()
        for record in _each(lines, header, told):
            counts[type(record)] += 1
            if isinstance(record, Row):
                tally.add(record)
        head, root, issuers = tally.tree.size, tally.tree.root().hex(), tally.issuers()
        found = {"facts": head, "claims": counts[Claim], "conflicts": counts[MetBefore], "root": root}
        _end(lines, found | {"issuers": [issuer._asdict() for issuer in issuers]}, header["head"])
        return Whole(
            str(header["community"]),
            str(header["name"]),
            int(header["opened"]),
            head,
            counts[Claim],
            counts[MetBefore],
            root,
            issuers,
            str(header["release"]),
        )


def records(file: Path, told: Callable[[int, int], None]) -> Iterator[Record]:
    """Yield every claim, conflict and fact of an export that was just `checked`; `told` hears of the facts.

    It is not checked again: whoever takes them compares what came of it. Raises `FileFaultError`.
    """
    with _reading(file) as lines:
        yield from _each(lines, _header(lines), told)


@contextmanager
def _reading(file: Path) -> Iterator[_Lines]:
    """Open a file; whatever is wrong with it is told with the number of the line."""
    lines = _Lines(file)
    try:
        with gzip.open(file, "rb") as lines.file:
            yield lines
    except (OSError, EOFError, zlib.error) as error:  # gzip.BadGzipFile is an OSError
        raise lines.fault(f"wanted a whole gzip file, got: {error}") from error
    except FileFaultError:
        raise
    except (LedgerError, KeyError, TypeError, ValueError) as error:
        words = f"wanted the field {error}, got none" if isinstance(error, KeyError) else str(error)
        raise lines.fault(words) from error


class _Lines:
    """The lines of a file, counted and hashed."""

    def __init__(self, path: Path) -> None:
        self.file: gzip.GzipFile | Any = None
        self.number = 0
        self._path = path
        self._hash = hashlib.sha256()
        self.before = ""  # SHA-256 of all lines before the last one
        self.last: dict[str, Any] | None = None

    def next(self) -> dict[str, Any] | None:
        """Return the next line; None at the end of the file."""
        text = self.file.readline(_LONGEST_LINE)
        if not text:
            return None
        self.number += 1
        self.before = self._hash.hexdigest() if text.startswith(b'{"end"') else ""
        self._hash.update(text)
        if not text.endswith(b"\n"):
            raise self.fault("wanted a whole line, got one that is cut")
        found = orjson.loads(text)
        if not isinstance(found, dict):
            raise self.fault("wanted a JSON object, got something else")
        return found

    def fault(self, words: str) -> FileFaultError:
        """Return what to raise."""
        return FileFaultError(f"{self._path.name}, line {self.number}: {words}")


def _header(lines: _Lines) -> dict[str, Any]:
    header = lines.next()
    if header is None or header.get("guildbook") != "export":
        raise lines.fault("wanted the first line of an export, got something else")
    if header["format"] != FORMAT:
        raise lines.fault(f"wanted format {FORMAT}, got {header['format']}: a later release made it")
    if not SLUG.fullmatch(str(header["community"])):
        raise lines.fault(f"wanted a community's short name, got {str(header['community'])[:80]!r}")
    return header


def _each(lines: _Lines, header: dict[str, Any], told: Callable[[int, int], None]) -> Iterator[Record]:
    """Yield what stands between the first line and the last, which is kept in `lines`."""
    community = str(header["community"])
    while (line := lines.next()) is not None and "end" not in line:
        if "position" in line:
            row = _fact(line, community)
            if row.position % _TOLD == 0:
                told(row.position, header["head"])
            yield row
        elif "claim" in line:
            yield Claim(from_token(line["claim"]), community, line["number"])
        else:
            yield _conflict(line, community)
    lines.last = line


def _end(lines: _Lines, found: dict[str, Any], head: int) -> None:
    """Hold the last line against what came before it."""
    line = lines.last
    if line is None:
        raise lines.fault("wanted a last line with the root, got the end of the file: it is cut")
    if line["sha256"] != lines.before or line["end"] != found or head != found["facts"]:
        wrong = [name for name, value in found.items() if line["end"].get(name) != value] or ["sha256"]
        raise lines.fault(f"wanted what the last line says, got another {', '.join(wrong)}: it was changed")
    if lines.next() is not None:
        raise lines.fault("wanted the end of the file, got more lines")


def _fact(line: dict[str, Any], community: str) -> Row:
    position, version, recorded, topic = line["position"], line["version"], line["recorded"], line["topic"]
    if not (type(position) is type(version) is type(recorded) is int and type(topic) is str):
        raise TypeError("wanted whole numbers and a topic, got something else")
    state = binascii.a2b_base64(line["state"], strict_mode=True)
    return Row(position, community, from_token(line["stream"]), version, topic, recorded, state)


def _conflict(line: dict[str, Any], community: str) -> MetBefore:
    return MetBefore(
        from_token(line["conflict"]),
        community,
        int(line["at"]),
        str(line["pointers"]),
        int(line["met"]),
        int(line["times"]),
    )
