"""A badge in the words of Open Badges 2.0: what leads to what, what is signed, what is in the pictures."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.api.people import CHARTER, COMMUNITY, a_spring

if TYPE_CHECKING:
    from tests.api.conftest import Guild


@pytest.fixture
def guild(guild: Guild) -> Guild:
    charter = yaml.safe_load(CHARTER) | {"contact": "badges@makers.example"}
    guild.here.book.publish_charter(COMMUNITY, charter, effective=0, by="test")
    guild.tell(a_spring())
    return guild


def test_all_that_is_published_is_at_hand_under_its_own_address(guild: Guild):
    badge, origin = guild.badge(), guild.here.settings.origin
    token = guild.client.get(f"/ob2/assertions/{badge.id}.jws").text
    creator = jwt.decode(token, options={"verify_signature": False})["verification"]["creator"]
    at_hand = guild.here.documents.published
    assertion = fetched(guild, f"{origin}/ob2/assertions/{badge.id}")
    klass = fetched(guild, assertion["badge"])
    issuer = fetched(guild, klass["issuer"])
    for url in (assertion["id"], klass["id"], issuer["id"], issuer["revocationList"], creator):
        assert at_hand.get(url) == fetched(guild, url)
    assert (
        at_hand[f"{origin}/credentials/{badge.id}/refresh"] == guild.client.get(f"/credentials/{badge.id}.json").content
    )
    for name in (
        f"{origin}/ob2/assertions/00000000-0000-4000-8000-000000000000",
        f"{origin}/ob2/issuers/nobody",
        f"{origin}/ob2/issuers/{COMMUNITY}/key/none",
        f"{origin}/ob2/issuers/{COMMUNITY}/badge/king/1",
        f"{origin}/ob2/issuers/{COMMUNITY}/badge/sharer/999999",
        f"{origin}/credentials/00000000-0000-4000-8000-000000000000/refresh",
        f"{origin}/status/none",
        f"{origin}/",
        origin,
        "did:web:elsewhere.example:communities:makers",
        assertion["id"].replace("http://", "https://"),
    ):
        assert at_hand.get(name) is None, name
    guild.here.book.revoke(COMMUNITY, badge.stream, reason="By mistake.", at=time.time_ns() // 1_000)
    guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    assert at_hand[assertion["id"]] == {
        "@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": assertion["id"], "revoked": True
    }  # fmt: skip


def fetched(guild: Guild, url: str) -> dict[str, Any]:
    """Follow a link of a document, as a verifier does, to one that has that very address as its id."""
    answer = guild.client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json"), answer.text
    document: dict[str, Any] = answer.json()
    assert document["id"] == url
    return document


def test_from_the_assertion_one_is_led_to_badge_issuer_and_key(guild: Guild):
    badge = guild.badge()
    credential = guild.client.get(f"/credentials/{badge.id}.json").json()
    assertion = fetched(guild, f"{guild.here.settings.origin}/ob2/assertions/{badge.id}")
    assert assertion["recipient"]["identity"] == credential["credentialSubject"]["id"]
    assert assertion["evidence"][0]["narrative"] == credential["evidence"][0]["narrative"]
    assert assertion["issuedOn"] == credential["awardedDate"]

    klass = fetched(guild, assertion["badge"])
    assert (klass["name"], klass["alignment"][0]["targetName"]) == ("Sharer", "Can show peers what she does.")
    assert guild.client.get(klass["image"]).headers["content-type"] == "image/png"
    issuer = fetched(guild, klass["issuer"])
    assert (issuer["name"], issuer["email"]) == ("The Makers", "badges@makers.example")
    assert assertion["id"].startswith(issuer["verification"]["startsWith"])
    assert fetched(guild, issuer["revocationList"])["revokedAssertions"] == []


def test_a_community_has_no_key_for_2_0_before_a_badge_is_signed(guild: Guild):
    """Whoever asks for what is hosted makes none."""
    badge, url = guild.badge(), f"{guild.here.settings.origin}/ob2/issuers/{COMMUNITY}"
    known = guild.here.book.issuers.history(COMMUNITY).keys
    for form in ("", ".json", ".png", ".svg"):
        assert guild.client.get(f"/ob2/assertions/{badge.id}{form}").status_code == 200
    assert "publicKey" not in fetched(guild, url)
    assert fetched(guild, f"{url}/revoked")["revokedAssertions"] == []
    assert guild.here.book.issuers.history(COMMUNITY).keys == known

    token = guild.client.get(f"/ob2/assertions/{badge.id}.jws").text
    creator = jwt.decode(token, options={"verify_signature": False})["verification"]["creator"]
    issuer = fetched(guild, url)
    assert issuer["publicKey"] == creator
    assert fetched(guild, creator)["owner"] == issuer["id"]


def test_a_signed_assertion_is_checked_by_the_published_key(guild: Guild):
    badge = guild.badge()
    token = guild.client.get(f"/ob2/assertions/{badge.id}.jws").text
    creator = jwt.decode(token, options={"verify_signature": False})["verification"]["creator"]
    pem = load_pem_public_key(fetched(guild, creator)["publicKeyPem"].encode())
    signed = json.loads(jwt.PyJWS().decode(token, pem, algorithms=["RS256"]))  # type: ignore[arg-type]
    assert signed["id"].startswith("urn:uuid:")
    assert badge.id not in signed["id"]


def test_pictures_carry_it_as_2_0_wants(guild: Guild):
    badge = guild.badge()
    hosted = guild.client.get(f"/ob2/assertions/{badge.id}").json()
    png = guild.client.get(f"/ob2/assertions/{badge.id}.png").content
    assert b"iTXtopenbadges\0\0\0\0\0" + json.dumps(hosted, separators=(",", ":")).encode() in png
    assert b"openbadgecredential" not in png
    svg = fromstring(guild.client.get(f"/ob2/assertions/{badge.id}.svg").text)  # noqa: S314  ours
    (inside,) = svg.iter("{http://openbadges.org}assertion")
    assert inside.get("verify") == hosted["id"]
    assert json.loads(inside.text or "") == hosted


MEDIA = {"": "application/json", ".jws": "text/plain", ".png": "image/png", ".svg": "image/svg+xml"}


@pytest.mark.parametrize("form", MEDIA)
def test_our_own_verifier_reads_them(guild: Guild, form: str):
    badge, book = guild.badge(), guild.here.book
    content = guild.client.get(f"/ob2/assertions/{badge.id}{form}").content

    def asked(what: bytes) -> dict[str, Any]:
        sent = {"Content-Type": MEDIA[form]}
        told: dict[str, Any] = guild.client.post("/credentials/verify", content=what, headers=sent).json()
        return told

    told = asked(content)
    assert told["verdict"] == "valid", told
    assert told["checks"][4]["words"].endswith((f"{COMMUNITY}, vouches for what stands there.", "lists as its own."))
    if form == "":
        assert asked(content.replace(b"HostedBadge", b"SignedBadge"))["verdict"] == "malformed"
        assert asked(content.replace(b'"hashed":false', b'"hashed":false,"salt":"x"'))["verdict"] == "forged"
    book.revoke(COMMUNITY, badge.stream, reason="By mistake.", at=time.time_ns() // 1_000)
    guild.here.standings.wait(COMMUNITY, book.head(COMMUNITY))
    assert asked(content)["verdict"] == "revoked"


def test_what_does_not_hold_is_gone_and_listed(guild: Guild):
    badge, book = guild.badge(), guild.here.book
    signed = jwt.decode(guild.client.get(f"/ob2/assertions/{badge.id}.jws").text, options={"verify_signature": False})

    def told() -> tuple[int, str | None, list[str]]:
        guild.here.standings.wait(COMMUNITY, book.head(COMMUNITY))
        answer = guild.client.get(f"/ob2/assertions/{badge.id}")
        listed = guild.client.get(f"/ob2/issuers/{COMMUNITY}/revoked").json()["revokedAssertions"]
        assert answer.json().get("revoked", False) == (answer.status_code == 410)
        return answer.status_code, answer.json().get("revocationReason"), [one["id"] for one in listed]

    now = time.time_ns() // 1_000
    book.suspend(COMMUNITY, badge.stream, reason="Looked into.", at=now)
    assert told() == (410, "It is suspended for now.", [signed["id"]])
    book.resume(COMMUNITY, badge.stream, reason="All well.", at=now + 1)
    assert told() == (200, None, [])
    book.revoke(COMMUNITY, badge.stream, reason="By mistake.", at=now + 2)
    assert told() == (410, None, [signed["id"]])


@pytest.mark.parametrize(
    "path",
    [
        "issuers/nobody",
        "issuers/makers/badge/king/1",
        "issuers/makers/level/2/1",
        "issuers/makers/key/x",
        "issuers/makers/badge/sharer/99",
        "assertions/x",
        "assertions/.png",
    ],
)
def test_what_is_not_there_is_a_problem(spring: Guild, path: str):
    assert spring.client.get(f"/ob2/{path}").status_code == 404
