"""The words for a verification: there are some for all that it may come to, and nothing said in a badge upsets them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Literal

import pytest

from api.verifying.claims import claim, named
from api.verifying.rulings import (
    RULINGS,
    TITLES,
    calls_itself,
    known_name,
    signer,
    site_of,
    thing,
    told,
)
from badges import Policy, Registry, Verdict, Verified, verify
from badges.verifying.steps import STEPS
from tests.badges.samples import GOLDEN, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD: tuple[Any, ...] = (None, True, 1.5, "", "x" * 9_000, [], [[]], [None], {}, {"@value": 1}, [{"@value": "a"}])
KINDS: tuple[Literal["credential", "presentation", "assertion"], ...] = ("credential", "presentation", "assertion")
OLD = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://a.example/1",
    "issuedOn": "2026-03-01T10:00:00Z",
    "badge": {
        "name": "Helper",
        "criteria": {"narrative": "Help."},
        "issuer": {"id": "https://a.example/i", "name": "A"},
    },
    "evidence": [{"id": "https://a.example/e", "narrative": "She did."}],
}


def golden(name: str) -> Any:
    return json.loads((GOLDEN / "web" / f"{name}.json").read_text())


def spoilt(document: Any) -> Iterator[Any]:
    """Yield the document with each value in turn replaced by each odd one."""
    paths: list[tuple[Any, ...]] = []
    ahead: list[tuple[tuple[Any, ...], Any]] = [((), document)]
    while ahead:
        path, value = ahead.pop()
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for name, each in inside:
            paths.append((*path, name))
            ahead.append(((*path, name), each))
    for whole in paths:
        path, last = whole[:-1], whole[-1]
        for odd in ODD:
            made = copy.deepcopy(document)
            place = made
            for name in path:
                place = place[name]
            place[last] = odd
            yield made


def test_there_are_words_for_every_verdict_and_every_step():
    assert set(RULINGS) == set(Verdict)
    assert set(TITLES) == {row.name for row in STEPS}


@pytest.mark.parametrize("document", [golden("full"), golden("record"), golden("endorsement"), OLD])
def test_nothing_that_a_badge_says_upsets_the_words(document: Any):
    for made in spoilt(document):
        for kind in KINDS:
            found = Verified(Verdict.VALID, (), "json", made, None, kind=kind)
            said = claim(found)
            assert said is not None
            assert all(isinstance(value, str) for _, value in said["facts"])
            assert named(found) is None or isinstance(named(found), str)
            assert isinstance(told(found, Policy())["words"], str)
            assert thing(found)


@pytest.mark.parametrize(
    ("issuer", "site"),
    [
        ("did:web:school.example", "school.example"),
        ("did:web:school.example:a:b", "school.example"),
        ("did:web:school.example%3A8443:a", "school.example:8443"),
        ("https://school.example/issuer", "school.example"),
        ("https://school.example@evil.example/", "evil.example"),
        ("http://school.example/", None),
        ("did:key:z6Mk", None),
        ("did:web:", None),
        ("https://[::1", None),
        (None, None),
    ],
)
def test_the_site_that_vouches_is_the_one_that_is_asked(issuer: str | None, site: str | None):
    assert site_of(issuer) == site


def test_who_signed_is_told_by_whoever_vouches_for_it():
    document = golden("full")
    issuer = document["issuer"]["id"]
    found = Verified(Verdict.VALID, (), "json", document, issuer)
    assert signer(found, Policy()) == "Weavers (guild.example)"
    assert signer(found, Policy(), ours="The Weavers") == "The Weavers"
    known = Policy(registries=(Registry("r", {}), Registry("s", {issuer: "The Guild of Weavers"})))
    assert signer(found, known) == known_name(found, known) == "The Guild of Weavers"
    unknown = Verified(Verdict.VALID, (), "json", document, "did:key:z6Mk")
    assert (
        signer(unknown, Policy())
        == "Somebody who goes by \N{LEFT DOUBLE QUOTATION MARK}Weavers\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    assert signer(Verified(Verdict.VALID, (), "json", {}, None), Policy()) == "Somebody who gives no name"
    assert told(unknown, Policy())["aside"]
    assert told(found, known)["aside"] is None


def test_a_signature_without_its_key_is_no_notice():
    found = verify((GOLDEN / "web" / "lasting.json").read_bytes(), policy=Policy(), at=NOW)
    steps = {step["title"]: step for step in told(found, Policy())["checks"]}
    assert found.verdict is Verdict.ISSUER_UNKNOWN
    assert steps["Key"]["decided"]
    assert not steps["Signature"]["notice"]
    assert calls_itself(found) == "Weavers"
