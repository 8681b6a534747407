"""Bundles in which something is exchanged, older, of another, or in the way; and archives that are none."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from badges import Verdict, did, sign, status, to_json
from badges.verifying.bundles import LIFE, MOST_FILES
from tests.badges.samples import AWARDED, DAY, ISSUER, LIST_URL, METHOD, NOW, PLACE, SIGNER, STRANGER
from tests.badges.verifier.making import GONE, WEB, WEB_DOCUMENT, WEB_METHOD, Case, badge, put
from tests.badges.verifier.making import signed as made

if TYPE_CHECKING:
    from collections.abc import Iterator

MALFORMED, FORGED, UNKNOWN = Verdict.MALFORMED, Verdict.FORGED, Verdict.ISSUER_UNKNOWN
UNTOLD, REVOKED = Verdict.STATUS_UNREACHABLE, Verdict.REVOKED
NOTHING: dict[str, object] = {LIST_URL: None, WEB: None}  # at hand, so that it has to come with the badge
OTHER = did.did_key(STRANGER.public_key)
BADGE, WEB_BADGE = made(badge()), made(badge(issuer=WEB), verification_method=WEB_METHOD)
MONTH = LIFE + DAY


def zipped(files: dict[str, object], packing: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """Return an archive of files by their names, in their order."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", packing) as archive:
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return sink.getvalue()


def listed(issuer: str = ISSUER, *places: int, at: int = NOW, signer: Any = SIGNER, **changes: Any) -> bytes:
    """Return the status list that Ada's badge names, as an issuer signed it when the bundle was made."""
    url = changes.pop("url", LIST_URL)
    purpose = changes.pop("purpose", "revocation")
    document = status.status_list(url, issuer, places, valid_from=AWARDED, purpose=purpose) | changes
    method = did.verification_method(issuer, signer.public_key)
    return to_json(sign(document, signer, verification_method=method, created=at))


def bundle(badge: bytes = BADGE, **files: object) -> dict[str, object]:
    """Return the files of a bundle of Ada's badge; `status` is status.json. What is GONE is left out."""
    whole: dict[str, object] = {"did": did.did_document(ISSUER, [SIGNER.public_key]), "status": listed()} | files
    return {"badge.json": badge} | {f"{name}.json": value for name, value in whole.items() if value is not GONE}


def of_lists() -> Iterator[Case]:
    """Yield bundles whose status list says nothing of the badge, or may not be believed."""
    control = zipped(bundle())
    old = listed(at=NOW - MONTH, validFrom="2026-01-01T10:00:00Z")
    method = did.verification_method(OTHER, STRANGER.public_key)
    plain = {name: value for name, value in json.loads(old).items() if name != "proof"}
    younger = sign(plain, STRANGER, verification_method=method, created=NOW)["proof"]
    twice = json.loads(old) | {"proof": [json.loads(old)["proof"], younger]}
    undated = to_json(sign({k: v for k, v in json.loads(listed()).items() if k not in {"proof", "validFrom"}}, SIGNER,
                           verification_method=METHOD, created=None))  # fmt: skip
    for words, found in (
        ("left out", GONE),
        ("of more than a month ago", old),
        ("of then, with a proof of now by another", twice),
        ("of later", listed(at=NOW + DAY)),
        ("that begins later", listed(validFrom="2026-03-03T10:00:00Z")),
        ("that does not say of when it is", undated),
        ("expired", listed(validUntil="2026-03-02T09:00:00Z")),
        ("of another issuer", listed(OTHER, signer=STRANGER)),
        ("by another's key under its issuer's name", sign_as(STRANGER)),
        ("not signed", {k: v for k, v in json.loads(listed()).items() if k != "proof"}),
        ("altered", json.loads(listed()) | {"name": "x"}),
        ("with other bits", put(json.loads(listed()), "/credentialSubject/encodedList",
                                json.loads(listed(ISSUER, PLACE))["credentialSubject"]["encodedList"])),
        ("of another address", listed(url=f"{LIST_URL}-1")),
        ("under another address than it was signed with", json.loads(listed(url=f"{LIST_URL}-1")) | {"id": LIST_URL}),
        ("of another purpose", listed(purpose="suspension")),
        ("that is the badge", BADGE),
        ("that is the issuer's keys", did.did_document(ISSUER, [SIGNER.public_key])),
    ):  # fmt: skip
        yield Case(f"bundle, its list {words}", zipped(bundle(status=found)), UNTOLD, "status", control, known=NOTHING)
    revoked = zipped(bundle(status=listed(ISSUER, PLACE)))
    yield Case("bundle, its list names it", revoked, REVOKED, "status", control, known=NOTHING)
    both = zipped(bundle(status=listed(), suspension=listed(ISSUER, PLACE)))
    yield Case("bundle, another list of the same address names it", both, REVOKED, "status", control, known=NOTHING)
    yield Case("bundle, the list at hand names it", control, REVOKED, "status", control, known=NOTHING,
               spoilt={LIST_URL: listed(ISSUER, PLACE)})  # fmt: skip
    yield Case("bundle, the list at hand is broken", control, UNTOLD, "status", control, known=NOTHING,
               spoilt={LIST_URL: b"{}"})  # fmt: skip
    yield Case("bundle, trusted, its list names it", revoked, REVOKED, "status", control, known=NOTHING,
               more={"trust_bundle": True})  # fmt: skip
    yield Case("bundle, trusted, its list of another", zipped(bundle(status=listed(OTHER, signer=STRANGER))), UNTOLD,
               "status", control, known=NOTHING, more={"trust_bundle": True})  # fmt: skip


