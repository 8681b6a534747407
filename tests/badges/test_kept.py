"""What was painted is kept, to so many bytes, and what nobody asks for goes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from badges.pictures.kept import Kept


def test_what_was_not_asked_for_longest_is_given_up():
    kept = Kept(10)
    for key in "abc":
        kept.put(key, b"123")
    assert kept.find("a") == b"123"
    kept.put("d", b"123")

    assert [kept.find(key) for key in "abcd"] == [b"123", None, b"123", b"123"]


def test_what_is_larger_than_all_together_is_not_kept():
    kept = Kept(10)
    kept.put("a", b"1")
    kept.put("b", bytes(11))
    assert [kept.find(key) for key in "ab"] == [None, None]


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=20))))
def test_it_never_holds_more_than_it_may(puts):
    kept = Kept(40)
    for key, made in puts:
        kept.put(key, made)
        assert sum(len(kept.find(one) or b"") for one in range(10)) <= 40
