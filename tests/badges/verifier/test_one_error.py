"""One error each, behind a signature that holds: the verdict is exact, and the step that finds it says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.verifying.claims import claim
from api.verifying.rulings import GIVEN, signer, thing, told
from api.verifying.verifying_page import Given
from api.words.rendering import Pages
from badges import Outcome, Policy, Verdict, verify
from schemas import Text
from tests.api.pseudo import TAG, Pseudo, content, unsaid
from tests.badges.samples import NOW
from tests.badges.verifier import (
    archives,
    contents,
    lists,
    logs,
    occasions,
    pictures,
    proofs,
    recipients,
    shapes,
    tokens,
    trusting,
)
from tests.badges.verifier.making import KNOWN, Case, ask

BAD = {Outcome.FAILED, Outcome.UNREACHABLE}
ROOMS = (shapes, lists, proofs, tokens, pictures, recipients, contents, occasions, archives, logs, trusting)
CASES = [case for room in ROOMS for case in room.cases()]


@pytest.mark.parametrize("case", CASES, ids=[f"{place} {case.name}" for place, case in enumerate(CASES)])
def test_the_error_is_told_by_its_step(case: Case) -> None:
    answer = ask(case.document, case.known if case.spoilt is None else case.spoilt, **case.more)
    told = {step.name: step for step in answer.steps}

    assert answer.verdict is case.verdict, [step.reason for step in answer.steps]
    assert told[case.step].verdict is case.verdict
    assert told[case.step].outcome in BAD
    assert "wanted" in told[case.step].reason or case.verdict is not Verdict.MALFORMED
    assert [step.reason for step in answer.steps if not isinstance(step.reason, Text)] == []  # it can be told otherwise
    if case.intact:
        assert told["proof"].outcome is Outcome.PASSED, told["proof"].reason


def test_without_its_error_each_verifies() -> None:
    """Under the same policy, but where the error is there; and the step that tells of the error has nothing to tell."""
    known: dict[tuple[object, ...], tuple[Case, set[str]]] = {}
    for case in CASES:
        policy = case.more if case.lenient is None else case.lenient
        known.setdefault((case.control, str(case.known), str(policy)), (case, set()))[1].add(case.step)
    for case, steps in known.values():
        answer = ask(case.control, case.known, **(case.more if case.lenient is None else case.lenient))
        assert answer.valid, (case.name, [step.reason for step in answer.steps])
        assert not [step.reason for step in answer.steps if step.name in steps and step.outcome in BAD], case.name


def test_the_cases_are_many_and_each_is_another() -> None:
    assert len(CASES) > 600
    assert len({(case.document, str(case.spoilt), str(case.more)) for case in CASES}) == len(CASES)


FIRST = {(case.verdict, case.step): case for case in reversed(CASES)}


@pytest.mark.parametrize(("verdict", "step"), sorted(FIRST), ids=str)
def test_the_page_of_a_verdict_says_nothing_that_is_not_translated(verdict: Verdict, step: str) -> None:
    """But what is marked as English: what a document is held against, and how it was written."""
    case = FIRST[verdict, step]
    hand = {**KNOWN, **(case.known if case.spoilt is None else case.spoilt)}
    policy = Policy(documents=hand, **case.more)
    answer = verify(case.document, policy=policy, at=NOW)
    page = Pages(TAG, Pseudo()).text(
        "verify.html",
        {
            "result": told(answer, policy),
            "thing": GIVEN[thing(answer)] if answer.credential is not None else None,
            "checked": datetime.fromtimestamp(NOW // 1_000_000, UTC),
            "file_name": "",
            "claim": claim(answer),
            "contents": [
                {"name": "", "thing": thing(one), "signer": signer(one, policy), "result": told(one, policy)}
                for one in answer.contents
            ],
            "own": None,
            "given": Given(),
            "largest": "2 MiB",
            "origin": "http://127.0.0.1:8700",
        },
    )
    names = content(answer.credential, [one.credential for one in answer.contents], case.more)
    names |= {"helper", "urn:person:1", *(registry.name for registry in policy.registries)}
    assert unsaid(page, names) == []
