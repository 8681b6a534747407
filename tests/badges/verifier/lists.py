"""Badges outside their time, and with status lists that say something against them, or that cannot be relied on."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from badges import Verdict, status
from ledger.multibase import base64url_encode
from schemas import contexts
from tests.badges.samples import AWARDED, DAY, ISSUER, LIST_URL, PLACE, STRANGER, status_list
from tests.badges.verifier.making import GONE, Case, badge, bare, claims, old, plain, put, signed, token, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPIRED, EARLY = Verdict.EXPIRED, Verdict.NOT_YET_VALID
UNREACHABLE, REVOKED, SUSPENDED = Verdict.STATUS_UNREACHABLE, Verdict.REVOKED, Verdict.SUSPENDED
SOON = (AWARDED + 2 * DAY) // 1_000_000  # s: later than when the cases are asked about


def dates() -> Iterator[Case]:
    """Yield what is out of time: asked about is 2026-03-02T10:00:00Z."""
    rows: tuple[tuple[dict[str, Any], str, str, Verdict], ...] = (
        (whole(), "/validUntil", "2026-03-02T09:59:59Z", EXPIRED),
        (whole(), "/validUntil", "2026-03-02T09:59:59.999999Z", EXPIRED),
        (whole(), "/validUntil", "2026-03-02T11:59:59+02:00", EXPIRED),
        (whole(), "/validFrom", "2026-03-02T10:00:01Z", EARLY),
        (whole(), "/validFrom", "2026-03-02T08:00:01-02:00", EARLY),
        (put(whole(), "/validUntil", GONE), "/validFrom", "9999-12-31T23:59:59Z", EARLY),
        (plain(), "/validFrom", "2040-01-01T00:00:00Z", EARLY),
        (plain(validUntil="2027-01-01T00:00:00Z"), "/validUntil", "2026-03-02T00:00:00Z", EXPIRED),
        (old(), "/expirationDate", "2026-03-02T00:00:00Z", EXPIRED),
        (old(), "/issuanceDate", "2026-12-31T23:59:59Z", EARLY),
    )
    for document, pointer, date, verdict in rows:
        spoilt = signed(put(document, pointer, date))
        yield Case(f"date {pointer} {date}", spoilt, verdict, "validity", signed(document))
    late = put(claims(), "/validUntil", GONE) | {"exp": AWARDED // 1_000_000 + 1}
    yield Case("exp alone", token(late), EXPIRED, "validity", token(claims()))
    nested = {"vc": put(old(), "/issuanceDate", GONE), "nbf": AWARDED // 1_000_000}
    yield Case("nbf alone", token(nested | {"nbf": SOON}), EARLY, "validity", token(nested))


def packed(size: int, *places: int) -> str:
    """Return an encodedList of any size in bytes, at the highest level."""
    bits = bytearray(size)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return "u" + base64url_encode(gzip.compress(bytes(bits), 9))


def listing(pointer: str, value: object) -> bytes:
    """Return Ada's status list with another value in one place, signed by the Weavers."""
    document = status.status_list(LIST_URL, ISSUER, [1], valid_from=AWARDED)
    return signed(put(document, pointer, value))


SUBJECT = "/credentialSubject"
LISTS: tuple[tuple[str, bytes | None], ...] = (
    ("is not at hand", None),
    ("is empty", b""),
    ("is no JSON", b"<html></html>"),
    ("is a list of numbers", b"[1, 2]"),
    ("is cut", status_list(1)[:-60]),
    ("is altered", status_list(1).replace(b"revocation", b"suspension")),
    ("is signed by another", status_list(1, signer=STRANGER)),
    ("has expired", status_list(1, validUntil="2026-03-02T09:00:00Z")),
    ("is of later", status_list(1, validFrom="2026-03-03T09:00:00Z")),
    ("is for suspension", status_list(1, purpose="suspension")),
    ("is a badge", signed(bare())),
    ("has no subject type", listing(f"{SUBJECT}/type", "List")),
    ("is of no type", listing("/type", ["VerifiableCredential"])),
    ("has no bits", listing(f"{SUBJECT}/encodedList", GONE)),
    ("has other bits", listing(f"{SUBJECT}/encodedList", 7)),
    ("has no multibase", listing(f"{SUBJECT}/encodedList", packed(16_384)[1:])),
    ("has bits not zipped", listing(f"{SUBJECT}/encodedList", "u" + base64url_encode(bytes(16_384)))),
    ("is short", listing(f"{SUBJECT}/encodedList", packed(16_383))),
    ("is too short for its entry", listing(f"{SUBJECT}/encodedList", packed(12))),
    ("is a bomb", listing(f"{SUBJECT}/encodedList", packed(20_000_000))),
    ("is zipped in part", listing(f"{SUBJECT}/encodedList", packed(16_384)[:-20])),
    ("is padded", listing(f"{SUBJECT}/encodedList", packed(16_384) + "==")),
)

