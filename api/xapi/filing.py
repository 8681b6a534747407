"""How a checked statement is filed: completed, and with all that it is asked for by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from api.web.problems import ProblemError
from api.xapi import people
from api.xapi.sameness import bare
from api.xapi.statement_shapes import CONTEXTS, VOIDED
from ledger import NewStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = UUID("6c3f1f2e-5f0b-5c3a-9d5e-0a3f5f1c9b77")
"""Of the ids that statements get which come without one."""
_ACT = ("actor", "verb", "object", "timestamp")

LARGEST_STATEMENT = 1_048_576  # bytes of a statement, but for what is attached to it: as of an event
MOST_NAMED = 1_000  # people and activities in one


def derived_id(statement: Mapping[str, Any], *, whole: bool = False) -> str:
    """Return the id of a statement that came without one: the same whenever it comes again.

    UUIDv5 of actor, verb, object, timestamp and registration, of all of it where `whole`, as far as they make a
    difference (`sameness`): an LMS writes a statement anew for each try, and a course may have another title by then.
    Without a time nobody can say that one is the other in other words: then every word makes a difference.
    """
    told = bare(statement) if "timestamp" in statement else statement
    if not whole:
        registration = statement.get("context", {}).get("registration")
        told = {**{name: told.get(name) for name in _ACT}, "registration": registration}
    return str(uuid5(NAMESPACE, orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()))


def next_id(name: str) -> str:
    """Return the id that follows a derived one which was voided: who reports the same after that reports it anew."""
    return str(uuid5(NAMESPACE, name))


def completed(statement: dict[str, Any], version: str, authority: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement as it is kept, but for `stored`: with version and authority, and lists where lists belong."""
    made = {**statement, "version": statement.get("version", version), "authority": authority}
    made.pop("stored", None)
    _listed(made)
    if made["object"].get("objectType") == "SubStatement":
        made["object"] = dict(made["object"])
        _listed(made["object"])
    return made


def _listed(statement: dict[str, Any]) -> None:
    """XAPI "Context Activities": one activity may come alone, and is given back as a list."""
    told = statement.get("context", {}).get("contextActivities")
    if told and any(type(each) is dict for each in told.values()):
        lists = {name: [each] if type(each) is dict else each for name, each in told.items()}
        statement["context"] = {**statement["context"], "contextActivities": lists}


def filed(statement: dict[str, Any], files: Mapping[int, bytes]) -> NewStatement:
    """Return how a completed statement is kept. Raises a 400 or 413 problem where it is too long, or names too many."""
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    terms = [("verb", statement["verb"]["id"])]
    agents = _by_ref(people.accounts(statement["actor"]))
    context = statement.get("context")
    if kind == "Activity":
        terms.append(("activity", thing["id"]))
    elif kind in {"Agent", "Group"}:
        agents |= _by_ref(people.accounts(thing))
    if context is not None:
        terms += [("context", each) for each in dict.fromkeys(_around(context)) if each != thing.get("id")]
        if "registration" in context:
            terms.append(("registration", context["registration"].lower()))
    related = _by_ref(_beside(context))
    if kind == "SubStatement":
        terms += [("context", each) for each in dict.fromkeys(_within(thing))]
        related |= _by_ref(_of_substatement(thing))
    terms.append(("authority", people.identifier(statement["authority"])))
    refers = thing["id"].lower() if kind == "StatementRef" else ""
    content = orjson.dumps(statement)
    if len(content) > LARGEST_STATEMENT:
        raise ProblemError(413, f"a statement: wanted at most {LARGEST_STATEMENT:,} bytes, got {len(content):,}")
    if (names := len(agents) + len(related) + len(terms)) > MOST_NAMED:
        raise ProblemError(400, f"a statement: wanted at most {MOST_NAMED:,} people and activities, got {names:,}")
    return NewStatement(
        id=statement["id"],
        content=content,
        agents=agents,
        related=related,
        terms=terms,
        refers=refers,
        voids=bool(refers) and statement["verb"]["id"] == VOIDED,
        files=files,
    )


def _by_ref(accounts: Iterator[dict[str, Any]]) -> dict[people.Ref, dict[str, Any]]:
    return {people.ref(each): each for each in accounts}


def _around(context: Mapping[str, Any]) -> Iterator[str]:
    told = context.get("contextActivities", {})
    for name in CONTEXTS:
        for each in told.get(name, ()):
            yield each["id"]


def _beside(context: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if context is None:
        return
    for name in ("instructor", "team"):
        yield from people.accounts(context.get(name))
    for each in context.get("contextAgents", ()):
        yield from people.accounts(each["agent"])
    for each in context.get("contextGroups", ()):
        yield from people.accounts(each["group"])


def _within(substatement: Mapping[str, Any]) -> Iterator[str]:
    thing = substatement["object"]
    if thing.get("objectType", "Activity") == "Activity":
        yield thing["id"]
    yield from _around(substatement.get("context", {}))


def _of_substatement(substatement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from people.accounts(substatement["actor"])
    thing = substatement["object"]
    if thing.get("objectType") in {"Agent", "Group"}:
        yield from people.accounts(thing)
    yield from _beside(substatement.get("context"))
