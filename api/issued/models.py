"""The shapes of our answers about endorsements, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.web.answers import Answer, Instant


class EndorsementTold(Answer):
    """What somebody said of a badge, an achievement or a community."""

    endorsement: str = Field(description="its id")
    address: str = Field(description="where it is had as a signed EndorsementCredential")
    kind: Literal["credential", "achievement", "community"]
    comment: str = Field(description="Markdown, in the endorser's own words")
    given: Instant
    by: Literal["member", "community"]
    member: str | None = Field(description="who endorsed, where she consents to be named")


class EndorsementsAnswer(Answer):
    """The endorsements that stand, the earliest first."""

    endorsements: list[EndorsementTold]


class EndorsementReceipt(Answer):
    """What became of an endorsement, and where it is recorded."""

    outcome: Literal["stored", "claimed", "duplicate"] = Field(
        description="claimed: one of hers of this thing stands already, or (`duplicate`) it had ended before"
    )
    endorsement: str
    position: int
