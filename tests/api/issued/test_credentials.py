"""A badge in all its forms, and what a verifier says of it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from badges import status, unbake
from ledger.transparency import VerifierKey, open_checkpoint
from schemas import format_time
from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild


@pytest.fixture(scope="session")
def badge(spring: Guild) -> str:
    """Give the id of Ada's badge, once it was awarded."""
    return spring.badge().id


def verify(guild: Guild, body: Any, media: str = "application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return guild.client.post("/credentials/verify", content=content, headers={"Content-Type": media})


@pytest.mark.parametrize(
    ("suffix", "media", "start"),
    [
        ("json", "application/json", b"{"),
        ("jwt", "application/jwt", b"eyJ"),
        ("png", "image/png", b"\x89PNG"),
        ("svg", "image/svg+xml", b"<svg"),
        ("pdf", "application/pdf", b"%PDF-"),
    ],
)
def test_a_badge_in_every_form_verifies(spring: Guild, badge: str, suffix, media, start):
    by_name = spring.client.get(f"/credentials/{badge}.{suffix}")
    by_accept = spring.client.get(f"/credentials/{badge}", headers={"Accept": media})

    assert by_name.status_code == by_accept.status_code == 200
    assert by_name.headers["content-type"].partition(";")[0] == media
    assert by_name.content == by_accept.content
    assert by_name.content.lstrip().startswith(start) or b"<svg" in by_name.content[:300]
    assert f"sharer.{suffix}" in by_name.headers["content-disposition"]

    told = verify(spring, by_name.content, media)
    assert (told.status_code, told.json()["verified"]) == (200, True), told.text
    assert "errors" not in told.json()
    upload = spring.client.post("/credentials/verify", files={"file": (f"badge.{suffix}", by_name.content)})
    assert (upload.status_code, upload.json()["verified"]) == (200, True)


def test_a_token_is_signed_as_asked_where_the_issuer_s_did_can_say_so(spring: Guild, badge: str):
    """An issuer without https is a did:key, which is one Ed25519 key and no other."""
    plain = spring.client.get(f"/credentials/{badge}.jwt")
    assert spring.client.get(f"/credentials/{badge}.jwt?alg=EdDSA").content == plain.content

    for address, words in (
        (f"{badge}.jwt?alg=RS256", "wanted EdDSA, as the issuer is a did:key and has one key, got RS256"),
        (f"{badge}.jwt?alg=none", "alg"),
        (f"{badge}.json?alg=EdDSA", "wanted with a JWT, got with application/json"),
    ):
        told = spring.client.get(f"/credentials/{address}")
        assert told.status_code in {400, 422}
        assert words in told.text


def test_a_picture_carries_the_credential(spring: Guild, badge: str):
    document = spring.client.get(f"/credentials/{badge}.json").json()
    token = spring.client.get(f"/credentials/{badge}.jwt").text
    for suffix in ("png", "svg"):
        assert json.loads(unbake(spring.client.get(f"/credentials/{badge}.{suffix}").content)) == document
        asked = spring.client.get(f"/credentials/{badge}.{suffix}?payload=jwt&size=64")
        assert unbake(asked.content) == token
        assert verify(spring, asked.content, asked.headers["content-type"].partition(";")[0]).json()["verified"]
    assert document["id"].endswith(f"/credentials/{badge}")


def test_the_vc_api_envelope(spring: Guild, badge: str):
    document = spring.client.get(f"/credentials/{badge}.json").json()
    token = spring.client.get(f"/credentials/{badge}.jwt").text
    assert verify(spring, {"verifiableCredential": document, "options": {"checks": ["proof"]}}).status_code == 200
    assert verify(spring, {"verifiableCredential": document, "options": {"checks": ["unheard"]}}).status_code == 200
    assert verify(spring, {"verifiableCredential": document, "more": 1}).json()["verified"]
    assert verify(spring, {"verifiableCredential": token}).json()["verified"]
    enveloped = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["EnvelopedVerifiableCredential"],
        "id": f"data:application/vc+jwt,{token}",
    }
    assert verify(spring, {"verifiableCredential": enveloped}).json()["verified"]


def test_a_forged_badge_is_told_apart(spring: Guild, badge: str):
    document = spring.client.get(f"/credentials/{badge}.json").json()
    document["credentialSubject"]["achievement"]["name"] = "Grand Master"
    told = verify(spring, document)
    assert (told.status_code, told.json()["verified"], told.json()["verdict"]) == (422, False, "forged")
    assert [check["step"] for check in told.json()["checks"]] == list(range(1, 17))
    assert [check["name"] for check in told.json()["checks"] if check["outcome"] == "failed"] == ["proof"]
    assert told.json()["errors"]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"[" * 50_000, b'{"a":NaN}', b"\xff", b'{"verifiableCredential":null}',
     b'{"verifiableCredential":7}', b'{"verifiableCredential":{}}', b'{"verifiableCredential":"a.b.c"}',
     b'{"verifiableCredential":"x","options":7}', b'{"verifiableCredential":{"type":"EnvelopedVerifiableCredential"}}'],
)  # fmt: skip
def test_what_is_no_credential_is_refused(spring: Guild, body):
    told = verify(spring, body)
    assert told.status_code in {400, 422}
    assert told.json()["verified"] is False


