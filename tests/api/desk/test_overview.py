"""The overview: numbers with where they stood, what waits and where; and what takes long is found aside."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from api.desk import aside
from api.desk.aside import Aside
from tests.api.celebrating.test_celebrations import stamp, works
from tests.api.desk.forms import DESK, flat
from tests.api.desk.test_deciding import trouble
from tests.api.people import COMMUNITY, a_spring, account, event

if TYPE_CHECKING:
    from tests.api.conftest import Guild


def queues(page: str) -> dict[str, str]:
    """Return how many things wait, by where the page leads for them."""
    found = re.findall(rf'<a href="{DESK}/([a-z#/]+)"><span class="number">([\d,]+)</span>', page)
    return dict(found)


def counted(guild: Guild) -> str:
    """Return the overview once nothing of it is being counted any more."""
    deadline = time.monotonic() + 60
    while "The rest is being counted." in (page := guild.get(DESK).text):
        assert time.monotonic() < deadline
    return page


def test_numbers_say_whither_they_went(guild: Guild):
    guild.tell([*works("ada", ago=60), *works("bo", ago=3), *works("cy", ago=2, number=1)])
    page = flat(counted(guild))
    assert '<h3><a href="/manage/makers/members">Members</a></h3><p class="number">3</p>' in page
    assert "up from 1 four weeks ago" in page
    assert '<a href="/manage/makers/measures#weekly_active">Active this week</a>' in page
    assert "Ready to lead" in page


def test_each_queue_has_its_count_and_leads_there(guild: Guild):
    guild.tell(a_spring())
    guild.badge()
    guild.tell(trouble())
    case = {"case": "forum:case:1", "member": account("bo"), "action": "flagged", "severity": 2}
    guild.tell([event("moderation", 1, case, time=stamp(days=2))])
    page = counted(guild)
    assert queues(page) == {"review#doubts": "1", "review#accounts": "1", "review#cases": "1", "leaders#seats": "1"}
    for path in ("review", "leaders"):
        there = guild.get(f"{DESK}/{path}").text
        assert all(f'id="{where.partition("#")[2]}"' in there for where in queues(page) if where.startswith(path))


def test_where_nothing_waits_it_says_so(guild: Guild):
    page = counted(guild)
    assert "Rings and farming" in page
    assert queues(page) == {"leaders#seats": "1"}


def test_it_names_nobody_and_lists_nobody(spring: Guild):
    assert "Ada" not in spring.sign_in().get(DESK).text


def test_what_takes_long_is_waited_for_a_moment(guild: Guild, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(aside, "FIRST", 0.0)
    guild.tell(a_spring())
    page = guild.get(DESK).text
    assert "The rest is being counted." in page
    assert "Ready to lead" in counted(guild)


def test_what_was_found_before_is_told_meanwhile():
    found, gate = Aside[str](again=0.05), threading.Event()

    def slowly() -> str:
        gate.wait(10)
        return "later"

    try:
        assert found.soon(COMMUNITY, 1, lambda: "first") == "first"
        assert found.soon(COMMUNITY, 1, slowly) == "first"
        assert found.soon(COMMUNITY, 2, slowly) == "first"
        assert found.soon(COMMUNITY, 3, slowly) == "first"
        gate.set()
        deadline = time.monotonic() + 60
        while found.soon(COMMUNITY, 2, slowly) != "later":
            assert time.monotonic() < deadline
    finally:
        gate.set()
        found.close()


def test_what_cannot_be_found_is_said_and_tried_again():
    found = Aside[str]()

    def fails() -> str:
        raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        found.soon(COMMUNITY, 1, fails)
    assert found.soon(COMMUNITY, 1, lambda: "there") == "there"
    found.close()
