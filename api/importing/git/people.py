"""Who is meant by a name and an address, as the repository's own `.mailmap` has it, and who is no person."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.importing.errors import GitError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from api.importing.git.repository import Repository

PLATFORM: Final = "git"
BOTS: Final = (
    "*[[]bot]*",
    "*-bot@*",
    "*[+]bot@*",
    "bot@*",
    "bot-*@*",
    "noreply@*",
    "no-reply@*",
    "lkp@intel.com",
    "syzbot*@*",
    "dependabot*",
    "renovate*",
    "* bot",
    "*test robot",
    "coverity*",
)
"""Whose name or address is like one of these is a program. `*@users.noreply.github.com` are people."""
_IDENT = re.compile(r"\s*\"?([^<>]*?)\"?\s*<\s*([^<>]*?)\s*>")
_NOBODYS = re.compile(r"no-?reply@")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST_MAIL, _LONGEST_NAME = 254, 256
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]+")


class Person(NamedTuple):
    """One of the names under which somebody appears: her account's id here, and whom the mailmap says she is."""

    id: str  # the address in lower case; of a mailmap line that speaks of one name alone, the proper one
    proper: str  # the address by which she is known, in lower case
    name: str  # the proper one
    mailed: bool = True  # False: the mailmap asks that nobody writes to her

    @property
    def account(self) -> dict[str, Any]:
        """Return the account, as events have it."""
        return account(self.id, self.name, mailed=self.mailed)

    @property
    def mark(self) -> str:
        """Return what stands for her in the ids of events."""
        return marked(self.id)


def account(mail: str, name: str, *, mailed: bool = True) -> dict[str, Any]:
    """Return the account of an address, as events have it."""
    told = {"platform": PLATFORM, "id": mail}
    if name:
        told["name"] = name
    return told | {"email": mail} if mailed and _MAIL.fullmatch(mail) else told


def marked(mail: str) -> str:
    """Return what stands for an address in the ids of events, 16 hexadecimal digits."""
    return hashlib.sha256(mail.encode()).hexdigest()[:16]


class People:
    """Those of one history. What the mailmap says is asked of git itself, once for each name and address."""

    def __init__(self, process: subprocess.Popen[bytes], bots: Sequence[str]) -> None:
        """Use `people_of`."""
        self._process = process
        self._bots = (*BOTS, *(pattern.lower() for pattern in bots))
        self._known: dict[tuple[str, str], Person] = {}

    def of(self, name: str, mail: str) -> Person | None:
        """Return who is meant; None where the address is none."""
        name, mail = _UNPRINTED.sub(" ", name).strip()[:_LONGEST_NAME], mail.strip()
        if not mail or len(mail) > _LONGEST_MAIL or _UNPRINTED.search(mail) or not {"<", ">"}.isdisjoint(mail):
            return None
        key = (name.replace("<", "").replace(">", "").strip(), mail)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._mapped(*key)
        return found

    def written(self, text: str) -> Person | None:
        """Return who is meant by `Name <address>`, as trailers and lists have it; None where that is no one."""
        found = _IDENT.match(text)
        return self.of(found[1], found[2]) if found else None

    def is_bot(self, person: Person) -> bool:
        """Tell whether a name or an address is that of a program."""
        words = (person.name.lower(), person.id, person.proper)
        return any(fnmatchcase(word, pattern) for pattern in self._bots for word in words)

    def _mapped(self, name: str, mail: str) -> Person:
        """Ask the mailmap. One that leads to nobody's address asks not to be written to: they are still several."""
        if not _MAIL.fullmatch(mail):
            return Person(mail.lower(), mail.lower(), name)
        proper_name, proper = self._asked(f"{name} <{mail}>" if name else f"<{mail}>")
        if _NOBODYS.match(proper) and proper != mail.lower():
            return Person(mail.lower(), mail.lower(), name, mailed=False)
        if proper == mail.lower():
            return Person(proper, proper, proper_name)
        own = name and self._asked(f"<{mail}>")[1] != proper  # a line for this name alone: others use the address too
        return Person(proper if own else mail.lower(), proper, proper_name)

    def _asked(self, ident: str) -> tuple[str, str]:
        """Return the proper name and address (git-check-mailmap "OUTPUT")."""
        given, answered = self._process.stdin, self._process.stdout
        if given is None or answered is None:
            raise GitError("git check-mailmap: wanted pipes, got none")
        try:
            given.write(ident.encode() + b"\n")
            given.flush()
        except BrokenPipeError as error:
            raise GitError(f"git check-mailmap: wanted an answer, got none of {ident[:60]!r}") from error
        found = _IDENT.match(answered.readline().decode("utf-8", "replace"))
        if found is None:
            raise GitError(f"git check-mailmap: wanted a name and an address, got none for {ident[:60]!r}")
        return found[1], found[2].lower()


@contextmanager
def people_of(repository: Repository, bots: Sequence[str] = ()) -> Iterator[People]:
    """Give those of a history, by the `.mailmap` at its tip. `bots`: more patterns of names of programs."""
    blob = f"mailmap.blob={repository.tip}:.mailmap"
    with repository.running("-c", blob, "-c", "mailmap.file=", "check-mailmap", "--stdin") as process:
        yield People(process, bots)
