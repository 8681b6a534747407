"""The studies of `bench/studies`: that what they say is what the product itself would say, and that they repeat."""

from __future__ import annotations

import json
import os
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.studies import candidates, maintainers, meetings
from bench.studies.histories import appointed, events, facts, folded, of_areas, unlinked
from bench.studies.readings import GRANT, Readings, granted
from bench.studies.scoring import DAY, YEAR, Score, Window, by_year, calls, leads, lists, matched, quartiles, score
from bench.studies.tables import replaced, table
from projections import preset
from projections.charters.charter import parse_charter
from projections.fold.people import Account
from projections.fold.spans import DOOM
from schemas import format_time, parse_time
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("GUILDBOOK_STUDY_DATA", ROOT.parent / "shared" / "data"))
REPORTS = ROOT / "docs" / "studies"
START = parse_time("2014-01-01T00:00:00Z")
PEOPLE = 30
SVG = "{http://www.w3.org/2000/svg}"


def event(name: str, number: int, time: int, **data: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"{name}/{number}",
        "source": "https://git.example",
        "type": f"org.guildbook.{name}.v1",
        "time": format_time(time),
        "community": "guild",
        "data": data,
    }


def git(person: object) -> dict[str, str]:
    return {"platform": "git", "id": str(person)}


def life(seed: int = 3, many: int = 1_500) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return eight years of a small project, and who was appointed in it: those who are often there, in time."""
    rng = random.Random(seed)  # noqa: S311  a story, not a secret
    told: list[dict[str, object]] = []
    works: list[tuple[str, int]] = []
    for number in range(many):
        time = START + number * 8 * YEAR // many
        person = min(int(rng.expovariate(0.3)), PEOPLE - 1)
        if works and rng.random() < 0.4:
            item, author = rng.choice(works[-40:])
            told.append(
                event(
                    "endorsement",
                    number,
                    time,
                    endorser=git(person),
                    endorsee=git(author),
                    item=item,
                    strength=rng.choice(["review", "attest"]),
                )
            )
        else:
            item = f"git:guild/{number}"
            works.append((item, person))
            space = f"area{rng.randrange(14)}/part"
            told.append(
                event(
                    "contribution",
                    number,
                    time,
                    author=git(person),
                    item=item,
                    kind="code",
                    outcome="merged",
                    space=space,
                )
            )
        if number % 300 == 299:
            other = {"member": git(person), "account": git(PEOPLE + number), "change": "linked", "method": "import"}
            told.append(event("identity", number, time, **other))
    roles = []
    for number, day in enumerate((30, 700, 1100, 1500, 1900, 2300, 2400, 2500)):
        given = {"member": git(7 - number), "kind": "role", "value": "maintainer", "change": "started"}
        roles.append(event("assignment", number, START + day * DAY, **given))
    return told, roles


def lines(path: Path, told: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    return path


def test_a_history_comes_out_as_it_would_from_a_book(tmp_path):
    told, _ = life()
    world = World(str(tmp_path / "book.sqlite"), tmp_path / "data")
    try:
        document = candidates.former()
        world.publish(document)
        world.tell(*told)
        straight = folded(facts(told), parse_charter(document))
        levels = []
        for number in range(PEOPLE):
            account = world.book.account("guild", "git", str(number))
            if account is None:
                continue
            theirs = world.timelines()[world.standings.root("guild", account)]
            ours = straight.derived[straight.history.people.root(Account(f"git:{number}"))]
            levels += ours.levels
            assert (theirs.levels, theirs.grants, theirs.rules) == (ours.levels, ours.grants, ours.rules)
        assert levels
    finally:
        world.close()


def test_the_chosen_rule_is_the_preset_s_and_the_engine_agrees_with_the_readings():
    told, _ = life()
    community = folded(facts(told), preset("open-source"))
    ready = Readings(community).ready(candidates.read(candidates.CHOSEN))
    assert ready
    assert granted(community) == ready
    rule = next(rule for rule in parse_charter(preset("open-source")).rules if rule.grants == GRANT)
    asked = {leaf.subject: leaf.at_least for leaf in rule.leaves if leaf.measure != "open"}
    assert asked == {leaf.subject: leaf.at_least for leaf in candidates.read(candidates.CHOSEN).leaves}


def test_every_candidate_is_tried_once_and_the_chosen_one_is_among_them_or_between_them():
    tried = [json.dumps(one) for one in candidates.candidates()]
    assert len(set(tried)) == len(tried)
    assert json.dumps(candidates.CHOSEN) in tried


def test_candidates_are_scaled_and_thinned():
    assert candidates.scaled(candidates.CHOSEN, 2)[2] == {"days": 16, "people": 10, "areas": 20}
    assert candidates.scaled(candidates.CHOSEN, 0.5, "areas")[2] == {"days": 8, "people": 5, "areas": 5}
    assert candidates.without(candidates.CHOSEN, "days")[2] == {"people": 5, "areas": 10}
    assert candidates.words(candidates.CHOSEN) == "8 days or 5 people or 10 areas, in 90 days"


def test_links_and_areas_are_left_out_on_demand():
    history = facts(life()[0])
    assert {fact.topic for fact in unlinked(history)} == {"contribution.v1", "endorsement.v1"}
    part = of_areas(history, lambda area: area == "area3")
    works = {fact.open["item"] for fact in part if fact.topic == "contribution.v1"}
    assert works
    assert {fact.open["space"] for fact in part if fact.topic == "contribution.v1"} == {"area3/part"}
    assert {fact.open["item"] for fact in part if fact.topic == "endorsement.v1"} <= works


def test_the_first_time_counts_as_the_appointment_whichever_account_it_names():
    link = event("identity", 1, 0, member=git("a"), account=git("b"), change="linked", method="import")
    people = folded(facts([link]), parse_charter(meetings.charter("x"))).history.people
    given = [("b", 5), ("a", 9), ("c", 7)]
    roles = [
        event("assignment", n, day * DAY, member=git(who), kind="role", value="maintainer", change="started")
        for n, (who, day) in enumerate(given)
    ]
    assert appointed(roles, people) == {"git:a": 5 * DAY, "git:c": 7 * DAY}


ADA, BO, CY, DI = (Account(name) for name in ("ada", "bo", "cy", "di"))
WINDOW = Window(100 * DAY, 2_000 * DAY)
READY = {ADA: [(50 * DAY, 60 * DAY), (150 * DAY, 400 * DAY)], BO: [(90 * DAY, DOOM)], CY: [(500 * DAY, DOOM)]}
FIRST = {ADA: 300 * DAY, CY: 450 * DAY, DI: 700 * DAY}


def test_a_call_is_the_first_moment_in_the_window_before_the_appointment():
    called = calls(READY, FIRST, WINDOW)
    assert called == {ADA: 150 * DAY, BO: 100 * DAY}  # Cy was ready only when she was appointed already
    assert score(called, FIRST, WINDOW) == Score(2, 1, 3)
    assert score(called, FIRST, WINDOW, ahead=150 * DAY) == Score(1, 0, 3)
    assert leads(READY, FIRST, called, WINDOW) == [250.0]
    told = Score(2, 1, 3).told()
    assert (told["precision"], told["recall"], told["f1"]) == (0.5, 0.333, 0.4)
    assert (Score(0, 0, 0).precision, Score(0, 0, 0).recall, Score(0, 0, 0).f1) == (0, 0, 0)


def test_a_baseline_calls_as_many_at_the_same_moments_and_nobody_twice():
    counts = {ADA: [(0, 5)], BO: [(0, 3), (120 * DAY, 9)], CY: [(0, 7)], DI: [(0, 0)]}
    assert matched({DI: 100 * DAY, ADA: 130 * DAY}, counts, FIRST) == {CY: 100 * DAY, BO: 130 * DAY}
    assert matched({DI: 460 * DAY, ADA: 460 * DAY}, counts, FIRST) == {BO: 460 * DAY}


def test_years_and_lists():
    called = calls(READY, FIRST, WINDOW)
    years = [Window(0, 365 * DAY), Window(365 * DAY, 730 * DAY)]
    first, second = by_year(called, FIRST, WINDOW, years)
    assert first == {"called": 2, "hits": 1, "appointed": 1, "beforehand": 1, "judged": True}
    assert second == {"called": 0, "hits": 0, "appointed": 2, "beforehand": 0, "judged": True}
    counts = {ADA: [(0, 5)], CY: [(0, 7)], BO: [(0, 1)]}
    assert lists(READY, counts, FIRST, 200 * DAY, 0) == ([ADA, BO], [CY, ADA])
    assert lists(READY, counts, FIRST, 200 * DAY, 1)[1] == [CY]
    assert (quartiles([1, 2, 3, 4, 5]), quartiles([1])) == ([2, 3, 4], [])


def test_the_study_repeats_to_the_byte_and_its_pictures_say_what_they_show(tmp_path):
    told, roles = life(many=900)
    paths = [lines(tmp_path / "history.jsonl", told), lines(tmp_path / "roles.jsonl", roles)]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        maintainers.main([*map(str, paths), "--into", str(folder)])
    names = sorted(file.name for file in folders[0].iterdir())
    assert names == ["maintainers-leads.svg", "maintainers-trade.svg", "maintainers-years.svg", "maintainers.json"]
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)
    found = json.loads((folders[0] / "maintainers.json").read_bytes())
    assert found["engine"]["disagreements"] == 0
    assert found["linked"]["test"]["the rule"]["called"] == found["linked"]["test"]["most commits"]["called"]
    for name in names[:3]:
        picture = ET.parse(folders[0] / name).getroot()  # noqa: S314  our own
        assert picture.findtext(f"{SVG}title")
        assert picture.findtext(f"{SVG}desc")


def attendances(seed: int) -> list[dict[str, object]]:
    rng = random.Random(seed)  # noqa: S311  a story, not a secret
    told = []
    for number in range(60):
        time = START + number * 9 * DAY
        for person in range(6):
            if rng.random() < (person + 1) / 9:
                fields = {"mode": "sync", "setting": "collaborative", "format": "meeting", "state": "attended"}
                seat = {"attendee": git(person), "session": f"m/{number}", "series": "board"}
                told.append(event("attendance", number * 10 + person, time, **seat, **fields))
    return told


@pytest.mark.parametrize("seed", range(5))
def test_attendance_as_of_every_month_end_is_what_a_count_says(seed):
    found = meetings.study(attendances(seed))
    assert found.disagreements == 0
    assert any(map(any, found.met.values()))
    assert not all(map(all, found.met.values()))


def test_month_ends_and_counting_by_hand():
    ends = meetings.month_ends(parse_time("2020-01-15T00:00:00Z"), parse_time("2020-03-01T00:00:00Z"))
    assert [format_time(end + 1) for end in ends] == [f"2020-0{month}-01T00:00:00Z" for month in (2, 3, 4)]
    held = [0, 10 * DAY, 20 * DAY, 30 * DAY]
    assert meetings.counted([0], held, 30 * DAY)
    assert not meetings.counted([0], held, 90 * DAY)  # the three months no longer reach the first
    assert not meetings.counted([], [], 0)


def test_the_meetings_report_repeats(tmp_path):
    path = lines(tmp_path / "meetings.jsonl", attendances(1))
    report = tmp_path / "meetings.md"
    report.write_text("# A report\n<!-- table: numbers -->\n<!-- end -->\n<!-- table: years -->\nold\n<!-- end -->\n")
    meetings.main([str(path), "--into", str(tmp_path)])
    once = [report.read_bytes(), (tmp_path / "meetings.svg").read_bytes()]
    assert b"| disagreements | 0 |" in once[0]
    assert b"old" not in once[0]
    meetings.main([str(path), "--into", str(tmp_path)])
    assert once == [report.read_bytes(), (tmp_path / "meetings.svg").read_bytes()]


def test_a_table_without_a_place_is_told(tmp_path):
    report = tmp_path / "report.md"
    replaced(report, {"years": "x"})
    assert not report.exists()
    report.write_text("no place")
    with pytest.raises(ValueError, match=r"wanted a place for the table years in report\.md, got none"):
        replaced(report, {"years": table(["a"], [["b"]])})


def data(name: str) -> Path:
    """Return a real history; skip where it is not at hand."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no {name} at hand; GUILDBOOK_STUDY_DATA names the folder")
    return path


def test_the_report_on_meetings_is_of_the_history_at_hand(tmp_path):
    meetings.main([str(data("node-tsc.jsonl.gz")), "--into", str(tmp_path)])
    for name in ("meetings.json", "meetings.svg"):
        assert (tmp_path / name).read_bytes() == (REPORTS / name).read_bytes()


def test_the_report_on_maintainers_is_of_the_history_at_hand():
    """The chosen rule through the engine itself; the whole study takes minutes and is run by hand."""
    roles = list(events(data("u-boot.maintainers.jsonl.gz")))
    study = maintainers.Study(facts(events(data("u-boot.jsonl.gz"))), roles)
    community = folded(study.history, preset("open-source"))
    first = appointed(roles, community.history.people)
    told = json.loads((REPORTS / "maintainers.json").read_bytes())["linked"]
    for name, window in (("fit", study.fit), ("test", study.test)):
        assert score(calls(granted(community), first, window), first, window).told() == told[name]["the rule"]
