"""A member comes by a letter, reads where she stands, takes her badge along, and shares it with a stranger."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests import browser
from tests.api.people import COMMUNITY
from tests.badges import second
from tests.browser import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.journeys.town import Town

FORMS = (".png", ".svg", ".pdf", ".json", ".jwt", "/bundle")


@pytest.fixture(scope="module")
def town(quiet_town: Town) -> Town:
    return quiet_town


class Hers(NamedTuple):
    """Ada's browser at the page of her badge, the badge's id, and what that page gave her to keep."""

    page: Page
    badge: str
    files: dict[str, bytes]

    @property
    def address(self) -> str:
        return f"{self.page.url.partition('/b/')[0]}/b/{self.badge}"


def downloaded(page: Page, badge: str, form: str) -> bytes:
    """Return what a link of the badge's page gives; a browser without a viewer for it keeps it as a file, too."""
    with page.expect_download() as waiting:
        page.locator(f'a[href="/credentials/{badge}{form}"]').last.click()
    return Path(waiting.value.path()).read_bytes()


@pytest.fixture(scope="module")
def hers(chromium: Browser, town: Town) -> Iterator[Hers]:
    with browser.opened(chromium) as page:
        town.sign_in(page, "ada")
        page.get_by_role("link", name="Sharer").first.click()
        page.wait_for_url(re.compile("/b/"))
        badge = town.badge("ada")
        yield Hers(page, badge, {form: downloaded(page, badge, form) for form in FORMS})


