"""The whole path over HTTP: a platform posts, a member is recognised, a stranger verifies her badge."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from tests.api.conftest import Guild


def test_from_the_first_event_to_a_verified_badge(guild: Guild):
    last = guild.tell(a_spring())
    told = guild.get(f"/communities/{COMMUNITY}/members/{guild.member()}/standing?after={last}").json()
    [badge] = [each for each in told["badges"] if each["badge"] == "sharer"]
    address = urlsplit(badge["credential"]).path

    files = {suffix: guild.get(f"{address}{suffix}", key="") for suffix in (".json", ".jwt", ".png", ".svg")}
    assert {suffix: answer.status_code for suffix, answer in files.items()} == dict.fromkeys(files, 200)
    document = files[".json"].json()
    assert document["id"] == badge["credential"]
    assert document["proof"]["cryptosuite"] == "eddsa-rdfc-2022"

    verified = guild.client.post("/credentials/verify", json={"verifiableCredential": document})
    assert (verified.status_code, verified.json()["verified"]) == (200, True)
    for suffix, answer in files.items():
        uploaded = guild.client.post("/credentials/verify", files={"file": (f"badge{suffix}", answer.content)})
        assert (uploaded.status_code, uploaded.json()["verdict"]) == (200, "valid"), suffix


@pytest.mark.parametrize("suffix", [".json", ".jwt", ".png", ".svg"])
def test_a_forged_badge_is_told_apart_in_every_form(spring: Guild, suffix: str):
    told = spring.get(f"/communities/{COMMUNITY}/members/{spring.member()}/standing").json()
    address = urlsplit(told["badges"][0]["credential"]).path
    content = bytearray(spring.get(f"{address}{suffix}", key="").content)
    place = len(content) // 2 if suffix == ".jwt" else content.find(b"validFrom") + len(b'validFrom":"20')
    content[place] ^= 1
    answer = spring.client.post("/credentials/verify", files={"file": (f"badge{suffix}", bytes(content))})
    assert answer.status_code in {400, 422}
    assert answer.json()["verified"] is False
