"""What the OpenAPI document says of an answer: its shape; a test holds real answers against them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from api.web.problems import described

Instant = str  # RFC 3339, UTC


class Answer(BaseModel):
    """An object that may gain members later; a reader ignores those it does not know."""

    model_config = ConfigDict(extra="allow")


def answers(model: type[Answer], *problems: int, words: str = "the answer") -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that answers with `model`, or with `problems`."""
    return {200: {"model": model, "description": words}, **described(*problems)}
