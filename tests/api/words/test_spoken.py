"""What leaves by itself, what is on paper and what a verifier finds, in the language that nobody speaks."""

from __future__ import annotations

import io
import re
import time
from html import unescape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from api.celebrating.events import event_of
from api.celebrating.mail import asking, letter
from api.celebrating.shapes import body_of
from api.entry.letters import letter as sign_in_letter
from api.settings import Settings
from api.words.languages import languages
from ledger import Delivery
from schemas import parse_time, speaking
from tests.api.celebrating.test_celebrations import works
from tests.api.conftest import Guild, client_of, opened
from tests.api.fairness.test_fairness import a_village
from tests.api.people import COMMUNITY, a_spring, contribution, event
from tests.api.posting import plain
from tests.api.pseudo import TAG, content, unsaid, write
from tests.api.test_identity import ON_GIT
from tests.api.test_identity import claim as one_person
from tests.api.watching.test_alarms import a_year_ago

if TYPE_CHECKING:
    from collections.abc import Iterator

DESK = f"/manage/{COMMUNITY}"
PEOPLE = {*(f"p{number}" for number in range(20)), "Ada of the Forum", "A. Lovelace", "Makers", "THE MAKERS"}
NAMED = PEOPLE | {"git", "forum", "events:write", "events:write+identity", "read", "manage"}
TYPED = {"guildbook export", "role: facilitator"}  # on paper, without the marks that pages have around them
ADDRESS = "ada@example.org"
WEEK = "2026-03-04T00:00:00Z"
NOW = 1_790_000_000_000_000


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    """Give the spring, with trouble in it, where an operator has set the language that nobody speaks."""
    folder = tmp_path_factory.mktemp("spoken")
    write(folder / "catalogues")
    settings = Settings(
        data=folder / "data",
        base_url="http://127.0.0.1:8700",
        catalogues=folder / "catalogues",
        language=TAG,
        log_level="error",
    )
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        guild.badge()
        guild.tell(works("cy", ago=0.01))
        yield guild


@pytest.fixture(scope="module")
def troubled(spoken: Guild) -> Guild:
    """Give the same with a ring, a doubt, a source that fell silent, and two accounts that may be one person's."""
    here = spoken.here
    here.told(COMMUNITY, here.book.append(a_village(), community=COMMUNITY))
    gone = [{"retracts": f"contribution-{number}", "reason": "mistake"} for number in (1, 2)]
    spoken.tell([event("retraction", one["retracts"], one, time="2026-04-01T10:00:00Z") for one in gone])
    work = contribution("g1", "ada")
    work["data"]["author"] = ON_GIT | {"name": "A. Lovelace"}
    spoken.tell([work, one_person(1)])
    spoken.tell([one | {"source": "https://blog.example"} for one in a_year_ago()])  # and nothing since
    assert here.standings.wait(COMMUNITY, here.book.head(COMMUNITY))
    return spoken


def english(html: str, *more: object) -> list[str]:
    return unsaid(html, content(*more) | NAMED)


def test_the_operators_own_catalogue_is_among_the_languages(spoken: Guild):
    folder = spoken.here.settings.catalogues
    assert TAG in languages(folder)
    assert TAG not in languages()
    with pytest.raises(ValueError, match="wanted a language of the pages"):
        Settings(language=TAG)


def test_why_a_manager_is_asked_is_translated(troubled: Guild):
    manager = troubled.sign_in()
    review = manager.get(f"{DESK}/review").text
    for name in ("doubts", "accounts", "fairness"):
        part = review.partition(f'<h2 id="{name}">')[2].partition("</section>")[0]
        assert "<li>" in part, name
    assert english(review, a_village()) == []
    desk = manager.get(DESK).text
    assert '<h2 id="alarms">' in desk
    assert english(desk, a_village()) == []
    assert english(manager.get(f"{DESK}/sources").text, a_village()) == []


def delivery(what: dict[str, Any]) -> Delivery:
    return Delivery("one", COMMUNITY, "channel", NOW, NOW, 0, "due", "", what)


def events(guild: Guild) -> dict[str, dict[str, Any]]:
    """Return one of each kind of what is told, as the outbox keeps it."""
    week = {"kind": "spotlight", "per": "week", "at": time.time_ns() // 1_000}
    ada, at = str(guild.here.book.account(COMMUNITY, "forum", "ada")), parse_time(WEEK)
    return {
        "badge": {"kind": "badge", "at": at, "who": ada, "what": "sharer", "facts": [guild.badge().position]},
        "level": {"kind": "level", "at": at, "who": ada, "what": "1", "facts": []},
        "role-begun": {"kind": "role-begun", "at": at, "who": ada, "what": "host", "facts": []},
        "role-ended": {"kind": "role-ended", "at": at, "who": ada, "what": "host", "facts": []},
        "spotlight": week,
        "digest": {"kind": "digest", "at": at, "who": ada},
        "test": {"kind": "test", "at": at},
    }


@pytest.mark.parametrize("own", ["hers", ""])
@pytest.mark.parametrize("kind", ["badge", "level", "role-begun", "role-ended", "spotlight", "digest", "test"])
def test_a_letter_is_translated(spoken: Guild, kind: str, own: str):
    here, what = spoken.here, events(spoken)[kind]
    found = event_of(here, COMMUNITY, what, own=bool(own))
    if found is None:
        assert (kind, own) == ("digest", "")
        return
    made = letter(here, delivery(what), found, ADDRESS, what.get("who") if own else None)
    html = made.get_body(("html",))
    assert html is not None
    assert f'<html lang="{TAG}">' in html.get_content()
    assert english(html.get_content()) == []
    assert english(f"<p>{plain(made)} {made['Subject']}</p>") == []
    with speaking(here.spoken.texts):
        for sort in ("slack", "discord"):
            words = re.sub(r'\\.|"(type|section|plain_text|mrkdwn|text|emoji)"', "", body_of(sort, found).decode())
            assert "⟦" in words, sort
    assert "⟦" not in body_of("webhook", found).decode()  # programs compare words


def test_the_other_letters_are_translated(spoken: Guild):
    made = asking(spoken.here, COMMUNITY, "Makers", ADDRESS, "word")
    html = made.get_body(("html",))
    assert html is not None
    assert english(html.get_content()) == []
    assert made["Content-Language"] == TAG
    with speaking(spoken.here.spoken.texts):
        assert english(f"<p>{sign_in_letter('Makers', 'http://127.0.0.1:8700/enter/x')}</p>") == []


def test_the_feed_is_translated(spoken: Guild):
    root = ET.fromstring(spoken.get(f"/c/{COMMUNITY}/feed.atom", "").content)  # noqa: S314  our own
    assert f'xml:lang="{TAG}"' in spoken.get(f"/c/{COMMUNITY}/feed.atom", "").text
    texts = [one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] in {"title", "content"}]
    assert [each for text in texts for each in english(text)] == []


def test_texts_to_post_are_translated(spoken: Guild):
    browser = spoken.sign_in()
    told = re.findall(r"<textarea[^>]*>(.*?)</textarea>", browser.get(f"/c/{COMMUNITY}/celebrations").text, re.DOTALL)
    assert told
    assert [each for text in told for each in english(unescape(text))] == []


def test_the_paper_is_translated(spoken: Guild):
    pdf = spoken.sign_in().get(f"/manage/{COMMUNITY}/quarters/2026-Q1.pdf")
    reader = PdfReader(io.BytesIO(pdf.content))
    assert str(reader.root_object["/Lang"]) == TAG
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert unsaid(f"<p>{text}</p>", content() | NAMED | TYPED) == []
