"""The community's page tells those inside what is coming up, and everybody what there is to celebrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.celebrating.test_celebrations import consent, works
from tests.api.celebrating.test_reminders import planned
from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from tests.api.conftest import Guild

PAGE = f"/c/{COMMUNITY}"


def test_what_is_planned_is_told_inside_alone(guild: Guild):
    guild.tell([*a_spring(), planned(20), planned(60, 2), planned(-5, 3)])
    inside = guild.sign_in("member", guild.member()).get(PAGE).text
    assert inside.count("Bending ash") == 2, "what is over is not coming"
    assert "https://meet.example/secret-door" in inside
    outside = guild.client.get(PAGE).text
    assert "Bending ash" not in outside
    assert "secret-door" not in outside


def test_who_may_be_named_is_celebrated_on_the_page(guild: Guild):
    guild.tell([*works("ada", ago=0, number=2), consent("ada"), *works("bo", ago=0, number=2)])
    page = guild.client.get(PAGE).text
    assert "Ada of the Forum" in page
    assert "A member" in page
    assert "Bo of the Forum" not in page
    assert f'href="{PAGE}/celebrations"' in page
    assert f'href="{PAGE}/feed.atom"' in page
