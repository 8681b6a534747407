"""What it takes to verify a badge of ours, looked up once for all who wait for it.

To know how the issuer's keys, the status list and the log stand, the book is asked, which wants a thread; all else is
a millisecond's work. So who comes while nobody asks begins to, and who comes meanwhile waits until that is over: then
one look serves them all, and each is told what stood after she had come.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from api.policies import policy_of
from badges import BRIEF, SlowError, did
from ledger import SLUG

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from api.documents import Documents
    from badges import Policy

T = TypeVar("T")

MOST_NAMES = 4  # that a badge of ours has of what is looked up: its issuer, two lists, its log
_MORE = (b'"refreshService"', b'"endorsement', b'"verifiableCredential"', b'"relatedResource"')
"""Members of a document by which there is more to be verified than itself."""

_SLUG = SLUG.pattern.encode()
_LOG = _SLUG + rb"/log(?:/[0-9]+)?"

Names = frozenset[str]


class Looking:
    """Looks up what badges of ours name. Belongs to one event loop."""

    def __init__(self, known: Documents, others: Documents, origin: str) -> None:
        """`known`: all that is at hand, of which only the `others` can be had without a thread."""
        self._known, self._others = known, others
        self._lists = f"{origin}/"
        self._patterns = [
            re.compile(re.escape(f"{origin}/status/".encode()) + rb"[\w.-]{1,200}"),
            re.compile(re.escape(f"{origin.partition('://')[2]}/communities/".encode()) + _LOG),
        ]
        if origin.startswith("https://"):
            self._patterns.append(re.compile(re.escape(did.did_web(origin, "").encode()) + _SLUG))
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
        found = {name for pattern in self._patterns for name in pattern.findall(document)}
        return frozenset(name.decode() for name in found) if len(found) <= MOST_NAMES else frozenset()

    async def _look(self, names: Names) -> None:
        """Look, for who waits and again for who came meanwhile, until nobody does."""
        waiting: list[asyncio.Future[Policy]] = []
        try:
            while waiting := self._waiting[names]:
                self._waiting[names] = []
                found = await self._asked(names)
                for told in waiting:
                    if not told.done():
                        _tell(told, found)
                        await asyncio.sleep(0)  # each has the loop for a moment, and then who else wants it
        finally:
            for told in [*waiting, *self._waiting.pop(names)]:
                told.cancel()

    async def _asked(self, names: Names) -> Policy | Exception:
        try:
            return await run_in_threadpool(self._found, names)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            return error

    def _found(self, names: Names) -> Policy:
        """Return the policy. Blocks."""
        logs = {name for name in names if not name.startswith((self._lists, "did:"))}
        known = replace(
            self._known,
            published=_Held(self._known.published, self._others.published, names - logs, self._is_ours),
            logs=_Held(self._known.logs, {}, logs, lambda _: True),
        )
        return policy_of(known)

    def _is_ours(self, name: str) -> bool:
        """Return whether the book may have to be asked for what has that name."""
        return name.startswith((self._lists, "did:web:"))


class _Held(Mapping[str, T], Generic[T]):
    """What was found under some names, and what else is not ours."""

    def __init__(
        self, known: Mapping[str, T], others: Mapping[str, T], names: Collection[str], ours: Callable[[str], bool]
    ) -> None:
        self._found = {name: known.get(name) for name in names}
        self._others, self._ours = others, ours

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


def _tell(told: asyncio.Future[Policy], found: Policy | Exception) -> None:
    if isinstance(found, Exception):
        told.set_exception(found)
    else:
        told.set_result(found)
