"""A draft keeps every field of every fact type as the table says, whatever comes together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.draft import NOBODY, draft
from ledger.facts import FACT_TYPES, WAYS, FactType
from ledger.tokens import Tokens, as_token
from schemas import parse_time

SOURCE = "https://forum.example"
TOKENS = Tokens(b"k" * 32)
ACCOUNTS = {("forum", "", "ada"): "A" * 26, ("forum", "here", "ada"): "B" * 26, ("forum", "", "bo"): "C" * 26}
OWN_RULES = {("response", "answers"), ("consent", "policy"), ("consent", "source"), ("impact", "measure")}

WANTED: dict[str, dict[str, Any]] = {"consent": {"policy": {}}, "response": {"answers": []}}

accounts = st.sampled_from(
    [
        {"platform": "forum", "id": "ada"},
        {"platform": "forum", "id": "ada", "realm": "here", "name": "Ada"},
        {"platform": "forum", "id": "bo", "realm": ""},
        {"platform": "forum", "id": "nobody-yet"},
    ]
)
times = st.sampled_from(["2026-03-01T10:00:00Z", "1999-12-31T23:59:59.5+01:00"])
texts = st.text(max_size=8)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "account": accounts,
    "accounts": st.lists(accounts, max_size=3),
    "plain": st.one_of(
        texts,
        st.booleans(),
        st.integers(0, 9),
        st.floats(0, 9),
        st.lists(texts, max_size=2),
        st.dictionaries(texts, st.floats(0, 3)),
    ),
    "lower": texts,
    "instant": times,
    "period": st.dictionaries(st.sampled_from(["start", "end"]), times),
    "ref": texts,
    "refs": st.lists(texts, max_size=3),
    "stream": texts,
    "sealed": texts,
}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def account(value: Any) -> str:
    return ACCOUNTS.get((value["platform"], value.get("realm") or "", value["id"]), NOBODY)


MEANT: dict[str, Callable[[Any], Any]] = {
    "account": account,
    "accounts": lambda value: [account(each) for each in value],
    "plain": plain,
    "lower": str.lower,
    "instant": parse_time,
    "period": lambda value: {name: parse_time(text) for name, text in value.items()},
    "ref": TOKENS.ref,
    "refs": lambda value: [TOKENS.ref(each) for each in value],
    "stream": lambda value: as_token(TOKENS.event_stream(SOURCE, value)),
}
"""Once more, one way at a time: how a value is kept in the open."""


def ways_of(kind: FactType) -> dict[str, str]:
    """Return the way of each field that no rule of its own is for; `sealed` is a way of those kept in none."""
    found = {field: "sealed" for field in kind.sealed if field != "id"}
    found |= {field: way for way in WAYS for field in getattr(kind, way)}
    return {field: way for field, way in found.items() if (kind.name, field) not in OWN_RULES}


@pytest.mark.parametrize("kind", FACT_TYPES.values(), ids=FACT_TYPES)
@given(drawing=st.data())
def test_each_field_is_kept_in_its_way(kind: FactType, drawing: st.DataObject):
    ways = ways_of(kind)
    there = WANTED.get(kind.name, {})
    fields = drawing.draw(st.fixed_dictionaries({}, optional={field: VALUES[way] for field, way in ways.items()}))
    event = {"type": f"org.guildbook.{kind.topic}", "source": SOURCE, "id": "7", "data": there | fields}

    found = draft(event, 5, tokens=TOKENS, accounts=ACCOUNTS)

    own: dict[str, Any] = {"answers": []} if kind.name == "response" else {}
    kept = {field: MEANT[ways[field]](value) for field, value in fields.items() if ways[field] != "sealed"}
    assert found.open == {"v": 1, "time": 5, "source": TOKENS.source(SOURCE)} | kept | own
    named = {"id": "7"} if "id" in kind.sealed else {}
    assert found.sealed == named | {field: value for field, value in fields.items() if field in kind.sealed}
    assert found.under == tuple(sorted({found.open[field] for field in kind.under if field in found.open}))
    assert found.kind is kind
