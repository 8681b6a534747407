"""What a charter says of its badges, levels and roles, as Open Badges 3.0 has it: whole, and alike for every reader."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import (
    AwardFacts,
    Policy,
    Verdict,
    credential,
    sign,
    to_json,
    verify,
)
from badges.documents.achievement import achievement_in_full, reached, version_of, versions_of
from badges.documents.credential import document, slots
from badges.documents.shape import credential_faults
from badges.linked.canonical import canonize
from badges.linked.template import Template
from projections import Charter, faults_of, issuable, parse_charter
from tests.badges import official
from tests.badges.samples import AWARDED, DAY, ISSUER, METHOD, NOW, SIGNER, facts, record

BASE = "https://guild.example"
PAGE = f"{BASE}/c/weavers/badges/helper"
HELPER: dict[str, Any] = {
    "badge": "helper",
    "name": "Helper",
    "description": "Answers the questions of others.",
    "criteria": "Five accepted answers.",
    "type": "MicroCredential",
    "version": 2,
    "language": "en-GB",
    "human_code": "WEAV-7",
    "field_of_study": "Weaving",
    "specialization": "Looms",
    "credits": 1.5,
    "tags": ["peer help", "Überraschung"],
    "outcomes": ["explain"],
    "alignment": [
        {
            "name": "Weave",
            "url": "http://data.example/skill/7",
            "type": "ceasn:Competency",
            "framework": "Skills",
            "code": "S7",
            "description": "Weave a cloth.",
        },
        {"name": "Help", "url": "https://data.example/skill/8", "type": "ext:ESCO"},
    ],
    "results": [
        {
            "result": "facts",
            "name": "Recorded facts",
            "type": "RawScore",
            "value": "facts",
            "min": 5,
            "required_value": 5,
        },
        {
            "result": "depth",
            "name": "Depth",
            "type": "RubricCriterionLevel",
            "required_level": "good",
            "levels": [{"level": "good", "name": "Good", "points": 2.0}, {"level": "great", "name": "Great"}],
            "alignment": [{"name": "Depth", "url": "https://data.example/depth"}],
        },
    ],
    "related": [{"badge": "starter"}, {"url": "https://other.example/badges/1", "version": "3", "language": "fr"}],
    "expires": "365d",
}
CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "Weavers",
    "domain": {"statement": "We weave."},
    "outcomes": [{"outcome": "explain", "can": "Explain a weave to a beginner"}],
    "rules": [],
    "ladder": [
        {"level": 0, "name": "Visitor"},
        {"level": 1, "name": "Weaver", "can": "Weaves."},
        {"level": 2, "name": "Master", "can": "Teaches.", "credential": {"name": "Master weaver", "tags": ["craft"]}},
    ],
    "leader_roles": [
        {"role": "host", "name": "Host", "duties": "Opens the workshop.", "term": "90d", "credential": {}}
    ],
    "badges": [HELPER, {"badge": "starter", "name": "Starter", "description": "Began."}],
}
KINDS = [("badge", "helper"), ("badge", "starter"), ("level", "2"), ("role", "host")]


def made(kind: str, name: str, *charters: Charter, **changes: Any) -> dict[str, Any]:
    """Return the signed credential of one of the Weavers' achievements, of edition 2 unless told otherwise."""
    unsigned = credential(told(kind, name, *charters, **changes))
    return sign(unsigned, SIGNER, verification_method=METHOD, created=AWARDED)


def told(kind: str, name: str, *charters: Charter, **changes: Any) -> AwardFacts:
    """Return the facts of an award of one of the Weavers' achievements, of edition 2 unless told otherwise."""
    known = charters or (parse_charter(CHARTER),)
    where = {"base_url": BASE, "community": "weavers"}
    edition, issuer = changes.get("edition", 2), changes.get("issuer", ISSUER)
    said = {
        "edition": edition,
        "achievement": achievement_in_full(known, kind, name, issuer=issuer, edition=edition, **where),
        "results": reached(known[-1], kind, name, **where),
        "community_description": "We weave.",
        "role": "Host" if kind == "role" else None,
    }
    return facts(**(said | changes))


@pytest.mark.parametrize(("kind", "name"), KINDS)
@pytest.mark.parametrize("expires", [None, AWARDED + 365 * DAY])
@pytest.mark.parametrize("edition", [2, 3])
def test_every_kind_is_accepted_by_the_official_schema(kind, name, expires, edition):
    document = made(
        kind, name, edition=edition, expires=expires, follows=f"{BASE}/credentials/0190f3c2-7a10-7000-8000-0242ac120003"
    )
    assert official.faults(document) == []
    assert credential_faults(document) == []


