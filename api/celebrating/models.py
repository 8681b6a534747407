"""The shape of our answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.web.answers import Answer, Instant


class SpotlightsAnswer(Answer):
    """What there is to celebrate in a period: whose turn it is in the light, and what happened, in order of time."""

    community: str
    period: Literal["day", "week", "month"]
    number: int = Field(description="the period's, as its page has it in its address")
    title: str = Field(examples=["the week of 16 November 2026"])
    start: Instant
    end: Instant
    spotlights: list[dict[str, Any]]
    moments: list[dict[str, Any]] = Field(description="`quiet`: recorded more than 7 days after it happened")
    ready: dict[str, str] = Field(description="text to post: linkedin, mastodon, x, markdown, html")
    position: int
