"""What an installation's own issuer signs, refuses, revokes, and tells of keys: the W3C VC-API, in our own words."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from api.settings import Settings
from api.vcapi.own_statuses import FILE, OwnStatuses, Stood, UnknownEntryError
from badges import status
from ledger import LedgerUnavailableError
from schemas.contexts import CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY_V2, EXAMPLES_V2
from tests.api.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

AT = 1_790_000_000_000_000  # µs
BASE = "https://badges.example"
REVOKED = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
SUSPENDED = REVOKED | {"statusPurpose": "suspension"}


@pytest.fixture
def issuing(tmp_path: Path) -> Iterator[TestClient]:
    """Give an installation that issues by the VC-API."""
    with client_of(settings(tmp_path)) as client:
        yield client


def settings(folder: Path) -> Settings:
    return Settings(data=folder / "data", vc_api_issuer=True, log_level="error", base_url=BASE, follow=False)


def issuer_of(client: TestClient) -> str:
    return str(client.get("/.well-known/did.json").json()["id"])


def unsigned(client: TestClient, **changes: Any) -> dict[str, Any]:
    """Return a small credential; a change to None leaves the member out."""
    credential = {
        "@context": [CREDENTIALS_V2, EXAMPLES_V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer_of(client),
        "credentialSubject": {"id": "did:example:ada", "name": "Ada"},
    }
    return {name: value for name, value in (credential | changes).items() if value is not None}


def issue(client: TestClient, credential: Any, **options: Any):
    return client.post("/credentials/issue", json={"credential": credential, "options": options})


def signed(client: TestClient, credential: Any, **options: Any) -> dict[str, Any]:
    made = issue(client, credential, **options)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()["verifiableCredential"]
    return found


def verify(client: TestClient, credential: Any, *checks: str):
    options = {"checks": list(checks)} if checks else {}
    return client.post("/credentials/verify", json={"verifiableCredential": credential, "options": options})


# --- what is signed -------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"cryptosuite": "eddsa-jcs-2022"}, {"format": "vc+jwt"}, {"unknown": [1]}])
def test_what_is_issued_verifies(issuing: TestClient, options):
    made = signed(issuing, unsigned(issuing), **options)
    told = verify(issuing, made)
    assert (told.status_code, told.json()["verified"]) == (200, True), told.text
    assert not told.json().get("errors")


def test_the_proof_is_of_the_suite_that_was_asked_for(issuing: TestClient):
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        proof = signed(issuing, unsigned(issuing), cryptosuite=suite)["proof"]
        assert (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) == (
            "DataIntegrityProof", suite, "assertionMethod",
        )  # fmt: skip
        assert proof["verificationMethod"].startswith(issuer_of(issuing) + "#z6Mk")
        assert proof["proofValue"].startswith("z")


def test_an_id_and_dates_are_as_they_were_given_and_none_is_put_in(issuing: TestClient):
    plain = signed(issuing, unsigned(issuing))
    assert {"id", "validFrom", "credentialStatus"}.isdisjoint(plain)
    given = {"id": "urn:uuid:1", "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2036-01-01T00:00:00Z"}
    made = signed(issuing, unsigned(issuing, **given))
    assert {name: made[name] for name in given} == given


@pytest.mark.parametrize("issuer", ["https://other.example/issuers/1", {"id": "did:example:other", "name": "Other"}])
def test_a_foreign_issuer_is_signed_as_it_is_given_and_told_apart(issuing: TestClient, issuer):
    made = signed(issuing, unsigned(issuing, issuer=issuer))
    assert made["issuer"] == issuer
    assert verify(issuing, made, "proof").json()["verified"]
    told = verify(issuing, made)
    assert (told.status_code, told.json()["verdict"]) == (422, "forged")


def test_a_credential_of_the_older_data_model_gets_the_context_that_proofs_need(issuing: TestClient):
    older = unsigned(issuing, issuanceDate="2026-01-01T00:00:00Z", expirationDate="2036-01-01T00:00:00Z")
    older |= {"@context": [CREDENTIALS_V1], "credentialSubject": {"id": "did:example:ada"}}
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        made = signed(issuing, older, cryptosuite=suite)
        assert made["@context"] == [CREDENTIALS_V1, DATA_INTEGRITY_V2]
        assert verify(issuing, made).json()["verified"]


@pytest.mark.parametrize("subject", [{"name": "Ada"}, [{"id": "did:example:ada"}, {"id": "did:example:bo"}]])
def test_an_envelope_says_what_the_credential_says(issuing: TestClient, subject):
    dated = unsigned(issuing, credentialSubject=subject, validFrom="2026-01-01T00:00:00Z")
    made = signed(issuing, dated, format="vc+jwt")
    assert made["type"] == ["EnvelopedVerifiableCredential"]
    assert made["@context"][0] == CREDENTIALS_V2
    media, _, token = made["id"].partition(",")
    assert media == "data:application/vc+jwt"
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert (header["alg"], header["typ"]) == ("EdDSA", "vc+jwt")
    assert header["kid"].partition("#")[0] == claims["iss"] == claims["issuer"] == issuer_of(issuing)
    assert claims["credentialSubject"] == subject
    assert claims["nbf"] == 1_767_225_600
    assert {"jti", "exp", "sub"}.isdisjoint(claims)
    assert verify(issuing, made).json()["verified"]
    assert verify(issuing, token).json()["verified"]


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"@context": None}, "/credential/@context"),
        ({"@context": CREDENTIALS_V2}, "/credential/@context"),
        ({"@context": 4}, "/credential/@context"),
        ({"@context": [EXAMPLES_V2]}, "/credential/@context/0"),
        ({"@context": [CREDENTIALS_V2, 4]}, "/credential/@context/1"),
        ({"@context": [CREDENTIALS_V2, "https://unknown.example/context"]}, "/credential"),
        ({"@context": [CREDENTIALS_V2], "more": "words without a meaning"}, "/credential"),
        ({"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential", "Unheard"]}, "/credential"),
        ({"@context": [CREDENTIALS_V2, {"VerifiableCredential": "https://other.example/VC"}]}, "/credential"),
        ({"type": None}, "/credential/type"),
        ({"type": "Other"}, "/credential/type"),
        ({"type": ["VerifiableCredential", 4]}, "/credential/type"),
        ({"issuer": None}, "/credential/issuer"),
        ({"issuer": "no url"}, "/credential/issuer"),
        ({"issuer": {"name": "Nobody"}}, "/credential/issuer"),
        ({"issuer": []}, "/credential/issuer"),
        ({"id": "no url"}, "/credential/id"),
        ({"id": ["urn:uuid:1", "urn:uuid:2"]}, "/credential/id"),
        ({"credentialSubject": None}, "/credential/credentialSubject"),
        ({"credentialSubject": "did:example:ada"}, "/credential/credentialSubject"),
        ({"credentialSubject": {}}, "/credential/credentialSubject"),
        ({"credentialSubject": [{}]}, "/credential/credentialSubject"),
        ({"credentialSubject": {"id": ["did:example:ada", "did:example:bo"]}}, "/credential/credentialSubject/id"),
        ({"name": 4}, "/credential/name"),
        ({"description": {"@value": "Hello", "lang": "en"}}, "/credential/description"),
        ({"validFrom": "yesterday"}, "/credential/validFrom"),
        ({"validFrom": "2027-01-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}, "/credential/validUntil"),
        ({"credentialStatus": {"id": "urn:uuid:1"}}, "/credential/credentialStatus/type"),
        ({"credentialStatus": {"type": "Some", "id": "no url"}}, "/credential/credentialStatus/id"),
        ({"credentialSchema": {"type": "JsonSchema"}}, "/credential/credentialSchema/id"),
        ({"evidence": [{"id": "urn:uuid:1"}]}, "/credential/evidence/0/type"),
        ({"termsOfUse": {"id": "urn:uuid:1"}}, "/credential/termsOfUse/type"),
        ({"refreshService": {"id": "urn:uuid:1"}}, "/credential/refreshService/type"),
        ({"relatedResource": ["https://other.example/1"]}, "/credential/relatedResource/0/id"),
        ({"relatedResource": [{"id": "https://other.example/1"}]}, "/credential/relatedResource/0"),
    ],
)  # fmt: skip
def test_no_nonsense_is_signed(issuing: TestClient, change, pointer):
    credential = {name: value for name, value in (unsigned(issuing) | change).items() if value is not None}
    made = issue(issuing, credential)
    assert made.status_code == 422, made.text
    assert pointer in {fault["pointer"] for fault in made.json()["errors"]}
    assert all("wanted" in fault["message"] or pointer == "/credential" for fault in made.json()["errors"])


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"cryptosuite": "rot13"}, "/options/cryptosuite"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "/options/cryptosuite"),
        ({"format": "mdoc"}, "/options/format"),
        ({"credentialStatus": "revocation"}, "/options/credentialStatus/type"),
        ({"credentialStatus": {"type": "RevocationList2020"}}, "/options/credentialStatus/type"),
        ({"credentialStatus": REVOKED | {"statusPurpose": "fun"}}, "/options/credentialStatus/statusPurpose"),
    ],
)
def test_options_that_cannot_be_met_are_refused(issuing: TestClient, options, pointer):
    made = issue(issuing, unsigned(issuing), **options)
    assert made.status_code == 422, made.text
    assert [fault["pointer"] for fault in made.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"credential":7}', b'{"credential":{},"options":7}', b"[" * 9_000, b"\xff"]
)
def test_bad_bodies_are_refused(issuing: TestClient, body):
    for path in ("issue", "status"):
        answer = issuing.post(f"/credentials/{path}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, answer.text
    assert issuing.post("/credentials/issue", content=b"<a/>", headers={"Content-Type": "text/xml"}).status_code == 415


def test_issuing_is_off_unless_asked_for(spring: Guild):
    for path in ("issue", "status"):
        assert spring.client.post(f"/credentials/{path}", json={}).status_code in {404, 405}
    assert spring.client.get("/credentials/status/revocation/0").status_code == 404
    assert spring.client.get("/1.0/identifiers/did:example:ada").status_code == 404


# --- what became of it ----------------------------------------------------------------------------


def set_status(client: TestClient, entry: Any, **more: Any):
    return client.post("/credentials/status", json={"credentialId": "urn:uuid:1", "credentialStatus": entry, **more})


def test_what_was_issued_can_be_revoked_and_that_taken_back(issuing: TestClient):
    made, other = (signed(issuing, unsigned(issuing), credentialStatus=REVOKED) for _ in range(2))
    entry = made["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert entry["statusListCredential"] == f"{BASE}/credentials/status/revocation/0"
    assert entry["id"] == f"{entry['statusListCredential']}#{entry['statusListIndex']}"
    assert entry["statusListIndex"] != other["credentialStatus"]["statusListIndex"]
    assert verify(issuing, made).json()["verified"]

    for said, verdict in ((True, "revoked"), (True, "revoked"), (False, "valid")):
        answer = set_status(issuing, entry, status=said)
        assert (answer.status_code, answer.json()) == (200, {"credentialStatus": entry, "status": said})
        assert verify(issuing, made).json()["verdict"] == verdict
        assert verify(issuing, other).json()["verified"]


def test_a_status_is_set_where_nothing_else_is_said(issuing: TestClient):
    made = signed(issuing, unsigned(issuing), credentialStatus=REVOKED)
    assert set_status(issuing, [made["credentialStatus"] | {"status": "1"}]).status_code == 200
    assert verify(issuing, made).json()["verdict"] == "revoked"


def test_a_credential_may_have_entries_of_several_purposes_beside_its_own(issuing: TestClient):
    its_own = {"type": "OtherStatus", "id": "urn:uuid:2"}
    made = signed(issuing, unsigned(issuing, credentialStatus=its_own), credentialStatus=[REVOKED, SUSPENDED, REVOKED])
    first, revocation, suspension = made["credentialStatus"]
    assert first == its_own
    assert (revocation["statusPurpose"], suspension["statusPurpose"]) == ("revocation", "suspension")

    plain = signed(issuing, unsigned(issuing), credentialStatus=[REVOKED, SUSPENDED])
    assert set_status(issuing, plain["credentialStatus"][1]).status_code == 200
    assert verify(issuing, plain).json()["verdict"] == "suspended"
    assert set_status(issuing, plain["credentialStatus"]).status_code == 200
    assert verify(issuing, plain).json()["verdict"] == "revoked"


def test_the_list_is_a_signed_credential_that_anyone_can_read(issuing: TestClient):
    entry = signed(issuing, unsigned(issuing), credentialStatus=REVOKED)["credentialStatus"]
    found = issuing.get("/credentials/status/revocation/0")
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert found.headers["access-control-allow-origin"] == "*"
    listed = found.json()
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert (listed["id"], listed["issuer"]) == (entry["statusListCredential"], issuer_of(issuing))
    assert listed["credentialSubject"]["encodedList"].startswith("u")
    assert len(status.decode(listed["credentialSubject"]["encodedList"])) * 8 == status.ENTRIES
    assert verify(issuing, listed).json()["verified"]


@pytest.mark.parametrize("path", ["revocation/0", "revocation/1", "suspension/0", "message/0", "revocation/x", "x/00"])
def test_a_list_that_there_is_not_is_not_found(issuing: TestClient, path):
    assert issuing.get(f"/credentials/status/{path}").status_code == 404


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        (None, 400, "/credentialStatus"),
        ([], 400, "/credentialStatus"),
        ([REVOKED] * 9, 400, "/credentialStatus"),
        (7, 400, "/credentialStatus"),
        ([7], 400, "/credentialStatus/0"),
        ({"type": "Other"}, 400, "/credentialStatus/type"),
        (REVOKED, 400, "/credentialStatus/statusListCredential"),
        (status.entry("urn:x", "-1"), 400, "/credentialStatus/statusListIndex"),
        (status.entry("urn:x", "1" * 99), 400, "/credentialStatus/statusListIndex"),
        (status.entry("urn:x", 1), 404, "/credentialStatus"),
        (status.entry(f"{BASE}/credentials/status/revocation/0", 1), 404, "/credentialStatus"),
        (status.entry(f"{BASE}/credentials/status/revocation/99", 1), 404, "/credentialStatus"),
    ],
)
def test_no_status_of_what_was_not_given_is_set(issuing: TestClient, entry, code, pointer):
    answer = set_status(issuing, entry)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (code, pointer), answer.text


def test_a_status_is_true_or_false(issuing: TestClient):
    entry = signed(issuing, unsigned(issuing), credentialStatus=REVOKED)["credentialStatus"]
    for said in ("perhaps", 7, None, [True]):
        answer = set_status(issuing, entry, status=said)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/status")


def test_only_credentials_of_its_own_get_an_entry(issuing: TestClient):
    made = issue(issuing, unsigned(issuing, issuer="https://other.example"), credentialStatus=REVOKED)
    assert made.status_code == 422
    assert made.json()["errors"][0]["pointer"] == "/options/credentialStatus"


def test_what_is_refused_takes_no_place(issuing: TestClient, tmp_path: Path):
    assert issue(issuing, unsigned(issuing, type=None), credentialStatus=REVOKED).status_code == 422
    unheard = unsigned(issuing, type=["VerifiableCredential", "Unheard"]) | {"@context": [CREDENTIALS_V2]}
    assert issue(issuing, unheard, credentialStatus=REVOKED).status_code == 422
    assert not (tmp_path / "data" / "keys" / FILE).exists()


# --- the file -------------------------------------------------------------------------------------


def places(entries: list[dict[str, str]]) -> list[tuple[str, int]]:
    return [(entry["statusListCredential"], int(entry["statusListIndex"])) for entry in entries]


def stood(kept: OwnStatuses, url: str) -> Stood:
    found = kept.stood(url)
    assert found is not None
    return found


def test_what_was_said_is_known_after_a_start_and_to_other_processes(tmp_path: Path):
    first, second = (OwnStatuses(tmp_path / "keys", base_url=BASE) for _ in range(2))
    url, place = places(first.give(["revocation"], AT))[0]
    first.set([(url, place)], holds=True, at=AT + 5_000_000)
    assert stood(second, url).places == (place,)
    assert stood(second, url).since == AT + 5_000_000
    given = places(second.give(["revocation", "suspension"], AT))
    assert {place, *(where for _, where in given)} != {place}
    assert stood(first, given[1][0]).places == ()
    first.set(given[:1], holds=True, at=AT)
    second.set([(url, place)], holds=False, at=AT)
    third = OwnStatuses(tmp_path / "keys", base_url=BASE)
    assert stood(third, url).places == stood(first, url).places == (given[0][1],)


def test_no_place_is_given_twice_however_many_ask_at_once(tmp_path: Path):
    asking = [OwnStatuses(tmp_path / "keys", base_url=BASE) for _ in range(4)]
    given: list[tuple[str, int]] = []

    def take(one: OwnStatuses) -> None:
        for _ in range(5):
            given.extend(places(one.give(["revocation"], AT)))

    threads = [threading.Thread(target=take, args=(one,)) for one in [*asking, *asking]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 40


def test_a_line_that_was_not_ended_does_not_count_and_goes(tmp_path: Path):
    kept = OwnStatuses(tmp_path / "keys", base_url=BASE)
    url, place = places(kept.give(["revocation"], AT))[0]
    file = tmp_path / "keys" / FILE
    with file.open("ab") as cut_off:
        cut_off.write(b'{"number":0,"purpose":"revoca')
    anew = OwnStatuses(tmp_path / "keys", base_url=BASE)
    assert stood(anew, url).places == stood(kept, url).places == ()
    anew.set([(url, place)], holds=True, at=AT)
    assert stood(kept, url).places == (place,)
    assert [set(json.loads(line)) for line in file.read_bytes().splitlines()] == [
        {"number", "at"}, {"number", "purpose", "status", "at"},
    ]  # fmt: skip


def test_an_older_copy_of_the_file_is_read_anew(tmp_path: Path):
    kept = OwnStatuses(tmp_path / "keys", base_url=BASE)
    (first,) = places(kept.give(["revocation"], AT))
    file = tmp_path / "keys" / FILE
    older = file.read_bytes()
    kept.set(places(kept.give(["revocation"], AT)), holds=True, at=AT)
    file.write_bytes(older)
    assert stood(kept, first[0]).places == ()
    kept.set([first], holds=True, at=AT)
    assert file.read_bytes().startswith(older)
    assert stood(OwnStatuses(tmp_path / "keys", base_url=BASE), first[0]).places == (first[1],)


def test_nothing_of_a_credential_is_kept(issuing: TestClient, tmp_path: Path):
    made = signed(issuing, unsigned(issuing, id="urn:uuid:5"), credentialStatus=REVOKED)
    set_status(issuing, made["credentialStatus"])
    file = tmp_path / "data" / "keys" / FILE
    assert file.stat().st_mode & 0o077 == 0
    said = file.read_text(encoding="utf-8")
    assert "urn:uuid:5" not in said
    assert made["credentialStatus"]["statusListIndex"] not in said


@pytest.mark.parametrize("line", [b"no\n", b"{}\n", b'{"number":0,"purpose":"fun","status":true,"at":"2026"}\n'])
def test_a_file_that_somebody_wrote_into_is_refused_in_words(tmp_path: Path, line):
    kept = OwnStatuses(tmp_path / "keys", base_url=BASE)
    kept.give(["revocation"], AT)
    with (tmp_path / "keys" / FILE).open("ab") as file:
        file.write(line)
    with pytest.raises(LedgerUnavailableError, match=FILE):
        OwnStatuses(tmp_path / "keys", base_url=BASE).give(["revocation"], AT)


def test_a_place_that_was_given_to_nobody_cannot_be_set(tmp_path: Path):
    kept = OwnStatuses(tmp_path / "keys", base_url=BASE)
    (url, place), *_ = places(kept.give(["revocation"], AT))
    for wrong in ((url, (place + 1) % status.ENTRIES), (f"{BASE}/status/makers-0", place), (url + "0", place)):
        with pytest.raises(UnknownEntryError):
            kept.set([(url, place), wrong], holds=True, at=AT)
    assert stood(kept, url).places == ()


# --- whose keys -----------------------------------------------------------------------------------

DID = "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
KEY = DID.removeprefix("did:key:")
P256 = "did:key:zDnaeTQKDbXQT4batxKcnMQYQ8JynjqC5Xz1uMk5euG2ht8nq"


def resolved(client: TestClient, name: str, **query: str):
    return client.get("/1.0/identifiers/" + name.replace("?", "%3F").replace("#", "%23"), params=query)


@pytest.mark.parametrize("name", [DID, P256])
def test_a_did_key_says_all_that_it_is(issuing: TestClient, name):
    found = resolved(issuing, name)
    assert found.status_code == 200, found.text
    document = found.json()["didDocument"]
    assert document["id"] == name
    (method,) = document["verificationMethod"]
    assert (method["type"], method["controller"]) == ("Multikey", name)
    assert document["assertionMethod"] == document["authentication"] == [method["id"]]
    assert "error" not in found.json()["didResolutionMetadata"]


def test_a_did_url_names_one_key(issuing: TestClient):
    found = resolved(issuing, f"{DID}#{KEY}")
    assert found.status_code == 200, found.text
    assert found.json()["didDocument"]["controller"] == DID
    assert "didDereferencingMetadata" in found.json()


def test_the_installation_and_its_communities_are_resolved_as_they_publish_themselves(issuing: TestClient):
    own = issuer_of(issuing)
    assert resolved(issuing, own).json()["didDocument"]["id"] == own
    issuing.app.state.installation.book.open_community("makers", name="Makers")  # type: ignore[attr-defined]
    name = "did:web:badges.example:communities:makers"
    assert resolved(issuing, name).json()["didDocument"] == issuing.get("/communities/makers/did.json").json()


@pytest.mark.parametrize(
    ("name", "query", "error"),
    [
        ("notDid:key:" + KEY, {}, "invalidDid"),
        ("did:experimental:" + KEY, {}, "methodNotSupported"),
        ("did:web:unknown.example", {}, "notFound"),
        ("did:key:-4:" + KEY, {}, "invalidDid"),
        ("did:key:" + KEY[1:], {}, "invalidDid"),
        ("did:key:@", {}, "invalidDid"),
        ("did:key:", {}, "invalidDid"),
        ("did:key:zTjsVPtY", {}, "invalidPublicKeyLength"),
        ("did:key:z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ", {}, "unsupportedPublicKeyType"),
        (DID, {"publicKeyFormat": "unknown"}, "unsupportedPublicKeyType"),
        (f"{DID}#{KEY}", {"publicKeyFormat": "Ed25519VerificationKey2018"}, "invalidPublicKeyType"),
        (f"{DID}/^bar^/?query=`#{KEY}", {}, "invalidDidUrl"),
        (f"{DID}#other", {}, "notFound"),
        ("x" * 5_000, {}, "invalidDid"),
    ],
)
def test_what_cannot_be_resolved_is_told_by_the_error_s_name(issuing: TestClient, name, query, error):
    found = resolved(issuing, name, **query)
    assert found.status_code == 400, found.text
    told = found.json()
    metadata = told["didDereferencingMetadata" if "#" in name else "didResolutionMetadata"]
    assert (metadata["error"], told["didDocument"]) == (error, {})
    assert metadata["errorMessage"]


# --- what is said of it ---------------------------------------------------------------------------


def test_the_description_has_examples_that_the_issuer_takes(issuing: TestClient):
    paths = issuing.get("/openapi.json").json()["paths"]
    asked = paths["/credentials/issue"]["post"]["requestBody"]["content"]["application/json"]["example"]
    asked["credential"]["issuer"] = issuer_of(issuing)
    assert issuing.post("/credentials/issue", json=asked).status_code == 201
    assert "/1.0/identifiers/{did}" in paths
    example = paths["/credentials/status"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert issuing.post("/credentials/status", json=example).status_code == 404  # an entry of somebody else's list
