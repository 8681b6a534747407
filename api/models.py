"""The shapes of our answers, for the OpenAPI document; a test holds real answers against them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.problems import described

Instant = str  # RFC 3339, UTC


class Answer(BaseModel):
    """An object that may gain members later; a reader ignores those it does not know."""

    model_config = ConfigDict(extra="allow")


def answers(model: type[Answer], *problems: int, words: str = "the answer") -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that answers with `model`, or with `problems`."""
    return {200: {"model": model, "description": words}, **described(*problems)}


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


class AlarmsAnswer(Answer):
    """What used to come and stopped: of each in words, since when, what it may come from, which rules ask for it."""

    community: str
    alarms: list[dict[str, Any]]
    position: int
    as_of: Instant


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


class CheckAnswer(Answer):
    """One numbered step of a verification."""

    step: int
    name: str
    outcome: Literal["passed", "failed", "not_applicable", "unreachable"]
    words: str
    clause: str = Field(description="of the specification that asks for it")
    decides: bool = Field(description="whether what it found counts by the checks that were asked for")


class ProblemDetail(Answer):
    """What is wrong, under the name that a specification gives it (VC Data Model 2.0 "Problem Details")."""

    type: str = Field(examples=["https://w3id.org/security#PROOF_VERIFICATION_ERROR"])
    title: str
    detail: str


class VerifiedAnswer(Answer):
    """Whether a credential verifies, and every step that was taken; `problemDetails` where it does not."""

    verified: bool
    verdict: str = Field(examples=["valid", "forged", "issuer unknown", "revoked", "expired"])
    kind: Literal["credential", "presentation", "assertion"]
    checks: list[CheckAnswer]
    warnings: list[str] = Field([], description="what failed, or could not be looked at, and decides nothing")
    errors: list[str] = Field([], description="what decided against it")
    problemDetails: list[ProblemDetail] = Field([])  # noqa: N815 - the VC-API's name


class PresentationAnswer(VerifiedAnswer):
    """Whether a presentation verifies, and each credential in it."""

    credentialResults: list[VerifiedAnswer] = Field([])  # noqa: N815 - the VC-API's name


class HealthAnswer(Answer):
    """That this process, and what it stands on, is well."""

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """That the databases answer, and how far the standings have read: facts of all communities."""

    status: Literal["ok", "degraded"]
    head: int
    projected: int
    seconds_behind: float
    shards_down: list[int]
    communities_left_out: int
    communities_refused: int
