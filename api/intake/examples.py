"""What the OpenAPI document shows of bodies that FastAPI cannot read from a signature."""

from __future__ import annotations

from typing import Any, Final

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "post:79563",
    "source": "https://forum.example",
    "type": "org.guildbook.contribution.v1",
    "time": "2026-03-01T10:00:00Z",
    "community": "makers",
    "data": {
        "author": {"platform": "discourse", "id": "2401"},
        "item": "https://forum.example/p/79563",
        "kind": "resource",
        "outcome": "published",
    },
}

ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Event",
    "description": "A CloudEvent 1.0 (structured). In binary form these members but `data` are `ce-` headers.",
    "required": ["specversion", "id", "source", "type", "time", "community", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 256},
        "source": {"type": "string", "minLength": 1, "maxLength": 512, "format": "uri-reference"},
        "type": {"type": "string"},
        "time": {"type": "string", "format": "date-time"},
        "community": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
        "data": {"type": "object"},
    },
}

_EVENT_SCHEMA = {"$ref": "#/components/schemas/Event"}

_ROW_SCHEMA = {
    "type": "object",
    "required": ["index", "source", "id", "outcome", "position", "errors"],
    "properties": {
        "index": {"type": "integer", "description": "place in the batch, or line of the stream, from 0"},
        "source": {"type": ["string", "null"]},
        "id": {"type": ["string", "null"]},
        "outcome": {"enum": ["stored", "duplicate", "conflict", "refused"]},
        "position": {"type": ["integer", "null"]},
        "errors": {"$ref": "#/components/schemas/Problem/properties/errors"},
    },
}

_RECEIPT_SCHEMA = {
    "type": "object",
    "required": ["outcome", "position"],
    "properties": {"outcome": {"enum": ["stored", "duplicate"]}, "position": {"type": "integer"}},
}

_RECEIPT = {"outcome": "stored", "position": 4711}
_ROW = {
    "index": 0,
    "source": "https://forum.example",
    "id": "post:79563",
    "outcome": "stored",
    "position": 4711,
    "errors": [],
}
_ROWS_SCHEMA = {"type": "array", "items": _ROW_SCHEMA}
_LINES = {"schema": {"type": "string", "description": "one JSON value a line"}}

EVENTS_REQUEST: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _EVENT_SCHEMA, "example": EVENT},
            "application/json": {"schema": _EVENT_SCHEMA, "example": EVENT},
            "application/cloudevents-batch+json": {
                "schema": {"type": "array", "maxItems": 1_000, "items": _EVENT_SCHEMA},
                "example": [EVENT],
            },
            "application/x-ndjson": _LINES,
        },
    },
    "parameters": [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": "`handling=strict`: all of the batch, or nothing (RFC 7240)",
            "schema": {"type": "string"},
        }
    ],
}

EVENTS_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "stored",
        "content": {"application/json": {"schema": _RECEIPT_SCHEMA, "example": _RECEIPT}},
    },
    200: {
        "description": "one event: a duplicate, with its first position; a batch or stream: a row for each",
        "content": {
            "application/json": {
                "schema": {"oneOf": [_RECEIPT_SCHEMA, _ROWS_SCHEMA]},
                "examples": {
                    "one": {"value": _RECEIPT | {"outcome": "duplicate"}},
                    "many": {"value": [_ROW]},
                },
            },
            "application/x-ndjson": _LINES,
        },
    },
}
