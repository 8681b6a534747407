"""What stands in the address of a request: only names that are known, each once, in this very case."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from api.web.problems import ProblemError
from api.xapi import people, values
from api.xapi.statement_shapes import AGENT, faults_of
from schemas import Fault, MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from starlette.requests import Request

WANTED: dict[str, tuple[Callable[[object], bool], str]] = {
    "statementId": (values.is_uuid, "a UUID"),
    "voidedStatementId": (values.is_uuid, "a UUID"),
    "registration": (values.is_uuid, "a UUID"),
    "verb": (values.is_iri, "an IRI"),
    "activity": (values.is_iri, "an IRI"),
    "activityId": (values.is_iri, "an IRI"),
    "since": (values.is_time, "a time such as 2026-03-01T10:00:00Z"),
    "until": (values.is_time, "a time such as 2026-03-01T10:00:00Z"),
    "related_activities": (lambda value: value in {"true", "false"}, "true or false"),
    "related_agents": (lambda value: value in {"true", "false"}, "true or false"),
    "ascending": (lambda value: value in {"true", "false"}, "true or false"),
    "attachments": (lambda value: value in {"true", "false"}, "true or false"),
    "format": (lambda value: value in {"exact", "ids", "canonical"}, "exact, ids or canonical"),
    "limit": (lambda value: isinstance(value, str) and value.isascii() and value.isdecimal(), "a whole number"),
}


def read(request: Request, known: Collection[str], required: Collection[str] = ()) -> dict[str, str]:
    """Return the parameters of a request. Raises a 400 problem that tells all that is wrong with them."""
    pairs = request.query_params.multi_items()
    told = dict(pairs)
    faults = [
        Fault(f"/{name}", f"wanted one of {', '.join(sorted(known)) or 'none'}, got this")
        for name in told
        if name not in known
    ]
    faults += [Fault(f"/{name}", "wanted it, got none") for name in required if not told.get(name)]
    if len(told) < len(pairs):
        faults.append(Fault("", "wanted each parameter once, got one twice"))
    for name, value in told.items():
        good, wanted = WANTED.get(name, (None, ""))
        if name in known and good is not None and not good(value):
            faults.append(Fault(f"/{name}", f"wanted {wanted}, got {value[:60]!r}"))
    if faults:
        raise ProblemError(400, "a parameter is not what was wanted", errors=faults)
    return told


def agent(told: Mapping[str, str]) -> dict[str, Any]:
    """Return the account object of the agent that a parameter names, by one identifier. Raises a 400 problem."""
    return dict(_read_agent(told["agent"])[0])


def agent_object(told: Mapping[str, str]) -> dict[str, Any]:
    """Return the agent of a parameter as it was given. Raises a 400 problem."""
    return dict(_read_agent(told["agent"])[1])


@functools.lru_cache(256)
def _read_agent(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        found: Any = loads(text.encode("utf-8", "surrogatepass"))
    except MalformedJSONError as error:
        raise ProblemError(400, f"agent: wanted an agent as JSON, got: {error}") from error
    faults = faults_of(found, AGENT)
    account = None if faults else people.account(found)
    if account is None:
        told = [Fault(f"/agent{each.pointer}", each.message) for each in faults]
        raise ProblemError(400, "agent: wanted an agent or a group with one identifier", errors=told)
    return account, found
