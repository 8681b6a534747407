"""What it takes to verify a badge of ours, looked up once for all who wait for it.

To know how the issuer's keys, the status list and the log stand, the book is asked, which wants a thread; all else is
a millisecond's work. So who comes while nobody asks begins to, and who comes meanwhile waits until that is over: then
one look serves them all, and each is told what stood after she had come. Where it can be told without waiting that
nothing was written since, as of SQLite, nobody looks again for half a second.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from api.known.policies import policy_of
from badges import BRIEF, SlowError, did
from ledger import FRESH_SECONDS, SLUG, UnknownCommunityError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from api.known.documents import Documents
    from badges import Policy
    from ledger import Book
    from projections import Views

T = TypeVar("T")

MOST_NAMES = 4  # that a badge of ours has of what is looked up: its issuer, two lists, its log
_MORE = (b'"refreshService"', b'"endorsement', b'"verifiableCredential"', b'"relatedResource"')
"""Members of a document by which there is more to be verified than itself."""

MOST_KEPT = 256  # looks
_SLUG = SLUG.pattern.encode()
_COMMUNITY = re.compile(rf"[:/]communities[:/]({SLUG.pattern})")

Names = frozenset[str]


class Looking:
    """Looks up what badges of ours name. Belongs to one event loop."""

    def __init__(self, known: Documents, others: Documents, origin: str, standing: Standing | None = None) -> None:
        """`known`: all that is at hand, of which only the `others` can be had without a thread.

        `standing` tells whether what was looked up still stands; without it nothing is kept.
        """
        self._known, self._others, self._standing = known, others, standing
        self._kept: OrderedDict[Names, _Kept] = OrderedDict()
        self._lists = f"{origin}/"
        self._forms = [
            _Form(f"{origin}/status/", rb"[\w.-]{1,200}"),
            _Form(f"{origin.partition('://')[2]}/communities/", _SLUG + rb"/log(?:/[0-9]+)?"),
        ]
        if origin.startswith("https://"):
            self._forms.append(_Form(did.did_web(origin, ""), _SLUG))
        self._waiting: dict[Names, list[asyncio.Future[Policy]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # else nobody would hold them

    async def policy(self, document: bytes) -> Policy | None:
        """Return the ordinary policy with what a badge of ours names as it stands now, and nothing else of ours.

        None where `document` is no such badge, or more is to be verified with it. Where it is asked for something else
        of ours after all, it raises `SlowError`.
        """
        names = self._named(document)
        if not names:
            return None
        kept = self._kept.get(names)
        if kept is not None and self._standing is not None and kept.until > time.monotonic():
            if kept.version == self._standing.version():
                return kept.policy
            del self._kept[names]
        waiting = self._waiting.get(names)
        if waiting is None:
            waiting = self._waiting[names] = []
            task = asyncio.get_running_loop().create_task(self._look(names))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        told: asyncio.Future[Policy] = asyncio.get_running_loop().create_future()
        waiting.append(told)
        return await told

    def _named(self, document: bytes) -> Names:
        """Return what `document` names of ours; nothing where that is not all, or not soon verified."""
        if len(document) > BRIEF or document[:1] != b"{" or any(name in document for name in _MORE):
            return frozenset()
        found = frozenset(name for form in self._forms for name in form.names(document))
        return found if len(found) <= MOST_NAMES else frozenset()

    async def _look(self, names: Names) -> None:
        """Look, for who waits and again for who came meanwhile, until nobody does."""
        waiting: list[asyncio.Future[Policy]] = []
        try:
            while waiting := self._waiting[names]:
                self._waiting[names] = []
                looked = asyncio.ensure_future(self._asked(names))
                await asyncio.wait([looked])  # which raises nothing: what went wrong is raised where it is waited for
                for told in waiting:
                    if not told.done():
                        _tell(told, looked)
                        await asyncio.sleep(0)  # each has the loop for a moment, and then who else wants it
        finally:
            for told in [*waiting, *self._waiting.pop(names)]:
                told.cancel()

    async def _asked(self, names: Names) -> Policy:
        standing = self._standing
        communities = {one for name in names for one in _COMMUNITY.findall(name)} if standing else set()
        version = standing.version() if standing and communities else None  # before anything is looked up
        until = time.monotonic() + FRESH_SECONDS
        found = await run_in_threadpool(self._found, names, communities if version is not None else ())
        if version is not None and found.whole:
            self._kept[names] = _Kept(version, until, found.policy)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found.policy

    def _found(self, names: Names, communities: Collection[str]) -> _Found:
        """Look. Blocks."""
        if self._standing:
            self._standing.renew(communities)
        logs = {name for name in names if not name.startswith((self._lists, "did:"))}
        published = _Held(self._known.published, self._others.published, names - logs, self._is_ours)
        keys = _Held(self._known.logs, {}, logs, lambda _: True)
        known = replace(self._known, published=published, logs=keys)
        return _Found(policy_of(known), whole=published.whole and keys.whole)

    def _is_ours(self, name: str) -> bool:
        """Return whether the book may have to be asked for what has that name."""
        return name.startswith((self._lists, "did:web:"))


class Standing(Protocol):
    """Tells whether what was looked up still stands."""

    def version(self) -> object:
        """Return what is another once any status or log is; None where that is not told without waiting.

        Of keys and of who was erased it says nothing: those may be remembered for `FRESH_SECONDS` after `renew`.
        For the thread of the event loop.
        """

    def renew(self, communities: Collection[str]) -> None:
        """Look again whether keys of communities changed, or anybody of them was erased. Blocks."""


class OfBook:
    """Tells it of a book and its views."""

    def __init__(self, book: Book, views: Views) -> None:
        self._book, self._views = book, views

    def version(self) -> object:
        """See `Standing.version`."""
        views, heads = self._views.version(), self._book.log.version()
        if views is None or heads is None or self._book.shards > 1:  # whose communities may move
            return None
        return views, heads

    def renew(self, communities: Collection[str]) -> None:
        """See `Standing.renew`."""
        for community in communities:
            with suppress(UnknownCommunityError):
                self._book.epoch(community, now=True)


class _Found(NamedTuple):
    """What was looked up; `whole`: all of it is there."""

    policy: Policy
    whole: bool


class _Kept(NamedTuple):
    """What was looked up, and what stood then; until when (monotonic seconds) it may be used while that stands."""

    version: object
    until: float
    policy: Policy


class _Form:
    """Names that begin alike, and how they go on."""

    def __init__(self, begins: str, goes_on: bytes) -> None:
        self._begins = begins.encode()
        self._whole = re.compile(re.escape(self._begins) + goes_on)

    def names(self, document: bytes) -> Iterator[str]:
        """Yield those in a document, some more than once."""
        at = document.find(self._begins)
        while at >= 0:
            if name := self._whole.match(document, at):
                yield name[0].decode()
            at = document.find(self._begins, at + len(self._begins))


class _Held(Mapping[str, T], Generic[T]):
    """What was found under some names, and what else is not ours."""

    def __init__(
        self, known: Mapping[str, T], others: Mapping[str, T], names: Collection[str], ours: Callable[[str], bool]
    ) -> None:
        self._found = {name: known.get(name) for name in names}
        self._others, self._ours = others, ours
        self.whole = None not in self._found.values()

    def __getitem__(self, name: str) -> T:
        """Return what has that name. Raises `KeyError`, and `SlowError` for what is ours and was not looked up."""
        if name in self._found:
            found = self._found[name]
            if found is None:
                raise KeyError(name)
            return found
        if self._ours(name):
            raise SlowError(f"wanted what was looked up, got {name[:200]}")
        return self._others[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of others' things."""
        return iter(self._others)

    def __len__(self) -> int:
        """Return how many of those there are."""
        return len(self._others)


def _tell(told: asyncio.Future[Policy], looked: asyncio.Future[Policy]) -> None:
    """Have one future come to what another came to."""
    if (error := looked.exception()) is not None:
        told.set_exception(error)
    else:
        told.set_result(looked.result())
