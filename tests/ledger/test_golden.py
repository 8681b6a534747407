"""One stored example of every topic is decoded for ever: what is in old books must stay readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.award import Award
from ledger.draft import canonical, draft
from ledger.facts import TOPICS
from ledger.lifecycle import MEMBER_ERASED, Charter, FactMapper
from ledger.rows import StoredFact
from ledger.shape import Place, commitments, content, joint_key, leaf, open_part, unpack
from ledger.tokens import Tokens
from schemas import parse_time

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden/shape-1.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = GOLDEN["rows"]
KEYS = {each["account"]: bytes.fromhex(each["key"]) for each in GOLDEN["accounts"]}
ACCOUNTS = {(each["platform"], each["realm"], each["id"]): each["account"] for each in GOLDEN["accounts"]}
TOKENS = Tokens(bytes.fromhex(GOLDEN["book_key"]))
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['topic']}-{row['recorded'] % 100}")


def place_of(row: dict[str, Any]) -> Place:
    return Place(bytes.fromhex(row["stream"]), row["version"], row["topic"])


def key_of(accounts: list[str]) -> AESGCM:
    keys = [KEYS[each] for each in accounts] or [bytes.fromhex(GOLDEN["community_key"])]
    return AESGCM(keys[0] if len(keys) == 1 else joint_key(keys))


def test_every_topic_has_an_example():
    own = {"charter.published.v1", "award.issued.v1", "award.revoked.v1", "award.upheld.v1", MEMBER_ERASED}
    assert {row["topic"] for row in ROWS} == TOPICS.keys() | own


@each_row
def test_a_stored_state_is_read(row: dict[str, Any]):
    state = unpack(bytes.fromhex(row["state"]))
    assert state.open == canonical(row["open"])
    assert leaf(place_of(row), row["recorded"], commitments(state)).hex() == row["leaf"]

    parts = row.get("parts", [row["sealed"]] if row["sealed"] else [])
    assert len(state.parts) == len(parts)
    for number, (part, sealed) in enumerate(zip(state.parts, parts, strict=True), start=1):
        assert part.accounts == row["under"] == sorted(set(row["under"]))
        opened = open_part(place_of(row), number, part, key_of(part.accounts))
        assert opened is not None
        assert content(opened) == sealed


@each_row
def test_a_sealed_part_opens_nowhere_else(row: dict[str, Any]):
    place, state = place_of(row), unpack(bytes.fromhex(row["state"]))
    for number, part in enumerate(state.parts, start=1):
        others = [
            (place._replace(stream=bytes(16)), number),
            (place._replace(version=9), number),
            (place._replace(topic="contribution.v2"), number),
            (place, 3 - number),
        ]
        assert all(open_part(elsewhere, other, part, key_of(part.accounts)) is None for elsewhere, other in others)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["event"]], ids=lambda row: row["event"]["id"] + row["topic"]
)
def test_an_event_is_drafted_as_it_was(row: dict[str, Any]):
    """The same event under the same keys gives the same open part, stream and sealed fields."""
    drafted = draft(row["event"], parse_time(row["event"]["time"]), tokens=TOKENS, accounts=ACCOUNTS)
    assert canonical(drafted.open) == canonical(row["open"])
    assert canonical(drafted.sealed) == canonical(row["sealed"])
    assert list(drafted.under) == row["under"]
    assert TOKENS.event_stream(row["event"]["source"], row["event"]["id"]).hex() == row["stream"]


def test_who_was_erased_has_one_place():
    (row,) = [row for row in ROWS if row["topic"] == MEMBER_ERASED]
    assert TOKENS.stream("erased", row["open"]["accounts"][0]).hex() == row["stream"]


def test_the_aggregates_are_read():
    mapper = FactMapper(cast("Any", None))  # of the people: reading needs no key
    aggregate: Any = None
    for row in ROWS:
        if row["topic"] in {*TOPICS, MEMBER_ERASED}:
            continue
        if row["version"] == 1:
            aggregate = None
        stream, state = UUID(row["stream"]), bytes.fromhex(row["state"])
        event: Any = mapper.to_domain_event(StoredFact(stream, row["version"], row["topic"], state, "bar"))
        aggregate = event.mutate(aggregate)
        if isinstance(aggregate, Charter):
            assert aggregate.charter_version == row["version"]
        else:
            assert isinstance(aggregate, Award)
            assert (aggregate.status, aggregate.revoked) == (41, row["topic"] == "award.revoked.v1")
            assert aggregate.upheld == (row["open"].get("ground", ""))
