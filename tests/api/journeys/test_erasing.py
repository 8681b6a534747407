"""A member has herself forgotten, by her own page: she is nowhere any more, and nobody else has lost anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from playwright.sync_api import expect
from psycopg import sql

from tests import browser
from tests.api.journeys.conftest import settled
from tests.api.journeys.town import OF_EACH, PEOPLE, a_town
from tests.api.journeys.walking import betrayed, walked
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.journeys.town import Town
    from tests.api.sites import Authority

SAID = {"ada": "Adasword: chairs that stand.", "bo": "Bosword: chairs that last.", "of her": "Bosverdict: well earned."}
GONE = [*OF_EACH["ada"].values(), SAID["ada"], SAID["of her"]]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Town]:
    """Give a town of its own, on each store."""
    more = {"database": request.getfixturevalue("postgres_database")} if request.param == "postgres" else {}
    with a_town(tmp_path, authority, **more) as found:
        yield settled(found)


def says(page: Page, address: str, words: str) -> None:
    """Endorse what a page is about, by its form."""
    page.goto(address)
    page.get_by_label(re.compile("What you can say of it")).fill(words)
    page.get_by_role("button", name="Endorse").click()
    page.get_by_text(words).wait_for()


def test_she_is_forgotten_and_nobody_else_loses_anything(place: Town, page: Page, chromium: Browser, tmp_path: Path):
    badge = f"/b/{place.badge('ada')}"
    credential = badge.replace("/b/", "/credentials/")
    with browser.opened(chromium) as bo:
        place.sign_in(bo, "bo")
        says(bo, f"{place.base}/c/{COMMUNITY}", SAID["bo"])
        says(bo, place.base + badge, SAID["of her"])
        place.sign_in(page, "ada")
        says(page, f"{place.base}/c/{COMMUNITY}", SAID["ada"])
        kept = page.request.get(f"{place.base}{credential}.json").json()
        address, member = place.page_of("ada"), place.member("ada")
        bo.goto(place.page_of("bo"))
        before = told(bo)
        facts = place.heads()[COMMUNITY]

        forgotten(page, place)

        bo.reload()
        assert told(bo) == before, "what she said of others still counts"
        nowhere(place, {"bo": bo, "nobody": page}, [address.removeprefix(place.base), badge, f"{badge}/embed"])
        answers_honestly(place, bo, kept, [badge, credential, f"{credential}.png", f"{credential}/bundle"])
    assert place.guild.get(f"/communities/{COMMUNITY}/members/{member}/standing").status_code == 410
    assert place.guild.get(f"/communities/{COMMUNITY}/accounts/forum/ada-no-48151").status_code == 404
    assert place.heads()[COMMUNITY] > facts, "facts stay, and that she left is one"
    assert in_stores(place, tmp_path / "data") == []
    assert with_every_key(place) == []


def told(page: Page) -> str:
    """Return what a member's page says of why and next."""
    return "".join(page.get_by_role("region", name=name).inner_text() for name in ("Why", "Next"))


def forgotten(page: Page, place: Town) -> None:
    """Let Ada read what goes and what stays, hesitate, and go."""
    page.goto(place.page_of("ada"))
    page.get_by_role("link", name=re.compile("Be forgotten")).click()
    expect(page.get_by_role("region", name="What goes")).to_contain_text("1 badge: revoked", use_inner_text=True)
    page.get_by_role("button", name="Erase for ever").click()
    assert page.url.endswith("/erase"), "the box is not ticked, and the browser says so"
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Erase for ever").click()
    page.wait_for_load_state()
    assert not betrayed({"": (200, page.content().encode())}, ["ada"])
    page.goto(place.page_of("bo"))
    expect(page.get_by_role("button", name="Sign out"), "nobody is signed in here any more").to_have_count(0)


def nowhere(place: Town, browsers: dict[str, Page], starts: list[str]) -> None:
    """Bo, a manager and nobody at all walk about, and meet no word of hers; once, for pages know no store."""
    everywhere = ["/", f"/c/{COMMUNITY}", f"/c/{COMMUNITY}/feed.atom", *starts]
    managers = [f"/manage/{COMMUNITY}", f"/communities/{COMMUNITY}/spotlights?period=month", "/metrics"]
    for who in ("nobody",) if "GUILDBOOK_DATABASE" in place.environment else ("bo", "nobody", "manager"):
        page = browsers[who if who == "bo" else "nobody"]  # where Ada was signed in, until she was forgotten
        if who == "manager":
            place.sign_in(page, "")
        found = walked(page, place.base, everywhere + (managers if who == "manager" else []))
        assert betrayed(found, ["ada"]) == {}, who
        text = b"\n".join(body for _, body in found.values()).decode("utf-8", "replace")
        assert SAID["ada"] not in text
        assert SAID["of her"] not in text
        assert SAID["bo"] in text, "what was said of the community, and not of her, stands"
        if who == "manager":
            assert all(name.split()[1] in text for other, name in PEOPLE.items() if other != "ada")


def answers_honestly(place: Town, page: Page, kept: dict[str, object], addresses: list[str]) -> None:
    """Say of her badge what can be said: it is gone from here, and whoever kept it holds one that was revoked."""
    for address in addresses:
        assert page.request.get(place.base + address).status == 410, address
    page.goto(f"{place.base}/verify")
    page.get_by_label("paste its text").fill(json.dumps(kept))
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name="Revoked", exact=True).wait_for()


def in_stores(place: Town, data: Path) -> list[str]:
    """Return which words of hers stand anywhere in the files of this installation, or in its database."""
    contents = [(path.name, path.read_bytes()) for path in sorted(data.rglob("*")) if path.is_file()]
    if url := place.environment.get("GUILDBOOK_DATABASE"):
        contents += rows(url)
    assert sum(len(content) for _, content in contents) > 20_000  # bytes
    return [f"{name}: {word}" for name, content in contents for word in GONE if word.encode() in content]


def with_every_key(place: Town) -> list[str]:
    """Return which words of hers the operator finds who opens whatever can be opened still."""
    here = place.guild.here
    opened = str(here.book.reveal(COMMUNITY, range(1, here.book.head(COMMUNITY) + 1)))
    opened += str(here.book.handles(COMMUNITY, here.views.at(COMMUNITY).accounts(COMMUNITY)))
    opened += place.command("standing", COMMUNITY, "--json") + place.command("log", "verify")
    assert SAID["bo"] in opened
    assert "Thistlewood" in opened
    return [word for word in GONE if word in opened]


def rows(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield every row of every table of a database."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 10
        for schema, table in tables:
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))):
                yield f"{schema}.{table}", b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
