"""The shapes of our answers about leaders and assignments, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.web.answers import Answer, Instant


class LeadersAnswer(Answer):
    """Who is ready to lead, who leads, whose term ends; who is next, what each carries, who guides whom."""

    as_of: Instant
    eligible: list[dict[str, Any]] = Field(
        description="`member`, `role`, `since`: a rule is met, and she need not rest"
    )
    holding: list[dict[str, Any]] = Field(description="also `ends` and `terms`: how many in a row")
    ending: list[dict[str, Any]] = Field(description="within the role's `handover`; `begin`: when to hand over")
    overdue: list[dict[str, Any]] = Field(description="whose term should have ended by the charter, and was not")
    nominated: list[dict[str, Any]]
    coming: list[dict[str, Any]] = Field(description="whose term begins later")
    resting: list[dict[str, Any]] = Field(description="who has just served, `until` when")
    vacant: list[dict[str, Any]] = Field(description="roles with fewer holders than `seats`")
    successors: list[dict[str, Any]] = Field(description="by role: `next` with reasons, and who is `nearly` ready")
    handovers: list[dict[str, Any]] = Field(description="for each term that ends: who is `next`, when to `begin`")
    load: list[dict[str, Any]] = Field(description="acts of leading a week, and a `warning` where they are too many")
    mentors: dict[str, Any] = Field(description="pairs: `open`, `proposed`, `ended`, `load`, `suggested`")
    cohorts: list[dict[str, Any]] = Field(description="leaders who began in one quarter, or hold one role")
    member_led: dict[str, Any] = Field(description="whether the community can lead itself, and what is `missing`")


class AssignmentReceipt(Answer):
    """An assignment that stands in the book. `notes`: what does not forbid it and should be known."""

    outcome: Literal["stored", "duplicate"]
    position: int
    member: str
    kind: str
    value: str
    change: str
    time: Instant
    notes: list[str]
