"""Commits as git itself tells them: one process, a record for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas import InvalidTimeError, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.importing.git.repository import Repository

_TRAILERS = "%(trailers:only=true,unfold=true,separator=%x1e,key_value_separator=%x1f)"
_FIELDS: Final = ("%H", "%P", "%ct", "%an", "%ae", "%s", _TRAILERS, "%b")
_FORMAT = "--format=tformat:" + "%x00".join(_FIELDS)
_PLAIN: Final = ("-z", "--no-color", "--no-mailmap", "--encoding=UTF-8", "--no-show-signature", "--no-notes")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: who wrote it, when it became part of the history, and what its message ends with."""

    id: str
    parents: tuple[str, ...]
    time: str  # RFC 3339 in UTC: the committer's
    name: str  # the author's, as it was written
    mail: str
    subject: str
    trailers: tuple[tuple[str, str], ...]  # in order, keys as they were written
    body: str


def commits_of(repository: Repository, *, merges: bool, only: Path | None = None) -> Iterator[Commit]:
    """Yield the commits up to the tip, those before others first. Raises `GitError`.

    `only`: a file that names those wanted, one id a line, in their order. Times that no calendar of ours has come as
    they are, and are refused where facts are.
    """
    which = ("--no-walk=unsorted", "--stdin") if only else ("--topo-order", "--reverse", repository.tip)
    kinds = () if merges else ("--no-merges",)
    for record in repository.fields("log", *_PLAIN, _FORMAT, *kinds, *which, number=len(_FIELDS), fed=only):
        id_, parents, seconds, name, mail, subject, trailers, body = record
        pairs = (each.partition("\x1f") for each in trailers.split("\x1e"))
        yield Commit(
            id=id_,
            parents=tuple(parents.split()),
            time=instant(seconds),
            name=name,
            mail=mail,
            subject=subject,
            trailers=tuple((key, value.strip()) for key, split, value in pairs if split),
            body=body,
        )


def ids_of(repository: Repository, *, merges: bool) -> Iterator[str]:
    """Yield the ids of the commits up to the tip, those before others first. Raises `GitError`."""
    kinds = () if merges else ("--no-merges",)
    with repository.running("rev-list", *kinds, "--topo-order", "--reverse", repository.tip) as process:
        for line in process.stdout or ():
            yield line.decode("ascii").strip()


def number_of(repository: Repository, *kinds: str) -> int:
    """Return how many commits there are up to the tip, of `--merges`, `--no-merges` or all. Raises `GitError`."""
    return int(repository.asked("rev-list", "--count", *kinds, repository.tip))


def instant(seconds: str) -> str:
    """Return seconds after 1970 as RFC 3339; what is no time of ours as it is."""
    try:
        return format_time(int(seconds) * 1_000_000)
    except (ValueError, OverflowError, InvalidTimeError):
        return seconds
