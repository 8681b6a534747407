"""Who was answerable for what: the history of MAINTAINERS and CODEOWNERS, as assignments that begin and end.

What counts is the line of history that the tip's first parents make, and on it who is named anywhere in these files:
a person who goes from one section to another neither begins nor ends.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from api.importing.errors import GitError
from api.importing.git.commits import instant
from api.importing.git.people import PLATFORM, marked

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from api.importing.git.facts import Place
    from api.importing.git.people import People
    from api.importing.git.repository import Repository

FILES: Final = (":(top,glob)**/MAINTAINERS", ":(top)CODEOWNERS", ":(top,glob)*/CODEOWNERS")
LARGEST: Final = 8_388_608  # 8 MiB: the kernel's has 1 MiB
_PIECE = 262_144  # 256 KiB
_LISTED = re.compile(r"^([MR]):\s*(.+)$")
_ROLES: Final = {"M": "maintainer", "R": "reviewer"}
_BELOW: Final = "area-"  # of a list in a folder below the root's
_OWNER: Final = "code-owner"
_HANDLE = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}))$")
_CHANGE = re.compile(r":\d{6} \d{6} [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*$")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role: by what she is told apart, and her account as events have it."""

    key: str
    role: str
    account: dict[str, Any] = field(compare=False, hash=False)


@dataclass(slots=True)
class Holders:
    """The assignments of one history. `left`: what became nothing, by the reason."""

    repository: Repository
    place: Place
    people: People
    largest: int = LARGEST
    left: Counter[str] = field(default_factory=Counter)
    _read: dict[tuple[bool, bool, str], frozenset[Holder]] = field(default_factory=dict)  # and the blob's id

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield who began and who ended, in the order of the history. Raises `GitError`."""
        with self.repository.running("cat-file", "--batch") as process:
            yield from self._events(process)

    def _events(self, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
        files: dict[str, frozenset[Holder]] = {}
        before: dict[Holder, Holder] = {}
        for commit, time, changes in self._changes():
            for path, blob in changes:
                files[path] = self._holders(process, path, blob) if blob else frozenset()
            now = {holder: holder for held in files.values() for holder in held}
            for change, those in (("ended", before.keys() - now.keys()), ("started", now.keys() - before.keys())):
                for holder in sorted(those, key=lambda each: (each.role, each.key)):
                    stood = before.get(holder, holder)
                    data = {"member": stood.account, "kind": "role", "value": holder.role, "change": change}
                    id_ = f"{commit}/{change}/{holder.role}/{marked(stood.account['id'])}"
                    yield self.place.event("assignment", id_, time, data)
            before = now | {holder: before[holder] for holder in now.keys() & before.keys()}

    def _changes(self) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
        """Yield the commits that changed such a file: id, time, and each path with what it holds, or ""."""
        changes: list[tuple[str, str]] = []
        commit, time, blob = "", "", None
        asked = ("log", "--first-parent", "--diff-merges=first-parent", "--reverse", "--raw", "--no-abbrev")
        plain = ("-z", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature")
        which = ("--format=tformat:%x00commit %H %ct", self.repository.tip, "--", *FILES)
        for (told,) in self.repository.fields(*asked, *plain, *which, number=1):
            words = told.lstrip("\n")
            if blob is not None:
                changes.append((words, blob))
                blob = None
            elif words.startswith("commit "):
                if changes:
                    yield commit, time, changes
                _, commit, seconds = words.split()
                time, changes = instant(seconds), []
            elif found := _CHANGE.match(words):
                blob = found[1].strip("0") and found[1]
        if changes:
            yield commit, time, changes

    def _holders(self, process: subprocess.Popen[bytes], path: str, blob: str) -> frozenset[Holder]:
        owners, below = path.endswith("CODEOWNERS"), "/" in path
        found = self._read.get((owners, below, blob))
        if found is None:
            text = self._text(process, blob)
            listed = self._owners(text) if owners else self._maintainers(text, _BELOW if below else "")
            found = self._read[owners, below, blob] = frozenset(listed)
        return found

    def _text(self, process: subprocess.Popen[bytes], blob: str) -> str:
        """Return what a file held (git-cat-file "BATCH OUTPUT"); nothing of one that is too large, or no file."""
        if process.stdin is None or process.stdout is None:
            raise GitError("git cat-file: wanted pipes, got none")
        process.stdin.write(f"{blob}\n".encode())
        process.stdin.flush()
        words = process.stdout.readline().split()
        if len(words) != len(("id", "type", "size")) or not words[2].isdigit():
            return ""  # missing, or a submodule's
        kept, left = b"", int(words[2])
        if left > self.largest:
            self.left[f"lists larger than {self.largest:,} bytes"] += 1
        while left:
            piece = process.stdout.read(min(left, _PIECE))
            if not piece:
                raise GitError(f"git cat-file: wanted all of {blob}, got a part")
            left -= len(piece)
            if int(words[2]) <= self.largest:
                kept += piece
        process.stdout.read(1)
        return kept.decode("utf-8", "replace") if words[1] == b"blob" else ""

    def _maintainers(self, text: str, below: str) -> Iterator[Holder]:
        for line in text.splitlines():
            listed = _LISTED.match(line)
            if listed:
                yield from self._person(listed[2], below + _ROLES[listed[1]])

    def _owners(self, text: str) -> Iterator[Holder]:
        for line in text.splitlines():
            for word in line.partition("#")[0].split()[1:]:
                handle = _HANDLE.match(word)
                if handle:
                    id_ = f"@{handle[1].lower()}"
                    yield Holder(id_, _OWNER, {"platform": PLATFORM, "id": id_, "handle": handle[1]})
                elif word.startswith("@"):
                    self.left["owners that are teams"] += 1
                elif "@" in word:
                    yield from self._person(f"<{word}>", _OWNER)

    def _person(self, text: str, role: str) -> Iterator[Holder]:
        person = self.people.written(text)
        if person is None:
            self.left["listed without address"] += 1
        elif self.people.is_bot(person):
            self.left["listed programs"] += 1
        else:
            yield Holder(person.proper, role, person.account)
