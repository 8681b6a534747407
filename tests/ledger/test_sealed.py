"""What is personal is sealed, and gone with its key; everything else still stands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import orjson

from ledger import Book
from ledger.shape import unpack
from tests.ledger.events import ONE_OF_EACH, SOURCE, contribution, endorsement, event
from tests.ledger.vaults import destroy_key, run

if TYPE_CHECKING:
    from tests.ledger.conftest import Place


def by_topic(book: Book) -> dict[str, dict[str, object]]:
    facts = book.read("bar", 0, 100)
    return {
        f"{fact.topic}#{fact.position}": {"open": fact.open, "sealed": sealed}
        for fact, sealed in zip(facts, book.reveal("bar", facts), strict=True)
    }


def test_the_open_part_of_each_type(book: Book):
    """Accounts as ids, references as tokens, instants as µs; nothing that was sealed."""
    book.append(ONE_OF_EACH, community="bar", identity=True)
    ada, bo = book.account("bar", "forum", "ada"), book.account("bar", "forum", "bo")
    cy, cy_of_guild = book.account("bar", "forum", "cy"), book.account("bar", "forum", "cy", "guild-7")
    facts = {fact.topic: fact for fact in reversed(book.read("bar", 0, 100))}
    common = {"v": 1, "source": book.token("bar", SOURCE), "time": 1_772_359_200_000_000}

    assert cy_of_guild not in {None, cy}
    assert facts["contribution.v1"].open == common | {
        "author": ada,
        "coauthors": [bo],
        "beneficiaries": [cy_of_guild],
        "item": book.token("bar", "forum:post/1"),
        "kind": "review",
        "role": "primary",
        "outcome": "approved",
        "thread": book.token("bar", "forum:thread/1"),
        "about": book.token("bar", "forum:post/0"),
        "space": "engines/notes",
        "skills": ["analysis", "writing"],
        "length": 1200,
        "duration": 3600,
        "license": "cc-by-4.0",
        "lang": "en-gb",
    }
    assert facts["endorsement.v1"].open == common | {
        "endorser": bo,
        "endorsee": ada,
        "item": book.token("bar", "forum:post/1"),
        "skill": "analysis",
        "strength": "review",
        "relationship": "mentor",
        "rating": {"value": 4.5, "min": 1, "max": 5},
        "symbol": book.token("bar", "\N{WHITE HEAVY CHECK MARK}"),
    }
    assert facts["response.v1"].open == common | {
        "respondent": ada,
        "instrument": "skills-2026",
        "phase": "pre",
        "session": book.token("bar", "forum:session/1"),
        "answers": [
            {
                "item": book.token("bar", "q1"),
                "construct": "confidence",
                "type": "scale",
                "value": 7,
                "min": 1,
                "max": 10,
            },
            {"item": book.token("bar", "q2"), "type": "boolean", "value": True},
            {"item": book.token("bar", "q3"), "type": "choice", "value": book.token("bar", "weekly")},
            {"item": book.token("bar", "q4"), "type": "text"},
        ],
    }
    assert facts["consent.v1"].open == common | {
        "member": ada,
        "purpose": "source",
        "scopedSource": book.token("bar", "https://chat.example"),
        "decision": "granted",
        "policy": {"version": "2026-01", "sha256": "cd" * 32},
        "method": "form",
        "expires": 1_803_859_200_000_000,
    }
    assert facts["impact.v1"].open["measure"] == {
        "name": "misprints",
        "unit": "per-100",
        "before": 7,
        "after": 2.5,
    }
    assert facts["metric.v1"].open["unit"] == "posts"
    assert facts["assignment.v1"].open["counterpart"] == cy


def test_what_is_sealed_can_be_revealed(book: Book):
    book.append(ONE_OF_EACH, community="bar")
    facts = book.read("bar", 0, 100)
    sealed = dict(zip([fact.topic for fact in reversed(facts)], reversed(book.reveal("bar", facts)), strict=True))

    assert sealed["contribution.v1"] == {
        "id": "contribution-full",
        "item": "forum:post/1",
        "title": "Notes on the engine",
        "url": "https://forum.example/p/1",
        "evidence": [{"url": "https://forum.example/p/1/log", "title": "log"}],
        "sha256": "ab" * 32,
    }
    assert sealed["attendance.v1"] == {"title": "How engines dream", "url": "https://forum.example/s/1"}
    assert sealed["response.v1"] == {
        "title": "How are you doing?",
        "answers": [{"index": 3, "value": "More time for questions."}],
    }
    assert sealed["consent.v1"] == {"policy": {"uri": "https://forum.example/policy"}}
    assert sealed["identity.v1"] == {"proof": "signed by both"}
    assert sealed["moderation.v1"] == {"note": "shouted"}
    assert sealed["retraction.v1"] == sealed["metric.v1"] == {}
    assert book.reveal("bar", [10_000, facts[0], 1]) == [{}, sealed["contribution.v1"], sealed["contribution.v1"]]


def test_a_retraction_names_the_stream_it_takes_back(book: Book):
    taken = contribution(1)
    back = event("retraction", 1, {"retracts": taken["id"], "reason": "mistake", "replacedBy": "contribution-2"})
    book.append([taken, back, contribution(2)], community="bar")

    first, retraction, second = book.read("bar", 0, 10)
    assert retraction.open["retracts"] == first.stream
    assert retraction.open["replacedBy"] == second.stream


def test_no_clear_name_reaches_the_disk(place: Place, book: Book, tmp_path):
    """Of the people and their words, no byte in the clear: neither in the ledger nor in the vault."""
    book.append(ONE_OF_EACH, community="bar")
    rows = run(place.database, "SELECT state FROM stored_events") + run(place.database, "SELECT * FROM vault.accounts")
    stored = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    files = b"".join(file.read_bytes() for file in tmp_path.glob("*.sqlite*"))

    for planted in (
        b"Ada Lovelace",
        b"@ada",
        b"forum:post",
        b"Notes on the engine",
        b"guild-7",
        b"shouted",
        b"weekly",
    ):
        assert planted not in stored
        assert planted not in files
    member = book.member_id("bar", book.account("bar", "forum", "ada") or "")
    assert member.encode() not in stored


def test_a_destroyed_key_takes_what_it_sealed_and_nothing_else(place: Place, book: Book):
    book.append(ONE_OF_EACH, community="bar")
    before, leaves = by_topic(book), book.leaves("bar", range(1, book.head("bar") + 1))
    accounts = run(place.database, "SELECT count(*) FROM vault.accounts")
    ada = book.account("bar", "forum", "ada")

    destroy_key(place.database, ada)
    again = place.open()
    after = by_topic(again)

    assert [each["open"] for each in after.values()] == [each["open"] for each in before.values()]
    gone = {name.partition(".")[0] for name in before if before[name]["sealed"] and not after[name]["sealed"]}
    kept = {name.partition(".")[0] for name in before if after[name]["sealed"]}
    assert gone == {
        "contribution",
        "endorsement",
        "response",
        "impact",
        "membership",
        "consent",
        "identity",
        "assignment",
    }
    assert kept == {"attendance", "response", "moderation"}  # the community's, nobody's, and Bo and Cy's
    assert again.leaves("bar", range(1, again.head("bar") + 1)) == leaves
    assert again.handle("bar", ada or "") is None

    redelivered = again.append(ONE_OF_EACH, community="bar")
    assert {each.outcome for each in redelivered} == {"duplicate"}
    assert run(place.database, "SELECT count(*) FROM vault.accounts") == accounts
    assert again.account("bar", "forum", "ada") is None


def test_a_changed_redelivery_after_erasure_still_conflicts_where_it_can_be_seen(place: Place, book: Book):
    book.append([contribution(1, title="A title"), endorsement(1)], community="bar")
    destroy_key(place.database, book.account("bar", "forum", "ada"))
    again = place.open()

    title, kind = again.append(
        [contribution(1, title="Another"), endorsement(1, strength="review", comment="else")], community="bar"
    )

    assert title.outcome == "duplicate"  # nobody can tell any more
    assert kind.outcome == "conflict"
    assert [fault.pointer for fault in kind.errors] == ["/data/strength"]


def test_someone_who_comes_back_after_erasure_is_someone_new(place: Place, book: Book):
    book.append([contribution(1)], community="bar")
    old = book.account("bar", "forum", "ada")
    destroy_key(place.database, old)
    again = place.open()

    again.append([contribution(2)], community="bar")
    new = again.account("bar", "forum", "ada")

    assert new not in {None, old}
    assert [fact.open["author"] for fact in again.read("bar", 0, 10)] == [old, new]
    assert [each.outcome for each in again.append([contribution(1)], community="bar")] == ["duplicate"]


def test_what_one_writes_of_another_ends_with_either(place: Place, book: Book):
    book.append([contribution(1, title="Mine"), endorsement(1)], community="bar")
    assert book.reveal("bar", [2]) == [{"comment": "well explained, 1"}]

    destroy_key(place.database, book.account("bar", "forum", "bo"))

    assert place.open().reveal("bar", [1, 2]) == [
        {"id": "contribution-1", "item": "forum:post/1", "title": "Mine"},
        {},
    ]


def test_every_commitment_can_be_recomputed(place: Place, book: Book):
    book.append(ONE_OF_EACH, community="bar")
    rows = run(place.database, "SELECT state FROM stored_events ORDER BY position")

    for (state,) in rows:
        shape, salt, opened, c_0, parts = msgspec.msgpack.decode(bytes(state))
        assert shape == 1
        assert len(salt) == 16
        assert c_0 == hashlib.sha256(salt + opened).digest()
        assert opened == orjson.dumps(orjson.loads(opened), option=orjson.OPT_SORT_KEYS)
        assert all(len(commitment) == 32 for _, _, commitment in parts)
    assert len({unpack(bytes(state)).open_salt for (state,) in rows}) == len(rows)


def test_a_row_changed_behind_our_back_changes_its_leaf(place: Place, book: Book):
    """The open part, a sealed part's commitment, `recorded`, the topic, another row's state: each shows."""
    book.append([contribution(1, title="A"), contribution(2, title="B")], community="bar")
    honest = book.leaves("bar", [1, 2])
    (one,), (two,) = run(place.database, "SELECT state FROM stored_events ORDER BY position")

    for column, value in [
        ("state", bytes(one).replace(b'"kind":"post"', b'"kind":"talk"')),
        ("state", bytes(two)),
        ("recorded", 1),
        ("topic", "endorsement.v1"),
    ]:
        (kept,) = run(place.database, f"SELECT {column} FROM stored_events WHERE position = 1")[0]  # noqa: S608
        run(place.database, f"UPDATE stored_events SET {column} = ? WHERE position = 1", value)  # noqa: S608
        assert book.leaves("bar", [1])[0] != honest[0]
        run(place.database, f"UPDATE stored_events SET {column} = ? WHERE position = 1", kept)  # noqa: S608
    assert book.leaves("bar", [1, 2]) == honest


def test_a_sealed_part_moved_to_another_row_does_not_open(place: Place, book: Book):
    book.append([contribution(1, title="A"), contribution(2, title="B")], community="bar")
    (two,) = run(place.database, "SELECT state FROM stored_events WHERE position = 2")[0]
    run(place.database, "UPDATE stored_events SET state = ? WHERE position = 1", bytes(two))
    assert book.reveal("bar", [1]) == [{}]