def sign_as(signer: Any) -> bytes:
    document = status.status_list(LIST_URL, ISSUER, (), valid_from=AWARDED)
    return to_json(sign(document, signer, verification_method=METHOD, created=NOW))


def of_issuers() -> Iterator[Case]:
    """Yield bundles whose issuer is known by what came with them, or not even by that."""
    with_key = zipped(bundle())
    web = bundle(WEB_BADGE, did=WEB_DOCUMENT, status=listed(WEB))
    whole, trusting = zipped(web), {"trust_bundle": True}
    yield Case("bundle of a site, not trusted", whole, UNKNOWN, "issuer", whole, known=NOTHING, lenient=trusting)
    kept: dict[str, object] = {LIST_URL: None}
    yield Case("bundle of a site, its keys not at hand", whole, UNKNOWN, "issuer", whole, known=kept, spoilt=NOTHING)
    stranger = did.did_document(WEB, [STRANGER.public_key])
    her_method = did.verification_method(WEB, STRANGER.public_key)
    hers = sign(badge(issuer=WEB), STRANGER, verification_method=her_method, created=AWARDED)
    forged = zipped(bundle(to_json(hers), did=stranger, status=listed(WEB)))
    yield Case("bundle in a site's name, its own keys with it", forged, UNKNOWN, "issuer", whole, known=kept,
               spoilt=NOTHING)  # fmt: skip
    yield Case(
        "bundle in a site's name, the site's keys at hand", forged, UNKNOWN, "key", whole, known=kept, intact=False
    )
    yield Case("bundle in a site's name, trusted, the site's keys at hand", forged, UNKNOWN, "key", whole, known=kept,
               more=trusting, intact=False)  # fmt: skip
    method = "/verificationMethod/0"
    for words, found, verdict, step in (
        ("left out", GONE, UNKNOWN, "key"),
        ("of another site", WEB_DOCUMENT | {"id": "did:web:other.example"}, UNKNOWN, "key"),
        ("of another's key", stranger, UNKNOWN, "key"),
        ("of another's key under this name", put(WEB_DOCUMENT, f"{method}/publicKeyMultibase", STRANGER.kid), FORGED,
         "proof"),
        ("with a key of another", put(WEB_DOCUMENT, f"{method}/controller", OTHER), UNKNOWN, "key"),
        ("with the key revoked", put(WEB_DOCUMENT, f"{method}/revoked", "2026-03-01T11:00:00Z"), UNKNOWN, "key"),
        ("with the key not for badges", put(WEB_DOCUMENT, "/assertionMethod", []), FORGED, "proof"),
        ("that is a list", listed(WEB), UNKNOWN, "key"),
        ("that is the badge", WEB_BADGE, UNKNOWN, "key"),
    ):  # fmt: skip
        spoilt = zipped(bundle(WEB_BADGE, did=found, status=listed(WEB)))
        yield Case(f"bundle, trusted, its keys {words}", spoilt, verdict, step, whole, known=NOTHING, more=trusting,
                   intact=False)  # fmt: skip
    for words, step, raw in (
        ("altered", "proof", BADGE.replace(b"Helper", b"Leader", 1)),
        ("of another's key in its issuer's name", "proof", made(badge(), signer=STRANGER)),
        ("with the proof of another", "issuer", to_json(json.loads(BADGE) | {"proof": json.loads(WEB_BADGE)["proof"]})),
    ):
        yield Case(f"bundle, its badge {words}", zipped(bundle(raw)), FORGED, step, with_key, known={LIST_URL: None},
                   intact=False)  # fmt: skip
    swapped = zipped(bundle(WEB_BADGE, status=listed(WEB)))
    yield Case("bundle, trusted, another badge put in", swapped, UNKNOWN, "key", with_key, known=NOTHING, more=trusting,
               intact=False)  # fmt: skip


