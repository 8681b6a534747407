"""What is made to cost much costs little: counted in units of work, which are the same on any machine.

`python -m tests.badges.verifier` prints the milliseconds.
"""

from __future__ import annotations

import tracemalloc

import pytest

from badges import Verdict
from badges.work import DOCUMENT, EACH_INSIDE, ENCLOSING, LEARNING
from tests.badges.verifier.bombs import BOMBS, LARGE, REFUSED
from tests.badges.verifier.costing import forgetting, taken
from tests.badges.verifier.making import ask, bare, signed

MEMORY = 20_000_000  # bytes


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little(name: str) -> None:
    raw = BOMBS[name]()
    tracemalloc.start()
    with forgetting():
        took = taken(raw)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert took.work <= (ENCLOSING + 64 * EACH_INSIDE if name in LARGE else DOCUMENT)
    assert took.learning <= LEARNING
    assert most < MEMORY
    # However much is known by now. What a shape costs is told by the document that it was learned of.
    assert taken(raw)[:2] == pytest.approx(took[:2], rel=0.01)


@pytest.mark.parametrize(
    "members",
    [
        {"validFrom": "2026-03-01T10:00:00." + "9" * 60_000 + "Z"},
        {"id": "https://badges.example/" + "9" * 60_000},
    ],
)
def test_a_long_text_costs_as_much_where_its_shape_was_learned_of_a_short_one(members: dict[str, str]) -> None:
    """A text is paid for by its length, in each statement that it stands in."""
    raw = signed(bare() | members)
    with forgetting():
        alone = taken(raw)
    with forgetting():
        for number in range(1, 5):
            taken(
                signed(bare() | {"id": f"https://badges.example/{number}", "validFrom": f"2026-03-01T10:00:0{number}Z"})
            )
        beside = taken(raw)

    assert beside[:2] == pytest.approx(alone[:2], rel=0.01)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_never_called_forged(name: str) -> None:
    answer = ask(BOMBS[name]())

    assert answer.verdict is Verdict.MALFORMED
    assert Verdict.FORGED not in {step.verdict for step in answer.steps}
