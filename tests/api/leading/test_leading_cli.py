"""`guildbook assign` and `guildbook leaders`, as a manager uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

if TYPE_CHECKING:
    from pathlib import Path

CHARTER = """
charter: 1
name: Bar
rules:
  - rule: host-ready
    version: 1
    grants: {eligible: host}
    all: [{count: contribution, at_least: 3, label: Shared 3 times}]
leader_roles:
  - {role: host, name: Host, term: 90d, cooldown: 60d, seats: 2}
"""


class Desk:
    """Runs commands in one folder."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"GUILDBOOK_DATA": str(folder / "data"), "COLUMNS": "120"}
        self.folder = folder

    def __call__(self, *words: str, code: int = 0) -> str:
        done: Result = CliRunner().invoke(app, list(words), env=self.environment)
        assert done.exit_code == code, (done.output, done.exception)
        return " ".join(done.output.split())

    def json(self, *words: str) -> Any:
        done = CliRunner().invoke(app, [*words, "--json"], env=self.environment)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def _event(number: int, who: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"c{number}-{who}",
        "source": "https://git.example",
        "type": "org.guildbook.contribution.v1",
        "time": f"2026-03-0{1 + number}T10:00:00Z",
        "community": "bar",
        "data": {"author": {"platform": "git", "id": who}, "item": f"git:{number}/{who}", "kind": "code"},
    }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a community in which Ada and Bo are ready, and Cy nearly."""
    found = Desk(tmp_path)
    events = [_event(n, who) for who, works in (("ada", 3), ("bo", 3), ("cy", 2)) for n in range(works)]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    (tmp_path / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    found("init", "bar")
    found("publish", "bar", str(tmp_path / "charter.yaml"))
    found("import", str(tmp_path / "events.jsonl"))
    return found


def test_a_term_from_the_shell(desk: Desk) -> None:
    assert "Recorded: git:bo, role host, nominated." in desk("assign", "bar", "git:bo", "host", "--change", "nominated")
    said = desk("assign", "bar", "git:ada", "host", "--from", "2026-03-10", "--reason", "by a show of hands")
    assert "note no end was said: by the charter it is 8 June 2026" in said
    found = desk.json("leaders", "bar", "--as-of", "2026-03-20")
    assert [each["ends"] for each in found["holding"]] == ["2026-06-08T00:00:00Z"]  # told later, of a time before
    assert found["as_of"] == "2026-03-20T00:00:00Z"
    told = desk.json("leaders", "bar")
    ada = told["holding"][0]["member"]
    assert [each["member"] for each in told["overdue"]] == [ada]
    shown = desk("leaders", "bar")
    for words in ("Ready to lead: 1", "Leading: 1", "Term should have ended: 1", "1 of 2 seats empty", "Nominated: 1"):
        assert words in shown
    assert "Her term as Host was to end on 8 June 2026: hand over, or renew it." in shown
    assert "Member-led: 0 of 50 active members" in shown

    ended = desk.json("assign", "bar", ada, "host", "--change", "ended")
    assert (ended["member"], ended["change"], ended["notes"]) == (ada, "ended", [])
    shown = desk("leaders", "bar")
    assert "Resting after a term: 1" in shown
    assert "Leading: 0" in shown


def test_what_makes_no_sense_is_said_and_nothing_is_recorded(desk: Desk) -> None:
    for words, said in (
        (("git:ada", "hots"), "value: a role of the charter: wanted host; got hots (did you mean host?)"),
        (("git:ada", "host", "--change", "ended"), "change: she is not Host at that moment; there is no term to end"),
        (("git:ada", "host", "--from", "2026-05-01", "--until", "2026-04-01"), "period/end: wanted an end after its"),
        (("git:ada", "host", "--from", "soon"), "--from"),
        (("git:nobody", "host"), "wanted a member id, or platform:id"),
        (("git:ada", "--guides", "git:ada"), "counterpart: wanted somebody else to be guided, got herself"),
        (("git:ada",), "value: a role of the charter"),
    ):
        assert said in desk("assign", "bar", *words, code=1), words
    assert desk.json("leaders", "bar")["holding"] == []
    assert "Recorded: git:ada, mentor pair, started." in desk("assign", "bar", "git:ada", "--guides", "git:cy")
    assert "they are a pair already" in desk("assign", "bar", "git:ada", "--guides", "git:cy", code=1)
    assert "Mentor pairs: 1" in desk("leaders", "bar")


def test_an_invitation_is_taken_back_once(desk: Desk) -> None:
    desk("assign", "bar", "git:ada", "host", "--change", "nominated")
    assert len(desk.json("leaders", "bar")["nominated"]) == 1
    assert "Taken back: git:ada is not asked to be host any more." in desk("withdraw", "bar", "git:ada", "host")
    assert desk.json("leaders", "bar")["nominated"] == []
    assert "there is no invitation to take back" in desk("withdraw", "bar", "git:ada", "host", code=1)
