"""Four verifiers that others wrote, and 1EdTech's own schemas: they say of our badges what we say."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from badges import (
    Policy,
    badge_png,
    badge_svg,
    bake_png,
    bake_svg,
    credential,
    design_of,
    did,
    sign,
    sign_jwt,
    status,
    to_json,
    verify,
)
from badges.instants import instant
from badges.proofs.proof import JCS
from ledger.keys import FileSigner, new_key
from tests.badges import official, second
from tests.badges.samples import (
    DAY,
    HELPER,
    ISSUER,
    PLACE,
    SIGNER,
    STRANGER,
    facts,
    opening,
    proof,
    weavers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Some of them know no time but the clock's: what must hold begins long ago and ends late.
LONG_AGO = instant("2020-03-01T10:00:00Z")
LATE = instant("2120-03-01T10:00:00Z")
AT = instant(second.AT)

WEB = "did:web:guild.example:communities:weavers"
KEY, OTHER = ISSUER, did.did_key(STRANGER.public_key)
RECORDED = opening(recorded=LONG_AGO, earned=LONG_AGO - DAY, expires=None)
LOG = weavers(RECORDED)
P256, RSA = (FileSigner(new_key(algorithm)) for algorithm in ("ES256", "RS256"))


@dataclass(frozen=True)
class Case:
    """A badge, whether it holds, and what a verifier must know to judge it: `form` and `suite`."""

    name: str
    document: object
    holds: bool
    form: str = "json"  # json, jwt or image
    suite: str = "eddsa-rdfc-2022"


def list_url(issuer: str, kind: str = "good") -> str:
    return f"https://guild.example/status/{kind}-{issuer[4:7]}"


def badge(issuer: str = KEY, listed: str = "good", **changes: Any) -> dict[str, Any]:
    told = {"awarded": LONG_AGO, "earned": LONG_AGO - DAY, "valid_from": LONG_AGO, "expires": None}
    return credential(facts(**{**told, "issuer": issuer, "status_list": list_url(issuer, listed), **changes}))


def signed(document: dict[str, Any], signer: FileSigner = SIGNER, **how: Any) -> dict[str, Any]:
    issuer = document["issuer"] if isinstance(document["issuer"], str) else document["issuer"]["id"]
    method = did.verification_method(issuer, signer.public_key)
    return sign(document, signer, verification_method=method, created=LONG_AGO, **how)


def plain_cases() -> Iterator[Case]:
    """Yield badges that hold: each edition and issuer, with each thing a badge may have."""
    for edition in (1, 2):
        for issuer in (KEY, WEB):
            which: dict[str, Any] = {"edition": edition, "issuer": issuer}
            for name, more in (
                ("plain", {"status_list": None, "status_index": None}),
                ("listed", {}),
                ("expiring", {"expires": LATE}),
                ("logged", {"log_proof": proof(RECORDED, LOG)}),
            ):
                document = signed(badge(**which, **more))
                yield Case(f"{name} {edition} {issuer[:7]}", document, holds=True)


def spoilt_cases() -> Iterator[Case]:
    """Yield badges that do not hold, each for one reason."""
    for issuer in (KEY, WEB):
        kind = issuer[:7]
        yield Case(f"revoked {kind}", signed(badge(issuer, "revoked")), holds=False)
        altered = signed(badge(issuer=issuer))
        altered["credentialSubject"]["achievement"]["name"] = "Grand Master"
        yield Case(f"altered {kind}", altered, holds=False)
        yield Case(f"expired {kind}", signed(badge(issuer=issuer, expires=LONG_AGO + DAY)), holds=False)
        early = badge(issuer=issuer, valid_from=LATE, awarded=LATE, earned=LATE)
        yield Case(f"not yet valid {kind}", signed(early), holds=False)
        forged = sign(badge(issuer), STRANGER, verification_method=f"{issuer}#{SIGNER.kid}", created=LONG_AGO)
        yield Case(f"another's signature {kind}", forged, holds=False)
        yield Case(f"another's status list {kind}", signed(badge(issuer, "stolen")), holds=False)


def other_forms() -> Iterator[Case]:
    """Yield the same as tokens, as pictures, and under the other suite."""
    for issuer in (KEY, WEB):
        for expires, holds in ((LATE, True), (LONG_AGO + DAY, False)):
            words = f"{'good' if holds else 'expired'} {issuer[:7]}"
            document = badge(issuer=issuer, expires=expires)
            jcs = signed(document, suite=JCS)
            yield Case(f"jcs {words}", jcs, holds, suite=JCS)
            for signer in (SIGNER, P256, RSA) if issuer == WEB else (SIGNER,):
                token = sign_jwt(document, signer, kid=f"{issuer}#{signer.kid}")
                yield Case(f"{signer.algorithm} {words}", token, holds, form="jwt")
            text = to_json(signed(document)).decode()
            for media, image in (
                ("png", bake_png(badge_png(design_of(HELPER), 128), text)),
                ("svg+xml", bake_svg(badge_svg(design_of(HELPER)), text)),
            ):
                url = f"data:image/{media};base64,{base64.b64encode(image).decode()}"
                yield Case(f"{media} {words}", url, holds, form="image")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [*plain_cases(), *spoilt_cases(), *other_forms()]


@pytest.fixture(scope="module")
def offline() -> dict[str, object]:
    """Give what lies at addresses: the DID document, and for each issuer a status list of each kind."""
    document = did.did_document(WEB, [SIGNER.public_key])
    for signer in (P256, RSA):
        name = f"{WEB}#{signer.kid}"
        entry = {"id": name, "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": signer.public_jwk()}
        document["verificationMethod"].append(entry)
        document["assertionMethod"].append(name)
    found = second.web_addresses(document)
    for issuer in (KEY, WEB):
        for kind, places, who, signer in (
            ("good", [1], issuer, SIGNER),
            ("revoked", [PLACE], issuer, SIGNER),
            ("stolen", [], OTHER, STRANGER),
        ):
            url = list_url(issuer, kind)
            found[url] = signed(status.status_list(url, who, places, valid_from=LONG_AGO), signer)
    return found


def told(name: str, cases: list[Case], offline: dict[str, object]) -> dict[str, tuple[bool, str]]:
    """Return what a verifier says of each case, by the case's name; skip where it is not to be had."""
    try:
        answers = second.ask(name, [case.document for case in cases], offline)
    except second.NotHadError as error:
        pytest.skip(str(error))
    return {case.name: (answer.verified, answer.why) for case, answer in zip(cases, answers, strict=True)}


