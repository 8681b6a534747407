"""The command line, as a manager and a script use it: a real book in a temporary folder."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.installation import Installation
from api.settings import Settings
from badges import unbake

if TYPE_CHECKING:
    from pathlib import Path

_RUNNER = CliRunner()


class Shell:
    """Runs commands in one installation's environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"GUILDBOOK_DATA": str(folder), "GUILDBOOK_DATABASE": str(folder / "book.sqlite")}

    def __call__(self, *words: str, code: int = 0, stdin: str | None = None) -> Result:
        done = _RUNNER.invoke(app, list(words), env=self.environment, input=stdin)
        assert done.exit_code == code, (done.output, done.exception)
        return done

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def _event(number: int, who: str = "ada", **more: Any) -> dict[str, Any]:
    data = {"author": {"platform": "git", "id": who}, "item": f"git:{number}", "kind": "code", "outcome": "merged"}
    return {
        "specversion": "1.0",
        "id": f"c{number}",
        "source": "https://git.example",
        "type": "org.guildbook.contribution.v1",
        "time": f"2026-03-{1 + number % 28:02}T10:00:00Z",
        "community": "bar",
        "data": {**data, **more},
    }


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Give a file of events with one line that is no JSON, one that is refused and one conflict."""
    lines = [json.dumps(_event(number)) for number in range(30)]
    lines += ["{", json.dumps(_event(40, kind="cod")), json.dumps(_event(3, kind="talk")), ""]
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    return file


def test_init_opens_a_community_once(shell: Shell) -> None:
    made = shell.json("init", "bar", "--preset", "open-source")
    assert made["community"] == "bar"
    assert made["api_key"].startswith("gb_")
    assert made["manager_key"].startswith("gb_")
    assert "open already" in shell("init", "bar", code=1).output
    assert "wanted a short name" in shell("init", "No Good", code=1).output
    assert "wanted a preset" in shell("init", "other", "--preset", "nonsense", code=1).output


def test_an_import_is_told_line_by_line_and_a_second_one_stores_nothing(shell: Shell, history: Path) -> None:
    told = shell.json("import", str(history))
    assert (told["stored"], told["conflict"], told["refused"]) == (30, 1, 2)
    assert told["opened"] == ["bar"]
    assert [fault["line"] for fault in told["faults"]] == [31, 32, 33]
    assert 'did you mean "code"?' in told["faults"][1]["errors"][0]
    again = shell.json("import", str(history))
    assert (again["stored"], again["duplicate"], again["opened"]) == (0, 30, [])
    plain = shell("import", str(history)).output
    assert "Nothing new: all 30 events were in the book already." in plain


def test_a_cut_file_is_named_and_what_came_before_is_kept(shell: Shell, history: Path) -> None:
    history.write_bytes(history.read_bytes()[:-12])
    assert "wanted a whole gzip file" in shell("import", str(history), code=1).output


def test_standings_explanations_and_leaders(shell: Shell, history: Path) -> None:
    shell("import", str(history))
    everyone = shell.json("standing", "bar")
    assert [one["level"] for one in everyone] == [1]
    one = shell.json("standing", "bar", "git:ada", "--as-of", "2026-03-01")
    assert (one["name"], one["level"]) == ("git:ada", 0)
    assert shell.json("standing", "bar", one["member"])["level"] == 1
    found = {verdict["rule"]: verdict for verdict in shell.json("explain", "bar")["verdicts"]}
    assert found["contributor@1"]["met"]
    assert found["contributor@1"]["tree"]["of"][0]["evidence_count"] == 30
    assert "git:29" in shell("explain", "bar", "git:ada", "contributor").output
    found = shell.json("leaders", "bar")
    assert (found["eligible"], found["holding"], found["ending"]) == ([], [], [])
    assert "Ready to lead: 0" in shell("leaders", "bar").output
    assert "Contributor" in shell("standing", "bar").output
    assert "next: Regular" in shell("standing", "bar", "git:ada").output


def test_what_is_wrong_is_said_in_a_line(shell: Shell, history: Path) -> None:
    assert "there is no book" in shell("standing", "bar", code=1).output
    shell("import", str(history))
    for words, said in (
        (("standing", "nowhere"), "wanted a community of this book (bar), got nowhere"),
        (("standing", "bar", "git:nobody"), "wanted a member id, or platform:id"),
        (("explain", "bar", "git:ada", "nonsense"), "wanted a rule of this charter"),
        (("standing", "bar", "--as-of", "yesterday"), "--as-of"),
        (("rebuild", "nonsense"), "wanted standing, got nonsense"),
        (("key", "add", "bar", "--scope", "all"), "wanted scopes of"),
        (("key", "drop", "bar", "nonsense"), "wanted the id of a key"),
        (("revoke", "nonsense", "--reason", "x"), "wanted the id of a credential"),
    ):
        output = shell(*words, code=1).output.replace("\n", " ")
        assert said in output, output
        assert "Traceback" not in output


def test_charters_are_tried_out_and_published(shell: Shell, history: Path, tmp_path: Path) -> None:
    shell("import", str(history))
    charter = tmp_path / "charter.yaml"
    rule = "{rule: contributor, version: 2, grants: {level: 1}, all: [{count: contribution, at_least: 31}]}"
    charter.write_text(f"charter: 1\nname: Bar\nladder: [{{level: 1, name: Maker}}]\nrules:\n  - {rule}\n")
    found = shell.json("simulate", "bar", str(charter))
    assert [(one["grant"], one["value"]) for one in found["losses"]][-1] == ("level", 1)
    assert shell.json("standing", "bar")[0]["level"] == 1
    assert shell.json("publish", "bar", str(charter))["version"] == 2
    assert shell.json("standing", "bar")[0]["level"] == 0
    charter.write_text(
        "charter: 1\nname: Bar\nrules: [{rule: x, version: 1, grants: {level: 1}, all: [{count: nothing}]}]"
    )
    for command in ("publish", "simulate"):
        output = shell(command, "bar", str(charter), code=1).output
        assert "charter.yaml:3:65: wanted a kind of fact" in output
        assert "charter.yaml:3:47: wanted 1 to be described under ladder" in output


def test_keys_are_shown_once_and_dropped(shell: Shell) -> None:
    shell.json("init", "bar")
    assert shell("key", "add", "bar", "--label", "discord").output.startswith("gb_")
    keys = shell.json("key", "list", "bar")
    assert [key["label"] for key in keys] == ["platforms", "manager", "discord"]
    shell("key", "drop", "bar", keys[-1]["id"])
    assert len(shell.json("key", "list", "bar")) == 2


def test_a_member_is_handed_all_that_is_hers(shell: Shell, history: Path, tmp_path: Path) -> None:
    shell("import", str(history))
    file = tmp_path / "ada.zip"
    told = shell.json("takeout", "bar", "git:ada", str(file))
    assert (told["community"], told["bytes"]) == ("bar", file.stat().st_size)
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("member.json"))["member"] == told["member"]
        assert len(archive.read("facts.ndjson").splitlines()) == 31  # with an award
    again = tmp_path / "again.zip"
    assert "hand it over in private" in shell("takeout", "bar", told["member"], str(again)).output
    assert "got one that exists" in shell("takeout", "bar", "git:ada", str(again), code=1).output.replace("\n", " ")
    assert "wanted a member id" in shell("takeout", "bar", "git:nobody", str(tmp_path / "no.zip"), code=1).output
    assert not (tmp_path / "no.zip").exists()


def test_a_member_is_forgotten_once_somebody_says_yes(shell: Shell, history: Path, tmp_path: Path) -> None:
    shell("import", str(history))
    ada = shell.json("standing", "bar", "git:ada")["member"]
    asked = shell("erase", "bar", "git:ada", code=1, stdin="n\n").output
    said = ("as told by 1 account", "1 badge: revoked", "What stays:", "Erase git:ada for ever?", "nothing was erased")
    assert not [words for words in said if words not in asked]
    assert shell.json("standing", "bar", "git:ada")["member"] == ada

    assert "Forgotten." in shell("erase", "bar", ada, stdin="y\n").output

    for command in (("erase", "bar", ada, "--yes"), ("takeout", "bar", ada, str(tmp_path / "late.zip"))):
        assert f"{ada} was erased" in shell(*command, code=1).output.replace("\n", " ")
    assert "wanted a member id" in shell("erase", "bar", "git:ada", "--yes", code=1).output
    assert "wanted a member id" in shell("standing", "bar", ada, code=1).output
    assert shell.json("standing", "bar") == []


def test_a_script_erases_without_being_asked(shell: Shell, history: Path) -> None:
    shell("import", str(history))
    ada = shell.json("standing", "bar", "git:ada")["member"]
    told = shell.json("erase", "bar", ada, "--yes")
    assert told == {"community": "bar", "member": ada, "accounts": 1, "badges": 1}


def test_links_sign_in_a_manager_or_one_member(shell: Shell, history: Path) -> None:
    shell("import", str(history))
    manager = shell("link", "bar").output.strip()
    member = shell("link", "bar", "--member", "git:ada").output.strip()
    assert manager.startswith("http://127.0.0.1:8700/enter/")
    assert member != manager
    here = Installation.open(Settings(data=shell.folder, database=shell.environment["GUILDBOOK_DATABASE"]))
    links = [here.book.vault.take_link(one.rpartition("/")[2]) for one in (manager, member)]
    assert [(one.role, one.subject) for one in links if one] == [
        ("manager", ""),
        ("member", here.book.member_id("bar", here.book.account("bar", "git", "ada") or "")),
    ]
    here.close()
    assert "wanted a member id" in shell("link", "bar", "--member", "git:nobody", code=1).output


def test_the_demo_from_the_first_event_to_a_verified_badge(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = _RUNNER.invoke(app, ["demo", "--data", str(folder), "--no-serve"])
    assert done.exit_code == 0, done.output
    flat = " ".join(done.output.split())
    assert "1 conflict kept" in flat
    assert re.search(r"is valid, 1[01] of 11 steps that apply passed", flat)
    for name in ("Guide", "Ready to lead", "Practice sharer"):
        assert name in flat
    assert _RUNNER.invoke(app, ["demo", "--data", str(tmp_path), "--no-serve"]).exit_code == 1  # not a demo's folder

    shell = Shell(folder)
    badge = _a_badge(shell, tmp_path)
    assert "Valid" in shell("verify", str(badge)).output
    assert json.loads(_RUNNER.invoke(app, ["verify", str(badge), "--json"], env=shell.environment).stdout)["verified"]
    forged = tmp_path / "forged.json"
    forged.write_text(unbake(badge.read_bytes()).replace("Shared something", "Wrote everything"))
    assert "Forged" in shell("verify", str(forged), code=1).output
    credential = json.loads(unbake(badge.read_bytes()))["id"]
    assert "is revoked" in shell("revoke", credential, "--reason", "a trial").output
    assert "was revoked already" in shell("revoke", credential, "--reason", "a trial").output
    assert "Revoked" in shell("verify", str(badge), code=1).output
    assert "derived anew" in shell("rebuild").output


def _a_badge(shell: Shell, folder: Path) -> Path:
    here = Installation.open(Settings(data=shell.folder, database=shell.environment["GUILDBOOK_DATABASE"]))
    issued = next(one for one in here.awards.all("northlight") if one.achievement == "first-share")
    file = folder / "badge.png"
    file.write_bytes(here.awards.png(issued))
    here.close()
    return file


def test_what_if_says_who_gains_and_who_loses_and_the_next_step_what_is_missing(
    shell: Shell, history: Path, tmp_path: Path
) -> None:
    shell("import", str(history))
    files = []
    for need in (1, 31):
        rule = (
            f"{{rule: contributor, version: 2, grants: {{level: 1}}, all: [{{count: contribution, at_least: {need}}}]}}"
        )
        files.append(tmp_path / f"{need}.yaml")
        files[-1].write_text(f"charter: 1\nname: Bar\nladder: [{{level: 1, name: Maker}}]\nrules:\n  - {rule}\n")
    easy, hard = shell.json("simulate", "bar", *map(str, files))
    assert len(easy["losses"]) < len(hard["losses"])
    assert all("account" not in one for one in hard["losses"])
    told = shell("simulate", "bar", str(files[1])).output
    assert "31.yaml held against" in told
    assert "What" in told
    assert "- " in told
    shell("charter", "publish", "bar", str(files[1]), "--yes")
    step = shell.json("next", "bar", "git:ada")
    assert step["reached"]
    assert step["events"][0]["fact"] == "contribution"
    words = shell("next", "bar", "git:ada", "contributor").output
    assert f"{step['total']} more event" in words
    assert "wanted a rule of this charter" in shell("next", "bar", "git:ada", "nonsense", code=1).output
