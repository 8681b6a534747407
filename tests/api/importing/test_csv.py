"""Tables by their mappings: the ones that come with a release, one of one's own, and the command that takes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from api.importing.mapping import MappingError, mappings, read_mapping
from api.importing.samples import sample_faults

if TYPE_CHECKING:
    from tests.api.test_cli import Shell

OURS = Path(__file__).resolve().parents[3]
HEAD = "Date;Session;NAME ;e-mail;Role;Minutes\n"
ROWS = "2026-03-01 18:00;Swap;Ida;ida@example.org;Host;90\n\n2026-03-01 18:00;Swap;=HYPERLINK(1);jo@example.org;;\n"
OWN: dict[str, Any] = {
    "mapping": "beds",
    "version": 1,
    "title": "Beds dug",
    "source": "'sheet:beds'",
    "columns": {
        "day": {"header": ["Day"], "as": "time", "needed": True},
        "who": {"header": ["Who"], "needed": True},
        "length": {"header": ["Metres"], "as": "whole"},
    },
    "rows": [
        {
            "emit": "contribution",
            "id": "join(':', ['bed', row.day, row.who])",
            "time": "row.day",
            "data": {
                "author": {"platform": "'sheet'", "id": "row.who"},
                "item": "join(':', ['bed', row.day, row.who])",
                "kind": "'artifact'",
                "length": "row.length",
            },
        }
    ],
}


def own(**more: Any) -> str:
    return yaml.safe_dump({**OWN, **more}, sort_keys=False)


@pytest.mark.parametrize("name", mappings())
def test_what_comes_with_a_release_becomes_what_its_samples_say(name: str) -> None:
    found = mappings()[name]
    assert found.samples
    assert found.export
    assert list(sample_faults(found)) == []


def test_all_that_is_wrong_with_a_mapping_is_told() -> None:
    (row,) = OWN["rows"]
    for more, pointer, words in (
        ({"colour": "red"}, "/colour", "colour"),
        ({"dates": ["%Q"]}, "/dates/0", "iso, or a format"),
        ({"zone": "Mars/Olympus"}, "/zone", "wanted a time zone"),
        ({"rows": [{**row, "id": "row.dya"}]}, "/rows/0/id", "got row.dya"),
        ({"rows": [{**row, "id": "given.year"}]}, "/rows/0/id", "wanted given. and one of none"),
        ({"rows": [{**row, "emit": "deed"}]}, "/rows/0/emit", "wanted one of contribution"),
        ({"rows": [{**row, "data": {**row["data"], "colour": "row.who"}}]}, "/rows/0/data/colour", "got 'colour'"),
        ({"rows": [{**row, "data": {**row["data"], "kind": "'bed'"}}]}, "/rows/0/data/kind", "wanted one of post"),
    ):
        with pytest.raises(MappingError) as found:
            read_mapping(own(**more), "beds.yaml")
        assert [(fault.pointer, words in fault.message) for fault in found.value.faults] == [(pointer, True)], more
    for text in ("mapping: [}", "a: &a [*a]", "a: &a [x, x, x]\nb: &b [" + "*a, " * 99 + "]\nc: [" + "*b, " * 99 + "]"):
        with pytest.raises(MappingError):
            read_mapping(text, "beds.yaml")
    wrong = read_mapping(own(samples=[{"name": "a bed", "table": "Day,Who\n2026-03-01,ada\n", "gives": []}]), "beds")
    assert ["wanted what `gives` says" in fault.message for fault in sample_faults(wrong)] == [True]


def test_a_table_is_shown_taken_and_taken_again(shell: Shell, tmp_path: Path) -> None:
    sheet = tmp_path / "swap.csv"
    sheet.write_bytes((HEAD + ROWS).encode("utf-16"))
    words = ("import", "csv", str(sheet), "--mapping", "attendance-sheet", "--zone", "Europe/Berlin")
    shell("init", "gardeners", "--preset", "meetings")
    seen = shell.json(*words, "--preview")
    assert (seen["rows"]["new"], seen["facts"], seen["encoding"]) == (2, {"attendance": 2}, "utf-16")
    assert [(row["row"], row["becomes"][0]["who"], row["becomes"][0]["time"]) for row in seen["shown"]] == [
        (2, "Ida", "2026-03-01T17:00:00Z"),
        (4, "=HYPERLINK(1)", "2026-03-01T17:00:00Z"),
    ]
    assert "row 2: new: attendance attended Ida" in shell(*words, "--preview").stdout
    assert shell.json(*words)["stored"] == 2
    grown = ROWS.replace("90", "60") + "2026-03-08 18:00;Swap;Ida;ida@example.org;Host;90\n"
    sheet.write_text(HEAD + grown + grown.rpartition("Swap")[0].rpartition("\n")[2] + "Swap;Ida;ida@example.org;;\n")
    told = shell.json(*words)
    assert told["rows"] == {"all": 4, "new": 1, "known": 1, "changed": 2, "refused": 0, "nothing": 0}
    wrong = [row["wrong"] for row in told["shown"] if row["verdict"] == "changed"]
    assert wrong == [
        ["wanted a key of its own, got that of row 5, which says something else"],
        ["Minutes: wanted what was recorded under this key, got something else"],
    ]
    assert "1 are new, 1 known already" not in shell(*words).stdout


def test_a_row_that_is_wrong_is_told_with_its_column(shell: Shell, tmp_path: Path) -> None:
    sheet, mapping = tmp_path / "beds.csv", tmp_path / "beds.yaml"
    mapping.write_text(own(dates=["%d.%m.%Y", "%m.%d.%Y"]))
    sheet.write_text(
        "Beds of the year,,\n\nday\twho\tmetres\n31.03.2026\tada\t3\n03.04.2026\tada\t3\n31.03.2026\t\t3\n"
        "31.03.2026\tbo\t3.5\n"
        f"31.03.2026\t{'c' * 257}\t3\n31.03.2026\tcy\t3\tmore\n"
    )
    words = ("import", "csv", str(sheet), "--mapping", str(mapping), "--community", "gardeners")
    told = shell.json(*words)
    assert (told["opened"], told["rows"]["new"], told["rows"]["refused"], told["delimiter"]) == (True, 1, 5, "\t")
    wrong = {row["row"]: row["wrong"][0] for row in told["shown"] if row["wrong"]}
    assert wrong[5] == "day: wanted a day that can be read in one way alone, got '03.04.2026': %d.%m.%Y or %m.%d.%Y"
    assert wrong[6] == "who: wanted something there, got nothing"
    assert wrong[7] == "metres: wanted a whole number, got '3.5'"
    assert wrong[8].startswith("day: wanted an id of 1 to 256 characters")  # which is made of it and who
    assert wrong[9] == "wanted 3 cells, got 4"
    assert shell.json(*words, "--dates", "%d.%m.%Y", "--preview")["rows"]["new"] == 1
    for more, said in (
        (("--mapping", "nothing"), "wanted a mapping file, or one of attendance-sheet"),
        (("--set", "year"), "wanted NAME=ANSWER"),
        (("--set", "year=1"), "wanted one of no answers; got year"),
        (("--delimiter", "pipe"), "wanted comma, semicolon or tab"),
        (("--delimiter", "comma"), "wanted a table with the columns"),
        (("--zone", "Mars"), "wanted a time zone"),
        (("--encoding", "utf-16"), "beds.csv: wanted text in utf-16"),
    ):
        assert said in shell(*words, *more, code=1).stderr


def test_what_the_mapping_asks_must_be_answered(shell: Shell, tmp_path: Path) -> None:
    sheet = tmp_path / "zoom.csv"
    sheet.write_text(
        "Name (original name),Email,Join time,Leave time\n"
        "Ada,ada@example.org,03/01/2026 06:01:00 PM,03/01/2026 06:58:00 PM\n"
        "Guest,,03/01/2026 06:01:00 PM,03/01/2026 06:58:00 PM\n"
    )
    words = ("import", "csv", str(sheet), "--mapping", "zoom-participants", "--community", "gardeners", "--preview")
    told = shell.json(*words)
    assert (told["rows"]["refused"], told["rows"]["nothing"]) == (1, 1)
    assert "wanted an answer to 'meeting'" in told["shown"][0]["wrong"][0]
    assert shell.json(*words, "--set", "meeting=81234567890")["facts"] == {"attendance": 2}


def test_the_mapping_in_the_documentation_is_in_order() -> None:
    text = (OURS / "docs" / "importing.md").read_text("utf-8")
    (found,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert list(sample_faults(read_mapping(found, "importing.md"))) == []
