"""Which statement is which: the id of each, and whether it is kept already, or says something else than what is.

xAPI 1.0.3 part 2 "Statement Immutability and Exceptions", part 3 "POST Statements".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from api.web.problems import ProblemError
from api.xapi.filing import completed, derived_id, filed, next_id
from api.xapi.sameness import same
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.xapi.received import Received
    from api.xapi.resource import Edition
    from ledger import Kept, NewStatement, Statements

MOST_NAMED = 20_000  # people and activities in the statements of one request


class Identified(NamedTuple):
    """Statements of a request, in its order, each with its id and all that is added but for `stored`."""

    ids: list[str]
    statements: list[dict[str, Any]]


class Shelf:
    """What is kept under the ids that are asked for; and what is new, of this request and those before it."""

    def __init__(self, statements: Statements, community: str) -> None:
        """Look in the statements of a community."""
        self._statements = statements
        self._community = community
        self._known: dict[str, Kept] = {}
        self._told: dict[str, dict[str, Any]] = {}  # of the new ones, as they came
        self.new: dict[str, NewStatement] = {}

    def look(self, ids: Sequence[str]) -> None:
        """Learn what is kept under these ids."""
        self._known |= self._statements.known(self._community, ids)

    def is_voided(self, name: str) -> bool:
        """Tell whether the statement of this id was voided."""
        return name in self._known and self._known[name].voided

    def takes(self, name: str, statement: dict[str, Any]) -> bool:
        """Tell whether a statement may have this id: it is free, or its statement says the same, or is forgotten."""
        there = self._known.get(name)
        if there is not None:
            return there.content is None or same(orjson.loads(there.content), statement)
        return name not in self._told or same(self._told[name], statement)

    def put(self, names: Sequence[str], given: Sequence[Received], made: Sequence[dict[str, Any]]) -> None:
        """Put the statements of a request there, as far as they are new: `made` is as they will be kept.

        All or none. Raises a 400 or 413 problem where there is too much of them.
        """
        told, new = {}, {}
        for name, each, statement in zip(names, given, made, strict=True):
            if name not in self._known and name not in self.new and name not in new:
                told[name] = each.statement
                new[name] = filed(statement, each.files)
        if (named := sum(len(one.agents) + len(one.related) + len(one.terms) for one in new.values())) > MOST_NAMED:
            raise ProblemError(413, f"statements: wanted at most {MOST_NAMED:,} people and activities, got {named:,}")
        self._told |= told
        self.new |= new

    def stored(self) -> dict[str, int | None]:
        """Return when each known one was stored (µs), None where somebody was erased whom it named."""
        return {name: one.stored if one.content else None for name, one in self._known.items()}


def usual_ids(given: Sequence[Received]) -> list[str]:
    """Return the ids that statements name, or have as a rule where they name none."""
    return [each.statement["id"].lower() if "id" in each.statement else derived_id(each.statement) for each in given]


def identified(
    given: Sequence[Received], ids: list[str], edition: Edition, authority: dict[str, Any], shelf: Shelf
) -> Identified:
    """Identify the statements of a request by their usual ids, and put what is new on the shelf, all or none.

    The shelf was looked at for these ids. Raises a 409 problem where one is of another statement, and 400 or 413 where
    there is too much of them.
    """
    faults: list[Fault] = []
    first: dict[str, dict[str, Any]] = {}  # of this request
    for number, each in enumerate(given):
        named = "id" in each.statement
        name = ids[number] = ids[number] if named else _standing(ids[number], shelf)
        if shelf.takes(name, each.statement) and same(first.setdefault(name, each.statement), each.statement):
            continue
        if named:
            faults.append(Fault(f"/{number}/id", "wanted what is kept under this id already, got something else"))
        else:  # the same act of the same moment, told otherwise: another statement
            whole = derived_id(each.statement, whole=True)
            shelf.look([whole])
            ids[number] = _standing(whole, shelf)
    if faults:
        raise ProblemError(409, "a statement is kept under this id already; nothing was changed", errors=faults)
    made = [
        completed({**each.statement, "id": name}, edition.written, authority)
        for name, each in zip(ids, given, strict=True)
    ]
    shelf.put(ids, given, made)
    return Identified(ids, made)


def _standing(name: str, shelf: Shelf) -> str:
    """Return an id that was looked for, or where its statement was voided the next that was not."""
    while shelf.is_voided(name):
        name = next_id(name)
        shelf.look([name])
    return name
