"""What a plot says and where it puts things, counted by hand."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.measuring.plots import Bar, Cell, Marks, bars, figure, marks_of, points_of, series, spark, square, trend
from api.measuring.plots.figures import stretch, tick
from api.measuring.plots.scale import apart, scale
from tests.api.measured import measure, weeks

SVG = "{http://www.w3.org/2000/svg}"


def shares(*values: float | None, n: int | None = 40):
    return points_of(weeks(*values, n=n))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def paths(drawing, kind: str) -> list[str]:
    """Return the ways of a drawing's paths of a class, in order."""
    svg = ET.fromstring(drawing.printed())  # noqa: S314  our own
    return [one.get("d", "") for one in svg.iter(f"{SVG}path") if one.get("class") == kind]


def words(drawing) -> list[str]:
    svg = ET.fromstring(drawing.printed())  # noqa: S314
    return [plain(one.text or "") for one in svg.iter(f"{SVG}text")]


# Words


def test_a_trend_is_a_sentence():
    told = trend("Weekly active", shares(0.12, 0.45, 0.31), "share", Marks(target=0.3))
    assert plain(told) == (
        "Weekly active: 31 % in the week of 8 June, between 12 % and 45 % in the 2 weeks before, "
        "the target of 30 % was reached in 2 of these 3 weeks."
    )


def test_where_less_is_better_the_target_is_reached_below_it():
    told = trend("First answer", shares(30, 20, 40), "hours", Marks(target=24, less=True))
    assert plain(told).endswith("the target of 24 hours was reached in 1 of these 3 weeks.")


def test_weeks_without_a_value_are_not_counted():
    told = plain(trend("Gain", shares(None, 0.2, None, 0.2, 0.2, None), "share", Marks()))
    assert told == "Gain: 20 % in the week of 22 June, 20 % in each of the 2 weeks before."


def test_the_first_week_has_nothing_before_it():
    assert plain(trend("Posts", shares(1_204), "count", Marks())) == "Posts: 1,204 in the week of 25 May."
    assert trend("Posts", shares(None), "count", Marks()) == "Posts: nothing is known yet."


def test_several_weeks_are_called_by_their_last_day():
    assert stretch(date(2026, 5, 25), date(2026, 8, 24), year=2026) == "the 13 weeks to 23 August"
    assert stretch(date(2025, 12, 29), date(2026, 1, 5), year=2026) == "the week of 29 December 2025"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.305, "share", "30 %"),
        (0.006, "share", "1 %"),
        (1204, "count", "1,204"),
        (2.5, "count", "2.5"),
        (1, "hours", "1 hour"),
        (5.24, "hours", "5.2 hours"),
        (47.9, "hours", "48 hours"),
        (60, "hours", "2.5 days"),
        (1.44, "points", "+1.4 points"),
        (-1, "points", "-1 point"),
        (0.84, "ratio", "0.8 times"),
        (12.3, "number", "12"),
        (None, "share", "\u2013"),
    ],
)
def test_numbers_have_their_units(value, unit, said):
    assert plain(figure(value, unit)) == said


# Places


def test_an_axis_begins_at_nothing_and_has_few_round_numbers():
    assert scale([0.12, 0.45], 100, 0).ticks == [0, 0.2, 0.4, 0.6]
    assert scale([7], 100, 0, whole=True).ticks == [0, 5, 10]
    assert scale([1], 100, 0, whole=True).ticks == [0, 1]
    assert scale([-0.1, 0.3], 100, 0).ticks == [-0.2, 0, 0.2, 0.4]
    assert scale([0, 0], 100, 0).ticks == [0, 0.5]
    axis = scale([0.12, 0.45], 100, 40)
    assert [round(axis.at(value), 9) for value in (0, 0.3, 0.6)] == [100, 70, 40]


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-6), max_size=8))
def test_every_value_is_on_its_axis(values):
    axis = scale(values, 100, 0)
    assert len(axis.ticks) <= 6
    assert all(-1e-6 <= axis.at(value) <= 100 + 1e-6 for value in (0, *values))


@given(st.lists(st.floats(0, 120), max_size=3))
def test_labels_never_touch(wanted):
    places = apart(wanted, 13, 12, 120)
    ordered = sorted(places)
    assert all(after - before >= 13 - 1e-9 for before, after in pairwise(ordered))
    assert all(place <= 120 for place in places)


def test_a_share_is_a_line_between_points():
    """At 0 % to 60 % over 114 units of height; three weeks over 228 of width, each in the middle of its third."""
    drawn = series("Weekly active", shares(0.12, 0.6, 0.3), "share", Marks(target=0.3, claim=0.45))
    assert paths(drawn, "line") == ["M78 103.2L154 12L230 69"]  # 126 - 0.12 / 0.6 * 114, ...
    assert paths(drawn, "dots") == ["M230 69h0"]
    assert paths(drawn, "target") == ["M40 69H268"]
    assert paths(drawn, "claim") == ["M40 40.5H268"]
    assert words(drawn) == ["Jun", "0 %", "20 %", "40 %", "60 %", "30 %", "target 30 %", "claimed 45 %"]
    assert plain(drawn.says).endswith("Dashed: 45 %, which is claimed elsewhere and not promised.")