@pytest.mark.parametrize("media", ["application/jwt", "image/png", "image/svg+xml", "application/pdf", "text/plain"])
@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.7 ", b"\x89PNG\r\n\x1a\n" + b"\0" * 90, b"<svg/>", b"a.b.c", b"\0" * 5_000]
)
def test_what_is_no_badge_is_refused(spring: Guild, body, media):
    told = verify(spring, body, media)
    assert (told.status_code, told.json()["verified"]) == (422, False)


def test_limits_of_the_verifier(spring: Guild):
    assert verify(spring, b"x" * 2_200_000).status_code == 413
    assert verify(spring, b"{}", "application/octet-stream").status_code == 415
    big = {"file": ("x.png", b"\0" * 2_200_000)}
    assert spring.client.post("/credentials/verify", files=big).status_code == 413
    assert spring.client.post("/credentials/verify", data={"a": "b"}, files={"other": ("x", b"y")}).status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert spring.client.post("/credentials/verify", content=b"nonsense", headers=broken).status_code == 400


def test_a_download_is_cached_until_it_changes(spring: Guild, badge: str):
    first = spring.client.get(f"/credentials/{badge}.json")
    tag = first.headers["etag"]
    again = spring.client.get(f"/credentials/{badge}.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first.headers["cache-control"]
    other = spring.client.get(f"/credentials/{badge}.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_browser_is_led_to_the_page(spring: Guild, badge: str):
    answer = spring.client.get(f"/credentials/{badge}", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/b/{badge}")
    assert spring.client.get(f"/credentials/{badge}", headers={"Accept": "video/mp4"}).status_code == 406
    assert spring.client.get(f"/credentials/{badge}.exe").status_code == 404


def test_the_proof_of_a_badge_is_that_which_it_carries(spring: Guild, badge: str):
    answer = spring.client.get(f"/credentials/{badge}/proof")
    document = spring.client.get(f"/credentials/{badge}.json").json()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == document["evidence"][1]["narrative"]
    assert document["evidence"][1]["id"] == document["id"] + "/proof"
    again = spring.client.get(f"/credentials/{badge}/proof", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    told = verify(spring, document).json()
    assert told["checks"][15]["outcome"] == "passed"
    assert "of 127.0.0.1:8700/communities/makers/log" in told["checks"][15]["words"]
    for unknown in ("0" * 8 + "-0000-4000-8000-" + "0" * 12, "x"):
        for part in ("proof", "bundle"):
            assert spring.client.get(f"/credentials/{unknown}/{part}").status_code == 404


def test_a_bundle_verifies_when_we_are_gone(spring: Guild, badge: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its files as they are, no network, no book: by our command, in an environment of nothing else."""
    answer = spring.client.get(f"/credentials/{badge}/bundle")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="sharer.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "bundle")
    files = {path.name: path.read_bytes() for path in (tmp_path / "bundle").iterdir()}
    assert files.keys() == {
        "badge.json", "did.json", "status.json", "proof.txt", "log.vkey", "checkpoint.txt", "README.txt",
    }  # fmt: skip
    assert files["badge.json"] == spring.client.get(f"/credentials/{badge}.json").content
    key = VerifierKey.parse(files["log.vkey"].decode().strip())
    assert open_checkpoint(files["checkpoint.txt"], key).checkpoint.origin == key.name
    assert "{" not in files["README.txt"].decode()
    settings = {"GUILDBOOK_DATA": str(tmp_path / "nowhere"), "GUILDBOOK_DOCUMENTS": str(tmp_path / "bundle")}
    for name, outcomes in (("badge.json", {"passed", "not_applicable"}), ("did.json", None)):
        done = CliRunner().invoke(app, ["verify", str(tmp_path / "bundle" / name), "--json"], env=settings)
        assert done.exit_code == (0 if outcomes else 1), done.output
        if outcomes:
            assert {check["outcome"] for check in json.loads(done.stdout)["checks"]} == outcomes
    (tmp_path / "bundle" / "log.vkey").unlink()
    done = CliRunner().invoke(app, ["verify", str(tmp_path / "bundle" / "badge.json"), "--json"], env=settings)
    assert (done.exit_code, json.loads(done.stdout)["checks"][15]["outcome"]) == (0, "unreachable")


def test_a_bundle_is_verified_as_it_was_downloaded(spring: Guild, badge: str, tmp_path: Path):
    content = spring.client.get(f"/credentials/{badge}/bundle").content
    answer = spring.client.post("/credentials/verify", content=content, headers={"Content-Type": "application/zip"})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "valid"), answer.text

    file = tmp_path / "sharer.zip"
    file.write_bytes(content)
    done = CliRunner().invoke(app, ["verify", str(file), "--json"], env={"GUILDBOOK_DATA": str(tmp_path / "nowhere")})
    assert done.exit_code == 0, done.output
    words = {check["name"]: check["words"] for check in json.loads(done.stdout)["checks"]}
    assert "came with it" in words["status"]
    assert "guildbook verify THIS_FILE.zip" in zipfile.ZipFile(io.BytesIO(content)).read("README.txt").decode()


def test_what_a_badge_names_can_be_read(spring: Guild, badge: str):
    document = spring.client.get(f"/credentials/{badge}.json").json()
    achievement = document["credentialSubject"]["achievement"]
    addresses = [
        achievement["image"]["id"],
        document["credentialStatus"]["statusListCredential"],
        document["issuer"]["url"],
    ]
    for address in addresses:
        assert spring.client.get(address).status_code == 200, address
    described = spring.client.get(achievement["id"], headers={"Accept": "application/json"}).json()
    assert described == achievement
    page = spring.client.get(achievement["id"], headers={"Accept": "text/html"})
    assert 'id="criteria"' in page.text
    assert 'id="outcome-share"' in page.text
    assert spring.client.get(achievement["id"] + ".svg").headers["content-type"] == "image/svg+xml"
    assert spring.client.get(f"/c/{COMMUNITY}/badges/none").status_code == 404


def test_did_documents_and_status_lists(spring: Guild, badge: str):
    document = spring.client.get(f"/credentials/{badge}.json").json()
    did = spring.client.get(f"/communities/{COMMUNITY}/did.json")
    assert did.json()["id"] == document["issuer"]["id"]
    assert did.headers["access-control-allow-origin"] == "*"
    own = spring.client.get("/.well-known/did.json").json()
    assert own["id"].startswith("did:key:z6Mk")
    assert own["id"] != did.json()["id"]
    url = document["credentialStatus"]["statusListCredential"]
    for address, purpose in ((url, "revocation"), (f"{url}-suspension", "suspension")):
        listed = spring.client.get(address)
        assert listed.json()["credentialSubject"].items() >= {
            ("type", "BitstringStatusList"), ("statusPurpose", purpose), ("ttl", 60_000),
        }  # fmt: skip
        assert listed.headers["cache-control"] == "public, max-age=60"
        again = spring.client.get(address, headers={"If-None-Match": listed.headers["etag"]})
        assert again.status_code == 304
        assert verify(spring, listed.content).json()["verified"] is True


def test_a_list_is_given_as_it_stood(guild: Guild):
    guild.tell(a_spring())
    issued = guild.badge()
    entry = guild.client.get(f"/credentials/{issued.id}.json").json()["credentialStatus"]
    url = entry["statusListCredential"]
    before = format_time(time.time_ns() // 1_000)
    told = guild.here.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=time.time_ns() // 1_000)
    assert guild.here.standings.wait(COMMUNITY, told.position or 0)

    def bit(**at: str) -> int:
        listed = guild.client.get(url, params=at).json()
        return status.lookup(status.read_entry(entry), listed)

    assert (bit(), bit(timestamp=before), bit(timestamp=format_time(time.time_ns() // 1_000))) == (1, 0, 1)
    for timestamp, code in (("2020-01-01T00:00:00Z", 404), ("2120-01-01T00:00:00Z", 422), ("x", 422), ("", 422)):
        refused = guild.client.get(url, params={"timestamp": timestamp})
        assert (refused.status_code, refused.headers["content-type"]) == (code, "application/problem+json")
        if code == 422:
            assert refused.json()["errors"][0]["pointer"] == "/query/timestamp"


def test_a_revoked_badge_is_told_apart(guild: Guild):
    guild.tell(a_spring())
    issued = guild.badge()
    document = guild.client.get(f"/credentials/{issued.id}.json").content
    assert verify(guild, document).json()["verdict"] == "valid"

    told = guild.here.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=1_790_000_000_000_000)
    assert told.position
    assert guild.here.standings.wait(COMMUNITY, told.position)

    answer = verify(guild, document).json()
    assert (answer["verified"], answer["verdict"]) == (False, "revoked")
    assert "Revoked" in guild.client.get(f"/b/{issued.id}").text
