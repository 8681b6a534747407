"""The charter in words, the toolkit and the sessions as pages: what they say, choose, turn and refuse."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.api.celebrating.test_celebrations import consent, stamp
from tests.api.people import CHARTER, COMMUNITY, SOURCE, account, contribution, event

if TYPE_CHECKING:
    from tests.api.conftest import Guild

PAGE = f"/c/{COMMUNITY}"
DAY = 86_400_000_000  # µs


def law(**more: Any) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CHARTER)
    return document | more


def publish(guild: Guild, document: dict[str, Any], *, in_days: float = 0) -> None:
    now = time.time_ns() // 1_000
    guild.here.book.publish_charter(COMMUNITY, document, effective=now + int(in_days * DAY), by="a key of ours")


def text(guild: Guild, path: str, key: str | None = None) -> str:
    """Return the words of a page, without its tags."""
    answer = guild.get(PAGE + path, key)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])).split())


# The charter


def test_the_charter_in_words(guild: Guild) -> None:
    for key in ("", guild.manager):
        page = text(guild, "/charter", key)
        assert "Version 1" in page
        assert "We make chairs by hand." in page
        assert "Level 2: Maker All of these Shared 2 resources At least 2 contributions (kind: resource)." in page
        assert "None of these Has an open case At least 1 open moderation case." in page
        assert "Who may be asked to lead Host Shared 3 times At least 3 contributions." in page
        assert "Credit whoever taught you." in page
        assert "a key of ours" not in page


def changed() -> dict[str, Any]:
    document = law()
    document["rules"][1]["version"] = 3
    document["rules"][1]["all"][0] |= {"at_least": 4, "label": "Shared 4 resources"}
    return document


def test_every_version_says_what_it_changed(guild: Guild) -> None:
    publish(guild, changed())
    page = text(guild, "/charter", "")
    assert "Version 2 in force" in page
    assert "asks for 4 instead of 2" in page
    assert "asks for more" in page
    assert "Binds the whole history; whoever has it by an earlier version is held to this one." in page
    assert "Shared 4 resources" in page
    first = text(guild, "/charter?version=1", "")
    assert "Shared 2 resources" in first
    assert "This is not the version in force" in first


def test_what_is_announced_says_when_it_begins(guild: Guild) -> None:
    publish(guild, changed(), in_days=40)
    page = text(guild, "/charter", "")
    assert "Version 1 in force" in page
    assert "Version 2 announced" in page
    assert "begins to bind on" in page
    assert page.index("Shared 2 resources") < page.index("Every version")
    ahead = text(guild, "/charter?version=2", "")
    assert "Shared 4 resources" in ahead
    assert ahead.index("begins to bind on") < ahead.index("What it is for")


def test_what_names_platforms_and_items_is_for_those_inside(guild: Guild) -> None:
    document = law(sources=[{"source": "forum", "uri": "https://inner.example"}], targets={"weekly_active": 30})
    document["rules"][0]["version"] = 9
    document["rules"][0]["all"][0]["where"] = {"source": "https://inner.example"}
    publish(guild, document)
    outside, inside = text(guild, "/charter", ""), text(guild, "/charter")
    assert "inner.example" not in outside
    assert "weekly active" not in outside + outside.replace("_", " ")
    assert "source: a certain one" in outside
    assert "source: https://inner.example" in inside
    assert "weekly active: 30" in inside


def test_a_long_history_is_turned_page_by_page(guild: Guild) -> None:
    for number in range(25):
        publish(guild, law(norms=[f"Norm {number}."]))
    page = guild.get(f"{PAGE}/charter", "").text
    assert page.count('id="version-') == 20
    assert f'href="{PAGE}/charter?before=7#history"' in page
    assert guild.get(f"{PAGE}/charter?before=7", "").text.count('id="version-') == 6


@pytest.mark.parametrize("query", ["version=0", "version=x", "version=2", "before=1", "version=99999999999999999999"])
def test_a_version_that_never_was_is_refused(guild: Guild, query: str) -> None:
    assert guild.get(f"{PAGE}/charter?{query}", "").status_code in {404, 422}


def test_a_community_without_a_charter_has_its_pages(guild: Guild) -> None:
    for path in ("", "/charter", "/toolkit", "/sessions", "/embed"):
        for key in ("", guild.stranger):
            assert guild.get(f"/c/bakers{path}", key).status_code == 200
        assert guild.get(f"/c/nowhere{path}", "").status_code == 404


# The toolkit


def work(number: object, who: str = "ada", **more: Any) -> dict[str, Any]:
    return contribution(number, who, time=stamp(days=5), **more)


def titles(guild: Guild, query: str = "", key: str | None = None) -> list[str]:
    found = re.findall(
        r'<li class="work">\s*<h3><a href="[^"]*"[^>]*>([^<]*)</a>', guild.get(f"{PAGE}/toolkit{query}", key).text
    )
    return [unescape(each).removeprefix("How to bend ash, part ") for each in found]


def test_what_was_built_on_most_stands_first(guild: Guild) -> None:
    about = f"{SOURCE}/p/1"
    guild.tell([work(1), work(2), work(3, "bo", about=about), work(4, "cy", about=about), work(5, about=about)])
    assert titles(guild)[0] == "1"
    assert "built on 2 times" in text(guild, "/toolkit")
    assert "5 works" in text(guild, "/toolkit")


def test_it_is_chosen_by_outcome_and_by_skill(guild: Guild) -> None:
    guild.tell(
        [
            work("a", skills=["wood/joints"]),
            work("b", skills=["steam"]),
            work("c", space="workshop"),  # an activity that serves the outcome
            consent("ada"),
        ]
    )
    for key in ("", guild.manager):
        assert set(titles(guild, "?outcome=share", key)) == {"a", "c"}
        assert titles(guild, "?skill=steam", key) == ["b"]
        assert titles(guild, "?outcome=share&skill=steam", key) == []
        assert titles(guild, "?outcome=no-such", key) == []
        assert len(titles(guild, "", key)) == 3
    chosen = guild.get(f"{PAGE}/toolkit?outcome=share", "").text
    assert '<option value="share" selected>' in chosen


def test_it_is_turned_page_by_page(guild: Guild) -> None:
    guild.tell([work(n, skills=["wood/joints"]) for n in range(120)] + [consent("ada")])
    for key in ("", guild.manager):
        pages = [titles(guild, f"?outcome=share&page={n}", key) for n in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [50, 50, 20, 0]
        assert len({title for page in pages for title in page}) == 120
    first = guild.get(f"{PAGE}/toolkit?outcome=share", "").text
    assert f'href="{PAGE}/toolkit?outcome=share&amp;skill=&amp;page=2" rel="next"' in first
    assert len(first.encode()) < 100_000


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999", f"skill={'x' * 65}"])
def test_what_cannot_be_chosen_is_refused(guild: Guild, query: str) -> None:
    assert guild.get(f"{PAGE}/toolkit?{query}", "").status_code == 422


def test_an_address_that_is_none_to_follow_is_not_on_the_shelf(guild: Guild) -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//elsewhere.example", "ftp://x"):
        refused = guild.post(contribution("bad", url=url))
        assert refused.status_code == 422
    guild.tell([work("plain", url="HTTPS://Forum.example/x")])
    assert titles(guild) == ["plain"]


# Sessions


def attended(who: str, session: str, **more: Any) -> dict[str, Any]:
    told = {"session": session, "mode": "sync", "setting": "collaborative", "state": "attended"} | more
    told = {field: value for field, value in told.items() if value}
    return event("attendance", f"{who}-{session}", told | {"attendee": account(who)}, time=stamp(days=int(session)))


def test_sessions_are_chosen_by_their_way(guild: Guild) -> None:
    guild.tell(
        [
            attended("ada", "1", series="workshop"),
            attended("bo", "1", series="workshop"),
            attended("ada", "2", mode="async", setting="individual", format="recording"),
            attended("ada", "3", setting="", series="workshop"),
        ]
    )
    everything = text(guild, "/sessions")
    assert "3 sessions" in everything
    assert "2 came" in everything
    together = text(guild, "/sessions?way=live-together")
    assert "2 sessions" in together
    assert "Recording" not in together
    assert "2 sessions in 90 days, 3 came" in together, "the one without a setting goes as the charter's activity"
    assert "Recording" in text(guild, "/sessions?way=own-time-alone", "")
    assert guild.get(f"{PAGE}/sessions?way=elsewhere", "").status_code == 422


# On other pages


def test_a_community_can_be_embedded(guild: Guild) -> None:
    page = guild.get(PAGE, "").text
    found = re.search(r'<link rel="alternate" type="application/json\+oembed"[^>]* href="([^"]+)"', page)
    assert found
    told = guild.client.get(unescape(found[1])).json()
    assert (told["type"], told["title"], told["width"], told["height"]) == ("rich", "The Makers", 480, 160)
    assert told["html"] in unescape(page)
    framed = guild.client.get(f"{PAGE}/embed")
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "We make chairs by hand." in framed.text
    assert "<script" not in framed.text
    assert framed.text == guild.sign_in().get(f"{PAGE}/embed").text, "it is alike to all"
