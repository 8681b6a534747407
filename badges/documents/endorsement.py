"""What somebody says of a badge, an achievement or a community, as an EndorsementCredential (OB 3.0).

The community signs it: a member has no key of her own here. Who endorsed is therefore said in the comment, in the
community's words before hers. Where she consents, those words link to her by her public member id, and an Evidence of
genre `org.guildbook.endorser/v1` names her for programs; else nothing tells her from another member.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from badges.documents import status
from badges.documents.profile import profile
from badges.instants import written
from schemas import contexts

ENDORSER_GENRE = "org.guildbook.endorser/v1"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"
_SAYS = {"credential": "this badge", "achievement": "this achievement", "community": "this community"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementFacts:
    """All that an endorsement says. Instants in µs, ids are IRIs.

    `endorsed` is the credential, the achievement or the issuer endorsed, `thing` its name. `member`: the endorser's
    page, where she consents to be named; else None.
    """

    endorsement_id: str
    kind: Literal["credential", "achievement", "community"]
    endorsed: str
    thing: str
    issuer: str  # the community's DID
    community_name: str
    community_url: str
    endorser: Literal["member", "community"]
    member: str | None
    comment: str  # Markdown
    given: int
    valid_from: int
    status_list: str
    status_index: int


def endorsement(facts: EndorsementFacts) -> dict[str, Any]:
    """Return the unsigned EndorsementCredential (OB 3.0 "EndorsementCredential"). The same facts give the same bytes.

    Every node has an IRI of its own.
    """
    made: dict[str, Any] = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS],
        "id": facts.endorsement_id,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": f"Endorsement of {facts.thing}",
        "issuer": profile(facts.issuer, facts.community_name, facts.community_url),
        "validFrom": written(facts.valid_from),
        "awardedDate": written(facts.given),
        "credentialSubject": {
            "id": facts.endorsed,
            "type": ["EndorsementSubject"],
            "endorsementComment": f"{_who(facts)} endorses {_SAYS[facts.kind]}:\n\n{facts.comment}",
        },
    }
    if facts.member is not None:
        made["evidence"] = [
            {
                "id": facts.member,
                "type": ["Evidence"],
                "name": f"The member of {facts.community_name} who endorses",
                "genre": ENDORSER_GENRE,
            }
        ]
    made["credentialStatus"] = status.entry(facts.status_list, str(facts.status_index))
    made["credentialSchema"] = [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}]
    return made


def _who(facts: EndorsementFacts) -> str:
    if facts.endorser == "community":
        return facts.community_name
    member = f"A member of {facts.community_name}"
    return member if facts.member is None else f"[{member}]({facts.member})"
