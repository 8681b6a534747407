"""POST and PUT of statements: kept as they are, and what they mean appended as facts.

First the statements are kept, all or none; then their facts are appended, also of those that were there: to send them
again mends whatever broke off between. xAPI 1.0.3 part 3 "PUT Statements", "POST Statements".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.concurrency import run_in_threadpool

from api.web.problems import ProblemError
from api.xapi.filing import completed, derived_id, filed, next_id
from api.xapi.meaning import meanings
from api.xapi.sameness import same
from ledger import TakenError
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.installation import Installation
    from api.xapi.received import Received
    from api.xapi.resource import Edition
    from ledger import Kept, NewStatement

TRIES = 4  # one is in vain only where another keeps the same statement at the same moment
CONNECTOR = "xapi"  # under which what was refused is kept aside


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements of one request: `ids` in its order, and for each what it says and when it was stored (µs)."""

    ids: list[str]
    statements: list[dict[str, Any]]
    stored: list[int | None]  # None where somebody was erased whom it named


def keep(
    here: Installation, community: str, given: Sequence[Received], edition: Edition, authority: dict[str, Any]
) -> Batch:
    """Keep statements, all or none. Raises a 409 problem where one is known with other content. Blocks."""
    for left in reversed(range(TRIES)):
        try:
            return _kept(here, community, given, edition, authority)
        except TakenError:
            if not left:
                raise
    raise AssertionError  # the last try returned, or raised


def _kept(
    here: Installation, community: str, given: Sequence[Received], edition: Edition, authority: dict[str, Any]
) -> Batch:
    ids, known = _identified(here, community, given)
    statements = [
        completed({"id": name, **each.statement}, edition.written, authority)
        for name, each in zip(ids, given, strict=True)
    ]
    new: dict[str, NewStatement] = {}
    for name, statement, each in zip(ids, statements, given, strict=True):
        if name not in known and name not in new:
            new[name] = filed({**statement, "id": name}, each.files)
    stored: dict[str, int | None] = {name: one.stored if one.content else None for name, one in known.items()}
    if new:
        stored |= zip(new, here.book.statements.keep(community, list(new.values())), strict=True)
    return Batch(ids, statements, [stored[name] for name in ids])


def _identified(here: Installation, community: str, given: Sequence[Received]) -> tuple[list[str], dict[str, Kept]]:
    """Return the id of each statement, and what is kept under these. Raises a 409 problem."""
    ids = [each.statement["id"].lower() if "id" in each.statement else derived_id(each.statement) for each in given]
    known = here.book.statements.known(community, ids)
    faults: list[Fault] = []
    first: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(given):
        named = "id" in each.statement
        there = known.get(ids[number])
        while there is not None and there.voided and not named:
            ids[number] = next_id(ids[number])
            known |= here.book.statements.known(community, [ids[number]])
            there = known.get(ids[number])
        if _agrees(there, each.statement) and same(first.setdefault(ids[number], each.statement), each.statement):
            continue
        if named:
            faults.append(Fault(f"/{number}/id", "wanted what is kept under this id already, got something else"))
        else:  # the same act of the same moment, told otherwise: another statement
            ids[number] = derived_id(each.statement, whole=True)
            known |= here.book.statements.known(community, [ids[number]])
    if faults:
        raise ProblemError(409, "a statement is kept under this id already; nothing was changed", errors=faults)
    return ids, known


def _agrees(known: Kept | None, statement: dict[str, Any]) -> bool:
    """Tell whether a statement says what is kept under its id, if anything is, or can be held against it."""
    return known is None or known.content is None or same(orjson.loads(known.content), statement)


async def append(here: Installation, community: str, batch: Batch) -> None:
    """Append what statements mean. What cannot be taken is kept aside; the statements themselves are kept already."""
    events, table = [], meanings(here.settings.data)
    for statement, stored in zip(batch.statements, batch.stored, strict=True):
        if stored is not None and (event := table.event(statement, stored, community)) is not None:
            events.append(event)
    if not events:
        return
    if len(events) == 1:
        outcomes = [await here.coalescer.append(events[0], community=community, identity=False)]
    else:
        outcomes = await run_in_threadpool(here.book.append, events, community=community)
    here.told(community, outcomes)
    for event, outcome in zip(events, outcomes, strict=True):
        if outcome.outcome in {"refused", "conflict"}:
            words = [str(fault) for fault in outcome.errors][:20]
            said = {"words": words, "id": event["id"]}
            await run_in_threadpool(here.book.strays.keep, community, CONNECTOR, outcome.outcome, event["type"], said)
