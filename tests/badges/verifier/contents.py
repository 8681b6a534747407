"""Presentations, learner records and badges in which something else does not hold; they themselves are signed well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from badges import Verdict, did, status, to_json
from schemas import contexts
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    METHOD,
    NOW,
    SIGNER,
    STRANGER,
    record,
    said,
    signed,
)
from tests.badges.test_openbadges2 import HOSTED, TOKEN
from tests.badges.test_presentation import enveloped, presentation, presented
from tests.badges.test_presentation import token as presented_token
from tests.badges.verifier import making
from tests.badges.verifier.making import GONE, Case, bare, by_jcs, claims, put, token

if TYPE_CHECKING:
    from collections.abc import Iterator

INSIDE, UNKNOWN, MALFORMED = Verdict.ENCLOSED_INVALID, Verdict.ISSUER_UNKNOWN, Verdict.MALFORMED
LISTLESS, SCHEMALESS, VALID = Verdict.STATUS_UNREACHABLE, Verdict.SCHEMA_UNREACHABLE, Verdict.VALID
JCS = "eddsa-jcs-2022"
BADGE = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002"
OTHER = did.did_key(STRANGER.public_key)
OTHER_METHOD = did.verification_method(OTHER, STRANGER.public_key)
NOBODY = "did:web:nobody.example"
ELSEWHERE = "https://guild.example/status/other"


def one(number: int, **changes: Any) -> dict[str, Any]:
    """Return a badge of Ada's that holds, each number another."""
    return signed(**{"credential_id": f"{BADGE}{number}", "status_list": None, "status_index": None} | changes)


def jcs(document: dict[str, Any], **how: Any) -> dict[str, Any]:
    """Return a document signed whatever it says."""
    made: dict[str, Any] = json.loads(by_jcs(document, **how))
    return made


def altered(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"name": "Grand Master"}


def recorded(*credentials: object, **members: Any) -> dict[str, Any]:
    """Return a learner record of whatever it is."""
    return jcs(put(record(one(1)), "/credentialSubject/verifiableCredential", list(credentials)) | members)


def in_envelope(text: bytes | str, **members: Any) -> dict[str, Any]:
    written = text if isinstance(text, str) else text.decode()
    return enveloped(written, "Credential", "vc+jwt") | members


def unknown() -> dict[str, Any]:
    """Return a badge whose issuer is not known."""
    return jcs(bare(issuer=NOBODY), verificationMethod=f"{NOBODY}#key-1")


def schemed() -> dict[str, Any]:
    """Return a badge that names a schema which is not at hand."""
    schema = {"id": "https://guild.example/schema.json", "type": "1EdTechJsonSchemaValidator2019"}
    named = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS]
    return jcs(bare() | {"@context": named, "credentialSchema": [schema]})


def halted(purpose: str, **members: Any) -> dict[str, Any]:
    """Return a badge that names a list of its own, which is at hand in `SAID`."""
    entry = status.entry(f"{ELSEWHERE}-{purpose}", 7, purpose=purpose)
    return jcs(bare() | {"credentialStatus": entry} | members)


def listing(purpose: str) -> bytes:
    url = f"{ELSEWHERE}-{purpose}"
    return making.signed(status.status_list(url, ISSUER, [7], valid_from=AWARDED, purpose=purpose))


SAID: dict[str, object] = {f"{ELSEWHERE}-{purpose}": listing(purpose) for purpose in ("revocation", "suspension")}

