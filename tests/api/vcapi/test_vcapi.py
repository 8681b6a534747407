"""What a verifier answers by the W3C VC-API: the forms it takes, the codes it gives, and the names of what is wrong."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from api.settings import Settings
from badges import sign, status
from badges.linked.jcs import canonical_json
from ledger.multibase import base58_encode, base64url_encode
from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, EXAMPLES_V2
from tests.api.conftest import client_of
from tests.badges.samples import AWARDED, ISSUER, METHOD, SIGNER, STRANGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.testclient import TestClient

MODEL = "https://www.w3.org/TR/vc-data-model#"
SECURITY = "https://w3id.org/security#"
STATUS = "https://www.w3.org/ns/credentials/status-list#"
CHALLENGE, DOMAIN = "u8yT3mZ", "badges.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give an installation as it is by default: nothing is fetched, nothing is issued."""
    folder = tmp_path_factory.mktemp("vcapi")
    with client_of(Settings(data=folder / "data", log_level="error", follow=False)) as found:
        yield found


def unsigned(**changes: Any) -> dict[str, Any]:
    """Return a small credential; a change to None leaves the member out."""
    credential = {
        "@context": [CREDENTIALS_V2, EXAMPLES_V2],
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "credentialSubject": {"id": "did:example:ada", "role": "Mentor"},
    }
    return changed(credential, **changes)


def signed(**changes: Any) -> dict[str, Any]:
    return sign(unsigned(**changes), SIGNER, verification_method=METHOD, created=AWARDED)


def token(payload: dict[str, Any], typ: str = "vc+jwt", **header: Any) -> str:
    parts = {"alg": "EdDSA", "kid": METHOD, "typ": typ} | header, payload
    covered = ".".join(base64url_encode(orjson.dumps(part)) for part in parts)
    return f"{covered}.{base64url_encode(SIGNER.sign(covered.encode()))}"


def enveloped(compact: str, kind: str = "Credential", media: str = "vc+jwt") -> dict[str, Any]:
    return {
        "@context": CREDENTIALS_V2,
        "type": f"EnvelopedVerifiable{kind}",
        "id": f"data:application/{media},{compact}",
    }


def verify(client: TestClient, credential: Any, *checks: str, **more: Any):
    options: dict[str, Any] = {"checks": list(checks)} if checks else {}
    return client.post("/credentials/verify", json={"verifiableCredential": credential, "options": options | more})


def refused(answer: Any, code: int | None = None) -> dict[str, Any]:
    """Hold an answer to being a refusal, and return it."""
    assert answer.status_code in ({400, 422} if code is None else {code}), answer.text
    told: dict[str, Any] = answer.json()
    assert told["verified"] is False
    assert told["problemDetails"], told
    for problem in told["problemDetails"]:
        assert problem["type"].startswith(("https://", "about:blank"))
        assert problem["title"]
        assert problem["detail"]
    return told


# --- credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made", [signed, lambda: token(unsigned()), lambda: enveloped(token(unsigned()))], ids=["json", "jwt", "envelope"]
)
def test_a_credential_is_taken_in_every_form(client: TestClient, made: Callable[[], Any]):
    answer = verify(client, made())
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.text
    assert {"errors", "problemDetails"}.isdisjoint(answer.json())
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_is_not_known_is_ignored(client: TestClient):
    asked = {"verifiableCredential": signed(), "options": {"fun": 7, "checks": ["fun"]}, "more": [1]}
    assert client.post("/credentials/verify", json=asked).json()["verified"]
    others: tuple[Any, ...] = (None, [], {"checks": "proof"}, {"checks": [7, "proof"]})
    for options in others:
        assert client.post("/credentials/verify", json=asked | {"options": options}).json()["verified"]


@pytest.mark.parametrize("given", [None, 7, [], [{}], "", "text", json.dumps({"type": 1}), "a.b", "e.e.e", {}])
def test_what_is_no_credential_cannot_be_read_or_is_malformed(client: TestClient, given):
    told = refused(verify(client, given))
    assert told["problemDetails"][0]["type"] in {f"{MODEL}PARSING_ERROR", f"{MODEL}MALFORMED_VALUE_ERROR"}


def test_the_text_of_a_credential_is_no_credential(client: TestClient):
    told = refused(verify(client, json.dumps(signed())), 400)
    assert told["problemDetails"][0]["type"] == f"{MODEL}PARSING_ERROR"


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b"[" * 9_000, b"\xff", b'{"a":1,"a":2}'])
def test_a_body_that_is_no_request_is_refused(client: TestClient, body):
    for path in ("/credentials/verify", "/presentations/verify"):
        refused(client.post(path, content=body, headers={"Content-Type": "application/json"}), 400)


