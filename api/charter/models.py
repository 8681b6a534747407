"""The shapes of our answers about charters, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.web.answers import Answer, Instant


class CharterReceipt(Answer):
    """A charter that stands in the book. `published` is false where it already did, word for word."""

    version: int
    published: bool
    effective: Instant
    advice: list[dict[str, Any]] = Field(description="the linter's: what it says that would not do what is meant")


class CharterAnswer(Answer):
    """A charter, as it was published."""

    version: int
    document: dict[str, Any]


class CharterVersion(Answer):
    """One of a community's charters: when it was published, by whom, and from when on it is in force."""

    version: int
    name: str
    published: Instant
    effective: Instant
    by: str | None = Field(description="told to managers alone")


class ChartersAnswer(Answer):
    """Every charter a community has published, the latest first."""

    charters: list[CharterVersion]


class CharterDiffAnswer(Answer):
    """What changed from one version to another: each change with its part, its name and words."""

    from_version: int
    to_version: int
    changes: list[dict[str, Any]]


class SimulationAnswer(Answer):
    """What another charter would have made of the whole history."""

    charter_version: int
    position: int
    as_of: Instant
    members: int
    levels: list[dict[str, Any]]
    gains: list[dict[str, Any]]
    losses: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    grants: list[dict[str, Any]]
    ladder: list[dict[str, Any]]
    cohorts: list[dict[str, Any]]
