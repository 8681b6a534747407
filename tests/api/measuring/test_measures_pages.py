"""The page of measures: what stands where, what it says of nothing, and how heavy it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api.measuring.groups import FILLED, GROUPS, HEADLINES, SCORECARDS
from api.measuring.shown import MOST_PEOPLE, card, shown
from api.words.rendering import Pages
from projections import MEASURES
from tests.api.measured import answer, measure, weeks
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

PAGE = f"/manage/{COMMUNITY}/measures"
HEAVIEST = 100_000  # bytes


def page(*measures: dict[str, Any]) -> str:
    context = {
        "community": {"slug": "makers", "name": "The Makers"},
        "as_of": "2026-11-23T00:00:00Z",
        "form": {"as_of": "", "error": ""},
        "quarters": [],
        **shown(answer(*measures)),
    }
    return Pages().text("measures.html", context)


def words(html: str) -> str:
    """Return the words of a page, without what is drawn."""
    bare = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", bare).replace("\u00a0", " ").split())


def test_every_measure_has_its_place():
    placed = [*SCORECARDS, *(name for group in GROUPS for name in group.measures)]
    assert sorted(placed) == sorted(MEASURES)
    assert {*HEADLINES, *FILLED} <= {*MEASURES}


def test_a_measure_that_has_no_place_is_shown_all_the_same():
    text = words(page(measure("humming", name="Humming")))
    assert "Others What else is measured. Humming 31 %" in text


def test_whether_a_target_is_met_is_said_in_words():
    text = words(
        page(
            measure(),
            measure("newcomers_answered", value=0.2, met=False),
            measure("member_led", target=None, met=None),
            measure("first_answer_hours", unit="hours", value=5.2, target=24, least=True),
        )
    )
    assert "met : target 30 % · n 42" in text or "met: target 30 % · n 42" in text
    assert "not met: target 30 %" in text
    assert "no target" in text
    assert "met: target at most 24 hours" in text


def test_the_headlines_come_first():
    html = page(measure("member_led", name="Led by members"), measure())
    assert html.index('class="headlines"') < html.index('id="reach"')
    heads = re.findall(r'<h3><a href="#(\w+)">', html)
    assert heads == ["weekly_active", "member_led"]
    assert all(f'id="{name}"' in html for name in heads)


def test_where_there_is_nothing_it_is_said_why_and_what_fills_it():
    empty = measure("pre_post_gain", value=None, n=0, met=None, series=weeks(None, None), why_none="nobody was asked")
    text = words(page(empty))
    assert "Nobody was asked." in text
    assert "What fills it: a response to the same question in the phase pre and in post" in text
    assert card(empty)["plot"] is None
    assert card(empty)["figures"] == []


def test_a_measure_without_a_reason_says_so_too():
    text = words(page(measure(value=None, met=None, why_none="", series=weeks(None))))
    assert text.count("Nothing is known yet.") == 2  # among the headlines, and in its place


def test_the_figures_are_those_of_the_plot():
    told = card(measure(series=weeks(0.12, None, 0.31)))
    plain = [tuple(cell.replace("\u00a0", " ") for cell in row) for row in told["figures"]]
    assert plain == [("14 Jun 2026", "31 %", "40"), ("7 Jun", "\u2013", "40"), ("31 May", "12 %", "40")]


def test_of_long_windows_every_fourth_week_is_told():
    series = [one | {"from": "2026-01-05"} for one in weeks(*(n / 10 for n in range(9)))]
    told = card(measure(series=series))["figures"]
    assert [row[1].replace("\u00a0", " ") for row in told] == ["80 %", "40 %", "0 %"]


def test_tables_are_drawn_where_a_picture_says_it_sooner():
    rows = [["Live", 0, 3], ["In one's own time", 1, 0]]
    mix = {"columns": ["", "Alone", "Together"], "units": ["text", "count", "count"], "rows": rows}
    drawn = card(measure("mix", table=mix))["table"].drawing
    assert "Live, together 75\u00a0%" in drawn.says
    kinds = {"columns": ["Kind", "In the week"], "units": ["text", "count"], "rows": [["post", 7], ["reply", 14]]}
    assert card(measure("conversation", table=kinds))["table"].drawing.says.endswith("post 7; reply 14.")
    stayed = {
        "columns": ["Ties", "Members", "Active later"],
        "units": ["text", "count", "share"],
        "rows": [["none", 4, 0.5], ["3 to 9", 10, 1]],
    }
    told = card(measure("ties_retention", table=stayed))["table"]
    assert told.drawing.says.endswith("Active later: none 50\u00a0% (n\u00a04); 3 to 9 100\u00a0% (n\u00a010).")
    assert told.closed


def test_who_stayed_is_shaded():
    rows = [["2026-05", 8, 1.0, 0.5, None]]
    table = {"columns": ["Came in", "n", "0", "1", "2"], "units": ["text", "count", *["share"] * 3], "rows": rows}
    told = card(measure("retention", table=table))["table"]
    assert told.wide
    assert not told.closed
    assert told.rows == [[("2026-05", None), ("8", None), ("100\u00a0%", 5), ("50\u00a0%", 3), ("", None)]]


def test_a_scorecard_says_which_part_lacks_what():
    def line(part: str, *, met: bool | None) -> dict[str, Any]:
        return {"part": part, "name": f"{part} line", "measure": None, "value": None, "met": met, "words": "so many"}

    lines = [line("Domain", met=True), line("Domain", met=False), line("Practice", met=None)]
    html = page(measure("elements", name="Three elements", parts=lines))
    dials = card(measure("elements", parts=lines))["parts"]
    assert [(one["name"], one["met"], one["held"], one["of"]) for one in dials] == [
        ("Domain", False, 1, 2),
        ("Practice", None, 0, 0),
    ]
    assert "Domain 1 of 2 : not yet" in words(html)
    assert "Practice : not known" in words(html)


def test_what_others_wrote_stays_text():
    evil = "<script>alert(1)</script>"
    people = [{"member": "a" * 26, "name": evil, "words": evil}]
    table = {"columns": [evil, evil], "units": ["text", "count"], "rows": [[evil, 1], [evil, 2]]}
    html = page(measure("support", name=evil, definition=evil, people=people, table=table))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_page_is_light():
    """With every measure, half a year of weeks, tables and the longest lists of people."""
    series = weeks(*(n / 26 for n in range(26)))
    people = [{"member": f"{n:026}", "name": "Maria Guadalupe Fernández", "words": "asked twice"} for n in range(100)]
    told = [
        measure(name, series=series, people=people if name in {"support", "isolated", "pipeline"} else None)
        for name in MEASURES
    ]
    html = page(*told)
    assert len(html.encode()) < HEAVIEST
    assert html.count("Maria Guadalupe") == 3 * MOST_PEOPLE
    assert "And 94 more" in html


# Of a real community


def test_who_may_need_a_hand_is_named_for_managers(spring: Guild):
    html = spring.get(f"{PAGE}?as_of=2026-03-10").text
    assert re.search(rf'<a href="/c/{COMMUNITY}/m/[a-z2-7]{{26}}">[^<]+</a>', html)
    assert [spring.get(PAGE, key).status_code for key in ("", spring.reader, spring.stranger)] == [401, 403, 404]


def test_a_day_is_its_beginning_in_the_communitys_zone(spring: Guild):
    html = spring.get(f"{PAGE}?as_of=2026-03-10").text
    assert "10 March 2026" in html
    assert 'value="2026-03-10"' in html


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-03-10T25:00:00Z", "9999-12-31", "0001-01-01", "<b>"])
def test_a_day_that_cannot_be_is_said_beside_its_field(spring: Guild, text):
    bearer = {"Authorization": f"Bearer {spring.manager}"}
    answered = spring.client.get(PAGE, params={"as_of": text}, headers=bearer)
    assert answered.status_code == 422
    assert 'aria-describedby="as_of-error"' in answered.text
    assert "Wanted a day" in answered.text
    assert "<b>" not in answered.text


def test_a_day_to_come_is_refused(spring: Guild):
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    answered = spring.get(f"{PAGE}?as_of={tomorrow}")
    assert answered.status_code == 422
    assert "Wanted a day that has begun" in answered.text


def test_the_quarters_that_ended_are_listed(spring: Guild):
    html = spring.get(PAGE).text
    assert f'href="/manage/{COMMUNITY}/quarters/2026-Q1"' in html
    assert f'href="/manage/{COMMUNITY}/quarters/2026-Q1.pdf"' in html
    assert f'href="{PAGE}?as_of=2026-04-01"' in html


def test_a_row_keeps_the_places_of_what_is_not_known(spring: Guild):
    told = spring.get(f"/communities/{COMMUNITY}/measures/retention?as_of=2026-03-10T00:00:00Z").json()
    table = told["measures"][0]["table"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert table["rows"][-1][2:] == [None] * 7
