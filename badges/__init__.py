"""Recognition anyone can check: credentials made, signed, drawn, baked into images, and verified.

`badges.did` names issuers and their keys, `badges.status` tells whether a credential was revoked.
"""

from __future__ import annotations

from badges.apart import APART, BRIEF, briefly, swiftly
from badges.awarding.award import AwardFollower
from badges.awarding.compromise import Compromise, Damage, Repaired
from badges.awarding.endorsing import Endorsements, Thing
from badges.awarding.exporting import Exports
from badges.awarding.giving import MOST_EVIDENCE, Given, Giving, permission
from badges.awarding.issued import Awards, Issued, Payload
from badges.awarding.nominating import Nominating, Nomination
from badges.awarding.records import Records
from badges.awarding.reviewing import Review, Reviews
from badges.documents import status
from badges.documents.achievement import achievement
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
from badges.documents.shape import credential_faults
from badges.errors import (
    BadgeError,
    BakingError,
    DesignError,
    EndorsementError,
    GivingError,
    HeldError,
    KeyNotFoundError,
    LogProofError,
    NoBadgeError,
    NotInReviewError,
    NotNominatedError,
    ProofError,
    StatusListError,
    UnknownLogError,
    UnsafeDocumentError,
    UnsupportedProofError,
    VerificationError,
)
from badges.haste import SlowError
from badges.pictures.bake import bake_png, bake_svg, unbake
from badges.pictures.certificate import Certificate, Paper, certificate
from badges.pictures.cleaning import LARGEST_PICTURE
from badges.pictures.design import Design, design_of, pictured
from badges.pictures.image import badge_png, badge_svg
from badges.pictures.sharing import FORMS as POSTED
from badges.pictures.sharing import Post, Posted, posted_png
from badges.pictures.showing import LARGEST as LARGEST_ASKED
from badges.pictures.showing import SMALLEST as SMALLEST_ASKED
from badges.pictures.showing import picture_png, picture_svg
from badges.pictures.trial import troubled
from badges.pictures.typesetting import document_of, printable
from badges.pictures.uploaded import PIXELS, cleaned, picture
from badges.proofs import did
from badges.proofs.jwt import sign_jwt
from badges.proofs.proof import sign
from badges.verifying.logged import BINDING, check_bound, check_logged
from badges.verifying.shown import EvidencePath, ShownFact
from badges.verifying.verdict import ALL_CHECKS, CHECKS, Logged, Outcome, Policy, Registry, Step, Verdict, Verified
from badges.verifying.verify import verify

__all__ = [
    "ALL_CHECKS",
    "APART",
    "BINDING",
    "BRIEF",
    "CHECKS",
    "LARGEST_ASKED",
    "LARGEST_PICTURE",
    "MOST_EVIDENCE",
    "PIXELS",
    "POSTED",
    "PROOF_GENRE",
    "RULE_GENRE",
    "SMALLEST_ASKED",
    "AwardError",
    "AwardFacts",
    "AwardFollower",
    "Awards",
    "BadgeError",
    "BakingError",
    "Certificate",
    "Compromise",
    "Damage",
    "Design",
    "DesignError",
    "EndorsementError",
    "Endorsements",
    "EvidencePath",
    "Exports",
    "Given",
    "Giving",
    "GivingError",
    "HeldError",
    "Issued",
    "KeyNotFoundError",
    "LogProofError",
    "Logged",
    "Mint",
    "NoBadgeError",
    "Nominating",
    "Nomination",
    "NotInReviewError",
    "NotNominatedError",
    "Outcome",
    "Paper",
    "Payload",
    "Policy",
    "Post",
    "Posted",
    "ProofError",
    "Records",
    "Registry",
    "Repaired",
    "Review",
    "Reviews",
    "RuleEvidence",
    "ShownFact",
    "SlowError",
    "StatusListError",
    "Step",
    "Thing",
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
    "briefly",
    "certificate",
    "check_bound",
    "check_logged",
    "cleaned",
    "credential",
    "credential_faults",
    "design_of",
    "did",
    "document_of",
    "permission",
    "picture",
    "picture_png",
    "picture_svg",
    "pictured",
    "posted_png",
    "printable",
    "rule_evidence",
    "sign",
    "sign_jwt",
    "status",
    "swiftly",
    "to_json",
    "troubled",
    "unbake",
    "verify",
]
