"""Badges that are for somebody else than the policy asks about, or that do not say for whom."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from badges import Verdict, to_json
from tests.badges.samples import facts
from tests.badges.test_openbadges2 import HOSTED, SITE_HOLDS
from tests.badges.verifier.making import GONE, Case, bare, by_jcs, claims, plain, put, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterator

ADA, BO = "ada@mail.example", "bo@mail.example"
MEMBER = facts().subject_id
DID = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
OTHER = Verdict.OTHER_RECIPIENT


def hashed(name: str, salt: str = "", algorithm: str = "sha256") -> str:
    return f"{algorithm}${hashlib.new(algorithm, (name + salt).encode(), usedforsecurity=False).hexdigest()}"


def identity(written: str, **members: Any) -> dict[str, Any]:
    """Return an IdentityObject with what is written in it, hashed where that looks so."""
    made = {"type": "IdentityObject", "hashed": "$" in written, "identityHash": written, "identityType": "emailAddress"}
    return {name: value for name, value in (made | members).items() if value is not GONE}


def named(*identities: dict[str, Any], who: object = GONE) -> dict[str, Any]:
    """Return Ada's badge with identifiers, and another id of its subject, or none."""
    made = put(bare(), "/credentialSubject/id", who)
    return put(made, "/credentialSubject/identifier", list(identities)) if identities else made


# Who asks, what the badge says of whom it is for, and what it says where it is for whom she asks about.
SPELLINGS: tuple[tuple[str, str, str, str], ...] = (
    ("another address", ADA, BO, ADA),
    ("one at another site", ADA, "ada@mail.example.org", ADA),
    ("one at a part of the site", ADA, "ada@sub.mail.example", ADA),
    ("one that begins with hers", ADA, f"{ADA}.evil.example", ADA),
    ("one that ends with hers", ADA, f"a{ADA}", ADA),
    ("a tagged address", ADA, "ada+badges@mail.example", ADA),
    ("one without its tag", "ada+badges@mail.example", ADA, "ada+badges@mail.example"),
    ("an address with a space", ADA, f"{ADA} ", ADA),
    ("one in angle brackets", ADA, f"Ada <{ADA}>", ADA),
    ("another, where capitals were asked about", "Ada@Mail.Example", BO, ADA),
    ("another, where a mailto: was asked about", f"mailto:{ADA}", f"mailto:{BO}", ADA),
    ("another, where none was written and one is asked about", f"mailto:{ADA}", BO, f"mailto:{ADA}"),
    ("her name alone", ADA, "ada", f"mailto:{ADA}"),
    ("a letter that looks alike", ADA, "\u0430da@mail.example", ADA.upper()),
    ("an address in capitals of another", ADA, BO.upper(), "ADA@mail.example"),
)

# Likewise, as ids of the subject.
MAILED: tuple[tuple[str, str, str, str], ...] = (
    ("another", ADA, BO, ADA),
    ("another of the same in capitals", ADA, BO.upper(), ADA.upper()),
    ("with a question", ADA, f"{ADA}?subject=x", ADA),
    ("two of them", ADA, f"{BO},{ADA}", "Ada@mail.example"),
)

