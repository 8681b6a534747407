"""Polling a real server: every record once, politely, and on from where it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from api.connecting.connector import every_connector
from api.installation import Installation, migrate
from api.pulling.errors import EndedError
from api.pulling.health import pulled
from api.pulling.polling import LEAST, Polling
from api.pulling.requests import Requests, seconds_of
from api.settings import Settings
from tests.api.people import COMMUNITY
from tests.api.pulling.conftest import facts, kinds, pull
from tests.api.pulling.platform import Platform, answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.sites import Authority

TOKEN = "a-key-that-nobody-may-see"
NOW = 1_790_000_000_000_000  # µs: September 2026
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def platform(authority: Authority) -> Iterator[Platform]:
    with answering(authority.context("localhost")) as found:
        yield found


@pytest.fixture
def here(tmp_path: Path, platform: Platform, authority: Authority) -> Iterator[Installation]:
    data = tmp_path / "data"
    settings = Settings(data=data, log_level="error", fetch_also=platform.origin, fetch_ca=authority.file)
    migrate(settings)
    found = Installation.open(settings)
    found.book.open_community(COMMUNITY, name="Makers")
    yield found
    found.close()


@dataclass
class Circle:
    """A Circle community that a test fills; 100 records a page, the newest first."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    rest: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    page: int = 3

    def on(self, platform: Platform) -> Circle:
        for name in ("community_members", "comments", "events", "event_attendees"):
            platform.lists[f"/api/admin/v2/{name}"] = partial(self.listed, name)
        platform.lists["/api/admin/v2/posts"] = lambda query: self.paged(self.posts[::-1], query)
        return self

    def listed(self, name: str, query: dict[str, str]) -> dict[str, Any]:
        return self.paged(self.rest.get(name, []), query)

    def paged(self, records: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        number = int(query["page"])
        some = records[(number - 1) * self.page : number * self.page]
        return {"page": number, "has_next_page": number * self.page < len(records), "records": some}

    def post(self, number: int, **more: Any) -> None:
        day = f"2026-03-{number:02}T10:00:00.000Z"
        told = {"id": number, "name": f"Post {number}", "user_id": 3, "user_name": "Ada", "published_at": day}
        self.posts.append({**told, "space_slug": "wood", "likes_count": 0, **more})


def polling(here: Installation, platform: Platform, name: str = "circle", **more: Any) -> Polling:
    connector = every_connector()[name]
    assert connector.poll is not None
    said = {"base": platform.origin, "token": TOKEN, "rest": lambda _: True, **more}
    requests = Requests(connector.poll, here.settings, **said)
    return Polling(here, connector, connector.poll, here.book.pulls.take(COMMUNITY, name), requests, clock=lambda: NOW)


def test_all_pages_are_taken_and_then_only_what_is_new(here: Installation, platform: Platform):
    circle = Circle().on(platform)
    for number in range(1, 9):
        circle.post(number)
    first = polling(here, platform).turn()
    assert (first.stored, first.refused, first.failed) == (8, 0, "")
    assert [each for each in platform.paths() if "posts" in each][-1].endswith("page=3")
    _, headers = platform.asked[0]
    assert headers["authorization"] == f"Bearer {TOKEN}"
    platform.asked.clear()
    circle.post(9)
    again = polling(here, platform).turn()  # as a process that begins anew
    assert again.stored == 1
    assert len([each for each in platform.paths() if "posts" in each]) == 1
    assert here.book.conflicts(COMMUNITY) == []
    assert TOKEN not in str(pull(here))
    (row,) = pulled(here, COMMUNITY, at=NOW)
    assert (row["state"], row["taken"], row["refused"], row["silent"]) == ("on", 9, 0, False)


def test_what_did_not_change_is_not_sent_again(here: Installation, platform: Platform):
    Circle().on(platform).post(1)
    poll = polling(here, platform)
    poll.turn()
    platform.asked.clear()
    assert poll.turn().stored == 0
    told = [headers.get("if-none-match") for address, headers in platform.asked if "posts" in address]
    assert len(told) == 1
    assert told[0] is not None
    assert kinds(here) == ["contribution"]


def test_a_walk_that_was_broken_off_goes_on_where_it_was(here: Installation, platform: Platform):
    circle = Circle().on(platform)
    for number in range(1, 13):
        circle.post(number)
    platform.nasties = [None, None, None, (503, {"Retry-After": "120"}, b"")]  # members, then two pages of posts
    poll = polling(here, platform)
    turn = poll.turn()
    assert (turn.stored, turn.after) == (6, 120.0)
    assert "answered 503" in turn.failed
    assert poll.later == 120.0
    (row,) = pulled(here, COMMUNITY, at=NOW)
    assert (row["state"], row["again"], row["said"]) == ("waiting", 1, turn.failed)
    circle.post(13)  # everything moves on by one
    platform.asked.clear()
    assert polling(here, platform).turn().stored == 6
    assert polling(here, platform).turn().stored == 1
    assert len(facts(here)) == 13
    assert here.book.conflicts(COMMUNITY) == []


def test_sessions_members_and_answers_are_told(here: Installation, platform: Platform):
    circle = Circle().on(platform)
    at = "2026-10-01T18:00:00.000Z"
    member = {"id": 12, "user_id": 3, "name": "Ada", "email": "ada@example.org", "created_at": at}
    circle.rest["community_members"] = [member]
    circle.rest["events"] = [{"id": 5, "name": "Ash", "starts_at": at, "ends_at": None, "created_at": at}]
    circle.rest["event_attendees"] = [
        {"id": 1, "event_id": 5, "community_member_id": 12, "rsvp_status": "yes", "rsvp_date": at}
    ]
    user = {"id": 3, "name": "Ada"}
    comment = {"id": 9, "created_at": at, "user": user, "post": {"id": 1}, "space": {"slug": "wood"}}
    circle.rest["comments"] = [{**comment, "parent_comment_id": None}]
    assert polling(here, platform).turn().refused == 0
    assert kinds(here) == ["membership", "identity", "contribution", "attendance", "attendance"]
    assert [each.open["state"] for each in facts(here)[3:]] == ["planned", "registered"]
    assert any("event_attendees?event_id=5" in each for each in platform.paths())
    assert polling(here, platform).turn().stored == 0


def test_counters_are_facts_where_they_changed(here: Installation, platform: Platform):
    counters = {"posts_read": 41, "days_visited": 7, "likes_given": 0}

    def directory(query: dict[str, str]) -> dict[str, Any]:
        users = [{"id": n, **counters, "user": {"id": n, "username": f"u{n}", "name": ""}} for n in range(1, 61)]
        start = int(query["page"]) * 50
        return {"directory_items": users[start : start + 50], "meta": {}}

    platform.lists["/directory_items.json"] = directory
    first = polling(here, platform, "discourse-counters").turn()
    assert (first.stored, first.requests, first.refused) == (120, 2, 0)
    assert platform.asked[0][1]["api-username"] == "system"
    assert platform.asked[0][1]["api-key"] == TOKEN
    told = facts(here)[0].open
    assert (told["metric"], told["value"], told["window"]) == ("posts-read", 41, "total")
    counters["days_visited"] = 8
    assert polling(here, platform, "discourse-counters").turn().stored == 60
    assert here.book.conflicts(COMMUNITY) == []


ODD: list[tuple[tuple[int, dict[str, str], bytes], str]] = [
    ((500, {}, b""), "answered 500"),
    ((200, JSON, b"<html>"), "wanted JSON"),
    ((200, JSON, b'{"records": 7}'), "wanted a list"),
    ((200, JSON, b'{"records": [{"id": 1, "created_at": "yesterday"}]}'), "cursor"),
    ((302, {"Location": "https://elsewhere.example/"}, b""), "elsewhere"),
    ((200, {"Content-Encoding": "gzip"}, b"x"), "compressed"),
]


def test_what_is_not_answered_is_told_and_tried_again(here: Installation, platform: Platform):
    circle = Circle().on(platform)
    poll = polling(here, platform)
    for number, (answer, words) in enumerate(ODD, 1):
        circle.post(number)
        platform.nasties = [answer]
        assert words in poll.turn().failed
        assert poll.turn().stored == 1
        assert pull(here).state == "on"


def test_a_key_that_is_not_taken_ends_it(here: Installation, platform: Platform):
    for status in (401, 403):
        platform.nasties = [(status, {}, b"")]
        with pytest.raises(EndedError, match="key is not taken"):
            polling(here, platform).turn()
        assert pull(here).state == "ended"


def test_a_loop_waits_longer_each_time_and_as_long_as_it_was_asked(here: Installation, platform: Platform):
    Circle().on(platform)
    platform.nasties = [(500, {}, b""), (500, {}, b""), (429, {"Retry-After": "4000"}, b"")]
    waits: list[float] = []

    def rest(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) < 6

    polling(here, platform).run(rest)
    assert waits[0] == 0
    assert LEAST * 0.9 <= waits[1] <= LEAST * 1.1
    assert LEAST * 1.8 <= waits[2] <= LEAST * 2.2
    assert waits[3] == 4000
    assert 810 <= waits[4] <= 990


def test_between_two_requests_there_is_a_pause(here: Installation, platform: Platform):
    Circle().on(platform)
    pauses: list[float] = []

    def rest(seconds: float) -> bool:
        pauses.append(seconds)
        return True

    polling(here, platform, rest=rest).turn()
    assert pauses == [1.0] * 3


NEAR = ("http://localhost", "https://127.0.0.1", "https://10.0.0.1", "https://localhost:1", "https://a.internal", "")


def test_nothing_is_asked_of_a_machine_that_is_not_public(here: Installation, platform: Platform):
    for base in NEAR:
        with pytest.raises(EndedError):
            polling(here, platform, base=base)
    assert platform.asked == []


def test_a_date_is_heeded_too():
    assert seconds_of("Mon, 21 Sep 2026 14:15:30 GMT", 1_790_000_000) == pytest.approx(130, abs=1)
    assert seconds_of("Mon, 21 Sep 2020 14:15:30 GMT", 1_790_000_000) == 0
    assert seconds_of("99999999999", 0) == 86_400
    assert seconds_of("soon", 0) is None
    assert seconds_of("", 0) is None