ENTRIES: tuple[tuple[str, object], ...] = (
    ("statusListIndex", "131072"),
    ("statusListIndex", "-1"),
    ("statusListIndex", "4711.0"),
    ("statusListIndex", "٤٧١١"),
    ("statusListIndex", "9" * 5_000),
    ("statusListIndex", True),
    ("statusListIndex", GONE),
    ("statusListCredential", "https://guild.example/status/other"),
    ("statusListCredential", GONE),
    ("statusPurpose", "suspension"),
    ("statusPurpose", GONE),
    ("statusSize", 0),
    ("statusSize", "2"),
    ("statusSize", 100),
    ("statusSize", 2),
)

REVOCATIONS = "https://guild.example/revoked.json"


def revocations(*named: object, issuer: str = ISSUER) -> dict[str, object]:
    """Return a 1EdTechRevocationList at its address."""
    found = {"id": REVOCATIONS, "type": ["1EdTechRevocationList"], "issuer": issuer, "revokedCredential": list(named)}
    return {REVOCATIONS: json.dumps(found).encode()}


def statuses() -> Iterator[Case]:
    """Yield what its lists speak against, or do not speak of."""
    document = badge()
    control = signed(document)
    for words, found in LISTS:
        yield Case(f"list {words}", control, UNREACHABLE, "status", control, spoilt={LIST_URL: found})
    for name, value in ENTRIES:
        spoilt = put(document, f"/credentialStatus/{name}", value)
        yield Case(f"entry {name} {ascii(value)[:20]}", signed(spoilt), UNREACHABLE, "status", control)
    unknown = {"id": "urn:status:1", "type": "https://guild.example/StatusList2099Entry"}
    yield Case(
        "entry of an unknown type", signed(document | {"credentialStatus": unknown}), UNREACHABLE, "status", control
    )
    for purpose, verdict in (("revocation", REVOKED), ("suspension", SUSPENDED)):
        entry = status.entry(LIST_URL, PLACE, purpose=purpose)
        halted = signed(document | {"credentialStatus": entry})
        said = {LIST_URL: status_list(PLACE, purpose=purpose)}
        fine = {LIST_URL: status_list(1, purpose=purpose)}
        yield Case(f"under {purpose}", halted, verdict, "status", halted, known=fine, spoilt=said)
    two = [status.entry(LIST_URL, PLACE), status.entry(LIST_URL, 1)]
    yield Case("the second entry is revoked", signed(document | {"credentialStatus": two}), REVOKED, "status", control)
    named = {"id": REVOCATIONS, "type": "1EdTechRevocationList"}
    extended = {"@context": [*document["@context"][:2], contexts.OPEN_BADGES_EXTENSIONS]}
    by_name = signed(document | extended | {"credentialStatus": named})
    other = {"id": "urn:credential:2"}
    for words, known, verdict in (
        ("names it", revocations({"id": document["id"]}), REVOKED),
        ("names it as revoked", revocations(other, {"id": document["id"], "revoked": True}), REVOKED),
        ("is of another", revocations(other, issuer="did:web:other.example"), UNREACHABLE),
        ("names no id", revocations({"revoked": True}), UNREACHABLE),
        ("says perhaps", revocations({"id": document["id"], "revoked": "perhaps"}), UNREACHABLE),
        ("is not at hand", {}, UNREACHABLE),
        ("is a list", {REVOCATIONS: b"[]"}, UNREACHABLE),
    ):
        yield Case(
            f"revocation list {words}", by_name, verdict, "status", by_name, known=revocations(other), spoilt=known
        )


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from dates()
    yield from statuses()