# What stands in the place of a credential; what a presentation with it comes to, and a record.
BROKEN: tuple[tuple[str, object, Verdict, Verdict], ...] = (
    ("altered", altered(one(2)), INSIDE, INSIDE),
    ("altered in its proof", put(one(2), "/proof/created", "2026-03-01T10:00:01Z"), INSIDE, INSIDE),
    ("with the proof of another", one(2) | {"proof": one(3)["proof"]}, INSIDE, INSIDE),
    ("without a proof", {k: v for k, v in one(2).items() if k != "proof"}, INSIDE, INSIDE),
    ("by another's key", jcs(bare(), signer=STRANGER, verificationMethod=OTHER_METHOD), INSIDE, INSIDE),
    ("by another's key under its issuer's name", jcs(bare(), signer=STRANGER), INSIDE, INSIDE),
    ("signed as its holder", jcs(bare(), proofPurpose="authentication"), INSIDE, INSIDE),
    ("without an issuer", jcs(put(bare(), "/issuer", GONE)), INSIDE, INSIDE),
    ("without criteria", jcs(put(bare(), "/credentialSubject/achievement/criteria", GONE)), INSIDE, INSIDE),
    ("with words of its own", jcs(bare() | {"furtherWord": "x"}), INSIDE, INSIDE),
    ("of no type", jcs(put(bare(), "/type", GONE)), INSIDE, INSIDE),
    ("expired", one(2, expires=NOW - DAY // 2), INSIDE, VALID),
    ("not yet valid", one(2, valid_from=NOW + DAY), INSIDE, VALID),
    ("revoked", halted("revocation"), INSIDE, VALID),
    ("suspended", halted("suspension"), INSIDE, VALID),
    ("of an unknown issuer", unknown(), UNKNOWN, VALID),
    ("whose list is nowhere", jcs(bare() | {"credentialStatus": status.entry(ELSEWHERE, 7)}), LISTLESS, VALID),
    ("whose schema is nowhere", schemed(), SCHEMALESS, VALID),
    ("that is too large", one(2, narrative="x" * 66_000), INSIDE, INSIDE),
    ("that is a presentation", json.loads(presented(one(2))), INSIDE, INSIDE),
    ("that is a presentation of no credentials", json.loads(presented()), INSIDE, INSIDE),
    ("that is an assertion of 2.0", HOSTED, INSIDE, INSIDE),
    ("that is an empty object", {}, INSIDE, INSIDE),
    ("with a record in which one is altered", recorded(altered(one(2)), id=f"{BADGE}/clr"), INSIDE, INSIDE),
    ("with an endorsement in it that is altered", jcs(bare() | {"endorsement": [altered(said())]}), INSIDE, VALID),
)
UNCLEAR = {  # so that what has it in it has no certain meaning either
    "with words of its own",
    "of no type",
    "that is an assertion of 2.0",
    "an envelope in no context",
    "an envelope in another context",
    "an envelope of JSON",
}

# Likewise as text or in an envelope, which only presentations have.
TEXTS: tuple[tuple[str, object, Verdict], ...] = (
    ("a token, altered", in_envelope(token(claims())[:-4] + b"AAAA"), INSIDE),
    ("a token by another's key", in_envelope(token(claims(), signer=STRANGER)), INSIDE),
    ("a token of alg none", in_envelope(token(claims(), alg="none")), INSIDE),
    ("a token whose claims differ", in_envelope(token(claims() | {"sub": "urn:person:2"})), INSIDE),
    ("a token that has expired", in_envelope(token(claims() | {"exp": NOW // 1_000_000 - 1})), INSIDE),
    ("a token whose issuer is no object", in_envelope(token(claims() | {"iss": NOBODY, "issuer": NOBODY})), INSIDE),
    ("a token of a presentation", in_envelope(presented_token(presentation())), INSIDE),
    ("a presentation in an envelope", enveloped(presented_token({"holder": OTHER})), INSIDE),
    ("an assertion as a token", in_envelope(TOKEN), INSIDE),
    ("an envelope in no context", in_envelope(token(claims()), **{"@context": []}), INSIDE),
    ("an envelope in another context", in_envelope(token(claims()), **{"@context": [contexts.CREDENTIALS_V1]}), INSIDE),
    ("an envelope of no token", in_envelope("x"), INSIDE),
    ("an envelope of JSON", in_envelope("", id="data:application/vc,{}"), INSIDE),
    ("an envelope of another medium", enveloped(token(claims()).decode(), "Credential", "vp+jwt"), INSIDE),
    ("an envelope with an address", in_envelope("", id=BADGE), INSIDE),
    ("an envelope without an id", {k: v for k, v in in_envelope("").items() if k != "id"}, INSIDE),
    ("an envelope in an envelope", in_envelope(token(in_envelope(token(claims())))), INSIDE),
    ("a token as text, altered", token(claims()).decode()[:-4] + "AAAA", INSIDE),
    ("a token as text, cut", token(claims()).decode().rpartition(".")[0], INSIDE),
    ("text that is none", "x", INSIDE),
    ("empty text", "", INSIDE),
    ("an address", BADGE, INSIDE),
    ("JSON as text, altered", json.dumps(altered(one(2))), INSIDE),
)  # fmt: skip


def of_presentations() -> Iterator[Case]:
    """Yield presentations of three credentials, of which one does not hold: the last, or each in turn."""
    control = presented(one(1), one(2), one(3), suite=JCS)
    for words, found, verdict in (*(row[:3] for row in BROKEN), *TEXTS):
        made = presented(one(1), one(3), found, suite=JCS)
        step, found_by = ("contexts", MALFORMED) if words in UNCLEAR else ("contents", verdict)
        yield Case(f"presentation of one {words}", made, found_by, step, control, known=SAID)
    for place in range(3):
        some: list[object] = [one(1), one(2), one(3)]
        some[place] = altered(one(9))
        document = presented(*some, suite=JCS)
        yield Case(f"presentation, altered is number {place + 1}", document, INSIDE, "contents", control)
        some[place] = unknown()
        document = presented(*some, suite=JCS)
        yield Case(f"presentation, unknown is number {place + 1}", document, UNKNOWN, "contents", control)
    both = presented(unknown(), altered(one(2)), one(3), suite=JCS)
    yield Case("presentation of one unknown and one altered", both, INSIDE, "contents", control)
    alone = presented(one(1))
    yield Case("presentation of one alone, altered", presented(altered(one(1))), INSIDE, "contents", alone)
    several = [one(n) for n in range(65)]
    yield Case("presentation of 65", presented(*several, suite=JCS), MALFORMED, "contents", control)
    numbers: tuple[object, ...] = (7, None, True, [one(1)], [], 1.5)
    for value in numbers:
        made = presented(one(1), value, suite=JCS)
        yield Case(f"presentation of {ascii(value)[:20]}", made, MALFORMED, "shape", control)
    deep: Any = altered(one(1))
    for place in range(2):
        deep = recorded(deep, id=f"{BADGE}/clr{place}")
    made = presented(one(1), deep, suite=JCS)
    yield Case("presentation of an altered one in two records", made, INSIDE, "contents", control)


def of_records() -> Iterator[Case]:
    """Yield learner records of three credentials, of which one does not hold. What is no forgery is told alone."""
    control = to_json(recorded(one(1), one(2), one(3)))
    for words, found, _, verdict in BROKEN:
        made = to_json(recorded(one(1), found, one(3)))
        step, found_by = ("contexts", MALFORMED) if words in UNCLEAR else ("contents", verdict)
        yield Case(f"record of one {words}", made, found_by, step, control, known=SAID)
    many = to_json(recorded(*[{"id": f"urn:x:{n}"} for n in range(65)]))
    yield Case("record of 65", many, MALFORMED, "contents", control)


def endorsed(*endorsements: object, at: str = "", name: str = "endorsement") -> bytes:
    """Return Ada's badge with endorsements at one of its nodes."""
    return by_jcs(put(bare(), f"{at}/{name}", list(endorsements)))


def of_endorsements() -> Iterator[Case]:
    """Yield badges with an endorsement that does not hold, or is of something else."""

    def praise(about: str = BADGE, **members: Any) -> dict[str, Any]:
        plain = {k: v for k, v in said(OTHER, endorsed=about).items() if k != "credentialStatus"}
        return jcs(plain | members, signer=STRANGER, verificationMethod=OTHER_METHOD)

    def as_token(document: dict[str, Any], **how: Any) -> str:
        made = {k: v for k, v in document.items() if k != "proof"}
        named: dict[str, Any] = {"signer": STRANGER, "kid": OTHER_METHOD}
        return token(made, **named | how).decode()

    achievement = "/credentialSubject/achievement"
    about = {"": BADGE, achievement: bare()["credentialSubject"]["achievement"]["id"], "/issuer": ISSUER}
    for at, name in about.items():
        control = endorsed(praise(name), at=at)
        for words, found in (
            ("altered", altered(praise(name))),
            ("of something else", praise(f"{BADGE}x")),
            ("expired", praise(name, validUntil="2026-03-02T09:00:00Z")),
            ("not yet valid", praise(name, validFrom="2026-03-03T09:00:00Z")),
            ("revoked", praise(name, credentialStatus=status.entry(f"{ELSEWHERE}-praise", 7))),
            ("by another's key", jcs(praise(name))),
            ("without a proof", {k: v for k, v in praise(name).items() if k != "proof"}),
        ):
            yield Case(f"endorsement {words}, at {at or 'the badge'}", endorsed(found, at=at), INSIDE, "endorsements",
                       control, known=PRAISED)  # fmt: skip
    control = endorsed(praise(), praise(id=f"{BADGE}/praise"))
    yield Case(
        "endorsement, the second altered",
        endorsed(praise(), altered(praise(id=f"{BADGE}/praise"))),
        INSIDE,
        "endorsements",
        control,
    )
    tokens = endorsed(as_token(praise()), name="endorsementJwt")
    for words, text in (
        ("altered", as_token(praise())[:-4] + "AAAA"),
        ("by another's key", as_token(praise(), signer=SIGNER)),
        ("of something else", as_token(praise(f"{BADGE}x"))),
        ("of a badge", as_token(bare(), signer=SIGNER, kid=METHOD)),
    ):
        yield Case(f"endorsement as a token, {words}", endorsed(text, name="endorsementJwt"), INSIDE, "endorsements",
                   tokens)  # fmt: skip
    many = endorsed(*["a.b.c"] * 33, name="endorsementJwt")
    yield Case("33 endorsements", many, INSIDE, "endorsements", tokens)
    strange = endorsed(unknown_praise())
    yield Case("endorsement of an unknown issuer", strange, VALID, "endorsements", control)


PRAISED: dict[str, object] = {
    f"{ELSEWHERE}-praise": making.signed(
        status.status_list(f"{ELSEWHERE}-praise", OTHER, [7], valid_from=AWARDED),
        signer=STRANGER,
        verification_method=OTHER_METHOD,
    )
}


def unknown_praise() -> dict[str, Any]:
    made = {k: v for k, v in said(NOBODY, endorsed=BADGE).items() if k != "credentialStatus"}
    return jcs(made, verificationMethod=f"{NOBODY}#key-1")


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from of_presentations()
    yield from of_records()
    yield from of_endorsements()
