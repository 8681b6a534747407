"""Credentials whose shape is wrong in one place, or whose words have no certain meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges import Verdict
from schemas import contexts
from tests.badges.samples import ISSUER
from tests.badges.verifier.making import GONE, Case, endorsement, learner_record, old, plain, put, signed, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

V2, OB = contexts.CREDENTIALS_V2, contexts.OPEN_BADGES
EXAMPLES = contexts.EXAMPLES_V2
SUBJECT, MADE = "/credentialSubject", "/credentialSubject/achievement"
DESCRIBED = f"{MADE}/resultDescription"
DIGEST = "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"

# Where a badge is changed, and to what.
BADGE: tuple[tuple[str, Any], ...] = (
    # contexts
    ("/@context", GONE),
    ("/@context", V2),
    ("/@context", []),
    ("/@context", [V2]),
    ("/@context", [OB, V2]),
    ("/@context", [V2, contexts.OPEN_BADGES_EXTENSIONS, OB]),
    ("/@context", [V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.json", OB]),
    ("/@context", [V2, {"ob": "urn:ob#"}, OB]),
    ("/@context/0", "https://www.w3.org/ns/credentials/v1"),
    ("/@context/2", 7),
    # types
    ("/type", GONE),
    ("/type", "OpenBadgeCredential"),
    ("/type", ["OpenBadgeCredential"]),
    ("/type", ["VerifiableCredential"]),
    ("/type", ["VerifiableCredential", "EndorsementCredential"]),
    ("/type", ["VerifiableCredential", "OpenBadgeCredential", 7]),
    ("/type", ["VerifiableCredential", "OpenBadgeCredential", ""]),
    (f"{SUBJECT}/type", GONE),
    (f"{SUBJECT}/type", ["Person"]),
    (f"{SUBJECT}/type", "Person"),
    (f"{MADE}/type", GONE),
    (f"{MADE}/type", ["BadgeClass"]),
    (f"{DESCRIBED}/0/type", ["Result"]),
    (f"{DESCRIBED}/0/rubricCriterionLevel/0/type", ["Level"]),
    (f"{MADE}/alignment/0/type", ["AlignmentObject"]),
    (f"{MADE}/related/0/type", ["Achievement"]),
    (f"{MADE}/otherIdentifier/0/type", "Identifier"),
    (f"{MADE}/image/type", "Picture"),
    (f"{MADE}/creator/type", ["Organization"]),
    (f"{SUBJECT}/identifier/0/type", "Identity"),
    (f"{SUBJECT}/identifier/0/type", ["IdentityObject"]),
    (f"{SUBJECT}/result/0/type", ["Outcome"]),
    (f"{SUBJECT}/source/type", ["Organization"]),
    ("/issuer/type", ["Organization"]),
    ("/issuer/type", GONE),
    ("/issuer/parentOrg/type", ["Organization"]),
    ("/issuer/otherIdentifier/0/type", "Identifier"),
    ("/issuer/address/type", ["Place"]),
    ("/issuer/address/geo/type", "Point"),
    ("/evidence/0/type", ["Artifact"]),
    ("/evidence/0/type", GONE),
    # ids
    ("/id", GONE),
    ("/id", 7),
    ("/id", "badge 7"),
    ("/id", ["urn:badge:1", "urn:badge:2"]),
    (f"{MADE}/id", GONE),
    (f"{MADE}/id", "weaver"),
    (f"{DESCRIBED}/0/id", GONE),
    (f"{DESCRIBED}/0/rubricCriterionLevel/0/id", GONE),
    (f"{MADE}/related/0/id", GONE),
    (f"{MADE}/image/id", GONE),
    (f"{MADE}/creator/id", GONE),
    (f"{MADE}/criteria/id", "here"),
    ("/issuer/id", GONE),
    ("/issuer/id", "weavers"),
    ("/issuer/url", "guild.example"),
    ("/evidence/0/id", "there"),
    # the subject
    (SUBJECT, GONE),
    (SUBJECT, []),
    (SUBJECT, {}),
    (SUBJECT, "urn:person:1"),
    (SUBJECT, [whole()["credentialSubject"]] * 2),
    (f"{SUBJECT}/achievement", GONE),
    (f"{SUBJECT}/achievement", "https://guild.example/badges/weaver"),
    (f"{SUBJECT}/achievement", [whole()["credentialSubject"]["achievement"]]),
    (f"{SUBJECT}/activityStartDate", "yesterday"),
    (f"{SUBJECT}/activityEndDate", "2026-02-30T10:00:00Z"),
    (f"{SUBJECT}/creditsEarned", "2"),
    (f"{SUBJECT}/narrative", ["x"]),
    (f"{SUBJECT}/role", 7),
    (f"{SUBJECT}/identifier/0/hashed", GONE),
    (f"{SUBJECT}/identifier/0/hashed", "true"),
    (f"{SUBJECT}/identifier/0/identityHash", GONE),
    (f"{SUBJECT}/identifier/0/identityType", GONE),
    (f"{SUBJECT}/identifier/0/identityType", "email"),
    (f"{SUBJECT}/identifier/0/id", "urn:identity:1"),
    # the achievement
    (f"{MADE}/name", GONE),
    (f"{MADE}/name", 7),
    (f"{MADE}/name", []),
    (f"{MADE}/description", GONE),
    (f"{MADE}/description", {"@value": 7}),
    (f"{MADE}/criteria", GONE),
    (f"{MADE}/criteria", {}),
    (f"{MADE}/criteria", "Five cloths"),
    (f"{MADE}/criteria", {"narrative": ""}),
    (f"{MADE}/achievementType", "Medal"),
    (f"{MADE}/creditsAvailable", "2.5"),
    (f"{MADE}/creditsAvailable", True),
    (f"{MADE}/inLanguage", "english"),
    (f"{MADE}/tag", [["cloth"]]),
    (f"{MADE}/image", "https://guild.example/a.png"),
    (f"{MADE}/image/size", 7),
    (f"{MADE}/otherIdentifier/0/identifierType", "guild"),
    (f"{MADE}/otherIdentifier/0/identifier", GONE),
    (f"{MADE}/alignment/0/targetName", GONE),
    (f"{MADE}/alignment/0/targetUrl", GONE),
    (f"{MADE}/alignment/0/targetUrl", "weaving"),
    (f"{MADE}/alignment/0/targetType", "Skill"),
    (f"{MADE}/related/0/inLanguage", "German"),
    (f"{MADE}/version", 2),
    # results
    (f"{DESCRIBED}/0/name", GONE),
    (f"{DESCRIBED}/0/resultType", GONE),
    (f"{DESCRIBED}/0/resultType", "Grade"),
    (f"{DESCRIBED}/0/requiredLevel", "urn:level:2"),
    (f"{DESCRIBED}/0/rubricCriterionLevel/0/name", GONE),
    (f"{DESCRIBED}/1/requiredValue", "11"),
    (f"{DESCRIBED}/1/valueMax", "-1"),
    (f"{DESCRIBED}/2/requiredValue", "E"),
    (f"{SUBJECT}/result/0/resultDescription", "urn:result:9"),
    (f"{SUBJECT}/result/0/achievedLevel", "urn:level:9"),
    (f"{SUBJECT}/result/1/value", "11"),
    (f"{SUBJECT}/result/1/value", "-0.5"),
    (f"{SUBJECT}/result/1/value", 7),
    (f"{SUBJECT}/result/2/value", "E"),
    (f"{SUBJECT}/result/3/status", GONE),
    (f"{SUBJECT}/result/3/status", "Done"),
    # the issuer
    ("/issuer", GONE),
    ("/issuer", None),
    ("/issuer", ISSUER),
    ("/issuer", [ISSUER]),
    ("/issuer/name", ["Weavers"]),
    ("/issuer/image", {"id": "https://guild.example/a.png"}),
    ("/issuer/dateOfBirth", "1970"),
    ("/issuer/otherIdentifier/0/identifierType", "x"),
    ("/issuer/address/geo/latitude", "47.5"),
    ("/issuer/parentOrg", [{"id": "urn:org:1", "type": ["Profile"]}]),
    # what the data model has
    ("/name", 7),
    ("/description", {"@value": "x", "lang": "en"}),
    ("/image", {"id": "https://guild.example/a.png", "type": ["Image"]}),
    ("/validFrom", GONE),
    ("/validFrom", "2026-03-01"),
    ("/validFrom", "2026-03-01T10:00:00"),
    ("/validFrom", "2026-13-01T10:00:00Z"),
    ("/validFrom", 1_772_359_200),
    ("/validUntil", "2026-03-01T09:59:59Z"),
    ("/validUntil", "never"),
    ("/validUntil", None),
    ("/awardedDate", "2026-03-01T25:00:00Z"),
    ("/evidence", ["https://guild.example/e"]),
    ("/termsOfUse/0/type", GONE),
    ("/termsOfUse/0/id", "terms"),
    ("/credentialStatus", {"id": "urn:status:1"}),
    ("/credentialStatus", None),
    ("/credentialStatus", "urn:status:1"),
    ("/credentialSchema", {"type": "1EdTechJsonSchemaValidator2019"}),
    ("/credentialSchema", {"id": "urn:schema:1"}),
    ("/credentialSchema", [{"id": "schema", "type": "1EdTechJsonSchemaValidator2019"}]),
    ("/refreshService", {"type": "1EdTechCredentialRefresh"}),
    ("/refreshService", {"id": "https://guild.example/r"}),
    ("/relatedResource", [{"id": "urn:x"}]),
    ("/relatedResource", [{"id": "x", "digestSRI": DIGEST}]),
    ("/relatedResource", [{"id": "urn:x", "digestSRI": DIGEST}] * 2),
    ("/relatedResource", ["urn:x"]),
    ("/endorsementJwt", ["not a token"]),
    ("/endorsement", [{"type": ["VerifiableCredential", "EndorsementCredential"]}]),
)

PLAIN: tuple[tuple[str, Any], ...] = (
    ("/@context", GONE),
    ("/@context", V2),
    ("/@context", [EXAMPLES, V2]),
    ("/@context/0", 7),
    ("/type", GONE),
    ("/type", "Credential"),
    ("/type", {"@id": "VerifiableCredential"}),
    ("/issuer", GONE),
    ("/issuer", "weavers"),
    ("/issuer", {"name": "Weavers"}),
    ("/issuer/name", 7),
    ("/name", {"en": "x"}),
    ("/description", ["x"]),
    ("/id", None),
    ("/id", {"@id": "urn:x"}),
    (SUBJECT, GONE),
    (SUBJECT, {}),
    (SUBJECT, [{}]),
    (SUBJECT, "urn:person:1"),
    (SUBJECT, {"id": "ada"}),
    (SUBJECT, {"id": "urn:person:1", "type": "AchievementSubject"}),
    ("/validFrom", "soon"),
    ("/validUntil", "2026-02-01T10:00:00Z"),
    ("/credentialStatus", {"type": ""}),
    ("/credentialStatus", [{"id": "x", "type": "https://guild.example/Status"}]),
    ("/credentialSchema", {"type": "JsonSchema"}),
    ("/evidence", {"id": "urn:x"}),
    ("/termsOfUse", {"id": "urn:x"}),
    ("/refreshService", {"id": "urn:x"}),
    ("/relatedResource", {"id": "urn:x", "digestSRI": 7}),
)

OLD: tuple[tuple[str, Any], ...] = (
    ("/issuanceDate", GONE),
    ("/issuanceDate", "2026-03-01"),
    ("/expirationDate", "2026-02-01T10:00:00Z"),
    ("/expirationDate", "late"),
    ("/id", GONE),
    ("/type", ["VerifiableCredential"]),
    ("/issuer", ISSUER),
    (f"{MADE}/criteria", GONE),
    ("/@context", [contexts.CREDENTIALS_V1, contexts.DATA_INTEGRITY_V2, OB]),
)

ENDORSEMENT: tuple[tuple[str, Any], ...] = (
    ("/@context", [V2]),
    ("/id", GONE),
    ("/name", GONE),
    ("/validFrom", GONE),
    ("/issuer/type", ["Organization"]),
    (f"{SUBJECT}/id", GONE),
    (f"{SUBJECT}/type", ["AchievementSubject"]),
    (f"{SUBJECT}/endorsementComment", 7),
    ("/type", ["VerifiableCredential"]),
)

RECORD: tuple[tuple[str, Any], ...] = (
    ("/id", GONE),
    ("/name", GONE),
    ("/validFrom", GONE),
    ("/issuer", GONE),
    (f"{SUBJECT}/type", ["Person"]),
    (f"{SUBJECT}/verifiableCredential", GONE),
    (f"{SUBJECT}/verifiableCredential", []),
    (f"{SUBJECT}/association/0/associationType", "follows"),
    (f"{SUBJECT}/association/0/sourceId", GONE),
)

# Words without a certain meaning, or hidden from who reads the JSON; and the member of the badge that is made anew.
UNCERTAIN: tuple[tuple[str, Any], ...] = (
    ("/furtherWord", "x"),
    (f"{SUBJECT}/furtherWord", "x"),
    (f"{MADE}/furtherWord", {"deeper": "x"}),
    ("/evidence/0/type", ["Evidence", "FurtherKind"]),
    ("/type", ["VerifiableCredential", "OpenBadgeCredential", "FurtherKind"]),
    ("/termsOfUse/0/type", "Terms"),
    ("/@context/2", "https://unknown.example/context.json"),
    ("/@context/2", {"@vocab": "https://guild.example/#", "OpenBadgeCredential": "urn:other"}),
    ("/@context/2", {"type": "https://guild.example/#type"}),
    ("/@context/2", {"@import": "https://unknown.example/context.json"}),
    ("/@context/2", {"@propagate": 7}),
    ("/evidence/0/narrative", None),
    (f"{MADE}/alignment", [{"type": ["Alignment"], "targetName": "x", "targetUrl": "urn:x", "more": None}]),
    ("/@included", [{"@id": "urn:x", "https://guild.example/#x": "x"}]),
    ("/@reverse", {"https://guild.example/#of": {"@id": "urn:x"}}),
    ("/@index", "x"),
    ("/evidence/0/@language", "en"),
    ("/https:~1~1www.w3.org~12018~1credentials#validUntil", {"@value": "2030-01-01T00:00:00Z"}),
    ("/https:~1~1www.w3.org~12018~1credentials#credentialStatus", {"@id": "urn:x"}),
    ("/evidence/0/https:~1~1guild.example~1says", {"@id": "urn:badge:1", "urn:x:says": "x"}),
)


def cases() -> Iterator[Case]:
    """Yield them all."""
    for kind, unspoilt, rows, step in (
        ("badge", whole(), BADGE, "shape"),
        ("plain", plain(), PLAIN, "shape"),
        ("old badge", old(), OLD, "shape"),
        ("endorsement", endorsement(), ENDORSEMENT, "shape"),
        ("record", learner_record(), RECORD, "shape"),
        ("badge", whole(), UNCERTAIN, "contexts"),
    ):
        control = signed(unspoilt)
        for pointer, value in rows:
            words = "left out" if value is GONE else ascii(value)[:50]
            document = put(unspoilt, pointer, value)
            intact = "@context" in document  # without one, nobody signs
            yield Case(f"{kind} {pointer} {words}", signed(document), Verdict.MALFORMED, step, control, intact=intact)
