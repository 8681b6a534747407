"""Recognition anyone can check: credentials made, signed, drawn, baked into images, and verified.

`badges.did` names issuers and their keys, `badges.status` tells whether a credential was revoked.
"""

from __future__ import annotations

from badges import did, status
from badges.achievement import achievement
from badges.award import AwardFollower
from badges.bake import bake_png, bake_svg, unbake
from badges.credential import (
    PROOF_GENRE,
    RULE_GENRE,
    AwardError,
    AwardFacts,
    RuleEvidence,
    credential,
    rule_evidence,
    to_json,
)
from badges.errors import (
    BadgeError,
    BakingError,
    DesignError,
    KeyNotFoundError,
    LogProofError,
    NotInReviewError,
    ProofError,
    StatusListError,
    UnknownLogError,
    UnsafeDocumentError,
    UnsupportedProofError,
    VerificationError,
)
from badges.image import Design, badge_png, badge_svg, design_of
from badges.issued import Awards, Issued
from badges.jwt import sign_jwt
from badges.logged import BINDING, check_bound, check_logged
from badges.proof import sign
from badges.reviewing import Review, Reviews
from badges.shown import EvidencePath, ShownFact
from badges.verdict import CHECKS, Logged, Outcome, Policy, Step, Verdict, Verified
from badges.verify import verify

__all__ = [
    "BINDING",
    "CHECKS",
    "PROOF_GENRE",
    "RULE_GENRE",
    "AwardError",
    "AwardFacts",
    "AwardFollower",
    "Awards",
    "BadgeError",
    "BakingError",
    "Design",
    "DesignError",
    "EvidencePath",
    "Issued",
    "KeyNotFoundError",
    "LogProofError",
    "Logged",
    "NotInReviewError",
    "Outcome",
    "Policy",
    "ProofError",
    "Review",
    "Reviews",
    "RuleEvidence",
    "ShownFact",
    "StatusListError",
    "Step",
    "UnknownLogError",
    "UnsafeDocumentError",
    "UnsupportedProofError",
    "Verdict",
    "VerificationError",
    "Verified",
    "achievement",
    "badge_png",
    "badge_svg",
    "bake_png",
    "bake_svg",
    "check_bound",
    "check_logged",
    "credential",
    "design_of",
    "did",
    "rule_evidence",
    "sign",
    "sign_jwt",
    "status",
    "to_json",
    "unbake",
    "verify",
]
