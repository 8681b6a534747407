"""A badge's page can be put on a profile, has a preview where its link is posted, and a code for a phone."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from api.holding.sharing import code
from tests.api.people import CHARTER

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
    told = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', page))
    assert told["og:title"] == "Sharer"
    assert told["og:image"].endswith(f"/credentials/{badge.id}.png")
    assert spring.client.get(urlsplit(told["og:image"]).path).headers["content-type"] == "image/png"
    assert "Ada" not in " ".join(told.values())
    assert CHARTER.count("twice")
    assert "Shared what she made, twice." in told["og:description"]


@pytest.mark.parametrize("text", ["https://book.example.org/b/17", "<script>alert(1)</script>", '"&', "ü" * 500])
def test_a_code_is_dots_and_nothing_of_its_text(text: str):
    drawn = str(code(text))
    assert drawn.startswith("<svg")
    assert re.sub(r"[\d.,MhvVHz \-]+", "", drawn.split(' d="')[1].split('"', maxsplit=1)[0]) in {"", "m"}
    assert text not in drawn
    assert "style=" not in drawn