@pytest.mark.parametrize(("kind", "name"), KINDS)
@pytest.mark.parametrize("edition", [2, 3])
def test_every_node_has_an_iri(kind, name, edition):
    document = made(kind, name, edition=edition)
    assert "_:" not in canonize({term: each for term, each in document.items() if term != "proof"}).nquads


@pytest.mark.parametrize(("kind", "name"), KINDS)
@pytest.mark.parametrize("edition", [2, 3])
def test_one_is_the_mould_of_others(kind, name, edition):
    """What `document` puts together of the texts of one award is filled in for another, and hashed alike."""
    follows = f"{BASE}/credentials/0190f3c2-7a10-7000-8000-0242ac120003"
    one = told(kind, name, edition=edition, follows=follows)
    other = told(kind, name, edition=edition, follows=follows[:-1] + "9", evidence_count=77)
    mould = Template(lambda texts: document(one, texts), slots(one))
    filled = mould.filled(slots(other))
    assert mould.json(filled) == to_json(credential(other))
    assert mould.digest(filled) == sha256(canonize(credential(other)).nquads.encode()).digest()


def test_a_badge_says_all_that_its_charter_does():
    document = made("badge", "helper")
    earned = document["credentialSubject"]["achievement"]
    assert earned["id"] == PAGE
    assert earned["creator"]["id"] == document["issuer"]["id"] == ISSUER
    assert (earned["achievementType"], earned["version"], earned["inLanguage"]) == ("MicroCredential", "2", "en-GB")
    assert (earned["humanCode"], earned["fieldOfStudy"], earned["specialization"]) == ("WEAV-7", "Weaving", "Looms")
    assert earned["creditsAvailable"] == document["credentialSubject"]["creditsEarned"] == 1.5
    assert [one["targetName"] for one in earned["alignment"]] == ["Explain a weave to a beginner", "Weave", "Help"]
    assert earned["alignment"][1]["targetFramework"] == "Skills"
    score, rubric = earned["resultDescription"]
    assert (score["requiredValue"], score["valueMin"], score["resultType"]) == ("5", "5", "RawScore")
    assert rubric["requiredLevel"] == rubric["rubricCriterionLevel"][0]["id"]
    assert rubric["rubricCriterionLevel"][0]["points"] == "2"
    assert [one["id"] for one in earned["related"]] == [
        f"{BASE}/c/weavers/badges/starter",
        "https://other.example/badges/1",
    ]
    assert document["credentialSubject"]["result"] == [
        {"id": f"{document['id']}#result-1", "type": ["Result"], "resultDescription": score["id"], "value": "5"}
    ]
    assert document["issuer"]["description"] == "We weave."
    assert document["refreshService"]["id"] == f"{document['id']}/refresh"


def test_a_level_is_a_result_on_the_ladder():
    subject = made("level", "2", expires=None)["credentialSubject"]
    (ladder,) = subject["achievement"]["resultDescription"]
    assert subject["achievement"]["name"] == "Master weaver"
    assert subject["achievement"]["description"] == "Teaches."
    assert [one["level"] for one in ladder["rubricCriterionLevel"]] == ["0", "1", "2"]
    assert subject["result"][0]["achievedLevel"] == ladder["rubricCriterionLevel"][2]["id"]


def test_a_term_says_from_when_to_when():
    document = made("role", "host")
    subject = document["credentialSubject"]
    assert subject["role"] == "Host"
    assert subject["activityStartDate"] == "2026-02-28T10:00:00Z"
    assert subject["activityEndDate"] == document["validUntil"]
    assert "refreshService" not in document


def test_a_new_version_says_which_it_follows():
    """Its own words for it, else how often it was said anew; and a return to old words is a version of its own."""

    def weavers(*badges: dict[str, Any]) -> Charter:
        return parse_charter({**CHARTER, "badges": [*badges]})

    bare = {"badge": "helper", "name": "Helper", "description": "Helps."}
    charters = [weavers(bare), weavers(bare), weavers(), weavers({**bare, "tags": ["x"]})]
    assert version_of(charters[:3], "badge", "helper") == ("1", None)
    assert version_of(charters, "badge", "helper") == ("2", "1")
    charters.append(weavers({**bare, "version": "2026-03"}))
    assert version_of(charters, "badge", "helper") == ("2026-03", "2")
    walked = [(charters.index(one), label) for one, label in versions_of(iter(charters), "badge", "helper")]
    assert [label for _, label in walked] == ["1", "1", "2", "2026-03"]
    assert all(version_of(charters[: place + 1], "badge", "helper")[0] == label for place, label in walked)
    charters.pop()
    earned = made("badge", "helper", *charters)["credentialSubject"]["achievement"]
    assert earned["related"] == [{"id": f"{PAGE}?version=1", "type": ["Related"], "version": "1"}]


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_third_edition_says_nothing_of_its_issuer_twice(kind, name):
    second, third = (made(kind, name, edition=edition) for edition in (2, 3))
    earned = third["credentialSubject"]["achievement"]
    assert earned["creator"] == {"id": ISSUER, "type": ["Profile"]}
    issuer = third["issuer"]
    assert second["credentialSubject"]["achievement"] == earned | {
        "creator": {"id": ISSUER, "type": ["Profile"], "name": issuer["name"], "url": issuer["url"]}
    }
    assert {term: third[term] for term in third if term not in {"credentialSubject", "proof"}} == {
        term: second[term] for term in second if term not in {"credentialSubject", "proof"}
    }
    assert second["proof"] == third["proof"], "they come to the same statements"


