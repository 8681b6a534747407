"""RFC 3339 at the edges, whole microseconds inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from schemas.times import _parsed

SECOND = 1_000_000  # µs
LAST = schemas.parse_time("2200-12-31T23:59:59.999999Z")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01z", SECOND),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1970-01-01T00:00:00.0000019999Z", 1),
        ("1970-01-01T00:00:00.5+00:00", SECOND // 2),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:30:00-00:30", 0),
        ("2023-02-09T10:19:46.324Z", 1_675_937_986_324_000),
        ("2024-02-29T00:00:00-00:00", 1_709_164_800 * SECOND),
        ("1970-01-01T00:00:00.12345678901234567890123456+00:00", 123_456),
        ("1970-01-01T14:00:00.000001+14:00", 1),
        ("1970-01-01T01:39:00+00:99", 0),
    ],
)
def test_read(text, instant):
    assert schemas.parse_time(text) == instant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "wanted an RFC 3339 time"),
        ("yesterday", "got 'yesterday'"),
        ("2026-03-01", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00", "wanted an RFC 3339 time"),
        ("2026-03-01 10:00:00Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00Z", "wanted an RFC 3339 time"),
        ("20260301T100000Z", "wanted an RFC 3339 time"),
        ("2026-W09-1T10:00:00Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00,5Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00.Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00.1.2Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00.\u0665Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00.123456.123Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00.5", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00+0\u0665:00", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00Z\n", "wanted an RFC 3339 time"),
        ("٢٠٢٦-03-01T10:00:00Z", "wanted an RFC 3339 time"),
        ("2026-03-01T10:00:00+0100", "wanted an RFC 3339 time"),
        ("2026-02-29T10:00:00Z", "a date and clock time that exist"),
        ("2026-03-01T24:00:00Z", "a date and clock time that exist"),
        ("2026-03-01T10:00:00+24:00", "a date and clock time that exist"),
        ("0000-01-01T00:00:00Z", "a date and clock time that exist"),
        ("2016-12-31T23:59:60Z", "got the leap second"),
        ("1969-12-31T23:59:59.999999Z", "wanted a year from 1970 to 2200"),
        ("1970-01-01T00:00:00+00:01", "wanted a year from 1970 to 2200"),
        ("2201-01-01T00:00:00Z", "wanted a year from 1970 to 2200"),
        ("x" * 10_000, "xxx..."),
    ],
)
def test_refused_in_words(text, words):
    with pytest.raises(schemas.InvalidTimeError) as refusal:
        schemas.parse_time(text)
    assert words in str(refusal.value)
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (SECOND // 10, "1970-01-01T00:00:00.1Z"),
        (-SECOND, "1969-12-31T23:59:59Z"),
        (LAST, "2200-12-31T23:59:59.999999Z"),
    ],
)
def test_written(instant, text):
    assert schemas.format_time(instant) == text


@pytest.mark.parametrize("instant", [2**63, -(2**63), 10**30, 253_402_300_800 * SECOND, -62_135_596_801 * SECOND])
def test_what_no_calendar_holds_is_refused(instant):
    with pytest.raises(schemas.InvalidTimeError):
        schemas.format_time(instant)


@given(instant=st.integers(0, LAST))
def test_written_and_read_back(instant):
    assert schemas.parse_time(schemas.format_time(instant)) == instant


def outcome(read, text):
    """Return the instant `read` finds in `text`, or the words it refuses it with."""
    try:
        return read(text)
    except schemas.InvalidTimeError as error:
        return str(error)


DATES = ["1969-12-31", "1970-01-01", "2000-02-29", "2026-02-29", "2200-12-31", "2201-01-01", "2026-13-01", "2026-W09-1"]
CLOCKS = ["T00:00", "T23:59", "t10:30", "T24:00", " 10:00", "T10:60", "T1000", "T10:00:00", "T1\u0665:00"]
SECONDS = [":00", ":59", ":60", ":61", "", ":5", ":5\u0665"]
FRACTIONS = ["", ".5", ".123", ".123456", ".1234567", ",5", ".", ".1.2", ".-1", ".5\u0665"]
ZONES = [
    "Z",
    "z",
    "+00:00",
    "-00:00",
    "+14:00",
    "-23:59",
    "+24:00",
    "+00:99",
    "+0100",
    "+1:00",
    "",
    "Z\n",
    ".5Z",
    "Z.5",
]


@settings(max_examples=300)
@given(text=st.tuples(*map(st.sampled_from, [DATES, CLOCKS, SECONDS, FRACTIONS, ZONES])).map("".join))
def test_what_the_tables_say_is_what_the_rule_says(text):
    assert outcome(schemas.parse_time, text) == outcome(_parsed, text)


@given(day=st.dates().map(str), clock=st.times().map(str), zone=st.sampled_from(["Z", "+00:00", "-23:59", "+05:30"]))
def test_every_date_is_read_as_the_rule_reads_it(day, clock, zone):
    text = f"{day}T{clock}{zone}"
    assert outcome(schemas.parse_time, text) == outcome(_parsed, text)


@given(moment=st.datetimes())
def test_every_moment_is_written_as_the_calendar_has_it(moment):
    instant = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    assert schemas.format_time(instant) == f"{moment.replace(microsecond=0).isoformat()}{fraction}Z"


@given(text=st.text())
def test_text_raises_nothing_else(text):
    with pytest.raises(schemas.InvalidTimeError):
        schemas.parse_time(text)
