"""What levels and leaders' terms are credentialed as, seen from outside; what is refreshed; what is refused."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.api.people import CHARTER, COMMUNITY, a_spring, account, event

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from badges import Issued
    from tests.api.conftest import Guild

HOME = f"/c/{COMMUNITY}"


def _charter(**badge: Any) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CHARTER)
    document["ladder"][2]["credential"] = {
        "version": 1,
        "alignment": [{"name": "Joints", "url": "https://a.example/j"}],
    }
    document["leader_roles"][0]["credential"] = {}
    document["badges"][0] |= {"expires": "365d", **badge}
    return document


def _publish(guild: Guild, document: dict[str, Any]) -> Any:
    path = f"/communities/{COMMUNITY}/charter"
    return guild.client.put(path, json=document, headers={"Authorization": f"Bearer {guild.manager}"})


@pytest.fixture
def recognised(guild: Guild) -> tuple[Guild, dict[str, Issued]]:
    """Give an installation in which Ada has a badge, a level and a term that there are credentials for."""
    assert _publish(guild, _charter()).status_code == 201
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    term = {"member": account("ada"), "kind": "role", "value": "host", "change": "started"}
    guild.tell([*a_spring(), event("assignment", 1, term, time=now)])
    ada = guild.here.book.account(COMMUNITY, "forum", "ada")
    assert ada
    deadline = time.monotonic() + 60
    while len(found := guild.here.awards.of(COMMUNITY, ada)) < 3:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return guild, {one.kind: one for one in found}


def test_every_kind_has_its_pages_and_verifies(recognised: tuple[Guild, dict[str, Issued]]):
    guild, issued = recognised
    client: TestClient = guild.client
    assert issued.keys() == {"badge", "level", "role"}
    for one in issued.values():
        document = client.get(f"/credentials/{one.id}.json").json()
        achievement = document["credentialSubject"]["achievement"]
        described = client.get(achievement["id"], headers={"Accept": "application/json"}).json()
        assert described == achievement
        assert client.get(achievement["image"]["id"]).headers["content-type"] == "image/png"
        assert achievement["name"] in client.get(achievement["id"], headers={"Accept": "text/html"}).text
        assert achievement["name"] in client.get(f"/b/{one.id}").text
        for form in ("json", "jwt", "png", "svg"):
            content = client.get(f"/credentials/{one.id}.{form}").content
            media = {"json": "application/json", "jwt": "application/jwt", "png": "image/png", "svg": "image/svg+xml"}[
                form
            ]
            answer = client.post("/credentials/verify", content=content, headers={"Content-Type": media})
            assert answer.json()["verified"] is True, answer.text
    assert "level-2.png" in client.get(f"/credentials/{issued['level'].id}.png").headers["content-disposition"]
    for kind, name in (("level", "level-2-ob2"), ("badge", f"{issued['badge'].achievement}-ob2")):
        told = client.get(f"/ob2/assertions/{issued[kind].id}.png").headers["content-disposition"]
        assert told == f'inline; filename="{name}.png"'
    page = client.get(f"{HOME}/levels/2", headers={"Accept": "text/html"}).text
    assert "https://a.example/j" in page
    for missing in ("levels/1", "levels/x", "roles/none", "badges/2", "levels/2.gif", "levels/2?version=9"):
        assert client.get(f"{HOME}/{missing}").status_code == 404, missing


def test_an_expiring_badge_says_where_it_is_refreshed(recognised: tuple[Guild, dict[str, Issued]]):
    guild, issued = recognised
    document = guild.client.get(f"/credentials/{issued['badge'].id}.json").json()
    assert guild.client.get(document["refreshService"]["id"]).json() == document


def test_an_earlier_version_of_a_badge_can_still_be_read(guild: Guild):
    for version in (1, 2):
        assert _publish(guild, _charter(version=version, name=f"Sharer {version}")).status_code == 201
    page = f"{HOME}/badges/sharer"
    latest, first = (
        guild.client.get(f"{page}{query}", headers={"Accept": "application/json"}).json()
        for query in ("", "?version=1")
    )
    assert (latest["name"], latest["version"]) == ("Sharer 2", "2")
    assert (first["name"], first["version"]) == ("Sharer 1", "1")
    assert latest["related"][0]["id"].endswith(f"{page}?version=1")


def test_a_charter_whose_badges_nobody_could_verify_is_refused(guild: Guild):
    """With the pointer to each fault; nothing is published."""
    before = guild.get(f"/communities/{COMMUNITY}/charters").json()
    document = _charter(name="Bell\x07", credits=0.00001, tags=["😀 x", "\uff21 y"], related=[{"url": "/relative"}])
    document["ladder"][3]["credential"] = {"@direction": "rtl"}
    document["ladder"][1] = {"level": 1, "name": "Member", "credential": {}}
    answer = _publish(guild, document)
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/badges/0/name",
        "/badges/0/credits",
        "/badges/0/related/0/url",
        "/ladder/3/credential/@direction",
        "/ladder/1/credential/description",
    }
    del document["badges"][0]["related"]
    assert "/badges/0/tags" in json.dumps(_publish(guild, document).json())
    assert guild.get(f"/communities/{COMMUNITY}/charters").json() == before
