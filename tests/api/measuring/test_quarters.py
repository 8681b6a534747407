"""Quarters of a community's calendar, and when what is said of one is settled."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.measuring.quarters import Quarter, ended, settled

LONDON = ZoneInfo("Europe/London")
Q3 = Quarter(2026, 3)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize("text", ["", "2026", "2026-Q5", "2026-Q0", "2026-q3", "1969-Q4", "2200-Q1"])
def test_what_names_no_quarter(text):
    assert Quarter.named(text) is None


def test_a_quarter_and_its_neighbours():
    assert Quarter.named("2026-Q3") == Q3
    assert (Q3.name, Q3.words) == ("2026-Q3", "third quarter of 2026")
    assert (Q3.before, Q3.after) == (Quarter(2026, 2), Quarter(2026, 4))
    assert Quarter(2026, 1).before == Quarter(2025, 4)
    assert Quarter(2025, 4).after == Quarter(2026, 1)


def test_a_quarter_is_of_the_communitys_calendar():
    assert Q3.begins(LONDON) == at("2026-06-30T23:00:00Z")
    assert Q3.ends(LONDON) == at("2026-09-30T23:00:00Z")
    assert Quarter.at(at("2026-06-30T23:30:00Z"), LONDON) == Q3
    assert Quarter.at(at("2026-06-30T23:30:00Z"), UTC) == Quarter(2026, 2)


def test_a_quarter_is_frozen_as_it_was_known_at_its_end():
    now = at("2026-11-23T00:00:00Z")
    assert settled(Q3, UTC, at("2026-01-01T00:00:00Z"), now) == (Q3.ends(UTC), True, False)


def test_a_quarter_that_has_not_ended_is_not_frozen():
    now = at("2026-08-01T00:00:00Z")
    assert settled(Q3, UTC, at("2026-01-01T00:00:00Z"), now) == (now, False, False)


def test_a_quarter_that_was_brought_in_later_settles_with_the_one_in_which_it_was():
    imported, now = at("2026-11-20T00:00:00Z"), at("2026-11-23T00:00:00Z")
    assert settled(Q3, UTC, imported, now) == (now, False, True)
    later = at("2027-02-01T00:00:00Z")
    assert settled(Q3, UTC, imported, later) == (at("2027-01-01T00:00:00Z"), True, True)


def test_the_quarters_that_have_ended():
    now = at("2026-11-23T00:00:00Z")
    assert ended(at("2026-04-02T00:00:00Z"), now, UTC, 9) == [Q3, Quarter(2026, 2)]
    assert ended(at("2020-04-02T00:00:00Z"), now, UTC, 1) == [Q3]
    assert ended(now, now, UTC, 9) == []
