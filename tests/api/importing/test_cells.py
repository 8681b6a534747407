"""What cells and files say: times by a clock, durations, words, encodings, delimiters; and what is refused."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.importing.cells import ISO, Cells
from api.importing.errors import CellError, SheetError
from api.importing.sheets import Sheet, look

BERLIN = Cells(("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", ISO), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", "time", None),
        (" ", "mail", None),
        ("31/03/2026 12:00", "time", "2026-03-31T10:00:00Z"),
        ("03/31/2026 12:00", "time", "2026-03-31T10:00:00Z"),
        ("03/03/2026 12:00", "time", "2026-03-03T11:00:00Z"),
        ("2026-03-01", "time", "2026-02-28T23:00:00Z"),
        ("2026-03-01T10:00:00-05:00", "time", "2026-03-01T15:00:00Z"),
        ("2026-03-01 00:30", "day", "2026-03-01"),
        (" ADA@Example.org ", "mail", "ada@example.org"),
        ("@Ada", "handle", "ada"),
        ("https://www.linkedin.com/in/Ada/", "handle", "ada"),
        ("a\n  b", "line", "a b"),
        ("=1+1", "text", "=1+1"),
        ("-3.5", "number", -3.5),
        ("12", "whole", 12),
        ("90", "minutes", 5_400),
        ("1.5", "hours", 5_400),
        ("1h 2m 3s", "duration", 3_723),
        ("57m 3s", "duration", 3_423),
        ("1:02:03", "duration", 3_723),
    ],
)
def test_what_a_cell_says(text: str, kind: str, said: Any) -> None:
    assert BERLIN.read(text, kind) == said


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("03/04/2026 12:00", "time", "one way alone, got '03/04/2026 12:00': %d/%m/%Y %H:%M or %m/%d/%Y %H:%M"),
        ("yesterday", "time", "wanted a time as %d/%m/%Y %H:%M or %m/%d/%Y %H:%M or iso, got 'yesterday'"),
        ("2026-03-29 02:30", "time", "which is never there"),
        ("2026-10-25 02:30", "time", "which is twice there"),
        ("1969-01-01", "time", "between 1970 and 2200"),
        ("0001-01-01", "time", "between 1970 and 2200"),
        ("ada at example.org", "mail", "a mail address"),
        ("3,5", "number", "a number as 12 or 12.5"),
        ("1e9", "number", "a number as 12 or 12.5"),
        ("1.0", "whole", "a whole number"),
        ("58:03", "duration", "1:02:03 or 1h 2m 3s"),
        ("-1", "minutes", "not less than nothing"),
        ("NaN", "minutes", "not less than nothing"),
        ("x" * 32_769, "text", "at most 32,768 characters, got 32,769"),
    ],
)
def test_what_no_cell_may_say(text: str, kind: str, words: str) -> None:
    with pytest.raises(CellError) as found:
        BERLIN.read(text, kind)
    assert words in str(found.value)


def test_words_mean_what_the_mapping_says() -> None:
    assert BERLIN.read(" Co-Host ", "text", {"co-host": "facilitator"}) == "facilitator"
    with pytest.raises(CellError, match="wanted one of co-host, got 'Guest'"):
        BERLIN.read("Guest", "text", {"co-host": "facilitator"})


def looked(raw: bytes, encoding: str | None = None, largest: int = 1_000) -> Sheet:
    return look(lambda: io.BytesIO(raw), size=len(raw), encoding=encoding, largest=largest)


@pytest.mark.parametrize(
    ("written", "encoding", "read", "guessed"),
    [
        ("utf-8", None, "utf-8", False),
        ("utf-8-sig", None, "utf-8-sig", False),
        ("utf-16", None, "utf-16", False),
        ("utf-16-le", None, "utf-16-le", False),
        ("utf-16-be", None, "utf-16-be", False),
        ("windows-1252", None, "windows-1252", True),
        ("windows-1252", "windows-1252", "windows-1252", False),
        ("utf-8-sig", "utf-8", "utf-8-sig", False),
    ],
)
def test_how_letters_are_written(written: str, encoding: str | None, read: str, guessed: bool) -> None:  # noqa: FBT001  a case
    sheet = looked('Name,Wörter\r\nAda,"a\nb"\r\n\r\n'.encode(written), encoding)
    assert (sheet.encoding, sheet.guessed) == (read, guessed)
    with sheet.rows(",") as rows:
        assert list(rows) == [(1, ["Name", "Wörter"]), (2, ["Ada", "a\nb"]), (3, [])]


@pytest.mark.parametrize(
    ("raw", "encoding", "words"),
    [
        (b"", None, "an empty file"),
        (b" \n", None, "an empty file"),
        (b"x" * 1_001, None, "at most 1,000 bytes, got 1,001"),
        (b"PK\x03\x04", None, "a workbook"),
        (b"a,b\x00c", None, "a NUL"),
        (b"\xff\xfea\xff\xd8", None, "wanted text in utf-16"),
        ("ö".encode("latin-1"), "utf-8", "byte 0xf6 near offset 0"),
        (b"a\x81", None, "its encoding can be said"),
        (b"a", "utf-7", "one of the encodings"),
    ],
)
def test_what_is_no_table(raw: bytes, encoding: str | None, words: str) -> None:
    with pytest.raises(SheetError) as found:
        looked(raw, encoding)
    assert words in str(found.value)


def test_what_is_wrong_with_its_rows_has_a_number() -> None:
    with looked(b'a,b\nc,"d\n').rows(",") as rows, pytest.raises(SheetError, match=r"row 2: wanted cells in quotes"):
        list(rows)
    with looked(b"a\nb\nc\n").rows(",", most=2) as rows, pytest.raises(SheetError, match="at most 2 rows"):
        list(rows)
