"""A second language end to end: a small catalogue that an operator wrote, and English for what it does not have."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from api.celebrating.events import event_of
from api.celebrating.mail import letter
from api.errors import CatalogueError
from api.settings import Settings
from api.words.languages import translations
from ledger import Delivery
from schemas import decimal, grouped, percent, say, tell
from schemas import speaking as told_in
from tests.api.celebrating.test_celebrations import consent, works
from tests.api.conftest import Guild, client_of, opened
from tests.api.people import COMMUNITY, a_spring
from tests.api.posting import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgctxt "between thousands, as in 12,345"
msgid ","
msgstr "."

msgctxt "before decimals, as in 1.5"
msgid "."
msgstr ","

msgid "What waits for you"
msgstr "Was auf Sie wartet"

msgid "%(count)s member has done something that the book knows of."
msgid_plural "%(count)s members have done something that the book knows of."
msgstr[0] "%(count)s Mitglied hat etwas getan, wovon das Buch weiß."
msgstr[1] "%(count)s Mitglieder haben etwas getan, wovon das Buch weiß."

msgid "%(who)s earned the badge %(name)s."
msgstr "Das Abzeichen %(name)s hat %(who)s verdient."

msgid "You earned the badge %(name)s."
msgstr "Das Abzeichen %(name)s haben Sie verdient."

msgid "%(name)s: what there is to celebrate"
msgstr "%(name)s: was es zu feiern gibt"

msgid "You get this because you asked for it on your page."
msgstr "Sie bekommen dies, weil Sie es auf Ihrer Seite so wollten."

msgid "No more of this"
msgstr "Nichts mehr davon"

msgid "The signature does not fit what the %(thing)s says. Somebody changed it, or it was never signed."
msgstr "Was auf %(thing)s steht, passt nicht zur Unterschrift."

msgid "badge"
msgstr "dem Abzeichen"

msgid "%(day)s March %(year)s"
msgstr "%(day)s. März %(year)s"
"""


def catalogue(folder: Path, words: str = CATALOGUE) -> Path:
    place = folder / "catalogues" / "de" / "LC_MESSAGES" / "guildbook.po"
    place.parent.mkdir(parents=True)
    place.write_text(words, encoding="utf-8")
    return folder / "catalogues"


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    folder = tmp_path_factory.mktemp("german")
    settings = Settings(
        data=folder / "data",
        base_url="http://127.0.0.1:8700",
        catalogues=catalogue(folder),
        language="de",
        log_level="error",
    )
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        guild.badge()
        yield guild


def test_pages_speak_it_and_english_for_the_rest(german: Guild):
    manager = german.sign_in()
    page = manager.get(f"/manage/{COMMUNITY}/members").text
    assert '<html lang="de">' in page
    assert re.search(r"[2-9] Mitglieder haben etwas getan, wovon das Buch weiß\.", page)
    assert "Was auf Sie wartet" in manager.get(f"/manage/{COMMUNITY}").text
    assert "Members" in page  # not in this catalogue
    badge = german.client.get(f"/b/{german.badge().id}").text
    assert re.search(r"\d+\. März 2026", badge)


def test_a_verdict_is_told_in_it(german: Guild):
    forged = german.client.get(f"/credentials/{german.badge().id}.json").text.replace("twice", "thrice")
    html = {"Accept": "text/html"}
    page = german.client.post("/verify", files={"text": (None, forged)}, headers=html).text
    assert "Was auf dem Abzeichen steht, passt nicht zur Unterschrift." in page


def test_programs_get_english(german: Guild):
    found = german.get(f"/communities/{COMMUNITY}/spotlights?as_of=2026-03-10T00:00:00Z").json()
    assert "Das Abzeichen" not in str(found)
    assert found["title"].startswith("the week of")


def test_mail_speaks_it(german: Guild):
    here, ada = german.here, str(german.here.book.account(COMMUNITY, "forum", "ada"))
    now = time.time_ns() // 1_000
    what = {"kind": "badge", "at": now, "who": ada, "what": "sharer", "facts": [german.badge().position]}
    for own, words in ((False, "hat A member verdient."), (True, "haben Sie verdient.")):
        event = event_of(here, COMMUNITY, what, own=own)
        assert event is not None
        made = letter(here, Delivery("1", COMMUNITY, "c", now, now, 0, "due", "", what), event, "ada@example.org", ada)
        assert made["Subject"] == f"The Makers: Das Abzeichen Sharer {words}"
        assert made["Content-Language"] == "de"
        assert "weil Sie es auf Ihrer Seite so wollten." in plain(made)
        assert "Nichts mehr davon: http://127.0.0.1:8700/mail/" in plain(made)
        html = made.get_body(("html",))
        assert html is not None
        assert '<html lang="de">' in html.get_content()
        assert ">Open</a>" in html.get_content()  # not in this catalogue


def test_the_feed_speaks_it(german: Guild):
    german.tell([*works("cy", ago=8), consent("cy")])
    feed = german.get(f"/c/{COMMUNITY}/feed.atom", "").text
    assert 'xml:lang="de"' in feed
    assert "<title>The Makers: was es zu feiern gibt</title>" in feed


def test_numbers_have_its_marks(tmp_path: Path):
    with told_in(translations("de", catalogue(tmp_path))):
        told = say("%(one)s, %(two)s, %(three)s", one=grouped(12_345), two=decimal(1_234.56), three=percent(0.31))
        assert tell(told) == "12.345, 1.234,6, 31\u00a0%"


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path):
    folder = catalogue(tmp_path, "msgid Tag")
    with pytest.raises(CatalogueError, match=r"guildbook\.po: line 1"):
        translations("de", folder)
