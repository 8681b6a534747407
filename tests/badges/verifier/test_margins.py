"""What is meant well takes a small part of the work that is done for a document, and is told the same where it is not.

The numbers are how many times as much might be done as each took when this was written, rounded down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from badges import Outcome, Policy, Verdict, sign, to_json, verify
from badges.linked.rdfc import Quad, canonicalize
from badges.verifying.steps import STEPS
from badges.verifying.verdict import ALL_CHECKS
from badges.work import DOCUMENT, EACH_INSIDE, ENCLOSING, SCHEMAS, working
from tests.badges import official, samples
from tests.badges.samples import AWARDED, METHOD, NOW, SECOND, SIGNER, vector_bytes
from tests.badges.test_presentation import presented
from tests.badges.verifier.bombs import BOMBS, REFUSED, grid, praise
from tests.badges.verifier.costing import forgetting, taken
from tests.badges.verifier.making import badge, bare, claims, endorsement, old, signed, token, whole

if TYPE_CHECKING:
    from collections.abc import Callable

URL = official.URL.format(official.BADGE)


def badges(number: int) -> list[dict[str, Any]]:
    """Return that many badges of Ada's, each in the same status list."""
    return [
        sign(
            badge(credential_id=f"https://guild.example/credentials/{one}", valid_from=AWARDED + one * SECOND),
            SIGNER,
            verification_method=METHOD,
            created=AWARDED,
        )
        for one in range(number)
    ]


def praised(number: int) -> bytes:
    return signed(bare() | {"endorsement": [praise(id=f"urn:e:{one}") for one in range(number)]})


def nodes(number: int) -> bytes:
    """Return a badge with so many nodes that have no id, each as the others but for its name."""
    one = {"type": "IdentityObject", "hashed": False, "identityType": "name"}
    named = [one | {"identityHash": f"Ada {place}"} for place in range(number)]
    made = bare()
    return signed(made | {"credentialSubject": made["credentialSubject"] | {"identifier": named}})


HONEST: dict[str, tuple[Callable[[], bytes], int, int]] = {  # how many are inside, and the margin
    "a badge": (lambda: signed(badge()), 1, 20),
    "a badge as a token": (lambda: token(claims()), 0, 20),
    "a badge of Verifiable Credentials 1.1": (lambda: signed(old()), 0, 20),
    "a badge that says all there are words for": (lambda: signed(whole()), 0, 7),
    "an endorsement": (lambda: signed(endorsement()), 0, 20),
    "11 nodes without an id": (lambda: nodes(11), 0, 10),
    "5 endorsements": (lambda: praised(5), 5, 5),
    "30 endorsements": (lambda: praised(30), 30, 3),
    "a presentation of 10 badges": (lambda: presented(*badges(10)), 11, 8),
    "a presentation of 50 badges": (lambda: presented(*badges(50)), 51, 3),
    "a record of 10 badges": (lambda: signed(samples.record(*badges(10))), 11, 8),
    "a record of 50 badges": (lambda: signed(samples.record(*badges(50))), 51, 3),
}
ENCLOSE = ("a presentation", "a record")


@pytest.mark.parametrize("name", HONEST)
def test_what_is_meant_well_is_far_from_the_limit(name: str) -> None:
    make, inside, margin = HONEST[name]
    raw = make()
    limit = (ENCLOSING if name.startswith(ENCLOSE) else DOCUMENT) + inside * EACH_INSIDE
    with forgetting():
        took = taken(raw)
        again = taken(raw)

    assert took.answer.valid
    assert limit // took.work >= margin, (limit, took.work)
    assert again.work == took.work  # known or not


def test_the_fullest_badge_known_is_far_from_the_limit() -> None:
    """1EdTech's, of 16 KB and 40 nodes without an id; it is four times smaller than any may be."""
    raw = vector_bytes("1edtech/complete.json")

    assert DOCUMENT // taken(raw).work >= 3


def test_a_schema_is_far_from_the_limit() -> None:
    """1EdTech's own, where it is at hand."""
    schema = {URL: to_json(official.schema(official.BADGE))}
    for made, margin in ((badge(), 7), (whole(), 4)):
        raw = signed(made | {"credentialSchema": [{"id": URL, "type": "1EdTechJsonSchemaValidator2019"}]})
        took = taken(raw, schema)

        assert took.answer.step("schema").outcome is Outcome.PASSED
        assert SCHEMAS // took.schemas >= margin, took.schemas


# --- what is beyond it ------------------------------------------------------------------------------


@pytest.mark.parametrize("check", sorted(ALL_CHECKS - {"trustedIssuer"}))
def test_nobody_can_ask_not_to_mind_that_there_was_too_much_to_do(check: str) -> None:
    """Whatever decides by the policy: what was not looked at is never good."""
    raw = BOMBS["evidence"]()
    answer = verify(raw, policy=Policy(checks=frozenset({check})), at=NOW)

    assert answer.verdict is Verdict.MALFORMED
    (decided,) = [one for one in answer.steps if one.verdict is Verdict.MALFORMED and one.check is None]
    assert "More work would have to be done" in decided.reason
    assert "Whether it is genuine was not found out" in decided.reason
    assert [one.name for one in answer.steps] == [row.name for row in STEPS]


def test_what_is_inside_is_paid_by_what_it_is_in() -> None:
    """A presentation of poison ends as soon as the first of it has cost what one document may."""
    alone, together = taken(to_json(grid(12))), taken(BOMBS["a presentation of poison"]())

    assert alone.answer.verdict is together.answer.verdict is Verdict.MALFORMED
    assert "wanted a document that takes at most" in next(
        one.reason for one in together.answer.steps if one.check is None and one.verdict is Verdict.MALFORMED
    )


def test_a_genuine_badge_beyond_the_limit_is_not_told_to_be_forged() -> None:
    made = bare() | {"evidence": [{"id": f"urn:e:{one}", "type": ["Evidence"], "name": "x"} for one in range(700)]}
    answer = taken(signed(made)).answer

    assert answer.verdict is Verdict.MALFORMED
    assert {one.name for one in answer.steps if one.outcome is Outcome.UNREACHABLE} == {"proof"}
    assert not [one for one in answer.steps if one.verdict is Verdict.FORGED]


def test_work_is_counted_the_same_each_time() -> None:
    for name in REFUSED:
        raw = BOMBS[name]()
        assert taken(raw).work == taken(raw).work


def test_a_part_is_paid_by_the_whole() -> None:
    pair = [Quad("_:a", "<urn:p>", "_:b"), Quad("_:b", "<urn:p>", "_:a")]
    with working(1_000) as around:
        with working(500) as first:
            canonicalize(pair)
        with working(500) as second:
            canonicalize(pair)

    assert first.spent == second.spent > 0
    assert around.spent == first.spent + second.spent
