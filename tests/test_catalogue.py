"""The catalogue has every text, and a translation that cannot be shown is refused before any page is."""

from __future__ import annotations

import io
import pickle
import re

import pytest
from babel.messages.pofile import read_po

from api.errors import CatalogueError
from api.settings import Settings
from api.words.languages import languages, read, translations
from schemas import (
    ENGLISH,
    Text,
    capital,
    counted,
    decimal,
    english,
    grouped,
    joined,
    listed,
    marked,
    percent,
    say,
    speaking,
    tell,
    words_of,
)
from tests import catalogue
from tests.api.pseudo import Pseudo

HEAD = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"
"""
POLISH = f"""{HEAD}
#: api/words/wording.py
msgid "Gave a review"
msgstr "Dała recenzję"

msgid "%(have)s of %(need)s"
msgstr "%(have)s "
"z %(need)s"

#, python-format
msgid "%(count)s member"
msgid_plural "%(count)s members"
msgstr[0] "%(count)s członkini"
msgstr[1] "%(count)s członkinie"
msgstr[2] "%(count)s członkiń"

msgctxt "between thousands, as in 12,345"
msgid ","
msgstr "\u00a0"

#, fuzzy
msgid "Told a story"
msgstr "Coś"

msgid "Gave a talk"
msgstr ""

#~ msgid "What nobody says any more"
#~ msgstr "Czego nikt już nie mówi"
"""


def test_the_catalogue_is_up_to_date():
    made = catalogue.written(catalogue.catalogue())
    assert catalogue.TEMPLATE.read_text(encoding="utf-8") == made, "make catalogue"


@pytest.mark.parametrize("language", languages())
def test_every_translation_can_be_shown(language: str):
    assert translations(language).gettext("Valid")


def test_a_translation_is_read_as_others_read_it():
    ours, theirs = read(POLISH), read_po(io.BytesIO(POLISH.encode()), locale="pl")
    assert ours.gettext("Gave a review") == theirs["Gave a review"].string
    assert ours.gettext("%(have)s of %(need)s") == theirs["%(have)s of %(need)s"].string
    forms = [*(theirs["%(count)s member"].string or ())]
    assert [ours.ngettext("%(count)s member", "%(count)s members", n) for n in (1, 2, 5, 22)] == [
        forms[0], forms[1], forms[2], forms[1],
    ]  # fmt: skip


def test_a_whole_translation_is_read():
    made, spoken = catalogue.catalogue(), Pseudo()
    made.locale = "de"
    messages = [one for one in made if one.id]
    for one in messages:
        forms = [spoken.gettext(each) for each in ([one.id] if isinstance(one.id, str) else one.id)]
        one.string = forms[0] if len(forms) == 1 else tuple(forms)
    found = read(catalogue.written(made))
    plain = [one for one in messages if isinstance(one.id, str) and not one.context]
    assert [one.id for one in plain if found.gettext(str(one.id)) != one.string] == []


def test_what_is_not_translated_yet_is_english():
    polish = read(POLISH)
    assert [polish.gettext(each) for each in ("Told a story", "Gave a talk", "Never heard")] == [
        "Told a story", "Gave a talk", "Never heard",
    ]  # fmt: skip


def test_a_text_is_english_until_it_is_told():
    rows = [say("Gave a review"), counted(1_002, "member", "members"), counted(0, "member", "members")]
    assert rows == ["Gave a review", "1,002 members", "no members"]
    with speaking(read(POLISH)):
        assert [tell(row) for row in rows] == ["Dała recenzję", "1\u00a0002 członkinie", "0 członkiń"]
        assert tell(capital(say("%(have)s of %(need)s", have=grouped(3), need=4))) == "3 z 4"
        assert tell(joined("; ", [rows[0], "Ada"])) == "Dała recenzję; Ada"
        assert rows[0] == "Gave a review"
    assert [tell(row) for row in rows] == rows


def test_a_text_may_be_copied_to_another_process():
    text = pickle.loads(pickle.dumps(listed([say("Gave a review"), "Ada"])))  # noqa: S301  our own
    assert (text, text.told(read(POLISH))) == ("Gave a review and Ada", "Dała recenzję and Ada")


def test_a_text_shows_itself_as_markup_in_the_language_that_is_spoken():
    text = say("%(what)s is <new>", what=say("Gave a review"))
    with speaking(read(POLISH)):
        assert text.__html__() == "Dała recenzję is &lt;new&gt;"
    assert isinstance(text, Text)
    assert text.told(ENGLISH) == marked("Gave a review is <new>")


def test_what_is_english_in_every_language_is_marked_in_markup_alone():
    text = pickle.loads(pickle.dumps(say("Gave a review: %(why)s", why=english("wanted <a>"))))  # noqa: S301  our own
    assert text == "Gave a review: wanted <a>"
    assert text.__html__() == "Gave a review: wanted &lt;a&gt;"
    with speaking(Pseudo()):
        assert tell(text).endswith("wanted <a>")
        assert text.__html__().endswith('<span lang="en">wanted &lt;a&gt;</span>')


def test_an_error_that_was_made_of_a_text_can_be_told():
    with speaking(read(POLISH)):
        assert tell(words_of(CatalogueError(say("Gave a review")))) == "Dała recenzję"
        assert words_of(CatalogueError("wanted it")).__html__() == '<span lang="en">wanted it</span>'
    assert words_of(CatalogueError()) == ""


def test_numbers_are_written_as_the_language_does():
    numbers = [
        grouped(1_234),
        decimal(1_234.56),
        decimal(2.0, 0, signed=True),
        decimal(-2.5, signed=True),
        percent(0.3),
    ]
    assert numbers == ["1,234", "1,234.6", "+2", "-2.5", "30\u00a0%"]
    with speaking(read(POLISH + '\nmsgctxt "before decimals, as in 1.5"\nmsgid "."\nmsgstr ","\n')):
        assert [tell(each) for each in numbers] == ["1\u00a0234", "1\u00a0234,6", "+2", "-2,5", "30\u00a0%"]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Sign in to %(name)s?"\nmsgstr "Zaloguj do %(nazwa)s?"', "placeholders"),
        ('msgid "Sign in to %(name)s?"\nmsgstr "Zaloguj?"', "placeholders"),
        ('msgid "Holds"\nmsgstr "100 % tak"', "wanted %(name)s or %%"),
        ('msgid "See <a href=\\"/\\">it</a>"\nmsgstr "Zobacz <b>to</b>"', "the same tags"),
        ('msgid "Holds"\nmsgstr Tak', "wanted a keyword and a text in quotes"),
        ('"Tak"', "wanted a keyword"),
    ],
)
def test_a_translation_that_cannot_be_shown_is_refused(entry: str, fault: str):
    with pytest.raises(CatalogueError, match=re.escape(fault)):
        read(f"{HEAD if entry[0] == 'm' else ''}\n{entry}\n")


def test_plural_rules_that_are_none_are_refused():
    with pytest.raises(CatalogueError, match="head of a catalogue"):
        read('msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=import os;\\n"\n')


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(CatalogueError, match="got 'tlh'"):
        translations("tlh")
    with pytest.raises(ValueError, match="wanted a language of the pages"):
        Settings(language="../../etc")
