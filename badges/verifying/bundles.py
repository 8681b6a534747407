"""A badge that came as our ZIP bundle: what is in it, read within bounds, never unpacked to files.

What comes with a badge may help to verify it when nobody answers any more. It vouches for nothing: whoever made the
archive could have written any of it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from badges.errors import BadgeError
from badges.hand import gone
from ledger.transparency import TransparencyError, VerifierKey
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP_SIGNATURE = b"PK\x03\x04"
LARGEST_BUNDLE = 2 * 1024 * 1024  # bytes
MOST_FILES = 256
BADGE = "badge.json"
LIFE = 31 * 86_400_000_000  # µs after its date that a status list which came with a badge is believed
SKEW = 3_600_000_000  # µs that it may be of later than it is: clocks differ

_DOCUMENTS = {"did.json": 65_536, "status.json": 262_144, "suspension.json": 262_144}  # bytes at most
_LARGEST_BADGE = 65_536  # bytes
_LARGEST_KEY = 4_096  # bytes
_DIRECTORY = 65_536  # bytes of the list of files
_END = struct.Struct("<4s4H2LH")  # APPNOTE "End of central directory record"
_END64 = b"PK\x06\x07"  # APPNOTE "Zip64 end of central directory locator"
_LOCATOR = 20  # bytes of that
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BundleError(BadgeError):
    """Bytes that are no bundle of a badge."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """What came with a badge: documents by their ids, and keys of logs by their origins."""

    documents: Mapping[str, object] = field(default_factory=dict)
    logs: Mapping[str, VerifierKey] = field(default_factory=dict)


class Beside(Mapping[str, object]):
    """What is at hand, and where nothing is, what came with the badge; `lent` are the names of what was taken of that.

    `trusted`: whether that counts like what is at hand.
    """

    def __init__(self, at_hand: Mapping[str, object], bundled: Mapping[str, object], *, trusted: bool) -> None:
        self._at_hand, self._bundled = at_hand, bundled
        self.trusted = trusted
        self.lent: set[str] = set()

    def __getitem__(self, name: str) -> object:
        """Return what has that name. Raises `KeyError`."""
        found = self._at_hand.get(name)
        if found is not None:
            return found
        found = self._bundled[name]
        self.lent.add(name)
        return found

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all of it."""
        return iter({*self._at_hand, *self._bundled})

    def __len__(self) -> int:
        """Return how many names there are."""
        return len({*self._at_hand, *self._bundled})

    def why(self, name: str) -> str | None:
        """Return why nothing has that name."""
        why = getattr(self._at_hand, "why", None)
        told = why(name) if callable(why) else None
        return told if isinstance(told, str) else None

    def gone(self, name: str) -> bool:
        """Return whether what had that name is known to be gone."""
        return gone(self._at_hand, name)


def lent(documents: Mapping[str, object], name: str) -> bool:
    """Tell whether what was found under a name came with the badge, and vouches for nothing."""
    return isinstance(documents, Beside) and name in documents.lent


@contextmanager
def lending(documents: Mapping[str, object]) -> Iterator[set[str]]:
    """Collect the names of what is taken, within the block, of what came with the badge."""
    taken: set[str] = set()
    if not isinstance(documents, Beside):
        yield taken
        return
    before, documents.lent = documents.lent, taken
    try:
        yield taken
    finally:
        documents.lent = before | taken


def vouched(documents: Mapping[str, object], name: str) -> object | None:
    """Return what has a name, but for what came with the badge: for what nobody signed, that anybody could write."""
    found = documents.get(name)
    return None if lent(documents, name) and not trusted(documents) else found


def trusted(documents: Mapping[str, object]) -> bool:
    """Tell whether what came with a badge counts like what is at hand."""
    return isinstance(documents, Beside) and documents.trusted


def read_bundle(document: bytes) -> tuple[bytes, Bundled]:
    """Return the badge in a bundle as it stands there, and what came with it.

    Up to 2 MiB and 256 files, of which only those that bundles of ours have are read, each within its own bound.
    Raises `BundleError`.
    """
    _check_end(document)
    try:
        with zipfile.ZipFile(BytesIO(document)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise BundleError(f"wanted a ZIP file, whole, got {type(error).__name__}: {str(error)[:120]}") from error


def _check_end(document: bytes) -> None:
    """Refuse what would be long to list, before anything is listed."""
    if len(document) > LARGEST_BUNDLE:
        raise BundleError(f"wanted a bundle of at most {LARGEST_BUNDLE} bytes, got {len(document)}")
    at = document.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(document):
        raise BundleError("wanted a ZIP file, whole, got a part")
    *_, files, size, _start, _comment = _END.unpack_from(document, at)
    if document[max(at - _LOCATOR, 0) : at].startswith(_END64) or files > MOST_FILES or size > _DIRECTORY:
        raise BundleError(f"wanted a bundle of at most {MOST_FILES} files, got {files}, or a list of {size} bytes")


def _read(archive: zipfile.ZipFile) -> tuple[bytes, Bundled]:
    files = archive.infolist()
    names = [one.filename for one in files]
    if len(names) > MOST_FILES or len(set(names)) != len(names):
        raise BundleError(f"wanted at most {MOST_FILES} files, each once, got {len(names)}")
    by_name = dict(zip(names, files, strict=True))
    if BADGE not in by_name:
        raise BundleError(f"wanted a bundle with {BADGE}, got none")
    badge = _file(archive, by_name[BADGE], _LARGEST_BADGE)
    documents: dict[str, object] = {}
    for name, most in _DOCUMENTS.items():
        if name in by_name:
            documents |= _document(name, _file(archive, by_name[name], most))
    logs = _logs(_file(archive, by_name["log.vkey"], _LARGEST_KEY)) if "log.vkey" in by_name else {}
    return badge, Bundled(documents, logs)


def _file(archive: zipfile.ZipFile, about: zipfile.ZipInfo, most: int) -> bytes:
    if about.flag_bits & 0x1 or about.compress_type not in _PACKINGS or about.file_size > most:
        raise BundleError(f"{about.filename}: wanted at most {most} bytes, deflated or as they are, got another file")
    with archive.open(about) as file:
        content = file.read(most + 1)
    if len(content) != about.file_size:
        raise BundleError(f"{about.filename}: wanted the {about.file_size} bytes that it says, got {len(content)}")
    return content


def _document(name: str, raw: bytes) -> dict[str, object]:
    try:
        document = loads(raw)
    except MalformedJSONError as error:
        raise BundleError(f"{name}: wanted JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("id"), str):
        raise BundleError(f"{name}: wanted a document with an id, got another thing")
    return {document["id"]: raw if name != "did.json" else document}


def _logs(raw: bytes) -> dict[str, VerifierKey]:
    try:
        keys = [VerifierKey.parse(line.strip()) for line in raw.decode().split("\n") if line.strip()]
    except (UnicodeDecodeError, TransparencyError) as error:
        raise BundleError(f"log.vkey: wanted the keys of logs, one a line, got: {error}") from error
    return {key.name: key for key in keys}
