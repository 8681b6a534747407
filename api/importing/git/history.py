"""A whole history, taken into a community: commits, what their messages say, and who was answerable for what.

Nothing is remembered beside the facts. What is new is found by asking the book which commits it knows, so branches
that come late are found too, and to import again is harmless.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from api.importing.git.commits import commits_of, ids_of, number_of
from api.importing.git.facts import Place, Reading
from api.importing.git.holders import Holders
from api.importing.git.people import people_of
from api.importing.git.repository import opened
from api.importing.taking import CHUNK, Taking, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeVar

    from api.importing.git.repository import Repository
    from api.installation import Installation

    T = TypeVar("T")

LOOKED_BACK: Final = 1_000  # of the latest recorded commits: are they still in the history?
_READ_BACK = 20  # windows of facts, at most, to find so many


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be taken of a history, and how."""

    community: str
    ref: str = "HEAD"
    name: str = ""  # what the repository is called in the book; where it was cloned from, or its folder, when empty
    link: str = ""
    merges: bool = False
    since_last: bool = False
    preview: bool = False
    bots: tuple[str, ...] = ()


def import_history(
    here: Installation, path: Path, wishes: Wishes, step: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """Take a history, and tell what became of it. `step` hears the errand, how much is done, of how much. Blocks.

    Raises `GitError`; what came before is recorded then.
    """
    began = time.perf_counter()
    taking = Taking(here, wishes.community, wishes.preview)
    with opened(path, wishes.ref) as repository, people_of(repository, wishes.bots) as people:
        place = Place(wishes.name or repository.name, wishes.community, wishes.link)
        lost = _lost(here, repository, place)
        reading, holders = Reading(place, people), Holders(repository, place, people)
        read = _take_commits(repository, wishes, reading, taking, step)
        seconds = time.perf_counter() - began
        _take_holders(holders, taking, step)
        told: dict[str, Any] = {
            "repository": place.name,
            "source": place.source,
            "tip": repository.tip,
            "shallow": repository.shallow,
            "commits": number_of(repository),
            "merges": number_of(repository, "--merges"),
            "read": read,
            "left": dict((reading.left + holders.left).most_common()),
            "lost": lost,
            "seconds_per_thousand": round(1_000 * seconds / read, 2) if read else None,
        }
        return told | taking.told()


def _take_commits(
    repository: Repository, wishes: Wishes, reading: Reading, taking: Taking, step: Callable[[str, int, int], None]
) -> int:
    """Take the commits that are wanted; return how many were read."""
    only, total = None, number_of(repository, *(() if wishes.merges else ("--no-merges",)))
    if wishes.since_last:
        only, total = repository.scratch / "wanted", 0
        with only.open("w") as file:
            for ids in _batches(ids_of(repository, merges=wishes.merges), CHUNK):
                new = [
                    id_ for id_, known in zip(ids, taking.known(reading.place.source, ids), strict=True) if not known
                ]
                file.writelines(f"{id_}\n" for id_ in new)
                total += len(new)
        if not total:
            return 0
    read = 0
    step("Reading commits", 0, total)
    for commits in _batches(commits_of(repository, merges=wishes.merges, only=only), CHUNK // 2):
        _take(taking, [event for commit in commits for event in reading.events(commit)])
        read += len(commits)
        step("Reading commits", read, total)
    return read


def _take_holders(holders: Holders, taking: Taking, step: Callable[[str, int, int], None]) -> None:
    done = 0
    for events in _batches(holders.events(), CHUNK):
        _take(taking, events)
        done += len(events)
        step("Reading who maintained", done, done)


def _take(taking: Taking, events: Sequence[dict[str, Any]]) -> None:
    """Take events, but not again those links that are in the book: they stand there with the time they were met at."""
    links = [event for event in events if kind_of(event) == "identity"]
    known = taking.known(links[0]["source"], [event["id"] for event in links]) if links else []
    again = {event["id"] for event, old in zip(links, known, strict=True) if old}
    taking.outcomes["duplicate"] += len(again)
    fresh = [event for event in events if event["id"] not in again]
    for start in range(0, len(fresh), CHUNK):
        taking.take(fresh[start : start + CHUNK])


def _lost(here: Installation, repository: Repository, place: Place) -> list[str]:
    """Return the ids of commits, of those recorded last, that the history does not have any more."""
    book, slug = here.book, place.community
    if not any(one.slug == slug for one in book.communities()):
        return []
    source, wanted, upto = book.token(slug, place.source), set[str](), book.head(slug)
    for _ in range(_READ_BACK):
        facts = [
            fact
            for fact in book.read(slug, max(0, upto - CHUNK), CHUNK, upto=upto)
            if fact.topic == "contribution.v1" and fact.open.get("source") == source
        ]
        ids = (str(said.get("id", "")) for said in book.reveal(slug, facts))
        wanted.update(id_ for id_ in ids if id_ and "/" not in id_)
        upto -= CHUNK
        if upto <= 0 or len(wanted) >= LOOKED_BACK:
            break
    if wanted:
        for id_ in ids_of(repository, merges=True):
            wanted.discard(id_)
    return sorted(wanted)


def _batches(each: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(each)
    while batch := list(islice(left, size)):
        yield batch