HASHES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("of another", identity(hashed(BO)), identity(hashed(ADA))),
    ("of another, salted", identity(hashed(BO, "s3"), salt="s3"), identity(hashed(ADA, "s3"), salt="s3")),
    ("by another salt", identity(hashed(ADA, "s3"), salt="s4"), identity(hashed(ADA, "s3"), salt="s3")),
    ("without its salt", identity(hashed(ADA, "s3")), identity(hashed(ADA))),
    ("with a salt it was not made with", identity(hashed(ADA), salt="s3"), identity(hashed(ADA), salt="")),
    ("with its salt before it", identity(hashed("s3" + ADA), salt="s3"), identity(hashed(ADA, "s3"), salt="s3")),
    ("of an address in capitals", identity(hashed(ADA.upper())), identity(hashed(f"mailto:{ADA}"))),
    ("with a space", identity(hashed(f"{ADA} ")), identity(hashed(ADA))),
    ("with a line's end", identity(hashed(f"{ADA}\n")), identity(hashed(ADA))),
    ("that is half", identity(hashed(ADA)[:40]), identity(hashed(ADA))),
    ("that is longer", identity(hashed(ADA) + "00"), identity(hashed(ADA))),
    ("that is empty", identity("sha256$"), identity(hashed(ADA))),
    ("without its algorithm", identity(hashed(ADA)[7:], hashed=True), identity(hashed(ADA).upper())),
    ("by SHA-1", identity(hashed(ADA, algorithm="sha1")), identity(hashed(ADA, algorithm="md5"))),
    ("by SHA-512", identity(hashed(ADA, algorithm="sha512")), identity(hashed(ADA))),
    ("by SHA-224 under another name", identity("sha256$" + hashed(ADA, algorithm="sha224")[7:]), identity(hashed(ADA))),
    ("by MD5, of another", identity(hashed(BO, algorithm="md5")), identity(hashed(ADA, algorithm="md5"))),
    ("by MD5 under another name", identity("sha256$" + hashed(ADA, algorithm="md5")[4:]), identity(hashed(ADA))),
    ("that says it is none", identity(hashed(ADA), hashed=False), identity(ADA)),
    ("that is the address itself", identity(ADA, hashed=True), identity(ADA)),
)


def of_addresses() -> Iterator[Case]:
    """Yield badges for another e-mail address, plain or hashed."""
    for words, asked, other, right in SPELLINGS:
        document, control = signed(named(identity(other))), signed(named(identity(right)))
        yield Case(f"recipient, {words}", document, OTHER, "recipient", control, more={"recipient": asked})
    for words, asked, other, right in MAILED:
        document, control = (signed(named(who=f"mailto:{name}")) for name in (other, right))
        yield Case(f"recipient by mailto:, {words}", document, OTHER, "recipient", control, more={"recipient": asked})
    for words, wrong, good in HASHES:
        document, control = signed(named(wrong)), signed(named(good))
        yield Case(f"recipient, a hash {words}", document, OTHER, "recipient", control, more={"recipient": ADA})


def of_ids() -> Iterator[Case]:
    """Yield badges whose subject's id is another than the one asked about."""
    control = signed(bare())
    path, _, last = MEMBER.rpartition("/")
    for words, asked in (
        ("another member", f"{path}/a2b3c4d5e6f7a2b3c4d5e6f7a2"),
        ("with a slash after it", f"{MEMBER}/"),
        ("with a fragment", f"{MEMBER}#me"),
        ("with a question", f"{MEMBER}?x=y"),
        ("by http", MEMBER.replace("https:", "http:")),
        ("its site in capitals", MEMBER.replace("guild.example", "Guild.Example")),
        ("its last part in capitals", f"{path}/{last.upper()}"),
        ("its last part alone", last),
        ("what it begins with", MEMBER[:-1]),
        ("with a space", f"{MEMBER} "),
        ("a port that goes without saying", MEMBER.replace(".example", ".example:443")),
        ("a DID", DID),
        ("an address", ADA),
        ("the issuer", facts().issuer),
        ("the badge itself", facts().credential_id),
    ):
        yield Case(f"recipient, asked: {words}", control, OTHER, "recipient", control, more={"recipient": asked},
                   lenient={"recipient": MEMBER})  # fmt: skip
    mine = signed(named(who=DID))
    for words, asked in (
        ("a key of it", f"{DID}#{DID[8:]}"),
        ("another key", DID[:-1] + "q"),
        ("in small letters", DID.lower()),
        ("its key alone", DID[8:]),
        ("as an address", f"{DID}@mail.example"),
    ):
        yield Case(f"recipient, asked: a DID, {words}", mine, OTHER, "recipient", mine, more={"recipient": asked},
                   lenient={"recipient": DID})  # fmt: skip


