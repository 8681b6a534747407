"""A learner record: every badge that stands, as it was signed, in one document that verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import Awards, NoBadgeError, Policy, Records, Verdict, credential, sign, verify
from tests.badges import samples
from tests.badges.test_award import _award
from tests.projections.history_of import DAY
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World

BASE = "https://guild.example"
_CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "The Guild",
    "badges": [{"badge": name, "name": name.title(), "description": "Made things."} for name in ("maker", "master")],
    "rules": [
        {
            "rule": "maker",
            "version": 1,
            "grants": {"badge": "maker"},
            "all": [{"count": "contribution", "at_least": 2}],
        },
        {
            "rule": "master",
            "version": 1,
            "grants": {"badge": "master"},
            "all": [{"holds": {"badge": "maker"}}, {"count": "contribution", "at_least": 3}],
        },
    ],
}


def test_all_badges_that_stand_in_one_record_with_what_leads_to_what(world: World) -> None:
    world.publish(_CHARTER)
    world.tell(*(world.work("ada", at) for at in (1, 2, 3)), world.work("bo", 1))
    _award(world)
    world.clock.now += DAY
    awards = Awards(world.book, world.views, world.standings, base_url=BASE)
    records = Records(world.book, world.standings, awards, base_url=BASE)
    did, lists = awards.did(COMMUNITY), f"{BASE}/status/{COMMUNITY}-0"

    def judged(document: bytes) -> Verdict:
        policy = Policy(
            documents={lists: awards.status_list(f"{COMMUNITY}-0"), did: awards.did_document(COMMUNITY)},
        )
        return verify(document, policy=policy, at=world.clock.now).verdict

    ada = world.account("ada")
    document = records.document(COMMUNITY, ada)
    subject = document["credentialSubject"]
    maker, master = sorted(awards.of(COMMUNITY, ada), key=lambda one: one.achievement)
    assert sorted(each["id"] for each in subject["verifiableCredential"]) == sorted(map(awards.url, (maker, master)))
    assert awards.document(maker) in subject["verifiableCredential"]
    (association,) = subject["association"]
    pages = [f"{BASE}/c/{COMMUNITY}/badges/{badge}" for badge in ("maker", "master")]
    assert [association[end] for end in ("sourceId", "targetId")] == pages
    assert document["partial"] is False
    whole = orjson.dumps(document)
    assert judged(whole) is Verdict.VALID
    assert judged(records.jwt(COMMUNITY, ada).encode()) is Verdict.VALID
    assert judged(whole.replace(b'"name":"Maker"', b'"name":"Queen"')) is Verdict.FORGED
    for each in subject["verifiableCredential"]:
        assert judged(orjson.dumps(each)) is Verdict.VALID

    world.book.revoke(COMMUNITY, master.stream, reason="by mistake", at=world.clock.now)
    world.follower.catch_up()
    after = records.document(COMMUNITY, ada)
    assert [each["id"] for each in after["credentialSubject"]["verifiableCredential"]] == [awards.url(maker)]
    assert after["validFrom"] > document["validFrom"]
    assert after["id"] == document["id"]
    with pytest.raises(NoBadgeError):
        records.document(COMMUNITY, world.account("bo"))


@pytest.mark.parametrize(("more", "held"), [({}, 50), ({"narrative": "x" * 30_000}, 7)])
def test_a_record_is_no_larger_than_verifiers_read_and_says_so(more: dict[str, Any], held: int) -> None:
    said = [
        credential(
            samples.facts(
                credential_id=f"https://guild.example/credentials/{number}",
                valid_from=samples.AWARDED + number * samples.SECOND,
                **more,
            )
        )
        for number in range(1, 53)
    ]
    how: dict[str, Any] = {"verification_method": samples.METHOD, "created": samples.AWARDED}
    badges = [sign(one, samples.SIGNER, **how) for one in said]
    document = samples.record(*badges)
    embedded = document["credentialSubject"]["verifiableCredential"]
    assert embedded == badges[: -held - 1 : -1]
    assert document["partial"] is True
    answer = verify(orjson.dumps(sign(document, samples.SIGNER, **how)), policy=Policy(), at=samples.NOW)
    assert answer.verdict is Verdict.VALID
    assert {one.verdict for one in answer.contents} == {Verdict.STATUS_UNREACHABLE}
    assert len(answer.contents) == held
    assert samples.record(badges[0])["partial"] is False