def differing(cases: list[Case], answers: dict[str, tuple[bool, str]]) -> list[tuple[str, bool, str]]:
    return [(case.name, *answers[case.name]) for case in cases if answers[case.name][0] != case.holds]


def test_ours_says_what_the_cases_claim(cases: list[Case], offline: dict[str, object]) -> None:
    policy = Policy(did_documents=offline, status_lists=offline, logs={LOG.key.name: LOG.key})
    for case in cases:
        match case.document:
            case str() as text if case.form == "image":
                raw = base64.b64decode(text.partition(",")[2])
            case str() as text:
                raw = text.encode()
            case found:
                raw = json.dumps(found).encode()
        answer = verify(raw, policy=policy, at=AT)
        assert answer.valid == case.holds, (case.name, [step.reason for step in answer.steps])


def test_digital_bazaar_s_verifier_says_the_same(cases: list[Case], offline: dict[str, object]) -> None:
    asked = [case for case in cases if case.form == "json"]

    assert differing(asked, told("digitalbazaar", asked, offline)) == []


def test_the_digital_credentials_consortium_s_verifier_says_the_same(
    cases: list[Case], offline: dict[str, object]
) -> None:
    """It holds every badge against 1EdTech's schema, too. It takes status lists that anyone signed."""
    asked = [case for case in cases if case.form == "json" and case.suite != JCS and "status list" not in case.name]

    assert differing(asked, told("verifier-core", asked, offline | official.at_their_addresses())) == []


def test_openvc_core_says_the_same(cases: list[Case], offline: dict[str, object]) -> None:
    """Of tokens it takes only those of VC Data Model 1.1, and those of 2.0 that Open Badges does not allow."""
    asked = [case for case in cases if case.form == "json"]

    assert differing(asked, told("openvc_core", asked, offline)) == []


def test_openbadgeslib_says_the_same(cases: list[Case], offline: dict[str, object]) -> None:
    """Of status lists it checks the signature of tokens alone, so it does not notice a stolen list."""
    asked = [case for case in cases if case.suite != JCS and "status list" not in case.name]

    assert differing(asked, told("openbadges_lib", asked, offline)) == []


def test_the_official_schema_takes_all_that_we_issue(cases: list[Case]) -> None:
    found = {case.name: official.faults(case.document) for case in cases if case.form == "json"}

    assert {name: faults for name, faults in found.items() if faults} == {}
