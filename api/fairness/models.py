"""The shapes of our answers about rings and farming, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.web.answers import Answer


class FairnessAnswer(Answer):
    """Rings and farming to look at, and the cases that a person decided."""

    position: int
    proposals: list[dict[str, Any]]
    decided: list[dict[str, Any]]


class DecidedAnswer(Answer):
    """A decision that was recorded, one fact for each member of the case."""

    case: str = Field(examples=["ring-0123456789abcdef"])
    decision: Literal["discount", "leave", "appeal", "restore"]
    state: Literal["discounted", "left", "appealed", "restored"]
    recorded: list[int] = Field(description="positions")
