"""Badges whose issuer none of the policy's registries knows, where the policy asks for one that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from badges import CHECKS, Registry, Verdict, did
from tests.badges.samples import ISSUER, STRANGER
from tests.badges.test_openbadges2 import HOSTED, SITE, SITE_HOLDS
from tests.badges.test_presentation import presented
from tests.badges.verifier.contents import one, recorded
from tests.badges.verifier.making import WEB, WEB_METHOD, Case, bare, by_jcs, claims, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN, VALID = Verdict.ISSUER_UNKNOWN, Verdict.VALID
OTHER = did.did_key(STRANGER.public_key)
ASKED = CHECKS | {"trustedIssuer"}
WEAVERS = Registry("Guilds", {ISSUER: "Weavers", WEB: "Weavers"})


def by(*registries: Registry, checks: frozenset[str] = ASKED) -> dict[str, object]:
    return {"registries": registries, "checks": checks}


def cases() -> Iterator[Case]:
    """Yield them all."""
    control, by_web = signed(bare()), signed(bare(issuer=WEB), verification_method=WEB_METHOD)
    for words, name in (
        ("another", OTHER),
        ("its name alone", "Weavers"),
        ("its key", f"{ISSUER}#{ISSUER[8:]}"),
        ("with a slash", f"{ISSUER}/"),
        ("with a space", f"{ISSUER} "),
        ("in small letters", ISSUER.lower()),
        ("without its beginning", ISSUER[8:]),
        ("its beginning", ISSUER[:-1]),
        ("everybody", "*"),
        ("nobody", ""),
    ):
        strict = by(Registry("Guilds", {name: "Weavers"}))
        yield Case(f"registry of {words}", control, UNKNOWN, "registry", control, more=strict, lenient=by(WEAVERS))
    for words, name in (
        ("its site", "did:web:guild.example"),
        ("another of its site", f"{WEB}:more"),
        ("its site in capitals", WEB.replace("guild", "Guild")),
        ("its address", "https://guild.example/c/weavers"),
        ("another site", WEB.replace(".example", ".example.org")),
        ("a port", WEB.replace("guild.example", "guild.example%3A443")),
    ):
        strict = by(Registry("Guilds", {name: "Weavers"}))
        yield Case(f"registry of {words}", by_web, UNKNOWN, "registry", by_web, more=strict, lenient=by(WEAVERS))
    several = by(*[Registry(f"R{n}", {OTHER: "x"}) for n in range(3)])
    found = by(*[Registry(f"R{n}", {OTHER: "x"}) for n in range(2)], WEAVERS)
    yield Case("registries, none of three", control, UNKNOWN, "registry", control, more=several, lenient=found)
    empty = by(Registry("Empty", {}), Registry("Guilds", {OTHER: "x"}))
    yield Case("registries, one empty", control, UNKNOWN, "registry", control, more=empty, lenient=by(WEAVERS))
    alone = by(Registry("Guilds", {OTHER: "x"}), checks=frozenset({"trustedIssuer"}))
    yield Case("registry, alone asked for", control, UNKNOWN, "registry", control, more=alone, lenient=by(WEAVERS))
    text = token(claims())
    strict = by(Registry("Guilds", {OTHER: "x"}))
    yield Case("registry, of a token", text, UNKNOWN, "registry", text, more=strict, lenient=by(WEAVERS))
    made = by_jcs(
        bare(issuer=OTHER), signer=STRANGER, verificationMethod=did.verification_method(OTHER, STRANGER.public_key)
    )
    yield Case("registry, a badge of a stranger", made, UNKNOWN, "registry", control, more=by(WEAVERS))
    shown = presented(json.loads(made))
    good = presented(one(1))
    yield Case("registry, presented by a stranger", shown, UNKNOWN, "contents", good, more=by(WEAVERS))
    both = presented(one(1), json.loads(made))
    yield Case("registry, presented beside one that is known", both, UNKNOWN, "contents", good, more=by(WEAVERS))
    record, kept = (json.dumps(recorded(*some)).encode() for some in ((one(1), json.loads(made)), (one(1),)))
    yield Case("registry, in a record", record, VALID, "contents", kept, more=by(WEAVERS))
    school = Registry("Schools", {SITE.issuer: "Weavers"})
    hosted = json.dumps(HOSTED).encode()
    yield Case("registry, of an assertion", hosted, UNKNOWN, "registry", hosted, known=SITE_HOLDS, more=strict,
               lenient=by(school))  # fmt: skip
