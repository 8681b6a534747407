"""One error each, behind a signature that holds: the verdict is exact, and the step that finds it says so."""

from __future__ import annotations

import pytest

from badges import Outcome, Verdict
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
from tests.badges.verifier.making import Case, ask

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
