"""Cohorts over HTTP: counts of each, and who is in one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.api.people import COMMUNITY, contribution
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}"


def test_everyone_by_cohort(spring: Guild):
    told = spring.get(f"{BASE}/cohorts").json()
    (quarter,) = told["cohorts"]
    assert (quarter["cohort"], quarter["name"]) == ("joined-2026q1", "Joined in the first quarter of 2026")
    assert quarter["members"] == told["everyone"]["members"] == 3
    assert quarter["levels"] == {"0": 1, "1": 1, "2": 1}
    assert (quarter["eligible"], quarter["badges"]) == ({"host": 1}, {"sharer": 1})
    assert "account" not in spring.get(f"{BASE}/cohorts").text

    early = spring.get(f"{BASE}/cohorts?as_of=2026-02-01T00:00:00Z").json()
    assert (early["cohorts"], early["everyone"]["members"]) == ([], 0)


def test_everyone_of_a_cohort(spring: Guild):
    told = spring.get(f"{BASE}/members?cohort=joined-2026q1").json()
    assert told["total"] == 3
    first = told["members"][0]
    assert (first["member"], first["level"], first["cohorts"]) == (spring.member(), 2, [])
    assert first["cohort_since"] == first["joined"] == "2026-03-01T09:00:00Z"
    rest = spring.get(f"{BASE}/members?limit=1&skip=1").json()
    assert (rest["total"], [one["member"] for one in rest["members"]]) == (3, [spring.member("bo")])
    assert "account" not in spring.get(f"{BASE}/members").text


def test_what_is_no_cohort_is_said(spring: Guild):
    told = spring.get(f"{BASE}/members?cohort=elders")
    assert told.status_code == 404
    assert "got elders" in told.json()["detail"]
    for query in ("as_of=yesterday", "limit=0", "limit=5000", "skip=-1"):
        assert spring.get(f"{BASE}/members?{query}").status_code == 422


def test_members_who_are_no_managers_see_none_of_it(spring: Guild):
    for path in ("members", "cohorts"):
        assert spring.get(f"{BASE}/{path}", spring.reader).status_code == 403
        assert spring.get(f"{BASE}/{path}", "").status_code == 401


def test_on_the_command_line(tmp_path: Path):
    """Two who came in March and one in July, each a line of their own."""
    shell = Shell(tmp_path / "data")
    shell("init", "makers", "--preset", "open-source")
    months = {"ada": "03", "bo": "03", "cy": "07"}
    events = [
        contribution(n, who, kind="code", outcome="merged", time=f"2026-{month}-01T09:00:00Z")
        for n, (who, month) in enumerate(months.items())
    ]
    history = tmp_path / "events.jsonl"
    history.write_text("\n".join(json.dumps(each) for each in events))
    shell("import", str(history))

    told = shell.json("cohorts", "makers", "--as-of", "2026-08-01")
    assert {one["cohort"]: one["members"] for one in told["cohorts"]} == {"joined-2026q1": 2, "joined-2026q3": 1}
    shown = shell("cohorts", "makers").stdout
    assert "everyone" in shown
    assert "joined-2026q3" in shown
    (cy,) = shell.json("standing", "makers", "--cohort", "joined-2026q3")
    assert cy["cohort_since"] == "2026-07-01T09:00:00Z"
    assert "Cy" in shell("standing", "makers", "--cohort", "joined-2026q3").stdout
    assert "got elders" in shell("standing", "makers", "--cohort", "elders", code=1).output
