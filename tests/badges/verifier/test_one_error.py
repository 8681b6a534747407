"""One error each, behind a signature that holds: the verdict is exact, and the step that finds it says so."""

from __future__ import annotations

import pytest

from badges import Outcome, Verdict
from tests.badges.verifier import lists, pictures, proofs, shapes, tokens
from tests.badges.verifier.making import Case, ask

CASES = [*shapes.cases(), *lists.cases(), *proofs.cases(), *tokens.cases(), *pictures.cases()]


@pytest.mark.parametrize("case", CASES, ids=[f"{place} {case.name}" for place, case in enumerate(CASES)])
def test_the_error_is_told_by_its_step(case: Case) -> None:
    answer = ask(case.document, case.known if case.spoilt is None else case.spoilt, **case.more)
    told = {step.name: step for step in answer.steps}

    assert answer.verdict is case.verdict, [step.reason for step in answer.steps]
    assert told[case.step].verdict is case.verdict
    assert told[case.step].outcome in {Outcome.FAILED, Outcome.UNREACHABLE}
    assert "wanted" in told[case.step].reason or case.verdict is not Verdict.MALFORMED
    if case.intact:
        assert told["proof"].outcome is Outcome.PASSED, told["proof"].reason


def test_without_its_error_each_verifies() -> None:
    known = {(case.control, str(case.known)): case for case in CASES}
    for case in known.values():
        answer = ask(case.control, case.known, **case.more)
        assert answer.valid, (case.name, [step.reason for step in answer.steps])


def test_the_cases_are_many_and_each_is_another() -> None:
    assert len(CASES) > 400
    assert len({(case.document, str(case.spoilt)) for case in CASES}) == len(CASES)
