"""Alarms, as managers, operators and their monitor see them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from api.watching.alarm_watch import AlarmWatch
from api.watching.refusals import conflicting, refused
from ledger import Conflict
from tests.api.people import COMMUNITY, SOURCE, contribution
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}"
DAY = 86_400_000_000


def a_year_ago(community: str = COMMUNITY) -> list[dict[str, Any]]:
    """Return what a forum reported every third day of a spring, long before today."""
    days = (date(2025, 1, 1) + timedelta(days=3 * n) for n in range(50))
    told = (contribution(n, f"m{n}", time=f"{each}T09:00:00Z") for n, each in enumerate(days))
    return [each | {"community": community} for each in told]


def test_a_silent_source_is_told(guild: Guild):
    guild.tell(a_year_ago())
    told = guild.get(f"{BASE}/alarms").json()
    (alarm,) = told["alarms"]
    assert (alarm["alarm"], alarm["of"]) == ("silent-source", "the source that reports contributions")
    assert (alarm["last"], alarm["since"], alarm["usual_days"]) == ("2025-05-28", "2025-06-07", 3)
    assert {"member", "maker", "sharer"} <= set(alarm["rules"])
    assert told["position"] == guild.here.book.head(COMMUNITY)

    before = guild.get(f"{BASE}/alarms?as_of=2025-06-01T00:00:00Z").json()
    assert before["alarms"] == []
    assert guild.get(f"{BASE}/alarms?as_of=soon").status_code == 422

    page = guild.sign_in().get(f"/manage/{COMMUNITY}").text
    assert "What stopped" in page
    assert "Nothing has come from the source that reports contributions since 28 May 2025" in page
    assert SOURCE not in page.partition("What stopped")[2].partition("</section>")[0]  # it was never told in the open


def test_where_nothing_stopped_the_page_says_nothing_of_it(spring: Guild):
    assert spring.get(f"{BASE}/alarms").json()["alarms"] == []
    assert "What stopped" not in spring.sign_in().get(f"/manage/{COMMUNITY}").text


def test_a_monitor_counts_them_and_learns_no_name(guild: Guild):
    guild.tell(a_year_ago())
    watch = guild.here.watch
    assert AlarmWatch(guild.here.book, guild.here.views).counts()["silent-source"] == 0
    watch._looked.clear()  # as if it were hours later
    for _ in guild.here.book.communities():
        assert watch.run_once() == 0
    text = guild.get("/metrics", "").text
    assert 'guildbook_alarms{alarm="silent-source"} 1.0' in text
    assert 'guildbook_alarms{alarm="dead-rule"} 0.0' in text
    assert COMMUNITY not in text


def test_many_refusals_and_conflicts_are_told(guild: Guild):
    for n in range(20):
        guild.post(contribution(n, kind="nonsense"))
    told = guild.get(f"{BASE}/alarms").json()["alarms"]
    assert [(one["alarm"], one["words"]) for one in told] == [
        ("refused-events", "Of 20 events that came since this process started, 20 were refused.")
    ]
    assert guild.get(f"{BASE}/alarms?as_of=2030-01-01T00:00:00Z").json()["alarms"] == []


def test_a_few_refusals_and_conflicts_are_not():
    assert refused({"stored": 500, "refused": 40}) is None
    assert refused({"stored": 5, "refused": 19}) is None
    assert refused({}) is None
    now = 100 * DAY
    assert conflicting([Conflict(1, ("/data/kind",), now - 8 * DAY, 90), Conflict(2, (), now - DAY, 19)], now) is None
    many = conflicting([Conflict(1, ("/data/kind",), now - DAY, 12), Conflict(2, (), now, 8)], now)
    assert many
    assert many["words"].startswith("In the last 7 days an event came with an id that another event has: 20 times")


def test_on_the_command_line(tmp_path: Path):
    shell = Shell(tmp_path / "data")
    shell("init", "makers", "--preset", "starter")
    shell("init", "bakers", "--preset", "starter")
    history = tmp_path / "events.jsonl"
    history.write_text("\n".join(json.dumps(each) for each in a_year_ago("makers")))
    shell("import", str(history))

    (alarm,) = shell.json("alarms", "makers")["alarms"]
    assert alarm["alarm"] == "silent-source"
    assert [(one["community"], len(one["alarms"])) for one in shell.json("alarms")] == [("bakers", 0), ("makers", 1)]
    shown = shell("alarms").stdout
    assert "bakers: nothing that used to come has stopped" in shown
    assert "source fell silent, since 2025-06-07" in shown
    assert "makers: nothing that used to come has stopped" in shell("alarms", "makers", "--as-of", "2025-06-01").stdout

    found = [one for one in shell.json("doctor")["findings"] if one["check"] == "alarms"]
    assert [(one["of"], one["level"]) for one in found] == [("makers", "warning")]