def test_a_first_edition_says_nothing_of_it():
    document = credential(facts())
    assert document == credential(facts(community_description="We weave.", role="Host", follows="urn:x"))
    assert len(document["@context"]) == 2


LONG = "語" * 2_000  # of three bytes each
SLUG = "x" * 60
ALIGNED = {"name": "x", "url": "https://x.example/1", "framework": "F", "code": "c", "type": "CFItem"}


def results(count: int, words: str = "d", aligned: int = 30, rungs: int = 20) -> list[dict[str, Any]]:
    """Return results with all that one may have."""
    levels = [{"level": f"{SLUG}{n}", "name": "L", "description": words, "points": n} for n in range(rungs)]
    said = {"name": "N", "type": "RubricScore", "value": "facts", "levels": levels, "alignment": [ALIGNED] * aligned}
    return [{"result": f"{SLUG}{n}", **said} for n in range(count)]


def crowded(what: str, count: int) -> tuple[str, dict[str, Any]]:
    """Return where a charter says much of an achievement, and the charter."""
    badge: dict[str, Any] = {"badge": SLUG, "name": "Helper", "description": LONG, "criteria": LONG}
    document = {"charter": 1, "name": "Weavers", "domain": {"statement": LONG}, "rules": []}
    if what == "ladder":
        rungs = [{"level": n, "name": "L", "can": LONG} for n in range(count)]
        rungs[0]["credential"] = {"alignment": [{**ALIGNED, "description": LONG}] * 2}
        return "/ladder/0/credential", document | {"ladder": rungs}
    if what == "outcomes":
        outcomes = [{"outcome": f"{SLUG}{n}", "can": LONG} for n in range(count)]
        badge["outcomes"] = [one["outcome"] for one in outcomes]
        return "/badges/0", document | {"outcomes": outcomes, "badges": [badge]}
    badge["results"] = results(1, LONG, 0, count) if what == "texts" else results(count)
    return "/badges/0", document | {"badges": [badge]}


@pytest.mark.parametrize(("what", "most"), [("values", 20), ("texts", 20), ("outcomes", 50), ("ladder", 20)])
def test_a_charter_says_no_more_of_a_badge_than_every_verifier_reads(what: str, most: int):
    """What is more is refused at its place; the most is signed, and fits a learner record."""
    refused = next(count for count in range(2, most + 1) if faults_of(crowded(what, count)[1]))
    at, document = crowded(what, refused)
    (fault,) = faults_of(document)
    assert (fault.pointer, "JSON values" in fault.message) == (at, True)
    kind, name = ("level", "0") if what == "ladder" else ("badge", SLUG)
    charter = parse_charter(crowded(what, refused - 1)[1])
    more: dict[str, Any] = {"community_description": LONG, "narrative": "x" * 6_000}
    signed = made(kind, name, charter, **more, status_list=None, status_index=None)
    assert verify(to_json(signed), policy=Policy(), at=NOW).verdict is Verdict.VALID
    assert record(signed)["credentialSubject"]["verifiableCredential"] == [signed]
    assert parse_charter(document, published=1).document == document  # what was published goes on being read
    assert not issuable(document)


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@settings(max_examples=60)
@given(
    tags=st.lists(words, max_size=3),
    name=words,
    code=words,
    worth=st.floats(0.001, 1000) | st.integers(1, 50),
    url=st.sampled_from(["https://a.example/", "http://b.example/c?d=e#f", "urn:x", "/relative", "https://ü.example"]),
)
def test_what_a_charter_may_say_can_be_signed(tags, name, code, worth, url):
    """Either the charter is refused with a pointer into the badge, or every verifier reads the credential alike."""
    badge = {"badge": "helper", "name": name, "description": "Helps.", "tags": tags, "human_code": code}
    badge |= {"credits": worth, "alignment": [{"name": name, "url": url}], "related": [{"url": url}]}
    document = {"charter": 1, "name": "Weavers", "rules": [], "badges": [badge]}
    if faults := faults_of(document):
        assert all(fault.pointer.startswith("/badges/0") for fault in faults)
    else:
        signed = made("badge", "helper", parse_charter(document))
        assert official.faults(signed) == []
