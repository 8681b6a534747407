"""A good signature over statements that the JSON hides: holders cannot talk a badge out of its limits."""

from __future__ import annotations

import pytest

from badges import Policy, Verdict, credential, sign, to_json, verify
from badges.documents.status import entry
from badges.linked.canonical import canonize
from schemas import contexts
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    LIST_URL,
    METHOD,
    PLACE,
    SIGNER,
    facts,
    signed,
    status_list,
)

VC = "https://www.w3.org/2018/credentials#"
STATUS = "https://www.w3.org/ns/credentials/status#"
DATE = "http://www.w3.org/2001/XMLSchema#dateTime"
LATE = AWARDED + 400 * DAY


def without(name: str, **members):
    """Return Ada's signed badge, one member moved out of sight under other members."""
    made = signed()
    del made[name]
    return made | members


def one_status(**members):
    made = signed()
    for name in members.pop("drop", ()):
        del made["credentialStatus"][name]
    made["credentialStatus"] |= members
    return made


# Each says the same statements as the badge that was signed, and so carries its good signature.
HIDDEN = {
    "expiry under its IRI": without(
        "validUntil", **{VC + "validUntil": {"@value": "2027-03-01T10:00:00Z", "@type": DATE}}
    ),
    "status under its IRI": without("credentialStatus", **{VC + "credentialStatus": entry(LIST_URL, PLACE)}),
    "status in another context": {
        **without("credentialStatus", hidden=entry(LIST_URL, PLACE)),
        "@context": [*signed()["@context"], {"hidden": {"@id": VC + "credentialStatus", "@type": "@id"}}],
    },
    "index under its IRI": one_status(drop=["statusListIndex"], **{STATUS + "statusListIndex": str(PLACE)}),
    "issuer by a prefix": {
        **signed(),
        "@context": [*signed()["@context"], {"of": {"@id": "did:key:", "@prefix": True}}],
        "issuer": signed()["issuer"] | {"id": "of:" + ISSUER.removeprefix("did:key:")},
    },
    "badge type under its IRI": signed()
    | {
        "type": [
            "VerifiableCredential",
            "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential",
        ]
    },
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_signed_must_be_shown(name):
    made = HIDDEN[name]
    policy = Policy(documents={LIST_URL: status_list(PLACE)})
    answer = verify(to_json(made), policy=policy, at=LATE)

    assert answer.verdict is Verdict.MALFORMED
    assert answer.step("contexts").reason.startswith(("It shows something else", "Its words have no"))


@pytest.mark.parametrize("name", [name for name in HIDDEN if "context" not in name and "prefix" not in name])
def test_these_do_say_the_same_statements(name):
    """Otherwise the test above would show nothing."""
    shown = {member: value for member, value in HIDDEN[name].items() if member != "proof"}
    plain = {member: value for member, value in signed().items() if member != "proof"}

    assert canonize(shown).nquads == canonize(plain).nquads


def test_the_credential_may_not_be_told_in_two_places():
    made = credential(facts())
    del made["validUntil"]
    made["evidence"].append(
        {
            "id": made["id"],
            "type": ["Evidence"],
            VC + "validUntil": {"@value": "2027-03-01T10:00:00Z", "@type": DATE},
        }
    )
    document = to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))
    answer = verify(document, policy=Policy(documents={LIST_URL: status_list()}), at=LATE)

    assert answer.verdict is Verdict.MALFORMED
    assert "in two" in answer.step("contexts").reason


def test_a_status_may_not_be_told_in_two_places():
    made = signed()
    size = {"id": made["credentialStatus"]["id"], "type": ["Evidence"], STATUS + "statusSize": 2}
    made = {name: value for name, value in made.items() if name != "proof"}
    document = sign(made | {"evidence": [*made["evidence"], size]}, SIGNER, verification_method=METHOD, created=AWARDED)

    assert verify(to_json(document), policy=Policy(), at=AWARDED).step("contexts").reason.endswith("got it in two.")


def test_naming_the_credential_elsewhere_is_no_second_telling():
    made = credential(facts())
    made["@context"].append(contexts.OPEN_BADGES_EXTENSIONS)
    made["refreshService"] = {"id": made["id"], "type": "1EdTechCredentialRefresh"}
    document = to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))

    assert verify(document, policy=Policy(documents={LIST_URL: status_list()}), at=AWARDED).valid
