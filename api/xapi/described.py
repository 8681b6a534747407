"""The routes of the record store as the OpenAPI document tells of them."""

from __future__ import annotations

from typing import Any

_STATEMENT: dict[str, Any] = {"type": "object", "required": ["actor", "verb", "object"]}
_VERSION = {
    "name": "X-Experience-API-Version",
    "in": "header",
    "required": True,
    "schema": {"enum": ["1.0.3", "2.0.0"]},
}
_KNOWN = [
    {"name": name, "in": "header", "schema": {"type": "string"}, "description": "an `ETag` of what is there, or `*`"}
    for name in ("If-Match", "If-None-Match")
]
_ID = {"type": "string", "format": "uuid"}
_IRI = {"type": "string", "format": "iri"}
_TIME = {"type": "string", "format": "date-time"}
_FLAG = {"enum": ["true", "false"]}
_AGENT = {"type": "string", "description": "an agent with one identifier, as JSON"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "statementId": _ID,
    "voidedStatementId": _ID,
    "agent": _AGENT,
    "verb": _IRI,
    "activity": _IRI,
    "activityId": _IRI,
    "registration": _ID,
    "related_activities": _FLAG,
    "related_agents": _FLAG,
    "since": _TIME,
    "until": _TIME,
    "limit": {"type": "integer", "minimum": 0},
    "format": {"enum": ["exact", "ids", "canonical"]},
    "attachments": _FLAG,
    "ascending": _FLAG,
    "from": {"type": "integer", "minimum": 0, "description": "of `more`"},
    "stateId": {"type": "string"},
    "profileId": {"type": "string"},
}


def _parameters(*names: str, required: tuple[str, ...] = (), versioned: bool = True) -> list[dict[str, Any]]:
    told = [{"name": name, "in": "query", "required": name in required, "schema": _SCHEMAS[name]} for name in names]
    return [_VERSION, *told] if versioned else told


def _answer(schema: dict[str, Any], *media: str) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind in media or ("application/json",)}
    return {"200": {"description": "as the standard says", "content": content}}


_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"oneOf": [_STATEMENT, {"type": "array", "items": _STATEMENT}]}}},
}
POST_STATEMENTS = {
    "parameters": _parameters(),
    "requestBody": _BODY,
    "responses": _answer({"type": "array", "items": _ID}),
}
PUT_STATEMENT = {
    "parameters": _parameters("statementId", required=("statementId",)),
    "requestBody": {"required": True, "content": {"application/json": {"schema": _STATEMENT}}},
}
GET_STATEMENTS = {
    "parameters": _parameters(
        "statementId",
        "voidedStatementId",
        "agent",
        "verb",
        "activity",
        "registration",
        "related_activities",
        "related_agents",
        "since",
        "until",
        "limit",
        "format",
        "attachments",
        "ascending",
        "from",
    ),
    "responses": _answer({"type": "object"}, "application/json", "multipart/mixed"),
}
GET_ABOUT = {"responses": _answer({"type": "object"})}
GET_AGENT = {"parameters": _parameters("agent", required=("agent",)), "responses": _answer({"type": "object"})}
GET_ACTIVITY = {
    "parameters": _parameters("activityId", required=("activityId",)),
    "responses": _answer({"type": "object"}),
}
_WHAT = {"GET": "Read", "PUT": "Keep", "POST": "Keep, or add to", "DELETE": "Drop"}
_OF = {"state": "a state", "activities": "the profile of an activity", "agents": "the profile of an agent"}


def document_route(path: str, id: str, required: tuple[str, ...], method: str) -> dict[str, Any]:  # noqa: A002
    """Return how a route of documents is told of: its summary, and what belongs to its operation."""
    of = _OF["state" if path.endswith("state") else path.split("/")[2]]
    state = path.endswith("state")
    names = (*required, id, *(("registration",) if state else ()), *(("since",) if method == "GET" else ()))
    alone = method in {"PUT", "POST"} or (method == "DELETE" and not state)
    extra: dict[str, Any] = {"parameters": _parameters(*names, required=(*required, *((id,) if alone else ())))}
    if method != "GET":
        extra["parameters"] += _KNOWN
    if method in {"PUT", "POST"}:
        anything: dict[str, Any] = {"application/json": {"schema": {}}, "application/octet-stream": {"schema": {}}}
        extra["requestBody"] = {"required": True, "content": anything}
    if method == "GET":
        extra["responses"] = _answer({}, "*/*")
    return {"summary": f"{_WHAT[method]} {of}", "openapi_extra": extra}
