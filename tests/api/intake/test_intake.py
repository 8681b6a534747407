"""What becomes of events at the door: each its own outcome, and a word for everything refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.people import COMMUNITY, ELSEWHERE, contribution, endorsement, event

if TYPE_CHECKING:
    from tests.api.conftest import Guild

NDJSON = "application/x-ndjson"


def as_lines(events) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_an_event_is_stored_once_and_never_changed(guild: Guild):
    first = guild.post(contribution(1))
    again = guild.post(contribution(1))
    other = guild.post(contribution(1, kind="talk"))

    assert (first.status_code, first.json()["outcome"]) == (201, "stored")
    assert (again.status_code, again.json()) == (
        200,
        {"outcome": "duplicate", "position": first.json()["position"]},
    )
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["outcome"] == "conflict"


def test_a_refused_event_names_each_fault(guild: Guild):
    bad = contribution(1) | {"time": "yesterday"}
    del bad["data"]["author"]

    answer = guild.post(bad)

    assert answer.status_code == 422
    told = answer.json()
    assert told["outcome"] == "refused"
    assert {"/time", "/data/author"} <= {error["pointer"] for error in told["errors"]}
    assert all(error["message"] for error in told["errors"])
    assert told["request_id"] == answer.headers["x-request-id"]


def test_good_neighbours_in_a_batch_are_stored(guild: Guild):
    batch = [
        contribution(1),
        contribution(2) | {"time": "yesterday"},
        contribution(3),
        contribution(1),
        "no object",
    ]

    answer = guild.post(batch)

    assert answer.status_code == 200
    rows = answer.json()
    assert [row["index"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["outcome"] for row in rows] == ["stored", "refused", "stored", "duplicate", "refused"]
    assert rows[3]["position"] == rows[0]["position"]
    assert rows[1]["errors"][0]["pointer"] == "/time"
    assert (rows[0]["source"], rows[0]["id"]) == ("https://forum.example", "contribution-1")
    assert (rows[4]["source"], rows[4]["id"]) == (None, None)


def test_a_strict_batch_is_all_or_nothing(guild: Guild):
    batch = [contribution(1), contribution(2) | {"time": "yesterday"}]

    refused = guild.post(batch, Prefer="handling=strict")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/1/time"
    assert guild.here.book.heads()[COMMUNITY] == guild.here.book.head(COMMUNITY)

    taken = guild.post([contribution(1), contribution(2)], Prefer="handling=strict")
    assert [row["outcome"] for row in taken.json()] == ["stored", "stored"]
    assert taken.headers["preference-applied"] == "handling=strict"

    conflict = guild.post([contribution(3), contribution(1, kind="talk")], Prefer='handling="strict"')
    assert conflict.status_code == 409
    assert guild.post(contribution(3)).json()["outcome"] == "stored"


def test_a_strict_batch_with_an_overlong_event_stores_nothing(guild: Guild):
    overlong = contribution(2, title="x" * 70_000)
    assert guild.post([contribution(1), overlong], Prefer="handling=strict").status_code == 422
    assert guild.post(contribution(1)).json()["outcome"] == "stored"


def test_an_event_in_headers(guild: Guild):
    whole = contribution("größe")
    headers = {f"ce-{name}": str(value) for name, value in whole.items() if name != "data"}
    headers["ce-id"] = "contribution-gr%C3%B6%C3%9Fe"

    body = json.dumps(whole["data"]).encode()
    binary = guild.post(body, media="application/json", **headers)
    structured = guild.post(whole)

    assert binary.status_code == 201, binary.text
    assert (structured.status_code, structured.json()["position"]) == (200, binary.json()["position"])


@pytest.mark.parametrize(
    "header",
    [
        {"ce-datacontenttype": "application/json"},
        {"ce-id": "%FF"},
        {"ce-specversion": "0.3"},
        {"ce-time": ""},
    ],
)
def test_bad_headers_of_an_event_are_told(guild: Guild, header):
    whole = contribution(1)
    headers = {f"ce-{name}": str(value) for name, value in whole.items() if name != "data"} | header
    answer = guild.post(json.dumps(whole["data"]).encode(), media="application/json", **headers)
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"]


def test_a_stream_answers_for_each_line(guild: Guild):
    good = [contribution(n) for n in range(1_200)]
    body = as_lines(good[:3]) + b"\n" + b"{broken\n" + b'"' + b"x" * 70_000 + b'"\r\n' + as_lines(good)

    answer = guild.post(body, media=NDJSON)

    assert answer.status_code == 200
    rows = answer.json()
    assert len(rows) == 3 + 2 + 1_200
    assert [row["index"] for row in rows[:6]] == [0, 1, 2, 4, 5, 6]
    assert [row["outcome"] for row in rows[:6]] == ["stored"] * 3 + ["refused"] * 2 + ["duplicate"]
    assert {row["outcome"] for row in rows[8:]} == {"stored"}
    assert "65,536" in rows[4]["errors"][0]["message"]


def test_a_stream_without_a_last_line_end(guild: Guild):
    body = as_lines([contribution(1), contribution(2)]).rstrip(b"\n")
    assert [row["outcome"] for row in guild.post(body, media=NDJSON).json()] == ["stored", "stored"]
    assert guild.post(b"", media=NDJSON).json() == []


def test_a_stream_may_be_answered_in_lines(guild: Guild):
    answer = guild.post(as_lines([contribution(1), contribution(2)]), media=NDJSON, Accept=NDJSON)
    assert answer.headers["content-type"] == NDJSON
    assert [json.loads(line)["outcome"] for line in answer.text.splitlines()] == ["stored", "stored"]


def test_a_stream_is_never_all_or_nothing(guild: Guild):
    answer = guild.post(as_lines([contribution(1)]), media=NDJSON, Prefer="handling=strict")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 50_000,
        b'{"a":' * 40_000,
        b'{"id":1,"id":2}',
        b'{"a":NaN}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"specversion":"1.0","id":"\\ud800"}',
        b'{"specversion":"1.0","id":"\\u0000"}',
        b'{"a":1e999}',
        b'{"a":123456789012345678901234567890}',
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"{} {}",
    ],
)
@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/cloudevents-batch+json", NDJSON])
def test_no_body_is_our_fault(spring: Guild, body, kind):
    before = spring.here.book.head(COMMUNITY)
    answer = spring.post(body, media=kind)
    assert answer.status_code < 500
    assert answer.status_code >= 400 or all(row["outcome"] == "refused" for row in answer.json())
    assert spring.here.book.head(COMMUNITY) == before


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/cloudevents+json; charset=utf-16"}, 415),
        ({"Content-Type": "application/cloudevents+json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/cloudevents+json; charset=UTF-8"}, 201),
    ],
)
def test_media_types(guild: Guild, header, status):
    headers = {"Authorization": f"Bearer {guild.poster}"} | header
    answer = guild.client.post("/events", content=json.dumps(contribution(1)).encode(), headers=headers)
    assert answer.status_code == status


def test_limits_are_said(guild: Guild):
    one = guild.post(contribution(1, title="x" * 70_000))
    assert one.status_code == 413
    assert "65,536" in one.json()["detail"]

    heavy = guild.post(b"[" + b" " * 1_100_000 + b"]", media="application/cloudevents-batch+json")
    assert heavy.status_code == 413
    assert "1,048,576" in heavy.json()["detail"]

    many = guild.post([{}] * 1_001)
    assert many.status_code == 413
    assert "1,000" in many.json()["detail"]

    mixed = guild.post([contribution(1), contribution(2, title="x" * 70_000), contribution(3)])
    assert [row["outcome"] for row in mixed.json()] == ["stored", "refused", "stored"]


def test_a_body_without_a_length_is_limited_too(guild: Guild):
    pieces = (b" " * 10_000 for _ in range(20))
    headers = {"Authorization": f"Bearer {guild.poster}", "Content-Type": "application/cloudevents+json"}
    assert guild.client.post("/events", content=pieces, headers=headers).status_code == 413


def test_a_key_writes_into_its_own_community_only(guild: Guild):
    answer = guild.post(contribution(1) | {"community": ELSEWHERE})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/community"]


@pytest.mark.parametrize("key", ["gb_wrong", "nonsense", "gb_0011_" + "x" * 400, "gb_a_\x7f"])
def test_a_wrong_key_lets_nobody_in(guild: Guild, key):
    answer = guild.post(contribution(1), key=key)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_needs_the_scope(guild: Guild):
    assert guild.post(contribution(1), key=guild.reader).status_code == 403
    assert guild.post(contribution(1), key=guild.manager).status_code == 403
    assert guild.client.post("/events", json=contribution(1)).status_code == 401


def test_strange_facts_are_kept(guild: Guild):
    early = endorsement(99)
    long_ago = contribution(1, time="1970-01-01T00:00:00Z")
    ahead = contribution(2, time="2199-01-01T00:00:00Z")
    withdrawn = contribution(3) | {
        "id": "r1",
        "type": "org.guildbook.retraction.v1",
        "data": {"retracts": "never-seen", "reason": "mistake"},
    }
    rows = guild.post([early, long_ago, ahead, withdrawn]).json()
    assert [row["outcome"] for row in rows] == ["stored"] * 4


def test_a_conflict_is_shown_to_the_manager_where_it_differs_and_never_what(guild: Guild) -> None:
    first = contribution(1)
    guild.tell([first])
    guild.post({**first, "data": {**first["data"], "kind": "talk"}})
    page = guild.get(f"/manage/{COMMUNITY}/sources", Accept="text/html").text
    assert "<code>/data/kind</code>" in page
    assert "Gave a talk" not in page


OURS = ("guildbook:identity", "guildbook:assignments", "guildbook:fairness", "GuildBook:anything")
TAKES_BACK = {"retracts": "unlinked-1", "reason": "mistake"}


@pytest.mark.parametrize("source", OURS)
def test_nobody_speaks_in_our_name(guild: Guild, source: str):
    """What people decide here stands under sources of ours: a platform adds nothing to it, and takes nothing back."""
    forged = [event("retraction", 1, TAKES_BACK, source=source), contribution(2) | {"source": source}]
    alone = guild.post(forged[0], key=guild.linker)
    binary = guild.post(
        json.dumps(TAKES_BACK).encode(),
        key=guild.linker,
        media="application/json",
        **{f"ce-{name}": str(value) for name, value in forged[0].items() if name != "data"},
    )
    batch = guild.post([contribution(3), *forged], key=guild.linker).json()
    strict = guild.post([contribution(4), *forged], key=guild.linker, Prefer="handling=strict")
    lines = guild.post(as_lines([contribution(5, "bo"), *forged]), key=guild.linker, media=NDJSON)

    [fault] = alone.json()["errors"]
    assert (alone.status_code, fault["pointer"]) == (422, "/source")
    assert fault["message"] == f'wanted a source of your own; guildbook: is for what is decided here, got "{source}"'
    assert (binary.status_code, binary.json()["errors"]) == (422, [fault])
    assert [row["outcome"] for row in batch] == ["stored", "refused", "refused"]
    assert strict.status_code == 422
    assert {error["pointer"] for error in strict.json()["errors"]} == {"/1/source", "/2/source"}
    assert [row["outcome"] for row in lines.json()] == ["stored", "refused", "refused"]
    assert [fact.topic for fact in guild.here.book.read(COMMUNITY, 1, 9)] == ["contribution.v1"] * 2
