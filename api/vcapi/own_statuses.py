"""What the installation's own issuer says of the credentials that it signed: a file of lines, to which is only added.

A line is a number that was given to a credential, or that a number stands revoked or suspended from then on, or no
longer does. Which credential has which number stands in the credential alone; nothing of it is kept here. A number's
place in a list is a keyed permutation of it, another for each purpose, as it is in the lists of communities.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

import orjson

from api.errors import ApiError
from badges import status
from ledger import LedgerUnavailableError
from ledger.key_files import load_or_create_secret
from schemas import InvalidTimeError, MalformedJSONError, format_time, loads, parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = "installation.statuses"
MOST_LISTS = 16  # of 131,072 entries, for each purpose
_PATH = re.compile(r"/([a-z]+)/(0|[1-9][0-9]?)")


class UnknownEntryError(ApiError):
    """A place in a list that was given to no credential, or a list that there is not."""


@dataclass(frozen=True, slots=True)
class Stood:
    """A list as it stands: what it is of, the places that are set, and since when it stands so (µs)."""

    purpose: str
    places: tuple[int, ...]
    since: int


@dataclass(slots=True)
class _Read:
    """What the file says up to an offset in bytes. Of each list, by purpose and number: since when it stands so."""

    offset: int = 0
    given: int = 0
    begun: int = 0
    held: dict[str, set[int]] = field(default_factory=lambda: {purpose: set() for purpose in status.PURPOSES})
    since: dict[tuple[str, int], int] = field(default_factory=dict)
    taken: dict[tuple[str, int], dict[int, int]] = field(default_factory=dict)  # place: number


class OwnStatuses:
    """The lists of one installation. Safe to share between threads, and with other processes of the machine."""

    def __init__(self, keys: Path, *, base_url: str) -> None:
        """Keep what is said, and the key to the places, in the folder `keys`: both made when first needed."""
        self._file, self._keys = keys / FILE, keys
        self._base = f"{base_url}/credentials/status"
        self._read = _Read()
        self._lock = Lock()

    def give(self, purposes: Sequence[str], at: int) -> list[dict[str, str]]:
        """Return the status entries, one for each purpose, of a credential that is signed now (`at`, µs).

        They have one number, which no other credential has. Raises `UnknownEntryError` where every list is full, and
        `LedgerUnavailableError` where the file cannot be written.
        """
        with self._lock, self._open() as file:
            self._catch_up(file)
            number = self._read.given
            if number >= MOST_LISTS * status.ENTRIES:
                raise UnknownEntryError(f"wanted a free entry, got {MOST_LISTS} lists that are full")
            self._append(file, {"number": number, "at": format_time(at)})
        places = [(purpose, *status.place(number, self._key(purpose))) for purpose in purposes]
        return [status.entry(self._url(purpose, listed), place, purpose=purpose) for purpose, listed, place in places]

    def set(self, entries: Sequence[tuple[str, int]], *, holds: bool, at: int) -> None:
        """Let entries, each by its list's address and its place there, be set or no longer be, from `at` (µs) on.

        All of them, or none. To say what is so already changes nothing. Raises `UnknownEntryError` and
        `LedgerUnavailableError`.
        """
        with self._lock, self._open() as file:
            self._catch_up(file)
            found = [self._numbered(list_url, place) for list_url, place in entries]
            for purpose, number in dict.fromkeys(found):
                if (number in self._read.held[purpose]) is not holds:
                    self._append(file, {"number": number, "purpose": purpose, "status": holds, "at": format_time(at)})

    def stood(self, list_url: str) -> Stood | None:
        """Return the list of that address as it stands; None where there is none. Raises `LedgerUnavailableError`."""
        named = self._named(list_url)
        if named is None:
            return None
        purpose, listed = named
        with self._lock:
            if self._file.exists():
                with self._opened("rb") as file:
                    self._catch_up(file)
            if listed * status.ENTRIES >= self._read.given:
                return None
            numbers = sorted(self._read.held[purpose])
            since = self._read.since.get(named, self._read.begun)
        spots = (status.place(number, self._key(purpose)) for number in numbers)
        return Stood(purpose, tuple(sorted(place for where, place in spots if where == listed)), since)

    def _numbered(self, list_url: str, place: int) -> tuple[str, int]:
        """Return the purpose of a list and the number at a place in it. Raises `UnknownEntryError`."""
        named = self._named(list_url)
        if named is None:
            raise UnknownEntryError(f"wanted a list of this issuer, got {ascii(list_url)[:200]}")
        number = self._taken(*named).get(place)
        if number is None:
            raise UnknownEntryError(f"wanted an entry that was given to a credential, got {place}")
        return named[0], number

    def _named(self, list_url: str) -> tuple[str, int] | None:
        found = _PATH.fullmatch(list_url.removeprefix(self._base)) if list_url.startswith(self._base) else None
        if found is None or found[1] not in status.PURPOSES or int(found[2]) >= MOST_LISTS:
            return None
        return found[1], int(found[2])

    def _url(self, purpose: str, listed: int) -> str:
        return f"{self._base}/{purpose}/{listed}"

    def _key(self, purpose: str) -> bytes:
        return hashlib.blake2b(purpose.encode(), key=self._secret, digest_size=32, person=b"own statuses").digest()

    @cached_property
    def _secret(self) -> bytes:
        return load_or_create_secret(self._keys / "installation.status")

    def _open(self) -> IO[bytes]:
        """Open the file for adding to it, alone: whoever else would add waits until it is closed."""
        _ = self._secret  # there before anything is said, and with it the folder
        file = self._opened("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            file.close()
            raise self._unavailable(error) from error
        return file

    def _opened(self, mode: str) -> IO[bytes]:
        try:
            return os.fdopen(os.open(self._file, _FLAGS[mode], 0o600), mode, buffering=0)
        except OSError as error:
            raise self._unavailable(error) from error

    def _catch_up(self, file: IO[bytes]) -> None:
        """Read what was added since; a last line without its end was never told of, and does not count."""
        if os.fstat(file.fileno()).st_size < self._read.offset:
            self._read = _Read()  # somebody put an older copy back
        file.seek(self._read.offset)
        new = file.read()
        for line in new[: new.rfind(b"\n") + 1].splitlines(keepends=True):
            self._take_in(line)

    def _take_in(self, line: bytes) -> None:
        try:
            said: Any = loads(line)
            number, at = int(said["number"]), parse_time(said["at"])
            held = self._read.held[said["purpose"]] if "purpose" in said else None
        except (MalformedJSONError, InvalidTimeError, KeyError, TypeError, ValueError) as error:
            raise LedgerUnavailableError(f"{self._file}: wanted a line of statuses, got {error}") from error
        if held is None:
            self._read.given += 1
            self._read.begun = self._read.begun or at
        else:
            (held.add if said.get("status") is True else held.discard)(number)
            self._read.since[said["purpose"], number // status.ENTRIES] = at
        self._read.offset += len(line)

    def _taken(self, purpose: str, listed: int) -> dict[int, int]:
        """Return the number at each place of a list that was given: each takes some 20 µs once."""
        taken, first = self._read.taken.setdefault((purpose, listed), {}), listed * status.ENTRIES
        for number in range(first + len(taken), min(self._read.given, first + status.ENTRIES)):
            taken[status.place(number, self._key(purpose))[1]] = number
        return taken

    def _append(self, file: IO[bytes], said: dict[str, Any]) -> None:
        """Add a line, and know it is on the disk before anybody is told."""
        line = orjson.dumps(said) + b"\n"
        try:
            file.truncate(self._read.offset)  # what somebody did not end
            if file.write(line) != len(line):
                raise OSError("a part of the line alone was written")  # noqa: TRY301
            os.fsync(file.fileno())
        except OSError as error:
            raise self._unavailable(error) from error
        self._take_in(line)

    def _unavailable(self, error: OSError) -> LedgerUnavailableError:
        return LedgerUnavailableError(f"{self._file}: wanted to read and write it, got {error.strerror or error}")


_FLAGS = {
    "rb": os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW,
    "a+b": os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
}