def test_long_waits_are_told_in_days():
    drawn = series("First answer", shares(10, 60), "hours", Marks(target=24, less=True))
    assert [one for one in words(drawn) if one[0].isdigit()] == ["0 d", "1 d", "2 d", "3 d", "2.5 days"]
    short = series("First answer", shares(10, 40), "hours", Marks())
    assert [one for one in words(short) if one[0].isdigit()] == ["0 h", "20 h", "40 h", "40 hours"]


def test_where_nothing_is_known_the_line_is_broken():
    drawn = series("Gain", shares(0.6, 0.6, None, 0.3), "share", Marks())
    assert paths(drawn, "line") == ["M68 12L126 12"]
    assert paths(drawn, "dots") == ["M240 69h0"]  # which stands alone


def test_an_axis_of_another_plot_is_used_again():
    one, other = (series("Gain", shares(value, 0.6), "share", Marks()) for value in (0.1, 0.3))
    assert one.axis == other.axis
    assert '<use href="#weeks"/>' in one.inline(other.axis)
    assert ">Jun<" not in one.inline(other.axis)
    assert ">Jun<" in one.inline(series("Gain", shares(*[0.1] * 9), "share", Marks()).axis)
    assert ">Jun<" in one.printed()


def test_what_is_counted_stands_in_columns():
    drawn = series("Posts", shares(0, 2, 4), "count", Marks())
    assert paths(drawn, "columns") == ["M127.4 126v-57h53.2v57M203.4 126v-114h53.2v114"]
    assert paths(drawn, "line") == []


def test_of_few_people_it_is_hollow():
    told = [*weeks(0.2, 0.4, n=4), *weeks(0.3, n=5)]
    drawn = series("Weekly active", points_of(told), "share", Marks())
    assert paths(drawn, "few") == paths(drawn, "inner")
    assert len(paths(drawn, "few")[0].split("M")) == 3  # two of them
    assert len(paths(drawn, "dots")[0].split("M")) == 2  # the last
    counted = series("Posts", points_of(told), "count", Marks())
    assert [len(paths(counted, kind)[0].split("M")) - 1 for kind in ("hollow", "columns")] == [2, 1]


def test_months_stand_where_they_begin():
    summer = series("Weekly active", shares(*[0.5] * 26), "share", Marks())
    assert [one for one in words(summer) if "%" not in one] == ["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]  # one of May
    winter = points_of(weeks(*[0.5] * 26, first=date(2026, 11, 2)))
    months = [one for one in words(series("Posts", winter, "share", Marks())) if "%" not in one]
    assert months == ["Nov", "Dec", "2027", "Feb", "Mar", "Apr"]


def test_a_drawing_says_what_it_shows():
    drawn = series("<Weekly> & active", shares(0.2), "share", Marks())
    html = drawn.inline()
    assert 'role="img"' in html
    assert "<title>&lt;Weekly&gt; &amp; active</title>" in html
    assert "<desc>&lt;Weekly&gt; &amp; active: 20\u00a0% in the week of 25 May.</desc>" in html
    assert "style=" not in html


def test_a_spark_has_its_target_and_its_last():
    drawn = spark("Weekly active", shares(0, 0.5, 1), "share", Marks(target=0.5))
    assert paths(drawn, "line") == ["M4 28L60 16L116 4"]
    assert paths(drawn, "target") == ["M0 16H120"]
    assert paths(drawn, "dots") == ["M116 4h0"]
    assert words(drawn) == []


def test_bars_say_on_how_many_they_rest():
    drawn = bars("Stayed", [Bar("No ties", 0.25, 4), Bar("3 or more", 1.0, 20)], "share")
    assert plain(drawn.says) == "Stayed: No ties 25 % (n 4); 3 or more 100 % (n 20)."
    widths = re.findall(r'class="(\w+)" x="0.6" y="\d+" width="([\d.]+)"', drawn.body)
    assert widths == [("track", "270"), ("hollow", "67.5"), ("track", "270"), ("bar", "270")]


def test_bars_of_counts_are_beside_the_longest():
    drawn = bars("Kinds", [Bar("post", 30), Bar("reply", 60), Bar("answer", 0)], "count")
    assert re.findall(r'class="(\w+)" x="0.6" y="\d+" width="([\d.]+)"', drawn.body) == [("bar", "135"), ("bar", "270")]


def test_a_square_is_deeper_where_more_is_done():
    cells = [Cell("Live", "alone", 0.5, 10), Cell("Live", "together", 0.5, 10), Cell("Later", "alone", 0, 0)]
    drawn = square("Ways", [*cells, Cell("Later", "together", None, None)])
    assert plain(drawn.says) == "Ways: Live, alone 50 %; Live, together 50 %; Later, alone 0 %; Later, together \u2013."
    assert re.findall(r'fill-opacity="([\d.]+)"', drawn.body) == ["0.17", "0.17"]


def test_marks_are_read_from_a_measure():
    claimed = {"value": 0.4, "words": "claimed"}
    assert marks_of(measure(reference=claimed)) == Marks(0.3, 0.4)
    assert marks_of(measure(target=None, least=True)) == Marks(None, None, less=True)
    assert tick(0.125, "share").startswith("12")
