"""The OpenAPI document: what FastAPI knows of the routes, and what only we know of their problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.guard.doors import guarded
from api.intake.examples import ENVELOPE
from api.web import problems
from api.web.auth import ANYONE, TABLE
from schemas import FACT_TYPES, fact_schema

if TYPE_CHECKING:
    from fastapi import FastAPI


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the app's OpenAPI document, with the shape of its problems and how one shows who one is."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = problems.SCHEMA
        components["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "`gb_...`, of one community"}
        }
        components["schemas"] |= _events()
        _drop_the_unused(document)
        for path in _closed_paths(app):
            for method in document["paths"].get(path, {}).values():
                method["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema


def _events() -> dict[str, Any]:
    """Return the shapes of the twelve kinds of event, and of an event that is one of them."""
    shapes: dict[str, Any] = {f"{name}.v1": _embedded(fact_schema(name)) for name in FACT_TYPES}
    kinds = [
        {
            "properties": {
                "type": {"const": f"org.guildbook.{shape}"},
                "data": {"$ref": f"#/components/schemas/{shape}"},
            }
        }
        for shape in shapes
    ]
    return shapes | {"Event": {**ENVELOPE, "oneOf": kinds}}


def _embedded(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in {"$id", "$schema"}}


def _closed_paths(app: FastAPI) -> list[str]:
    return [each.route.path_format for each in guarded(app.routes) if ANYONE not in TABLE[each.action]]


def _drop_the_unused(document: dict[str, Any]) -> None:
    """Take out the answers that FastAPI foresees and we never give."""
    schemas = document["components"]["schemas"]
    schemas.pop("ValidationError", None)
    if schemas.pop("HTTPValidationError", None) is None:
        return
    for method in (each for path in document["paths"].values() for each in path.values()):
        refused = method["responses"].get("422", {}).get("content", {})
        if "HTTPValidationError" in str(refused.get("application/json", "")):
            del method["responses"]["422"]
