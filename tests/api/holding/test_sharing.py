"""A badge's page can be put on a profile, has a preview where its link is posted, and a code for a phone."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from api.holding.sharing import code
from tests.api.people import CHARTER, COMMUNITY, a_spring

if TYPE_CHECKING:
    from tests.api.conftest import Guild


def test_it_goes_on_a_profile_with_its_month_and_its_page(spring: Guild):
    badge = spring.badge()
    page = spring.client.get(f"/b/{badge.id}").text
    (link,) = (unescape(each) for each in re.findall(r'href="(https://www\.linkedin\.com/[^"]+)"', page))
    told = {name: value for name, (value,) in parse_qs(urlsplit(link).query, strict_parsing=True).items()}
    assert told == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Sharer",
        "organizationName": "The Makers",
        "issueYear": "2026",
        "issueMonth": "3",
        "certUrl": f"{spring.here.settings.origin}/b/{badge.id}",
        "certId": badge.id,
    }


def test_a_link_to_it_has_a_preview_that_names_nobody(spring: Guild):
    badge = spring.badge()
    page = spring.client.get(f"/b/{badge.id}").text
    found = re.findall(r'<meta property="([^"]+)" content="([^"]*)">', page)
    told = dict(found)
    assert told["og:title"] == "Sharer"
    posted, alone = (content for name, content in found if name == "og:image")
    assert posted.endswith(f"/b/{badge.id}/share/link.png")
    assert alone.endswith(f"/credentials/{badge.id}.png")
    for picture in (posted, alone):
        assert spring.client.get(urlsplit(picture).path).headers["content-type"] == "image/png"
    assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
    assert "Ada" not in " ".join(told.values())
    assert CHARTER.count("twice")
    assert "Shared what she made, twice." in told["og:description"]


@pytest.mark.parametrize(
    ("form", "size"), [("link", (1_200, 630)), ("square", (1_080, 1_080)), ("story", (1_080, 1_920))]
)
def test_it_is_a_picture_to_post_in_the_sizes_that_are_wanted(spring: Guild, form: str, size: tuple[int, int]):
    badge = spring.badge()
    path = f"/b/{badge.id}/share/{form}.png"
    answer = spring.client.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'inline; filename="sharer-{form}.png"'
    with Image.open(BytesIO(answer.content)) as made:
        assert made.size == size
        colours = made.convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 100
    again = spring.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert unescape(spring.client.get(f"/b/{badge.id}").text).count(path) == (2 if form == "link" else 1)


def test_what_is_no_size_or_no_badge_has_no_picture(spring: Guild):
    assert spring.client.get(f"/b/{spring.badge().id}/share/poster.png").status_code == 422
    assert spring.client.get(f"/b/{'0' * 36}/share/link.png").status_code == 404


def test_a_badge_that_was_revoked_has_none_to_post(guild: Guild):
    guild.tell(a_spring())
    badge = guild.badge()
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    body = {"decision": "revoke", "reason": "It was another's work."}
    done = guild.client.post(f"/communities/{COMMUNITY}/awards/{badge.id}", json=body, headers=bearer)
    assert guild.here.wait(COMMUNITY, guild.here.book.head(COMMUNITY), 5), done.text
    assert guild.client.get(f"/b/{badge.id}/share/link.png").status_code == 404
    assert "/share/" not in guild.client.get(f"/b/{badge.id}").text


@pytest.mark.parametrize("text", ["https://book.example.org/b/17", "<script>alert(1)</script>", '"&', "ü" * 500])
def test_a_code_is_dots_and_nothing_of_its_text(text: str):
    drawn = str(code(text))
    assert drawn.startswith("<svg")
    assert re.sub(r"[\d.,MhvVHz \-]+", "", drawn.split(' d="')[1].split('"', maxsplit=1)[0]) in {"", "m"}
    assert text not in drawn
    assert "style=" not in drawn
