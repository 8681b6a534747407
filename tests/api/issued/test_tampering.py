"""A badge of an installation's own, tampered with and posted to it: refused, and with nothing but a refusal."""

from __future__ import annotations

import json

from tests.api.conftest import Guild
from tests.badges.verifier.tampering import tampered, tampered_claims

EVERY = 4  # how many of the changes are passed over; all of them are tried without a server

SAID_TWICE = {("taken away", "name"), ("taken away", "url")}  # of the issuer, who also made the achievement


def test_whatever_is_changed_is_refused(spring: Guild) -> None:
    badge = spring.badge().id
    document = spring.client.get(f"/credentials/{badge}.json").json()
    token = spring.client.get(f"/credentials/{badge}.jwt").text
    changed = [made for what, path, made in tampered(document) if (what, path[-1]) not in SAID_TWICE]
    bodies = [json.dumps(made).encode() for made in changed][::EVERY]
    wrapped = [json.dumps({"verifiableCredential": made}).encode() for _, made in tampered_claims(token)][:: EVERY * 3]
    headers = {"Content-Type": "application/json"}
    answers = [spring.client.post("/credentials/verify", content=body, headers=headers) for body in bodies + wrapped]

    assert spring.client.post("/credentials/verify", json=document).status_code == 200
    assert {answer.status_code for answer in answers} <= {400, 422}
    assert not any(answer.json()["verified"] for answer in answers)
