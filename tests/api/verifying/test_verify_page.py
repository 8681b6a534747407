"""The page where anybody verifies anything: what it shows, what it keeps, and what it never tells."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from badges import sign, to_json
from tests.api.conftest import client_of
from tests.api.people import COMMUNITY, a_spring
from tests.badges.samples import GOLDEN, METHOD, SIGNER

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from tests.api.conftest import Guild

ORIGIN = "http://127.0.0.1:8700"
HTML = {"Accept": "text/html"}


def verified(guild: Guild, **given: Any):
    files = {name: value if isinstance(value, tuple) else (None, value) for name, value in given.items()}
    return guild.client.post("/verify", files=files, headers=HTML)


def outcome(text: str) -> str:
    found = re.search(r'<div class="ruling.*?<h2>(.*?)</h2>', text, re.DOTALL)
    assert found, text
    return unescape(found[1])


@pytest.fixture
def badge(spring: Guild) -> str:
    return spring.badge().id


def test_every_step_is_told_with_its_clause(spring: Guild, badge: str):
    text = verified(spring, text=spring.client.get(f"/credentials/{badge}.json").text).text
    assert outcome(text) == "Valid"
    assert text.count('class="clause"') == 16
    assert re.search(r"Checked on [0-9]+ [A-Z][a-z]+ 20[0-9]{2}, [0-9]{2}:[0-9]{2} UTC\.", text)
    for clause in (
        "VCDM 2.0 &#34;Issuer&#34;",
        "C2SP tlog-proof &#34;Verifying&#34;",
        "OB 3.0 &#34;Document Formats&#34;",
    ):
        assert clause in text


FORMS = (
    "/b/{}",
    "/b/{}/embed",
    "/credentials/{}",
    "/credentials/{}.jwt",
    "/credentials/{}.png",
    "/credentials/{}/bundle",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_link_to_one_of_ours_is_looked_up_without_a_network(spring: Guild, badge: str, form: str):
    text = verified(spring, link=ORIGIN + form.format(badge)).text
    assert outcome(text) == "Valid"
    assert "The Makers signed this badge" in text


def test_links_to_our_endorsements_and_lists_are_looked_up_too(guild: Guild):
    guild.tell(a_spring())
    badge = guild.badge()
    body = {"kind": "credential", "of": badge.id, "comment": "She did."}
    headers = {"Authorization": f"Bearer {guild.manager}"}
    told = guild.client.post(f"/communities/{COMMUNITY}/endorsements", json=body, headers=headers).json()
    assert guild.here.wait(COMMUNITY, told["position"], 10)
    text = verified(guild, link=f"{ORIGIN}/endorsements/{told['endorsement']}.json").text
    assert outcome(text) == "Valid"
    assert "The Makers signed this endorsement" in text
    assert "She did." in text
    listed = json.loads(guild.here.awards.json(badge))["credentialStatus"]["statusListCredential"]
    assert "signed this status list" in verified(guild, link=listed).text


@pytest.mark.parametrize(
    ("link", "status", "words"),
    [
        ("https://elsewhere.example/badge.json", 422, "lets it ask nobody. Open the link yourself"),
        ("ftp://elsewhere.example/badge.json", 422, "wanted an address that begins with https://"),
        ("did:web:elsewhere.example", 422, "wanted an address that begins with https://"),
        ("javascript:alert(1)", 422, "wanted an address that begins with https://"),
        ("https://" + "x" * 3_000, 422, "wanted an address"),
        ("http://[::1", 422, "could not be read"),
        (f"{ORIGIN}/c/{COMMUNITY}", 404, "wanted the address of a badge somebody holds"),
        (f"{ORIGIN}/b/{UUID(int=0, version=4)}", 404, "no badge here by that name"),
        (f"{ORIGIN}/../etc/passwd", 404, "wanted the address of a badge somebody holds"),
    ],
)
def test_a_link_that_leads_nowhere_is_told_beside_its_field(spring: Guild, link: str, status: int, words: str):
    answer = verified(spring, link=link)
    assert answer.status_code == status
    text = unescape(answer.text)
    assert words.casefold() in text.casefold()
    assert 'id="link-fault" role="alert"' in text
    assert 'aria-describedby="link-fault"' in text
    assert f'value="{link}"' in text, "what was typed is kept"


def test_what_stands_elsewhere_is_read_where_it_is_at_hand(settings: Settings, tmp_path: Path):
    url = "https://elsewhere.example/badge.json"
    found = json.loads((GOLDEN / "badge.json").read_text())
    (tmp_path / "at-hand.json").write_text(json.dumps({"urls": {url: found}}))
    with client_of(settings.model_copy(update={"documents": tmp_path})) as client:
        answer = client.post("/verify", files={"link": (None, url)}, headers=HTML)
    assert outcome(answer.text) == "Genuine, but not known to stand"


@pytest.mark.parametrize("form", ["", ".jws", ".png"])
def test_a_badge_of_ours_in_its_older_form(spring: Guild, badge: str, form: str):
    text = verified(spring, link=f"{ORIGIN}/ob2/assertions/{badge}{form}").text
    assert outcome(text) == "Valid"
    assert "The Makers vouches for this badge, and it stands." in text


def test_whoever_was_erased_is_not_shown(guild: Guild):
    guild.tell(a_spring())
    badge = guild.badge()
    text = guild.client.get(f"/credentials/{badge.id}.json").text
    guild.here.book.erase(COMMUNITY, [badge.account])
    link = verified(guild, link=f"{ORIGIN}/b/{badge.id}")
    assert link.status_code == 410
    assert "asked to be forgotten" in link.text
    shown = verified(guild, text=text).text
    assert 'id="rests"' not in shown
    assert 'id="own"' not in shown


def test_a_form_with_nothing_in_it_says_what_it_wants(spring: Guild):
    answer = verified(spring, text=" ", link=" ")
    assert answer.status_code == 400
    assert "Wanted a file, a text or a link; got none of them." in answer.text
    assert spring.client.post("/verify", files={"text": (None, " ")}).json()["errors"][0]["pointer"] == "/file"
    assert spring.client.post("/verify", data={"text": "x"}, headers=HTML).status_code == 415
    large = verified(spring, file=("badge.png", b"x" * 2_200_000))
    assert large.status_code == 413
    assert "2,097,152" in large.text


def test_a_file_counts_before_a_text_and_a_text_before_a_link(spring: Guild, badge: str):
    good = spring.client.get(f"/credentials/{badge}.json").text
    forged = good.replace("twice", "thrice")
    assert outcome(verified(spring, file=("b.json", good), text=forged, link="x").text) == "Valid"
    assert outcome(verified(spring, text=forged, link=f"{ORIGIN}/b/{badge}").text) == "Forged or altered"


def test_a_text_that_could_not_be_read_is_kept(spring: Guild):
    text = verified(spring, text='{"@context": [').text
    assert "What you gave us" in text
    assert outcome(text) == "Not a badge we can read"
    assert ">\n{&#34;@context&#34;: [</textarea>" in text


def test_of_a_badge_of_ours_it_says_what_it_rests_on(spring: Guild, badge: str):
    text = verified(spring, link=f"{ORIGIN}/b/{badge}").text
    for words in (
        "sharer, version 1",
        "Can show peers what she does.",
        f'href="/b/{badge}"',
        f"/credentials/{badge}/bundle",
    ):
        assert words in text
    for private in ("Ada", "How to bend ash", "forum.example", "Shared twice", "/charter?version"):
        assert private not in text
    inside = spring.sign_in().post("/verify", files={"link": (None, f"{ORIGIN}/b/{badge}")}).text
    assert "Shared twice" in inside
    assert f"/communities/{COMMUNITY}/charter?version=1" in inside
    assert "How to bend ash" not in inside


def test_of_a_forged_one_it_shows_where_the_real_one_is(spring: Guild, badge: str):
    forged = spring.client.get(f"/credentials/{badge}.json").text.replace("twice", "thrice")
    text = verified(spring, text=forged).text
    assert outcome(text) == "Forged or altered"
    assert "it is not what you gave us" in text
    assert f'href="/b/{badge}"' in text
    assert 'id="rests"' not in text


def test_a_stranger_who_takes_our_number_and_name_is_not_us(spring: Guild, badge: str):
    """Rightly signed, by another key: valid it may be, but the page does not say that we signed it."""
    stolen = json.loads(spring.client.get(f"/credentials/{badge}.json").text)
    for name in ("proof", "credentialStatus", "evidence"):
        stolen.pop(name)
    stolen["issuer"]["id"] = METHOD.partition("#")[0]
    stolen["credentialSubject"]["achievement"].pop("creator", None)
    signed = sign(stolen, SIGNER, verification_method=METHOD, created=1_772_359_200_000_000)
    text = verified(spring, text=to_json(signed).decode()).text
    assert outcome(text) == "Valid"
    assert "Somebody who goes by “The Makers” signed this badge" in text
    assert "own word: no site and no registry here vouches for the key" in text
    assert 'id="rests"' not in text
    assert "it is not what you gave us" in text


def test_what_is_in_a_record_is_told_one_by_one(spring: Guild):
    text = verified(spring, text=(GOLDEN / "web" / "record.json").read_text()).text
    assert "The learner record you gave us" in text
    assert 'id="contents"' in text
    assert "Helper" in text


def test_a_notice_is_told_apart(settings: Settings, tmp_path: Path):
    registry = tmp_path / "schools.json"
    registry.write_text(json.dumps({"name": "Schools we know", "issuers": {"did:web:school.example": "A School"}}))
    badge = json.loads((GOLDEN / "badge.json").read_text())
    for name in ("proof", "credentialStatus", "validUntil"):
        badge.pop(name)
    signed = to_json(sign(badge, SIGNER, verification_method=METHOD, created=1_772_359_200_000_000)).decode()
    with client_of(settings.model_copy(update={"registries": str(registry)})) as client:
        text = client.post("/verify", files={"text": (None, signed)}).text
        told = client.post("/credentials/verify", json=json.loads(signed)).json()
    assert outcome(text) == "Valid"
    assert 'id="notices"' in text
    assert "is not known to Schools we know" in text
    assert "which decides nothing" in text
    assert told["verified"] is True
    assert any("Schools we know" in each for each in told["warnings"])