def test_named_checks_decide_alone(client: TestClient):
    """The W3C's vectors are signed by keys that are not their issuers'."""
    expired = sign(
        unsigned(issuer="https://other.example/1", validUntil="2026-01-01T00:00:00Z"),
        SIGNER, verification_method=METHOD, created=AWARDED,
    )  # fmt: skip
    assert verify(client, expired, "proof").status_code == 200
    assert verify(client, expired, "proof", "issuer").json()["verdict"] == "forged"
    assert verify(client, expired, "proof", "validityPeriod").json()["verdict"] == "expired"
    assert verify(client, expired).status_code == 422


@pytest.mark.parametrize(
    ("changes", "name", "verdict"),
    [
        ({"validUntil": "2026-01-01T00:00:00Z"}, f"{MODEL}RANGE_ERROR", "expired"),
        ({"validFrom": "2099-01-01T00:00:00Z"}, f"{MODEL}RANGE_ERROR", "not yet valid"),
        ({"validFrom": "soon"}, f"{MODEL}MALFORMED_VALUE_ERROR", "malformed"),
        ({"type": ["Thing"]}, f"{MODEL}MALFORMED_VALUE_ERROR", "malformed"),
        ({"issuer": "https://other.example/1"}, f"{SECURITY}INVALID_VERIFICATION_METHOD", "forged"),
        (
            {"credentialStatus": status.entry("https://other.example/list", 5)},
            f"{STATUS}STATUS_RETRIEVAL_ERROR", "status unreachable",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_has_the_name_that_the_specifications_give_it(client: TestClient, changes, name, verdict):
    told = refused(verify(client, signed(**changes)), 422)
    assert told["verdict"] == verdict
    assert name in {problem["type"] for problem in told["problemDetails"]}
    assert told["errors"]


def test_a_changed_credential_is_told_by_its_proof(client: TestClient):
    changed = signed() | {"credentialSubject": {"id": "did:example:ada", "role": "Queen"}}
    told = refused(verify(client, changed), 422)
    assert told["problemDetails"][0] == {
        "type": f"{MODEL}CRYPTOGRAPHIC_SECURITY_ERROR",
        "title": "It was changed, or never signed by this key",
        "detail": told["problemDetails"][0]["detail"],
        "step": "proof",
    }
    told = refused(verify(client, signed() | {"more": 1, "@context": [CREDENTIALS_V2]}), 422)
    assert f"{SECURITY}PROOF_TRANSFORMATION_ERROR" in {one["type"] for one in told["problemDetails"]}


def changed(node: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a node with changes; a change to None leaves the member out."""
    return {name: value for name, value in (node | changes).items() if value is not None}


@pytest.mark.parametrize(
    "change",
    [
        {"type": None}, {"verificationMethod": None}, {"proofPurpose": None}, {"proofValue": None},
        {"cryptosuite": None}, {"created": None},
        {"type": "Other"}, {"cryptosuite": "eddsa-2099"}, {"proofPurpose": "authentication"},
        {"proofPurpose": "keyAgreement"}, {"proofValue": "u123"}, {"proofValue": "z1"}, {"proofValue": 7},
        {"verificationMethod": "did:key:" + METHOD.rpartition("#z")[2]}, {"verificationMethod": 7},
        {"verificationMethod": f"{ISSUER}#other"}, {"created": "never"}, {"created": "2025-01-01T00:00:00Z"},
        {"previousProof": "urn:uuid:1"}, {"expires": "2026-03-01T10:00:01Z"}, {"challenge": "x"},
    ],
)  # fmt: skip
def test_a_proof_that_is_not_as_it_was_made_does_not_hold(client: TestClient, change):
    credential = signed()
    refused(verify(client, credential | {"proof": changed(credential["proof"], **change)}, "proof"), 422)


@pytest.mark.parametrize("proof", [None, "text", 7, True, [], {}, [7], [None]])
def test_a_proof_that_is_none_does_not_hold(client: TestClient, proof):
    refused(verify(client, signed() | {"proof": proof}, "proof"))


def test_a_set_and_a_chain_hold_as_a_whole_or_not(client: TestClient):
    under: dict[str, Any] = {"verification_method": METHOD, "created": AWARDED}
    first = sign(unsigned(), SIGNER, more={"id": "urn:uuid:1"}, **under)
    chain = sign(first, SIGNER, previous_proof="urn:uuid:1", **under)
    assert verify(client, chain, "proof").status_code == 200
    first_proof, last = chain["proof"]
    for previous in ("urn:uuid:2", ["urn:uuid:1", "urn:uuid:2"]):
        broken = chain | {"proof": [first_proof, last | {"previousProof": previous}]}
        refused(verify(client, broken, "proof"), 422)
    forged = sign(first, STRANGER, **under)  # under a method whose key it is not
    refused(verify(client, forged, "proof"), 422)


@pytest.mark.parametrize(
    "change",
    [{"@context": []}, {"@context": EXAMPLES_V2}, {"type": "VerifiableCredential"}, {"type": None}, {"id": "x"}],
)
def test_an_envelope_that_is_none_is_refused(client: TestClient, change):
    refused(verify(client, changed(enveloped(token(unsigned())), **change)))


def test_the_older_data_model_is_verified_too(client: TestClient):
    older = {"@context": [CREDENTIALS_V1], "issuanceDate": "2026-01-01T00:00:00Z", "id": "urn:uuid:1"}
    assert verify(client, signed(**older, credentialSubject={"id": "did:example:ada"})).status_code == 200


# --- presentations --------------------------------------------------------------------------------


def presentation(*credentials: Any, **changes: Any) -> dict[str, Any]:
    made = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": ISSUER,
        "verifiableCredential": list(credentials),
    }
    return {name: value for name, value in changed(made, **changes).items() if value != []}


def presented(*credentials: Any, proof: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a presentation that its holder signed; a member of `proof` that is None is left out."""
    unsecured = presentation(*credentials, **changes)
    options = {
        "@context": unsecured["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-03-01T10:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "authentication",
        "challenge": CHALLENGE,
        "domain": DOMAIN,
    } | (proof or {})
    options = changed(options)
    covered = b"".join(hashlib.sha256(canonical_json(part)).digest() for part in (options, unsecured))
    return unsecured | {"proof": options | {"proofValue": base58_encode(SIGNER.sign(covered))}}


def present(client: TestClient, given: Any, **options: Any):
    asked = {"challenge": CHALLENGE, "domain": DOMAIN} | options
    return client.post(
        "/presentations/verify", json={"verifiablePresentation": given, "options": changed(asked), "more": 1}
    )


def claims(*credentials: Any, **changes: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": DOMAIN, "nonce": CHALLENGE, "vp": presentation(*credentials)} | changes


@pytest.mark.parametrize(
    "made",
    [
        lambda: presented(signed()),
        lambda: presented(signed(), signed(id="urn:uuid:2"), enveloped(token(unsigned()))),
        presented,
        lambda: presented(signed(), holder={"id": ISSUER}, id="urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008"),
        lambda: presented(signed(), proof={"domain": ["other.example", DOMAIN]}),
        lambda: token(claims(signed()), "JWT"),
        lambda: token(presentation(signed()) | {"iss": ISSUER, "nonce": CHALLENGE, "aud": [DOMAIN]}, "vp+jwt"),
        lambda: enveloped(token(claims(enveloped(token(unsigned()))), "JWT"), "Presentation", "jwt"),
        lambda: enveloped(token(claims(signed()), "vp+jwt"), "Presentation", "vp+jwt"),
    ],
    ids=["one", "three", "none", "holder and id", "domains", "jwt", "vp+jwt", "envelope", "vp+jwt envelope"],
)
def test_a_presentation_is_taken_in_every_form(client: TestClient, made: Callable[[], Any]):
    answer = present(client, made())
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.text
    told = answer.json()
    assert {"errors", "problemDetails"}.isdisjoint(told)
    assert all(one["verified"] for one in told["credentialResults"])


def test_each_credential_in_it_is_told_of(client: TestClient):
    told = refused(present(client, presented(signed(), signed(validUntil="2026-01-01T00:00:00Z"))), 422)
    assert [one["verdict"] for one in told["credentialResults"]] == ["valid", "expired"]
    assert told["credentialResults"][1]["problemDetails"][0]["type"] == f"{MODEL}RANGE_ERROR"


OTHER_OCCASIONS: dict[str, tuple[Callable[[], Any], str]] = {
    "another challenge": (lambda: presented(proof={"challenge": "another"}), "INVALID_CHALLENGE_ERROR"),
    "no challenge": (lambda: presented(proof={"challenge": None}), "INVALID_CHALLENGE_ERROR"),
    "another domain": (lambda: presented(proof={"domain": "other.example"}), "INVALID_DOMAIN_ERROR"),
    "other domains": (lambda: presented(proof={"domain": ["other.example"]}), "INVALID_DOMAIN_ERROR"),
    "another purpose": (lambda: presented(proof={"proofPurpose": "assertionMethod"}), "_ERROR"),
    "altered": (lambda: presented() | {"id": "urn:uuid:1"}, "CRYPTOGRAPHIC_SECURITY_ERROR"),
    "unsigned": (lambda: presentation(signed()), "PROOF_VERIFICATION_ERROR"),
    "another's": (lambda: presented(holder="did:example:other"), "INVALID_VERIFICATION_METHOD"),
    "no holder": (lambda: presented(type=["VerifiablePresentation"], holder=7), "MALFORMED_VALUE_ERROR"),
    "another nonce": (lambda: token(claims(nonce="another"), "JWT"), "_ERROR"),
    "another audience": (lambda: token(claims(aud="other.example"), "JWT"), "_ERROR"),
    "alg none": (lambda: token(claims(), "JWT", alg="none"), "_ERROR"),
}


@pytest.mark.parametrize("case", OTHER_OCCASIONS)
def test_a_presentation_made_for_another_occasion_or_by_nobody_is_refused(client: TestClient, case):
    made, name = OTHER_OCCASIONS[case]
    told = refused(present(client, made()), 422)
    assert any(problem["type"].endswith(name) for problem in told["problemDetails"]), told["problemDetails"]


@pytest.mark.parametrize(
    "changes",
    [{"@context": None}, {"@context": [EXAMPLES_V2]}, {"@context": 7}, {"type": None}, {"type": ["Other"]}, {"id": 7}],
)
def test_a_presentation_of_another_shape_is_refused(client: TestClient, changes):
    refused(present(client, changed(presented(signed()), **changes)))


BAD_CONTENTS: dict[str, Callable[[], Any]] = {
    "altered": lambda: signed() | {"credentialSubject": {"id": "did:example:eve"}},
    "unsigned": unsigned,
    "another's": lambda: signed(issuer="https://other.example/1"),
    "status unknown": lambda: signed(credentialStatus=status.entry("https://other.example/list", 5)),
    "envelope altered": lambda: enveloped(token(unsigned())[:-4] + "AAAA"),
    "an address": lambda: "https://other.example/credentials/1",
    "a number": lambda: 7,
    "a presentation": presented,
}


@pytest.mark.parametrize("case", BAD_CONTENTS)
def test_one_bad_credential_spoils_a_presentation(client: TestClient, case):
    told = refused(present(client, presented(signed(), BAD_CONTENTS[case]())))
    assert "contents" in {problem.get("step") for problem in told["problemDetails"]} or "shape" in str(told)


def test_what_was_not_asked_for_need_not_be_signed(client: TestClient):
    plain = presented(signed(), proof={"challenge": None, "domain": None})
    assert present(client, plain, challenge=None, domain=None).status_code == 200
    assert present(client, presented(signed()), challenge=None, domain=None).status_code == 200
    refused(present(client, plain), 422)
    refused(present(client, plain, challenge=7), 400)


@pytest.mark.parametrize(
    "change",
    [{"@context": []}, {"@context": [EXAMPLES_V2]}, {"type": ["VerifiablePresentation"]}, {"id": "eyJ.e30.AA"}],
)
def test_an_envelope_of_a_presentation_that_is_none_is_refused(client: TestClient, change):
    refused(present(client, enveloped(token(claims(signed()), "JWT"), "Presentation", "jwt") | change))


def test_one_is_not_taken_for_the_other(client: TestClient):
    refused(present(client, signed()), 400)
    refused(present(client, token(unsigned())), 400)
    refused(verify(client, presented(signed())), 400)
    refused(verify(client, token(claims(signed()), "JWT")), 400)
    told = client.post("/credentials/verify", json=presented(signed()) | {"proof": None})  # of itself, and unsigned
    refused(told)


def test_presentations_come_as_json_or_as_a_token(client: TestClient):
    made = presented(signed())
    assert client.post("/presentations/verify", json=made).json()["verified"]
    compact = token(claims(signed()), "JWT")
    for media in ("application/jwt", "application/vp+jwt"):
        answer = client.post("/presentations/verify", content=compact, headers={"Content-Type": media})
        assert answer.json()["verified"]
    answer = client.post("/presentations/verify", content=b"\x89PNG", headers={"Content-Type": "image/png"})
    assert answer.status_code == 415


# --- what is said of it ---------------------------------------------------------------------------


def test_the_description_says_what_both_take_and_answer(client: TestClient):
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/credentials/verify", "/presentations/verify"):
        told = paths[path]["post"]
        assert {"200", "400", "413", "415", "422"} <= set(told["responses"])
        example = told["requestBody"]["content"]["application/json"]["example"]
        refused(client.post(path, json=example), 422)  # its signature is nobody's
