"""Recognition anyone can check: credentials made, signed, drawn, baked into images, and verified.

`badges.did` names issuers and their keys, `badges.status` tells whether a credential was revoked.
"""

from __future__ import annotations

from badges.awarding.award import AwardFollower
from badges.awarding.compromise import Compromise, Damage, Repaired
from badges.awarding.giving import MOST_EVIDENCE, Given, Giving, permission
from badges.awarding.issued import Awards, Issued
from badges.awarding.nominating import Nominating, Nomination
from badges.awarding.reviewing import Review, Reviews
from badges.documents import status
from badges.documents.achievement import achievement, achievement_in_full, page_of, reached
from badges.documents.credential import (
    PROOF_GENRE,
    RULE_GENRE,
    AwardError,
    AwardFacts,
    RuleEvidence,
    credential,
    rule_evidence,
    to_json,
)
from badges.documents.mint import Mint
from badges.errors import (
    BadgeError,
    BakingError,
    DesignError,
    GivingError,
    HeldError,
    KeyNotFoundError,
    LogProofError,
    NotInReviewError,
    NotNominatedError,
    ProofError,
    StatusListError,
    UnknownLogError,
    UnsafeDocumentError,
    UnsupportedProofError,
    VerificationError,
)
from badges.pictures.bake import bake_png, bake_svg, unbake
from badges.pictures.image import Design, badge_png, badge_svg, design_of
from badges.proofs import did
from badges.proofs.jwt import sign_jwt
from badges.proofs.proof import sign
from badges.verifying.logged import BINDING, check_bound, check_logged
from badges.verifying.shown import EvidencePath, ShownFact
from badges.verifying.verdict import CHECKS, Logged, Outcome, Policy, Step, Verdict, Verified
from badges.verifying.verify import verify

__all__ = [
    "BINDING",
    "CHECKS",
    "MOST_EVIDENCE",
    "PROOF_GENRE",
    "RULE_GENRE",
    "AwardError",
    "AwardFacts",
    "AwardFollower",
    "Awards",
    "BadgeError",
    "BakingError",
    "Compromise",
    "Damage",
    "Design",
    "DesignError",
    "EvidencePath",
    "Given",
    "Giving",
    "GivingError",
    "HeldError",
    "Issued",
    "KeyNotFoundError",
    "LogProofError",
    "Logged",
    "Mint",
    "Nominating",
    "Nomination",
    "NotInReviewError",
    "NotNominatedError",
    "Outcome",
    "Policy",
    "ProofError",
    "Repaired",
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
    "achievement_in_full",
    "badge_png",
    "badge_svg",
    "bake_png",
    "bake_svg",
    "check_bound",
    "check_logged",
    "credential",
    "design_of",
    "did",
    "page_of",
    "permission",
    "reached",
    "rule_evidence",
    "sign",
    "sign_jwt",
    "status",
    "to_json",
    "unbake",
    "verify",
]
