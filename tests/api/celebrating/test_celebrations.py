"""Celebrations as a page, a feed and JSON: who allows it is named, who took it back vanishes, the erased are gone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from api.celebrating.ready import posted
from tests.api.people import COMMUNITY, account, contribution, endorsement, event

if TYPE_CHECKING:
    from tests.api.conftest import Guild

NOW = datetime.now(UTC)
_MONDAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=NOW.weekday())
LAST_WEEK = (NOW - _MONDAY) / timedelta(days=1) + 1 / 1_440  # days ago: its last minute
POLICY = {"uri": "https://forum.example/consent"}


def stamp(**ago: float) -> str:
    return (NOW - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def consent(who: str, decision: str = "granted", purpose: str = "spotlight") -> dict[str, Any]:
    data = {"member": account(who), "purpose": purpose, "decision": decision, "policy": POLICY}
    when = stamp(seconds=60 if decision == "granted" else 30)
    return event("consent", f"{who}-{decision}-{purpose}-{time.monotonic_ns()}", data, time=when)


def works(who: str, *, ago: float, number: int = 2) -> list[dict[str, Any]]:
    """Return works that bring her the first level and the badge, `ago` days ago."""
    return [contribution(f"{who}{n}", who, time=stamp(days=ago)) for n in range(number)]


def voices(who: str, *, ago: float, by: tuple[str, ...] = ("di", "ed")) -> list[dict[str, Any]]:
    return [endorsement(f"{who}0", one, who) | {"time": stamp(days=ago)} for one in by]


def shown(guild: Guild, period: str = "month", key: str | None = "", **ago: float) -> str:
    if not ago:
        return guild.get(f"/c/{COMMUNITY}/celebrations?period={period}", key).text
    asked = f"/communities/{COMMUNITY}/spotlights?period={period}&as_of={stamp(**ago)}"
    return guild.get(f"/c/{COMMUNITY}/celebrations/{period}/{guild.get(asked).json()['number']}", key).text


def told(guild: Guild, **ago: float) -> dict[str, Any]:
    as_of = f"?as_of={stamp(**ago)}" if ago else ""
    answer = guild.get(f"/communities/{COMMUNITY}/spotlights{as_of}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_only_who_allows_it_is_named(guild: Guild):
    guild.tell([*works("ada", ago=0), *works("bo", ago=0), *voices("ada", ago=0), consent("ada")])
    guild.badge("ada")
    page = shown(guild)
    assert "Ada of the Forum reached level 2, Maker." in page
    assert "A member reached level 1, Member." in page
    assert "Bo of the Forum" not in page
    assert "2 peers endorsed a work by Ada of the Forum." in page
    assert "How to bend ash" in page
    assert "Shared something" in page  # the reason, by the rule's label


def test_who_takes_it_back_vanishes_from_past_pages_too(guild: Guild):
    guild.tell([*works("ada", ago=30), *works("bo", ago=30), consent("ada"), consent("bo")])
    assert "Ada of the Forum" in shown(guild, days=30)
    time.sleep(0.01)
    guild.tell([consent("ada", "withdrawn")])
    page = shown(guild, days=30)
    assert "Ada" not in page
    assert "A member" not in page, "who took it back is left out"
    assert "Bo of the Forum" in page


def test_who_was_erased_is_nowhere(guild: Guild):
    guild.tell([*works("ada", ago=LAST_WEEK), consent("ada"), *works("bo", ago=LAST_WEEK)])
    assert "Ada" in shown(guild, days=LAST_WEEK)
    assert "Ada" in guild.get(f"/c/{COMMUNITY}/feed.atom", "").text
    guild.client.delete(f"/communities/{COMMUNITY}/members/{guild.member('ada')}", headers=bearer(guild))
    assert "Ada" not in shown(guild, days=LAST_WEEK)
    assert "Ada" not in guild.get(f"/c/{COMMUNITY}/feed.atom", "").text


def bearer(guild: Guild) -> dict[str, str]:
    return {"Authorization": f"Bearer {guild.manager}"}


def test_a_manager_gets_reasons_facts_and_text_to_post(guild: Guild):
    guild.tell([*works("ada", ago=0), *works("bo", ago=0), consent("bo")])
    found = told(guild)
    level = next(one for one in found["moments"] if one["kind"] == "level" and one["member"] == guild.member("ada"))
    assert level["name"] is None
    assert level["why"] == "Shared something"
    assert guild.here.book.at(COMMUNITY, level["facts"])[0].topic == "contribution.v1"
    assert not level["quiet"]
    assert "Bo of the Forum shared a resource for the first time." in found["ready"]["linkedin"]
    assert "Ada" not in str(found["ready"])
    past = guild.get(f"/c/{COMMUNITY}/celebrations/week/{found['number'] - 1}", "")
    assert past.status_code == 200
    assert "A quiet time" in past.text


@pytest.mark.parametrize("path", ["year/1", "week/-1", "week/9999999", "month/9999999", "day/9999998", "week/x"])
def test_a_period_that_is_none_is_refused(guild: Guild, path: str):
    assert guild.get(f"/c/{COMMUNITY}/celebrations/{path}", "").status_code in {404, 422}


@pytest.mark.parametrize("query", ["period=year", "as_of=yesterday"])
def test_what_cannot_be_asked_is_refused(guild: Guild, query: str):
    assert guild.get(f"/communities/{COMMUNITY}/spotlights?{query}").status_code == 422
    if query.startswith("period"):
        assert guild.get(f"/c/{COMMUNITY}/celebrations?{query}", "").status_code == 422


def test_an_imported_history_floods_nobody(guild: Guild):
    peers = [one for n in range(3) for one in voices(f"m{n}", ago=20)]
    guild.tell([one for n in range(12) for one in works(f"m{n}", ago=20)] + peers + [consent("m1")])
    found = told(guild, days=20)
    assert len(found["spotlights"]) == 3
    assert all(one["quiet"] for one in [*found["spotlights"], *found["moments"]])
    assert found["ready"]["markdown"].count("\n- ") == 0
    assert shown(guild, "week", days=20).count("told later") == 1
    assert feedparser.parse(guild.get(f"/c/{COMMUNITY}/feed.atom", "").content).entries == []


def test_the_feed_is_read_by_others(guild: Guild):
    guild.tell(
        [
            *works("ada", ago=LAST_WEEK),
            *works("bo", ago=LAST_WEEK),
            *voices("ada", ago=LAST_WEEK, by=("di", "ed", "flo")),
            consent("ada"),
        ]
    )
    answer = guild.get(f"/c/{COMMUNITY}/feed.atom", "")
    assert answer.headers["content-type"] == "application/atom+xml"
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.title == "The Makers: what there is to celebrate"
    assert read.feed.author == "The Makers"
    (entry,) = read.entries
    assert entry.id.startswith("urn:uuid:")
    assert "Ada of the Forum" in entry.content[0].value
    assert "Bo of the Forum" not in entry.content[0].value
    page = guild.get(entry.link.removeprefix("http://127.0.0.1:8700"), "")
    assert page.status_code == 200
    assert "Ada of the Forum" in page.text
    again = feedparser.parse(guild.get(f"/c/{COMMUNITY}/feed.atom", "").content)
    assert [one.id for one in again.entries] == [entry.id]


def test_the_feed_is_not_sent_twice(guild: Guild):
    guild.tell([*works("ada", ago=LAST_WEEK), consent("ada")])
    guild.badge("ada")
    path = f"/c/{COMMUNITY}/feed.atom"
    first = guild.get(path, "")
    for known in ({"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}):
        assert guild.get(path, "", **known).status_code == 304
    assert guild.get(path, "", **{"If-None-Match": '"another"'}).status_code == 200
    assert guild.get(path, "", **{"If-Modified-Since": "never"}).status_code == 200
    guild.tell([consent("ada", "withdrawn")])
    assert guild.get(path, "", **{"If-None-Match": first.headers["etag"]}).status_code == 200


def test_names_cannot_break_the_feed_or_mention_anybody(guild: Guild):
    evil = "@everyone <b>&\u0007]]> #tag [x](http://evil)"
    told_ = [one | {"data": one["data"] | {"author": account("eve", name=evil)}} for one in works("eve", ago=LAST_WEEK)]
    guild.tell([*told_, consent("eve")])
    read = feedparser.parse(guild.get(f"/c/{COMMUNITY}/feed.atom", "").content)
    assert not read.bozo
    assert "<b>" not in read.entries[0].content[0].value
    ready = told(guild, days=LAST_WEEK)["ready"]
    assert "<b>" not in ready["html"]
    assert "[x](" not in ready["markdown"]
    assert all("@everyone" not in text for text in ready.values())


def test_posts_keep_their_lengths():
    lines = [f"Member {n} reached level 2, a name that is quite long." for n in range(80)]
    url = "https://guild.example/c/makers/celebrations/week/2900"
    for most, link in ((3_000, None), (500, 23), (280, 23)):
        text = posted("The Makers, the week of 16 November 2026", lines, url, most, link)
        weighed = len(text) - len(url) + (len(url) if link is None else link)
        assert weighed <= most
        assert text.endswith(url)
        assert "more" in text
    assert len(posted("M" * 400, [], url, 280, 23)) <= 280 - 23 + len(url)


def test_long_ago_is_for_those_inside(guild: Guild):
    path = f"/c/{COMMUNITY}/celebrations/month/{2020 * 12}"
    assert guild.get(path, "").status_code == 404
    assert guild.get(path, guild.reader).status_code == 200


def test_her_week_is_hers(guild: Guild):
    more = [contribution(f"c{n}", "cy", time=stamp(hours=1), skills=["wood/joints"]) for n in range(2)]
    mine = [contribution(f"a{n}", "ada", time=stamp(hours=1), skills=["wood/joints"]) for n in range(2)]
    guild.tell([*mine, *more, *works("bo", ago=0), consent("cy")])
    ada = guild.member("ada")
    path = f"/c/{COMMUNITY}/m/{ada}/week?as_of={stamp(seconds=-2)}"
    hers = guild.sign_in("member", ada).get(path).text
    assert "Shared a resource" in hers
    assert "Cy of the Forum" in hers
    assert "Bo of the Forum" not in hers
    for stranger in (guild.sign_in("member", guild.member("bo")), guild.client):
        assert "Ada" not in stranger.get(path).text
