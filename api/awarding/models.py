"""The shapes of our answers about awards, nominations and reviews, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.web.answers import Answer, Instant


class IssuedBadge(Answer):
    """A badge that was awarded to a member."""

    credential: str = Field(description="its address")
    kind: Literal["badge", "level", "role"]
    badge: str
    name: str
    earned: Instant
    issued: Instant
    backfilled: bool
    by_hand: bool
    expires: Instant | None
    suspended: Instant | None
    revoked: Instant | None


class IssuedBadgesAnswer(Answer):
    """All badges that were awarded to a member, the earliest first, also those that ended."""

    member: str
    community: str
    badges: list[IssuedBadge]
    position: int


class AwardReceipt(Answer):
    """A badge that was given."""

    credential: str = Field(description="its address")
    member: str
    badge: str
    position: int


class AwardDecided(Answer):
    """What was decided of an award."""

    credential: str
    decision: Literal["suspend", "resume", "revoke"]
    outcome: Literal["stored", "duplicate"]
    position: int


class NominationAnswer(Answer):
    """A nomination that waits for a decision. `by` is the member who nominates, null where a manager does."""

    nomination: int
    member: str
    name: str
    badge: str
    badge_name: str
    by: str | None
    by_name: str | None
    reason: str
    at: Instant


class NominationsAnswer(Answer):
    """The nominations that wait, the earliest first."""

    waiting: int
    nominations: list[NominationAnswer]
    position: int


class NominationReceipt(Answer):
    """A nomination that was recorded, now or before."""

    outcome: Literal["stored", "duplicate"]
    member: str
    badge: str
    position: int


class NominationDecided(Answer):
    """What was decided of a nomination; `credential` is the badge's address where it was awarded."""

    nomination: int
    decision: Literal["award", "decline"]
    credential: str | None
    position: int


class ReviewAnswer(Answer):
    """A badge that lost its ground: why, what lacks today, and what the charter proposes."""

    credential: str
    member: str
    kind: Literal["badge", "level"]
    badge: str
    badge_name: str
    earned: Instant
    issued: Instant
    since: Instant | None = Field(description="when the last of its ground was lost, where that is known")
    why: list[dict[str, Any]] = Field(description="each with its kind, in words, and with the facts it speaks of")
    missing: list[str]
    proposal: Literal["keep", "revoke"]
    kept: bool = Field(description="a person let it stand, and nothing else was lost since")


class ReviewsAnswer(Answer):
    """The badges that wait for a person's decision, the earliest first."""

    waiting: int
    reviews: list[ReviewAnswer]
    position: int


class ReviewDecided(Answer):
    """A decision on a badge, and where it is recorded."""

    credential: str
    decision: Literal["keep", "revoke"]
    position: int
