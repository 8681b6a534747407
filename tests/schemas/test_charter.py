"""A mistake in a charter is shown where it is, in the branch that was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from tests.schemas.corpus import mistaken

CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "Northlight Circle",
    "rules": [
        {
            "rule": "facilitator-eligible",
            "version": 2,
            "grants": {"eligible": "facilitator"},
            "on_lapse": {"after": "14d", "then": "revoke"},
            "all": [
                {"count": "attendance", "where": {"mode": "sync"}, "within": "90d", "at_least": 4},
                {"none": [{"open": "moderation"}]},
            ],
        }
    ],
}


def test_a_valid_charter_has_no_faults():
    assert schemas.check_charter(CHARTER) == ()


@pytest.mark.parametrize(
    ("pointer", "value", "shown", "words"),
    [
        ("/charter", 2, "/charter", "wanted 1, got 2"),
        ("/name", ..., "/name", 'wanted "name" here'),
        ("/rulez", [], "/rulez", 'did you mean "rules"?'),
        ("/rules/0/all/0/cuont", "x", "/rules/0/all/0/cuont", 'did you mean "count"?'),
        ("/rules/0/all/0/within", "soon", "/rules/0/all/0/within", 'got "soon"'),
        (
            "/rules/0/all/1/none/0/open",
            "case",
            "/rules/0/all/1/none/0/open",
            'wanted "moderation", got "case"',
        ),
        ("/rules/0/on_lapse", {"after": "14d"}, "/rules/0/on_lapse/then", 'wanted "then" here'),
        ("/rules/0/on_lapse/then", "revok", "/rules/0/on_lapse/then", 'did you mean "revoke"?'),
        ("/rules/0/all/0/where/mode", {"at_laest": 1}, "/rules/0/all/0/where/mode/at_laest", '"at_least"'),
        ("/rules/0/all/0/where/mode", [None], "/rules/0/all/0/where/mode/0", "got null"),
        ("/rules/0/all/0/at_least", "lots", "/rules/0/all/0/at_least", 'got "lots"'),
        ("/rules/0/all/0/at_least", None, "/rules/0/all/0/at_least", "wanted a whole number or text"),
    ],
)
def test_one_mistake_is_one_fault_where_it_is(pointer, value, shown, words):
    (fault,) = schemas.check_charter(mistaken(CHARTER, pointer, value))
    assert fault.pointer == shown
    assert words in fault.message


def test_deep_rules_end_in_a_fault():
    node: dict[str, Any] = {"open": "moderation"}
    for _ in range(500):
        node = {"all": [node]}
    (fault,) = schemas.check_charter(mistaken(CHARTER, "/rules/0/all", [node]))
    assert "32 levels" in fault.message


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()


@given(value=st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12))
def test_no_value_makes_it_raise(value):
    assert schemas.check_charter(value)
    assert schemas.check_charter(mistaken(CHARTER, "/rules/0/all/0/where", value)) is not None
