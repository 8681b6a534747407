"""The shapes of our answers about members, their accounts and cohorts, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.web.answers import Answer, Instant


class AccountAnswer(Answer):
    """Which member an account belongs to."""

    member: str = Field(examples=["mfrggzdfmztwq2lknnwg23tpoa"])


class EarnedBadge(Answer):
    """A badge a member holds."""

    badge: str
    name: str
    earned: Instant
    credential: str | None = Field(description="its address; null until it is awarded, a moment after it is earned")
    issued: Instant | None = Field(description="when it was awarded")
    backfilled: bool = Field(description="awarded more than 7 days after it was earned, as from an imported history")
    by_hand: bool = Field(description="a person gave it, and no rule")
    suspended: Instant | None = Field(description="since when it is; null where it is not")


class EligibleRole(Answer):
    """A role a member is ready for."""

    role: str
    since: Instant


class StandingAnswer(Answer):
    """Where a member stands, by what was counted up to `position`."""

    member: str
    community: str
    level: int = Field(examples=[2])
    level_name: str = Field(examples=["Contributor"])
    level_since: Instant | None
    roles: list[str]
    eligible: list[EligibleRole]
    cohorts: list[str]
    badges: list[EarnedBadge]
    progress: dict[str, Any] | None = Field(description="the nearest next step")
    joined: Instant | None
    last_active: Instant | None
    acts: int
    position: int
    as_of: Instant
    known_at: Instant


class VerdictAnswer(Answer):
    """A rule held against a member. `tree` has every finding with its evidence (positions)."""

    member: str
    community: str
    charter_version: int
    rule: str = Field(examples=["member-level-2@1"])
    hash: str
    grants: dict[str, Any]
    met: bool
    since: Instant | None
    tree: dict[str, Any]
    missing: list[str]
    held: bool
    held_since: Instant | None
    keep: dict[str, Any] | None
    recheck_at: Instant | None
    as_of: Instant
    known_at: Instant
    position: int


class NextStepAnswer(Answer):
    """What would lift a member: supposed events by kind, when they would suffice, what they cannot mend."""

    member: str
    events: list[dict[str, Any]]
    total: int
    reached: bool


class KnownAccount(Answer):
    """An account: its own public id, and what its platform calls it."""

    id: str
    platform: str
    known_as: str
    name: str


class LinkProposal(Answer):
    """That two accounts are one person's (`linked`), or are not (`unlinked`): why, and what it would change."""

    one: KnownAccount
    other: KnownAccount
    change: Literal["linked", "unlinked"]
    why: list[str]
    proof: list[str]
    facts: list[int] = Field(description="positions of what platforms reported")
    effect: dict[str, Any] | None = Field(default=None, description="who the people are before and after, and in words")


class SeveralAccounts(Answer):
    """A person with several accounts, the first one's id being hers."""

    member: str
    accounts: list[KnownAccount]


class IdentityAnswer(Answer):
    """What is proposed about whose accounts are whose, and who has several."""

    open: int
    proposals: list[LinkProposal]
    people: list[SeveralAccounts]
    position: int


class IdentityDecided(Answer):
    """The changes of links that were recorded, by the accounts' public ids."""

    changes: list[dict[str, Any]]


class CohortsAnswer(Answer):
    """How everyone and each cohort stand: counts of members, by level, role, readiness and badge."""

    community: str
    everyone: dict[str, Any]
    cohorts: list[dict[str, Any]]
    position: int
    as_of: Instant


class MembersAnswer(Answer):
    """Some of the members that were asked for, of `total`."""

    members: list[dict[str, Any]]
    total: int
    position: int
