"""The room for tables: looked at, recorded, brought again; without a script, and nothing kept in between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from api.importing.room import LARGEST
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

ROOM = f"/manage/{COMMUNITY}/tables"
HTML = {"Accept": "text/html"}
SHEET = "Date,Session,Name,Email\n2026-03-01 18:00,Swap,Ida,ida@example.org\n2026-03-01 18:00,Swap,Jo,jo at home\n"


def post(guild: Guild, browser: TestClient, table: str | None, **fields: str) -> Response:
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    files = {"file": ("swap.csv", (table or "").encode(), "text/csv")}
    said = {"csrf": word, "do": "look", "mapping": "attendance-sheet", **fields}
    return browser.post(ROOM, data=said, files=files, headers=HTML)


def held(page: str) -> dict[str, str]:
    """Return the hidden fields by which a page carries a table."""
    found = re.search(r'name="held" value="([^"]+)"><input type="hidden" name="name" value="([^"]+)"', page)
    assert found
    return {"held": found[1], "name": found[2]}


def test_a_table_is_looked_at_recorded_and_brought_again(guild: Guild) -> None:
    browser, before = guild.sign_in(), guild.here.book.head(COMMUNITY)
    assert "No such export is published" in browser.get(ROOM).text
    look = post(guild, browser, SHEET)
    assert look.status_code == 200
    for words in (
        "What would be recorded",
        "1 new",
        "1 refused",
        "Email: wanted a mail address",
        "attendance attended",
    ):
        assert words in look.text
    assert guild.here.book.head(COMMUNITY) == before
    done = post(guild, browser, None, do="record", **held(look.text))
    assert "What was recorded" in done.text
    assert guild.here.book.head(COMMUNITY) == before + 1
    assert "1 known already" in post(guild, browser, SHEET).text
    changed = post(
        guild,
        browser,
        SHEET.replace("Name,Email", "Name,Email,Minutes").replace("ida@example.org", "ida@example.org,9"),
    )
    assert "1 changed since" in changed.text
    assert "Minutes: wanted what was recorded under this key" in changed.text
    assert guild.here.book.head(COMMUNITY) == before + 1


def test_what_is_wrong_is_said_there_and_choices_are_kept(guild: Guild) -> None:
    browser, before = guild.sign_in(), guild.here.book.head(COMMUNITY)
    for table, fields, words in (
        (None, {}, "anted a file with a table, got none"),
        ("PK\x03\x04", {}, "a workbook; save its sheet as CSV"),
        ("A,B\n1,2\n", {"zone": "Europe/Oslo"}, "anted a table with the columns Date, Session, Email; got A, B"),
        (SHEET, {"mapping": "nothing"}, "anted one of these mappings"),
        (SHEET, {"mapping": "own", "own": "mapping: [}"}, "anted YAML"),
        (SHEET, {"zone": "Mars/Olympus"}, "anted a time zone as Europe/London"),
        (SHEET, {"answers": "spring"}, "anted NAME=ANSWER in each line"),
        (SHEET, {"do": "burn"}, "anted look or record"),
        (SHEET, {"encoding": "latin-7"}, "anted one of the encodings"),
    ):
        answer = post(guild, browser, table, **fields)
        assert (answer.status_code, words in answer.text) == (422, True), (fields, answer.text[-3000:])
        if table and not table.startswith("PK"):
            assert "it is still swap.csv" in answer.text
        for value in fields.values():
            assert value in answer.text or value in {"nothing", "burn", "latin-7"}
    assert guild.here.book.head(COMMUNITY) == before


def test_only_our_own_form_and_only_so_much(guild: Guild) -> None:
    browser = guild.sign_in()
    assert post(guild, browser, SHEET, csrf="guess").status_code == 403
    assert browser.post(ROOM, data={"do": "look"}).status_code == 415
    assert post(guild, browser, None, held="no base64").status_code == 400
    assert "anted a file of at most 1,048,576 bytes" in post(guild, browser, "x," * (LARGEST // 2 + 1)).text
    assert post(guild, browser, "x," * (2 * LARGEST)).status_code == 413
