"""POST and PUT of statements: kept as they are, and what they mean appended as facts.

First the statements of a request are kept, all or none; then their facts are appended, also of those that were there:
to send them again mends whatever broke off between. Requests that come together are kept together, in one
transaction. xAPI 1.0.3 part 3 "PUT Statements", "POST Statements".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from api.web.problems import ProblemError
from api.xapi.identifying import Identified, Shelf, identified, usual_ids
from api.xapi.meaning import meanings
from ledger import Gathering, TakenError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api.installation import Installation
    from api.xapi.meaning import Meanings
    from api.xapi.received import Received
    from api.xapi.resource import Edition
    from ledger import Book, Outcome

TRIES = 4  # the second, where some are known already; further ones, where another was quicker each time
TOGETHER = 64  # requests
CONNECTOR = "xapi"  # under which what was refused is kept aside


class Sent(NamedTuple):
    """The statements of one request, and what is added to them: its edition's version, and who vouches for them."""

    given: Sequence[Received]
    edition: Edition
    authority: dict[str, Any]


class Posted(NamedTuple):
    """What became of a request: the ids of its statements, the events these mean, and what came of each event."""

    ids: list[str]
    events: list[dict[str, Any]]
    outcomes: list[Outcome]


class _Kept(NamedTuple):
    """The statements of a request once they are kept, and when each was (µs); None where its facts are forgotten."""

    ids: list[str]
    statements: list[dict[str, Any]]
    stored: list[int | None]


class Posting:
    """The one keeper of statements in a process. Belongs to one event loop."""

    def __init__(self, book: Book, data: Path, *, patience: float) -> None:
        """Keep in a book; what statements mean is told in the data folder too. `patience`: see `Gathering`."""
        self._book, self._data = book, data
        self._gathering: Gathering[str, Sent, Posted] = Gathering(
            self._posted, what="statements", at_once=1, most=TOGETHER, patience=patience
        )

    async def post(self, community: str, sent: Sent) -> Posted:
        """Keep the statements of a request, and append what they mean.

        Raises a 409 problem where one is known with other content, and `LedgerUnavailableError`.
        """
        return await self._gathering.done(community, sent)

    async def close(self) -> None:
        """Finish what is under way."""
        await self._gathering.close()

    def _posted(self, community: str, requests: list[Sent]) -> list[Posted | Exception]:
        """Keep the statements of requests that came together, and append what they mean, all in one go."""
        kept, table = self._kept(community, requests), meanings(self._data)
        meant = [[] if isinstance(one, ProblemError) else _meant(one, table, community) for one in kept]
        events = [event for some in meant for event in some]
        outcomes = iter(self._book.append(events, community=community) if events else [])
        return [
            one if isinstance(one, ProblemError) else Posted(one.ids, some, [next(outcomes) for _ in some])
            for one, some in zip(kept, meant, strict=True)
        ]

    def _kept(self, community: str, requests: list[Sent]) -> list[_Kept | ProblemError]:
        for left in reversed(range(TRIES)):
            try:
                return self._once(community, requests)
            except TakenError:
                if not left:
                    raise
        raise AssertionError  # the last try returned, or raised

    def _once(self, community: str, requests: list[Sent]) -> list[_Kept | ProblemError]:
        shelf = Shelf(self._book.statements, community)
        ids = [usual_ids(each.given) for each in requests]
        shelf.look([name for some in ids for name in some])
        found = [_identified(each, some, shelf) for each, some in zip(requests, ids, strict=True)]
        stored = shelf.stored()
        if shelf.new:
            stored |= zip(shelf.new, self._book.statements.keep(community, [*shelf.new.values()]), strict=True)
        return [
            one if isinstance(one, ProblemError) else _Kept(one.ids, one.statements, [stored[name] for name in one.ids])
            for one in found
        ]


def _identified(sent: Sent, ids: list[str], shelf: Shelf) -> Identified | ProblemError:
    try:
        return identified(sent.given, ids, sent.edition, sent.authority, shelf)
    except ProblemError as error:
        return error


def _meant(kept: _Kept, table: Meanings, community: str) -> list[dict[str, Any]]:
    found = (
        table.event(statement, stored, community)
        for statement, stored in zip(kept.statements, kept.stored, strict=True)
        if stored is not None
    )
    return [event for event in found if event is not None]


async def tell(here: Installation, community: str, posted: Posted) -> None:
    """Tell of the facts of a request; what could not be taken is kept aside, its statement is kept all the same."""
    if posted.outcomes:
        here.told(community, posted.outcomes)
    for event, outcome in zip(posted.events, posted.outcomes, strict=True):
        if outcome.outcome in {"refused", "conflict"}:
            said = {"words": [str(fault) for fault in outcome.errors][:20], "id": event["id"]}
            await run_in_threadpool(here.book.strays.keep, community, CONNECTOR, outcome.outcome, event["type"], said)
