"""The charter's doors: publishing with advice, its history, what changed, and the commands for all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projections import PRESETS, preset
from tests.api.conftest import Guild
from tests.api.people import CHARTER, COMMUNITY, contribution
from tests.api.test_cli import Shell

BASE = f"/communities/{COMMUNITY}"
STRICTER = CHARTER.replace("rule: sharer\n    version: 1", "rule: sharer\n    version: 2").replace(
    "at_least: 2, label: Shared twice", "at_least: 9, label: Shared 9 times"
)


def put(guild: Guild, text: str, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {guild.manager}", "Content-Type": "application/yaml"}
    return guild.client.put(f"{BASE}/charter", content=text, headers=headers, params=query)


def test_publishing_answers_with_advice(guild: Guild) -> None:
    told = put(guild, STRICTER).json()
    assert (told["version"], told["published"]) == (2, True)
    (takes,) = [one for one in told["advice"] if one["check"] == "takes-away"]
    assert takes["severity"] == "warning"
    assert STRICTER.splitlines()[takes["line"] - 1].strip() == "- rule: sharer"
    again = put(guild, STRICTER)
    assert again.status_code == 200
    assert "takes-away" not in [one["check"] for one in again.json()["advice"]]


def test_every_version_can_be_read_again(guild: Guild) -> None:
    put(guild, STRICTER, effective="2030-01-01T00:00:00Z")
    told = guild.get(f"{BASE}/charters").json()["charters"]
    assert [one["version"] for one in told] == [2, 1]
    assert told[0]["effective"].startswith("2030-01-01")
    assert told[0]["by"] == "manage"
    assert [one["by"] for one in guild.get(f"{BASE}/charters", guild.reader).json()["charters"]] == [None, None]
    assert guild.get(f"{BASE}/charter?version=1").json()["version"] == 1
    assert guild.get(f"{BASE}/charter").json()["version"] == 2
    assert guild.get(f"{BASE}/charter?version=3").status_code == 404
    assert guild.get(f"{BASE}/charter?version=x").status_code == 422


def test_what_changed_is_told(guild: Guild) -> None:
    assert guild.get(f"{BASE}/charter/diff").json() == {"from_version": 1, "to_version": 1, "changes": []}
    put(guild, STRICTER)
    (change,) = guild.get(f"{BASE}/charter/diff?from=1&to=2", guild.reader).json()["changes"]
    assert (change["name"], change["verdict"]) == ("sharer", "tighter")
    assert change["words"] == ["count contribution: asks for 9 instead of 2"]
    assert guild.get(f"{BASE}/charter/diff").json()["changes"] == [change]
    assert guild.get(f"{BASE}/charter/diff?from=2&to=1").json()["changes"][0]["verdict"] == "looser"
    assert guild.get(f"{BASE}/charter/diff?from=1&to=9").status_code == 404
    assert guild.get("/communities/bakers/charter/diff", guild.stranger).status_code == 404
    assert guild.get(f"{BASE}/charter/diff", guild.stranger).status_code in (403, 404)


def test_every_fault_of_a_json_charter_has_its_line(guild: Guild) -> None:
    headers = {"Authorization": f"Bearer {guild.manager}", "Content-Type": "application/json"}
    body = b'{"charter": 1,\n "nmae": "x",\n "rules": [{"rule": "r"}]}'
    answer = guild.client.put(f"{BASE}/charter", content=body, headers=headers)
    assert answer.status_code == 422
    places = {error["pointer"]: error.get("line") for error in answer.json()["errors"]}
    assert places["/nmae"] == 2
    assert places["/rules/0/grants"] == 3
    twice = guild.client.put(f"{BASE}/charter", content=b'{"name": "a",\n "name": "b"}', headers=headers)
    assert twice.status_code == 400
    assert [error["line"] for error in twice.json()["errors"] if "twice" in error["message"]] == [2]


# Commands


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def test_presets_are_listed_and_shown(shell: Shell) -> None:
    assert [one["preset"] for one in shell.json("charter", "presets")] == list(PRESETS)
    listed = shell("charter", "presets").output
    assert "kubernetes" in listed
    assert "community ladder of Kubernetes" in listed
    assert shell("charter", "show", "cncf").output == preset("cncf")
    assert shell.json("charter", "show", "starter")["charter"] == 1
    shell("init", "bar")
    assert "wanted a file, a preset" in shell("charter", "show", "nonsense", code=1).output.replace("\n", " ")


def test_a_file_is_checked_with_its_places(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(preset("starter"))
    assert "Sound: no faults" in shell("charter", "check", str(file)).output
    file.write_text(preset("starter").replace("at_least: 10,", "within: 5d, at_least: 10,"))
    (found,) = shell.json("charter", "check", str(file))
    assert (found["check"], found["severity"]) == ("never-met", "warning")
    output = shell("charter", "check", str(file)).output
    assert f"c.yaml:{found['line']}:{found['column']}: warning" in output
    file.write_text(preset("starter").replace("at_least: 10,", "at_lest: 10,"))
    assert 'did you mean "at_least"?' in shell("charter", "check", str(file), code=1).output


def test_a_charter_is_checked_against_the_book_and_published(shell: Shell, tmp_path: Path) -> None:
    shell("init", "bar", "--preset", "starter")
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps(contribution(n) | {"community": "bar"}) for n in range(3)))
    shell("import", str(events))
    file = tmp_path / "next.yaml"
    talk = "count: contribution, where: {kind: talk}, at_least: 1, label: Shared something}\n  - rule: helper"
    file.write_text(
        preset("starter")
        .replace("rule: first-share\n    version: 1", "rule: first-share\n    version: 2")
        .replace("count: contribution, at_least: 1, label: Shared something}\n  - rule: helper", talk)
    )
    (seen,) = [one for one in shell.json("charter", "check", str(file), "--for", "bar") if "talk" in one["message"]]
    assert "3 of the kind contribution have kind resource" in seen["message"]
    changes = shell.json("charter", "diff", "bar", str(file))
    assert [one["name"] for one in changes if one["part"] == "rules"] == ["first-share"]
    assert "nothing was published" in shell("charter", "publish", "bar", str(file), stdin="n\n", code=1).output
    told = shell("charter", "publish", "bar", str(file), "--yes", "--effective", "2020-01-01").output
    assert "rules: first-share, tighter" in told
    assert "1 lose something" in told
    assert "Charter 2 of bar is published, in force from 2020-01-01" in told
    assert shell.json("charter", "diff", "bar@1", "bar@2") == changes
    assert "is in force already" in shell("charter", "publish", "bar", str(file), "--yes", code=1).output
    assert "is in force already" in shell("publish", "bar", str(file), code=1).output
    assert "wanted a version" in shell("charter", "show", "bar@7", code=1).output
    assert "charter: 1" in shell("charter", "show", "bar").output
