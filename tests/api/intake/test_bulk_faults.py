"""Bad input in bulk: each fault is told by index and pointer, and all else is stored once, however often it comes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import COMMUNITY, ELSEWHERE, contribution
from tests.schemas import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.api.conftest import Guild

NDJSON = "application/x-ndjson"
LINES, BATCH = 10_000, 1_000
LONGEST = 65_536  # bytes of an event
EARLIER = "stored-long-before"

# Lines that are no JSON we take, with words of the fault that each has as a whole
MALFORMED: list[tuple[bytes, str]] = [
    (b'{"specversion":"1.0","id":', "got the end of the text"),
    (b"{'id': 1}", "at line 1, column 2"),
    (b"id,source,type", "wanted JSON"),
    (b"{} {}", "Extra data"),
    (b'{"id":1,}', "wanted JSON"),
    (b'{"id":"a\tb"}', "wanted JSON"),
    (b'{"id":"caf\xe9"}', "got byte 0xe9 at offset 10"),
    (b'\xef\xbb\xbf{"id":1}', "byte order mark"),
    (b'{"id":NaN}', "wanted a finite number"),
    (b'{"id":1e400}', "wanted a finite number"),
    (b'{"id":12345678901234567890}', "wanted an integer within"),
    (b'{"id":"\\ud800"}', "lone surrogates"),
    (b'{"id":"\\u0000"}', "U+0000"),
    (b'{"id":"a","id":"a"}', "got 'id' twice"),
    (b'{"data":{"kind":"post","\\u006bind":"talk"}}', "got 'kind' twice"),
    (b'{"data":' + b"[" * 40 + b"]" * 40 + b"}", "32 levels"),
    (b"[" * 30_000, "32 levels"),
]
NO_EVENTS: list[Any] = ["text", [], None, 7, True]


@dataclass
class Post:
    """What is posted, and what must become of each part of it, by its index from 0."""

    parts: list[Any] = field(default_factory=list)
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)  # pointer and words of the one fault
    repeats: dict[int, int] = field(default_factory=dict)  # the index it repeats
    conflicts: set[int] = field(default_factory=set)  # of another kind than what is stored
    blank: set[int] = field(default_factory=set)

    def add(self, part: Any) -> int:
        self.parts.append(part)
        return len(self.parts) - 1

    def add_faulty(self, part: Any, pointer: str, words: str) -> None:
        self.refused[self.add(part)] = pointer, words

    def add_again(self) -> None:
        """Add an event, the same again, the same with another content, and one that was stored otherwise before."""
        event = contribution(f"again-{len(self.parts)}")
        first = self.add(event)
        self.repeats[self.add(event)] = first
        self.conflicts |= {self.add(event | {"data": event["data"] | {"kind": "talk"}})}
        self.conflicts |= {self.add(contribution(EARLIER, kind="talk"))}

    def add_blank(self, part: bytes) -> None:
        self.blank.add(self.add(part))

    def check(self, rows: list[dict[str, Any]], *, again: list[dict[str, Any]]) -> None:
        """Hold the rows of a first and a second post against what must be."""
        assert [row["index"] for row in rows] == [at for at in range(len(self.parts)) if at not in self.blank]
        position = {row["index"]: row["position"] for row in rows}
        for row, later in zip(rows, again, strict=True):
            match row["index"]:
                case index if index in self.refused:
                    assert_refused(row, *self.refused[index])
                    assert later == row
                case index if index in self.conflicts:
                    assert row["outcome"] == "conflict"
                    assert [error["pointer"] for error in row["errors"]] == ["/data/kind"]
                    assert later == row
                case index:
                    first = self.repeats.get(index)
                    assert row["outcome"] == ("stored" if first is None else "duplicate"), row
                    assert first is None or row["position"] == position[first]
                    assert later == row | {"outcome": "duplicate"}


def assert_refused(row: dict[str, Any], pointer: str, words: str) -> None:
    assert (row["outcome"], row["position"]) == ("refused", None), row
    assert {error["pointer"] for error in row["errors"]} == {pointer}
    assert any(words in error["message"] for error in row["errors"]), (words, row)


def good(number: int) -> dict[str, Any]:
    return contribution(number, author=f"member{number % 97}", time=f"2026-03-01T10:{number % 60:02}:00.5Z")


def faulty_events() -> Iterator[tuple[Any, str, str]]:
    """Yield one for each keyword of the schemas that an event can break, with its pointer and words."""
    for number, (event, pointer, words) in enumerate(corpus.faulty()):
        named = {} if pointer == "/id" else {"id": f"faulty-{number}"}
        placed = {} if pointer == "/community" else {"community": COMMUNITY}
        yield event | named | placed, pointer, words
    yield contribution("elsewhere") | {"community": ELSEWHERE}, "/community", f"wanted {COMMUNITY}"
    yield contribution("overlong", title="x" * LONGEST), "", "wanted at most 65,536 bytes"
    yield from ((what, "", "wanted an event (a JSON object)") for what in NO_EVENTS)


def spread(length: int, odd: Iterable[Callable[[Post], None]]) -> Post:
    """Return a post of `length` parts, the odd ones at even distances among good ones."""
    post, adding = Post(), list(odd)
    for number, add in enumerate(adding):
        while len(post.parts) < length * number // len(adding):
            post.add(good(len(post.parts)))
        add(post)
    while len(post.parts) < length:
        post.add(good(len(post.parts)))
    return post


def oddities(events: Iterable[tuple[Any, str, str]]) -> list[Callable[[Post], None]]:
    return [lambda post, each=each: post.add_faulty(*each) for each in events]  # type: ignore[misc]


def line(part: Any) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def as_posted(guild: Guild, body: Any, media: str = "") -> list[dict[str, Any]]:
    answer = guild.post(body, media=media)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


def assert_stored_once(guild: Guild, post: Post, body: Any, media: str = "") -> None:
    """Post `body` twice, hold both answers against what must be, and find what is good in the book once."""
    before = guild.post(contribution(EARLIER)).json()["position"]
    rows = as_posted(guild, body, media)
    post.check(rows, again=as_posted(guild, body, media))
    facts = guild.here.book.read(COMMUNITY, before, 2 * len(post.parts))
    kept = [fact.position for fact in facts if fact.topic == "contribution.v1"]
    assert kept == [row["position"] for row in rows if row["outcome"] == "stored"]


def test_a_stream_of_ten_thousand_lines_with_one_in_a_hundred_at_fault(guild: Guild):
    malformed = [(raw, "", words) for raw, words in MALFORMED]
    blanks = [b"", b"   ", b"\r", b"\t"]
    post = spread(
        LINES,
        [
            *oddities([*faulty_events(), *malformed]),
            Post.add_again,
            *(lambda post, raw=raw: post.add_blank(raw) for raw in blanks),
            Post.add_again,
        ],
    )
    assert 0.009 < (len(post.refused) + len(post.conflicts)) / LINES < 0.012

    assert_stored_once(guild, post, b"\n".join(map(line, post.parts)), NDJSON)


def test_a_batch_of_a_thousand_events_with_one_of_each_fault(guild: Guild):
    post = spread(BATCH, [*oddities(faulty_events()), Post.add_again, Post.add_again])
    assert len(post.parts) == BATCH
    assert_stored_once(guild, post, post.parts)


@pytest.mark.parametrize("raw", [raw for raw, _ in MALFORMED], ids=count())
def test_a_batch_with_malformed_json_anywhere_is_no_batch(spring: Guild, raw):
    before = spring.here.book.head(COMMUNITY)
    parts = [line(good(number)) for number in range(BATCH - 1)]
    answer = spring.post(
        b"[" + b",".join([*parts[:700], raw, *parts[700:]]) + b"]", media="application/cloudevents-batch+json"
    )
    assert answer.status_code == 400
    assert "wanted " in answer.json()["detail"]
    assert spring.here.book.head(COMMUNITY) == before
