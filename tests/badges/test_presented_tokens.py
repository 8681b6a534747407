"""Presentations as tokens, by every algorithm: a holder's own, of this occasion, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from badges import Policy, Verdict, verify
from schemas import contexts
from tests.badges.samples import NOW
from tests.badges.test_forgeries import DOCUMENTS, EACH, ISSUER, KEYS, THEIRS, jwk_of, method_of, part, token


def presented(algorithm: str, **changes: Any) -> str:
    """Return a presentation of the badge, signed by a holder whose DID is her key, for the occasion `c`."""
    holder = "did:jwk:" + part(jwk_of(THEIRS[algorithm]))
    enveloped = {
        "@context": contexts.CREDENTIALS_V2,
        "id": f"data:application/vc+jwt,{token(algorithm, KEYS[algorithm])}",
        "type": "EnvelopedVerifiableCredential",
    }
    document = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [enveloped],
    }
    head = {"alg": algorithm, "kid": f"{holder}#0", "typ": "vp+jwt"} | changes.pop("header", {})
    claims = document | {"iss": holder, "nonce": "c", "aud": "https://school.example"} | changes
    return token(algorithm, changes.get("by", THEIRS[algorithm]), head, {k: v for k, v in claims.items() if k != "by"})


def met(text: str) -> Verdict:
    policy = Policy(documents=DOCUMENTS, challenge="c", domain="https://school.example")
    return verify(text.encode(), policy=policy, at=NOW).verdict


@EACH
@pytest.mark.parametrize("name", ["vp+jwt", "application/vp+jwt", "JWT"])
def test_a_presentation_may_be_by_any_of_the_algorithms(algorithm, name):
    assert met(presented(algorithm, header={"typ": name})) is Verdict.VALID


@EACH
def test_a_presentation_is_its_holder_s_and_of_this_occasion(algorithm):
    assert met(presented(algorithm, nonce="other")) is Verdict.FORGED
    assert met(presented(algorithm, aud="https://evil.example")) is Verdict.FORGED
    assert met(presented(algorithm, holder="did:example:x")) in {Verdict.MALFORMED, Verdict.FORGED}
    assert met(presented(algorithm, by=KEYS[algorithm])) is Verdict.FORGED
    assert met(presented(algorithm, header={"typ": "vc+jwt"})) is Verdict.MALFORMED
    assert met(presented(algorithm, header={"kid": method_of(algorithm)})) is Verdict.FORGED


@EACH
def test_a_key_for_badges_presents_none(algorithm):
    """Who may assert may not therefore authenticate: the profile lists its keys for assertions alone."""
    head = {"kid": method_of(algorithm)}
    text = presented(algorithm, header=head, holder=ISSUER, iss=ISSUER, by=KEYS[algorithm])
    assert met(text) is Verdict.FORGED
