"""JSON Canonicalization Scheme: the samples of RFC 8785, another implementation, and what is no JSON."""

from __future__ import annotations

import json
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from badges import UnsafeDocumentError
from badges.linked.jcs import canonical_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-9e15, 9e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_in_the_samples(bits, text):
    """RFC 8785 "Number Serialization Samples"."""
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical_json(number) == text.encode()


def test_names_are_sorted_by_utf_16():
    """RFC 8785 "Sorting of Object Properties": the sample's order."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    assert list(json.loads(canonical_json(dict.fromkeys(names, 0)))) == ordered


@given(values)
def test_it_reads_back_as_the_same_value(value):
    assert json.loads(canonical_json(value)) == value


@given(values)
def test_another_implementation_writes_the_same(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_another_implementation_writes_every_double_the_same(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(values)
def test_it_is_a_fixed_point(value):
    once = canonical_json(value)

    assert canonical_json(json.loads(once)) == once


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"\udfff": 1}, b"raw", [object()]])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(UnsafeDocumentError, match="wanted"):
        canonical_json(value)


def test_depth_is_refused_without_a_crash():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(UnsafeDocumentError, match="depth"):
        canonical_json(deep)