def test_she_asks_for_a_letter_and_reads_level_why_and_next(page: Page, town: Town):
    page.goto(town.base)
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Community").select_option(COMMUNITY)
    page.get_by_label("E-mail address").fill("ada@post48151.example")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail.", use_inner_text=True)
    link = town.letter()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(town.page_of("ada"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Quillfeather", use_inner_text=True)
    expect(page.locator("main")).to_contain_text("Level 2, Maker", use_inner_text=True)
    why = page.get_by_role("region", name="Why")
    expect(why).to_contain_text("Shared 2 resources", use_inner_text=True)
    why.locator("summary").first.click()
    expect(why.get_by_text("Adastitle no 1: of quiet hinges").first).to_be_visible()
    coming = page.get_by_role("region", name="Next")
    expect(coming).to_contain_text("Mentor", use_inner_text=True)
    expect(coming).to_contain_text("3 of 40", use_inner_text=True)

    page.goto(link)  # it was good once
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    page.goto(town.page_of("ada"))
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    page.goto(town.page_of("ada"))
    assert "Ada Quillfeather" not in page.content()


def test_every_form_of_her_badge_verifies_by_our_command(hers: Hers, town: Town, tmp_path: Path):
    """What the bundle brings is all that is at hand: no book, no network."""
    documents = tmp_path / "documents"
    with zipfile.ZipFile(io.BytesIO(hers.files["/bundle"])) as bundle:
        bundle.extractall(documents)
    paths = []
    for form, content in hers.files.items():
        path = tmp_path / f"badge{form if form != '/bundle' else '.zip'}"
        path.write_bytes(content)
        paths.append(str(path))
    alone = {"GUILDBOOK_DATA": str(tmp_path / "nowhere"), "GUILDBOOK_DOCUMENTS": str(documents)}
    told = json.loads(elsewhere(town, alone).command("verify", *paths, "--json"))
    assert {one["file"]: one["verdict"] for one in told["files"]} == dict.fromkeys(paths, "valid")
    without = {"GUILDBOOK_DATA": str(tmp_path / "nowhere")}
    assert json.loads(elsewhere(town, without).command("verify", paths[-1], "--trust-bundle", "--json"))["verified"]


def elsewhere(town: Town, environment: dict[str, str]) -> Town:
    """Return the operator's command as anybody else runs it."""
    return type(town)(town.base, town.guild, town.mail, environment)


@pytest.mark.parametrize("name", second.NAMES)
def test_it_verifies_by_software_that_is_not_ours(hers: Hers, name: str):
    forms: list[Any] = [json.loads(hers.files[".json"])]
    if name == "openbadges_lib":
        pictures = [hers.files[f".{kind}"] for kind in ("png", "svg")]
        forms += [hers.files[".jwt"].decode(), *(as_address(picture) for picture in pictures)]
    listed = [entry["statusListCredential"] for entry in statuses(forms[0])]
    offline = {url: hers.page.request.get(url).json() for url in listed}
    now = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        answers = second.ask(name, forms, offline, at=now)
    except second.NotHadError as error:
        pytest.skip(str(error))
    assert [answer.why for answer in answers] == [""] * len(forms)


def as_address(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def statuses(document: dict[str, Any]) -> list[dict[str, Any]]:
    told = document["credentialStatus"]
    return told if isinstance(told, list) else [told]


def test_linkedin_is_offered_it_and_not_asked(hers: Hers, town: Town):
    asked: list[str] = []
    hers.page.on("request", lambda request: asked.append(request.url))
    hers.page.goto(hers.address)
    address = hers.page.get_by_role("link", name=re.compile("LinkedIn")).get_attribute("href")
    assert address
    parts = urlsplit(address)
    told = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://www.linkedin.com/profile/add"
    assert told["startTask"] == "CERTIFICATION_NAME"
    assert (told["name"], told["organizationName"]) == ("Sharer", "The Makers")
    assert (told["certUrl"], told["certId"]) == (hers.address, hers.badge)
    assert (told["issueYear"], told["issueMonth"]) == ("2026", "3")
    assert asked
    assert all(url.startswith(town.base) for url in asked)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_stranger_believes_it_only_because_it_verifies(
    hers: Hers, another: Callable[..., Page], tmp_path: Path, *, scripts: bool
):
    path = tmp_path / "sharer.png"
    path.write_bytes(hers.files[".png"])
    text = hers.files[".json"].decode()
    stranger = another(scripts=scripts)

    stranger.goto(hers.address)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Sharer", use_inner_text=True)
    expect(stranger.get_by_role("heading", name="Valid")).to_be_visible()
    assert "Quillfeather" not in stranger.content()
    stranger.get_by_role("link", name="Verify a badge").first.click()

    stranger.locator("input[type=file]").set_input_files(path)
    ruled(stranger, "Valid")
    stranger.get_by_label("paste its text").fill(text)
    ruled(stranger, "Valid")
    stranger.get_by_label("give its address").fill(hers.address)
    ruled(stranger, "Valid")
    stranger.get_by_label("paste its text").fill(text.replace("twice", "thrice"))
    ruled(stranger, "Forged or altered")
    assert "Quillfeather" not in stranger.content()


def ruled(page: Page, title: str) -> None:
    """Hand in what was filled in, and wait for the ruling."""
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name=title, exact=True).wait_for()


def test_a_whole_path_on_a_phone_without_scripts(town: Town, another: Callable[..., Page], tmp_path: Path):
    """From the letter to the badge in her hand: each page fits, and nothing waits for a script."""
    phone = another(size={"width": 390, "height": 844}, scripts=False)
    phone.goto(f"{town.base}/enter")
    phone.get_by_label("Community").select_option(COMMUNITY)
    phone.get_by_label("E-mail address").fill("ADA@post48151.example")
    with phone.expect_navigation():
        phone.get_by_role("button", name="Send me a link").click()
    phone.goto(town.letter())
    stands(phone)
    phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url(town.page_of("ada"))
    stands(phone)
    why = phone.get_by_role("region", name="Why")
    why.locator("summary").first.click()
    expect(why.get_by_text("Adastitle no 1: of quiet hinges").first).to_be_visible()
    stands(phone)
    phone.get_by_role("link", name="Your week").click()
    stands(phone)
    phone.get_by_role("link", name="My page").click()
    phone.get_by_role("link", name="Sharer").first.click()
    stands(phone)
    path = tmp_path / "sharer.png"
    path.write_bytes(downloaded(phone, town.badge("ada"), ".png"))
    phone.get_by_role("link", name="Verify a badge").first.click()
    stands(phone)
    phone.locator("input[type=file]").set_input_files(path)
    ruled(phone, "Valid")
    stands(phone)
    phone.get_by_role("link", name="The Makers").first.click()
    stands(phone)
    phone.get_by_role("link", name="My page").click()
    phone.get_by_role("link", name=re.compile("Be forgotten")).click()
    stands(phone)
    phone.get_by_role("link", name="Keep everything").click()
    with phone.expect_navigation():
        phone.get_by_role("button", name="Sign out").click()
    phone.goto(town.page_of("ada"))
    assert "Quillfeather" not in phone.content()


def stands(page: Page) -> None:
    """Hold a page to what each on a phone is held to."""
    expect(page.locator("main")).to_have_count(1)
    fits(page)