def of_several() -> Iterator[Case]:
    """Yield badges with several identifiers, or subjects, none of which is it."""
    more = {"recipient": ADA}
    right, others = identity(hashed(ADA, "s3"), salt="s3"), [identity(f"p{n}@mail.example") for n in range(70)]
    rows: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("of three", named(*others[:3]), named(*others[:2], right)),
        ("of three, her salt at another", named(identity(hashed(ADA, "s3")), *others[:2]), named(right, *others[:2])),
        ("beside an id", named(others[0], who=MEMBER), named(right, who=MEMBER)),
        ("of 64", named(*others[:64]), named(*others[:63], right)),
        ("of 65, she last", named(*others[:64], right), named(right, *others[:63])),
        ("of two subjects", plain(credentialSubject=[{"id": "urn:person:1"}, {"id": f"mailto:{BO}"}]),
         plain(credentialSubject=[{"id": "urn:person:1"}, {"id": f"mailto:{ADA}"}])),
        ("no subject with an id", plain(credentialSubject={"name": "Ada"}),
         plain(credentialSubject={"id": f"mailto:{ADA}"})),
    )  # fmt: skip
    for words, wrong, good in rows:
        yield Case(f"recipient, none {words}", signed(wrong), OTHER, "recipient", signed(good), more=more)
    # what no badge that is well formed has, under a policy that does not ask for that
    lax = more | {"checks": frozenset({"proof", "issuer", "recipient"})}
    control = by_jcs(named(identity(hashed(ADA, "s3"), salt="s3")))
    for words, wrong in (
        ("of another type", identity(ADA, type="Profile")),
        ("of no type", identity(ADA, type=GONE)),
        ("with a salt that is no text", identity(hashed(ADA, "7"), salt=7)),
        ("with no hash", identity(ADA, identityHash=GONE)),
        ("with a list of hashes", identity(ADA, identityHash=[ADA])),
        ("hashed in words", identity(hashed(ADA), hashed="true")),
    ):
        yield Case(f"recipient, an identifier {words}", by_jcs(named(wrong)), OTHER, "recipient", control, more=lax)
    yield Case("recipient, nobody", by_jcs(named()), OTHER, "recipient", control, more=lax)
    for words, found in (("in text", ADA), ("in a list of text", [ADA]), ("null", None)):
        spoilt = by_jcs(named() | {"credentialSubject": {"type": ["AchievementSubject"], "identifier": found}})
        yield Case(f"recipient, identifiers {words}", spoilt, OTHER, "recipient", control, more=lax)


def of_tokens() -> Iterator[Case]:
    """Yield tokens, and an Open Badges 2.0 assertion, for somebody else."""
    control = token(claims())
    yield Case("recipient of a token", control, OTHER, "recipient", control, more={"recipient": "urn:person:2"},
               lenient={"recipient": MEMBER})  # fmt: skip
    made = {name: value for name, value in claims().items() if name != "sub"}
    for words, who in (("", BO), (", hashed", hashed(BO))):
        texts = [token(made | {"credentialSubject": named(identity(one))["credentialSubject"]}) for one in (who, ADA)]
        yield Case(f"recipient of a token, by an identifier{words}", texts[0], OTHER, "recipient", texts[1],
                   more={"recipient": ADA})  # fmt: skip
    hosted = signed_2(HOSTED["recipient"])
    for words, found in (
        ("another", {"type": "url", "hashed": False, "identity": f"{MEMBER}x"}),
        ("another, hashed", {"type": "url", "hashed": True, "identity": hashed(f"{MEMBER}x")}),
        ("a hash with another salt", {"type": "url", "hashed": True, "identity": hashed(MEMBER, "a"), "salt": "b"}),
    ):
        spoilt, there = signed_2(found)
        yield Case(f"recipient of an assertion: {words}", spoilt, OTHER, "recipient", hosted[0], known=hosted[1],
                   spoilt=there, more={"recipient": MEMBER})  # fmt: skip


def signed_2(recipient: dict[str, Any]) -> tuple[bytes, dict[str, object]]:
    """Return an assertion of Open Badges 2.0 for a recipient, and what its issuer's addresses hold."""
    made = HOSTED | {"recipient": recipient}
    return to_json(made), {**SITE_HOLDS, str(made["id"]): made}


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from of_addresses()
    yield from of_ids()
    yield from of_several()
    yield from of_tokens()
