"""`guildbook init` opens a community under a charter that says what it was told; in a terminal it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.commands.beginning import Wishes, begun
from projections import PRESETS, CharterError, lint, parse_charter

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = [
    "The Allotment",  # its name
    "We grow food together.",  # its practice
    "Sow one thing, and tell us.",  # what it asks
    "sow by the moon",
    "Can keep slugs away",
    "",  # no more outcomes
    "2",  # a preset by number
    "discord, Zoom",
]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of its own, where commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUILDBOOK_DATA", str(tmp_path / "data"))
    return tmp_path


def run(*words: str, answers: list[str] | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words], input="\n".join([*answers, ""]) if answers else None)
    return done.exit_code, done.output


def test_it_asks_and_writes_a_charter_to_go_on_with(book: Path):
    code, said = run("init", "allotment", "--ask", answers=ANSWERS)
    assert code == 0, said
    text = (book / "allotment.charter.yaml").read_text()
    charter = parse_charter(text).document
    assert charter["name"] == "The Allotment"
    assert charter["domain"] == {
        "statement": "We grow food together.",
        "call_to_action": "Sow one thing, and tell us.",
    }
    assert [one["can"] for one in charter["outcomes"]][:2] == ["Can sow by the moon", "Can keep slugs away"]
    assert [one["outcome"] for one in charter["outcomes"]][:2] == ["sow-by-the-moon", "keep-slugs-away"]
    assert {one["source"] for one in charter["sources"]} >= {"discord", "zoom"}
    assert text.startswith("# The charter of The Allotment, begun from the preset " + PRESETS[1])
    assert said.count("gb_") == 4
    for command in ("guildbook serve", "guildbook link allotment", "guildbook charter check allotment.charter.yaml"):
        assert command in said
    assert "to think of: nothing shows that sow-by-the-moon was reached" in said
    code, said = run("charter", "check", "allotment.charter.yaml", "--for", "allotment")
    assert code == 0, said


def test_told_it_asks_nothing_and_leaves_no_file(book: Path):
    code, said = run("init", "allotment", "--preset", "teachers", "--domain", "We grow food.", "--platform", "zoom")
    assert code == 0, said
    assert "?" not in said
    assert said.count("gb_") == 3
    assert not list(book.glob("*.yaml"))


def test_every_question_may_be_skipped(book: Path):
    code, said = run("init", "allotment", "--ask", answers=[""] * 8)
    assert code == 0, said
    assert parse_charter((book / "allotment.charter.yaml").read_text()).document["name"] == "allotment"


@pytest.mark.parametrize("last", [["0"], ["12345"], ["nonesuch"]])
def test_a_wrong_answer_opens_nothing(book: Path, last: list[str]):
    code, said = run("init", "allotment", "--ask", answers=[*ANSWERS[:6], *last, "discord"])
    assert code == 1
    assert f"got {last[0]}" in said
    assert run("init", "allotment", "--preset", "starter")[0] == 0, "it is not half open"


def test_a_file_that_is_there_is_not_written_over(book: Path):
    (book / "mine.yaml").write_text("mine")
    code, said = run("init", "allotment", "--preset", "starter", "--file", "mine.yaml")
    assert code == 1
    assert "mine.yaml is there already" in said
    assert (book / "mine.yaml").read_text() == "mine"
    assert run("init", "allotment", "--preset", "starter", "--file", "other.yaml")[0] == 0
    assert run("init", "gardens", "--preset", "starter", "--file", "no/such/folder.yaml")[0] == 1


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_takes_wishes_and_is_advised_on_nothing_but_them(preset: str):
    wishes = Wishes(preset, "The Allotment", "We grow.", "Sow.", ("Can sow", "Can sow", "können säen", "!?"), ("Zoom",))
    document = begun(wishes)
    found = {one.message for one in lint(document)} - {one.message for one in lint(begun(Wishes(preset, "x")))}
    assert all(any(own in words for own in ("sow", "other", "konnen")) for words in found), found
    assert len({one["outcome"] for one in document["outcomes"]}) == len(document["outcomes"])


def test_what_no_charter_can_say_is_refused_with_words():
    with pytest.raises(CharterError, match="2000 or fewer characters"):
        begun(Wishes("starter", "x", domain="y" * 2_001))