def flagged(raw: bytes) -> bytes:
    """Return an archive whose first file says that it is encrypted."""
    made = bytearray(raw)
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def renamed(raw: bytes, old: bytes, new: bytes, *, last: bool = True) -> bytes:
    """Return an archive in which a name of the same length stands in the list of files, or before the file itself."""
    at = raw.rindex(old) if last else raw.index(old)
    return raw[:at] + new + raw[at + len(old) :]


def sized(raw: bytes, size: int) -> bytes:
    """Return an archive that says its first file has another size."""
    made = bytearray(raw)
    at = made.index(b"PK\x01\x02") + 24
    made[at : at + 4] = size.to_bytes(4, "little")
    return bytes(made)


def of_archives() -> Iterator[Case]:
    """Yield ZIP files that are no bundle, or that two readers may read in two ways."""
    files = bundle()
    control = zipped(files)
    rest = {name: content for name, content in files.items() if name != "badge.json"}
    rows: list[tuple[str, bytes]] = [
        (f"its badge called {name!r}", zipped({name: BADGE} | rest))
        for name in (
            "../badge.json",
            "./badge.json",
            "/badge.json",
            "x/badge.json",
            "badge.json/",
            "BADGE.JSON",
            "badge.json.txt",
            "..\\badge.json",
            "C:badge.json",
            " badge.json",
            "badge.jsonld",
        )
    ]
    rows += [
        ("its badge under another name in the list", renamed(control, b"badge.json", b"xadge.json")),
        ("its badge under another name before it", renamed(control, b"badge.json", b"xadge.json", last=False)),
        ("nothing", zipped({})),
        ("its end cut off", control[:-1]),
        ("its list of files cut off", control[: control.index(b"PK\x01\x02")]),
        ("its beginning alone", control[:30]),
        ("an encrypted badge", flagged(control)),
        ("a badge that says it is shorter", sized(control, 10)),
        ("a badge that says it is longer", sized(control, 65_000)),
        ("a badge that says it is too long", sized(control, 65_537)),
        ("a badge that is too long", zipped(bundle(b" " * 65_537))),
        ("a wrong checksum", zipped(files, zipfile.ZIP_STORED).replace(b"Helper", b"Leader", 1)),
        ("a badge packed by LZMA", zipped(files, zipfile.ZIP_LZMA)),
        ("a badge packed by bzip2", zipped(files, zipfile.ZIP_BZIP2)),
        ("too many files", zipped(files | {f"f{n}": b"" for n in range(MOST_FILES)})),
        ("too long a list of files", zipped(files | {f"{n}{'x' * 1_000}": b"" for n in range(70)})),
        ("a bundle for its badge", zipped(bundle(control))),
        ("a picture for its badge", zipped(bundle(b"\x89PNG\r\n\x1a\n"))),
        ("an empty badge", zipped(bundle(b""))),
        ("a list for its badge", zipped(bundle(b"[]"))),
        ("keys that are no JSON", zipped(bundle(did=b"{"))),
        ("keys in a list", zipped(bundle(did=[WEB_DOCUMENT]))),
        ("keys without an id", zipped(bundle(did={}))),
        ("keys whose id is a number", zipped(bundle(did={"id": 7}))),
        ("keys that say one thing twice", zipped(bundle(did=b'{"id": "a", "id": "b"}'))),
        ("keys that are too long", zipped(bundle(did={"id": "x" * 65_536}))),
        ("a list that is no JSON", zipped(bundle(status=b"<html></html>"))),
        ("a list that is a number", zipped(bundle(status=7))),
        ("a list that is too long", zipped(bundle(status=b" " * 262_145))),
        ("a second list without an id", zipped(bundle(suspension={}))),
        ("a log's key that is none", zipped(files | {"log.vkey": b"guild.example"})),
        ("a log's key of bytes", zipped(files | {"log.vkey": b"\xff\xfe"})),
        ("a log's key that is too long", zipped(files | {"log.vkey": b"\n" * 4_097})),
        ("a log's key, half", zipped(files | {"log.vkey": b"guild.example/log+00000000+AQ=="})),
        ("a second list of files", control + control[control.index(b"PK\x01\x02") :].replace(b"badge", b"other")),
    ]
    for words, spoilt in rows:
        yield Case(f"bundle with {words}", spoilt, MALFORMED, "read", control, known=NOTHING, intact=False)


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from of_lists()
    yield from of_issuers()
    yield from of_archives()
