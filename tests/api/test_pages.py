"""What the pages say, and to whom; the same pages in a real browser."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from api.desk.leading import MOST_EXPLAINED
from api.desk.rooms import ROOMS
from api.settings import Settings
from tests.api.people import COMMUNITY, a_spring, contribution
from tests.api.serving import serving, sign_in
from tests.badges.samples import GOLDEN
from tests.browser import fits
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.api.conftest import Guild

CSS = Path(__file__).resolve().parents[2] / "api" / "static" / "guildbook.css"
ACCENT = {"light": "rgb(140, 47, 27)", "dark": "rgb(230, 150, 124)"}
ADA_IS = ("Ada of the Forum", "Maker", "bend ash", "Sharer")


def test_a_member_page_is_private(spring: Guild):
    path = f"/c/{COMMUNITY}/m/"
    ada = spring.client.get(path + spring.member())
    nobody = spring.client.get(path + "a" * 26)
    elsewhere = spring.client.get(f"/c/nowhere/m/{spring.member()}")
    odd = spring.client.get(path + "%00")

    assert ada.status_code == nobody.status_code == elsewhere.status_code == odd.status_code == 200
    assert ada.text == nobody.text == elsewhere.text == odd.text
    assert "This page is private" in ada.text
    assert not any(word in ada.text for word in ADA_IS)


def test_who_sees_a_member_page(spring: Guild):
    path = f"/c/{COMMUNITY}/m/{spring.member()}"
    sees = {
        "manager key": spring.get(path),
        "reader key": spring.get(path, spring.reader),
        "manager": spring.sign_in().get(path),
        "herself": spring.sign_in("member", spring.member()).get(path),
    }
    shut = {
        "poster key": spring.get(path, spring.poster),
        "stranger": spring.get(path, spring.stranger),
        "bo": spring.sign_in("member", spring.member("bo")).get(path),
    }
    for who, page in sees.items():
        assert all(word in page.text for word in ADA_IS), who
        assert page.headers["cache-control"] == "no-store"
    for who, page in shut.items():
        assert "This page is private" in page.text, who
        assert not any(word in page.text for word in ADA_IS), who


def test_a_member_page_says_why_and_what_is_next(spring: Guild):
    text = spring.get(f"/c/{COMMUNITY}/m/{spring.member()}").text
    assert "Shared 2 resources" in text
    assert "How to bend ash, part 1" in text
    assert "None of these" in text
    assert "none found" in text
    assert "3 of 40" in text
    assert "37 more." in text
    assert '<progress value="3" max="40"' in text
    assert "Earned the badge Sharer" in text
    assert "Ready to lead" in text

    newcomer = spring.get(f"/c/{COMMUNITY}/m/{spring.member('di')}").text
    assert "No rule of the ladder is met yet" in newcomer
    assert "0 of 1" in newcomer


def test_a_community_shows_its_charter_to_all_and_its_numbers_inside(spring: Guild):
    path = f"/c/{COMMUNITY}"
    outside, inside = spring.client.get(path).text, spring.sign_in("member", spring.member("bo")).get(path).text
    for text in (outside, inside):
        assert "We make chairs by hand." in text
        assert "Makes what others use." in text
        assert f"/c/{COMMUNITY}/badges/sharer.svg" in text
        assert "Monthly workshop" in text
        assert "Credit whoever taught you." in text
    assert "1 member" in inside
    assert not re.search(r"\b(\d+|no) members?\b", outside)


def test_a_manager_sees_who_is_ready_and_why(spring: Guild):
    text = spring.sign_in().get(f"/manage/{COMMUNITY}/leaders").text
    assert "Ada of the Forum" in text
    assert "Shared 3 times (3)" in text
    assert f'href="/manage/{COMMUNITY}/charter"' in text


def test_a_manager_of_many_sees_everyone_who_is_ready(guild: Guild):
    guild.tell([contribution(f"{name}-{n}", name) for name in "abcdefghij" for n in range(3)])
    text = guild.get(f"/manage/{COMMUNITY}/leaders").text
    assert text.count("for Host, since") == 10
    assert text.count("Shared 3 times (3)") == MOST_EXPLAINED


def test_the_front_page(spring: Guild):
    text = spring.client.get("/").text
    assert "The Makers" in text
    assert "Bakers" in text


def test_the_page_of_a_badge(spring: Guild):
    text = spring.client.get(f"/b/{spring.badge().id}").text
    assert "Shared what she made, twice." in text
    assert "Valid" in text
    assert "sharer, version 1" in text
    assert "Ada of the Forum" not in text


def test_verifying_on_the_page(spring: Guild):
    text = spring.client.get(f"/credentials/{spring.badge().id}.json").text
    good = spring.client.post("/verify", files={"text": (None, text)}).text
    forged = spring.client.post("/verify", files={"text": (None, text.replace("twice", "thrice"))}).text
    nothing = spring.client.post("/verify", files={"text": (None, "hello")})
    empty = spring.client.post("/verify", files={"text": (None, " ")}, headers={"Accept": "text/html"})
    assert "<h2>Valid</h2>" in good
    assert "<h2>Forged or altered</h2>" in forged
    assert "<h2>Not a badge we can read</h2>" in nothing.text
    assert empty.status_code == 400
    assert "Wanted a file, a text or a link; got none of them." in empty.text


def test_what_others_wrote_stays_text(guild: Guild):
    evil = contribution(1, title="<script>alert(1)</script>", url="https://forum.example/?a=<b>")
    evil["data"]["author"]["name"] = "<img src=x onerror=alert(1)>"
    guild.tell([evil])
    text = guild.get(f"/c/{COMMUNITY}/m/{guild.member()}").text
    assert "&lt;img src=x" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    hostile = '{"@context":[],"type":["VerifiableCredential"],"name":"<script>","issuer":{"id":"x","name":"<b>"}}'
    shown = guild.client.post("/verify", files={"text": (None, hostile)}).text
    assert "<b>" not in shown
    assert "<script>" not in shown


def test_static_files_may_be_kept_for_ever(spring: Guild):
    address = re.search(r'href="(/static/guildbook\.css\?[0-9a-f]+)"', spring.client.get("/").text)
    assert address
    answer = spring.client.get(address[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]


def luminance(colour: str) -> float:
    """WCAG 2.2 "relative luminance"."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_to_read(scheme):
    block = CSS.read_text(encoding="utf-8").split(":root {")[1 + scheme].split("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "good", "doubt") for ground in ("paper", "leaf")]
    for text, ground in [*pairs, ("on-accent", "accent")]:
        dark, light = sorted((luminance(colours[text]), luminance(colours[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


# In a real browser, from a real server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Guild]]:
    """Give a server on a loopback port and the guild behind it."""
    settings = Settings(data=tmp_path_factory.mktemp("served") / "data", port=free_port(), log_level="error")
    with serving(settings) as guild:
        guild.tell(a_spring())
        guild.badge()
        yield settings.origin, guild


def every_page(guild: Guild) -> list[str]:
    badge = guild.badge()
    return [
        "/",
        f"/c/{COMMUNITY}",
        f"/c/{COMMUNITY}/m/{guild.member()}",
        f"/c/{COMMUNITY}/m/{guild.member()}/erase",
        f"/c/{COMMUNITY}/badges/sharer",
        f"/b/{badge.id}",
        "/verify",
        f"/manage/{COMMUNITY}",
        *(f"/manage/{COMMUNITY}{room.path}" for room in ROOMS[1:]),
        f"/manage/{COMMUNITY}/quarters/2026-Q1",
        "/nothing",
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_is_built_for_everyone(page: Page, served, width):
    base, guild = served
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, base, guild)
    for path in every_page(guild):
        page.goto(base + path)
        fits(page)
        assert page.locator("h1").count() <= 1
        assert page.locator("main").count() == page.locator("header nav").count() == page.locator("footer").count() == 1
        assert page.locator("html").get_attribute("lang") == "en"
        expect(page.locator("img:not([alt])")).to_have_count(0)
        unnamed = "input:not([type=hidden]), textarea, select"
        assert page.eval_on_selector_all(unnamed, "all => all.every(each => each.labels.length)"), path
        assert page.evaluate("[...document.images].every(each => each.complete && each.naturalWidth)"), path
        level = page.eval_on_selector_all("h1, h2, h3", "all => all.map(each => Number(each.tagName[1]))")
        assert all(after - before <= 1 for before, after in pairwise(level)), (path, level)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_can_be_read(page: Page, served, scheme, width):
    """Each has a name and says what it shows; its words are no smaller than 10 px; nothing is said to the console."""
    base, guild = served
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    sign_in(page, base, guild)
    for path in ("measures?as_of=2026-03-10", "quarters/2026-Q1"):
        page.goto(f"{base}/manage/{COMMUNITY}/{path}")
        fits(page)
        plots = page.locator("svg.plot[role=img]")
        assert plots.count() > 0
        told = plots.evaluate_all(
            "all => all.map(one => ['title', 'desc'].map(name => one.querySelector(name).textContent))"
        )
        assert all(name and says.startswith(name) for name, says in told), path
        sized = "all => all.map(one => 12 * one.clientWidth / one.viewBox.baseVal.width)"
        assert min(page.locator("svg.plot:not(.spark)[role=img]").evaluate_all(sized)) >= 10
        looks = "one => [getComputedStyle(one).stroke, getComputedStyle(one).fill]"
        assert page.locator(".plot .line").first.evaluate(looks) == [ACCENT[scheme], "none"]
    expect(page.get_by_role("img", name="Active in a week")).to_have_count(1)
    assert faults == []


def test_the_figures_of_a_plot_are_a_table(page: Page, served):
    base, guild = served
    sign_in(page, base, guild)
    page.goto(f"{base}/manage/{COMMUNITY}/measures?as_of=2026-03-10")
    active = page.locator("#weekly_active")
    expect(active.get_by_role("table")).not_to_be_visible()
    active.get_by_text("The figures").click()
    expect(active.get_by_role("table")).to_be_visible()
    assert active.get_by_role("row").nth(1).inner_text().split("\t")[1:] == ["100\u00a0%", "3"]
    months = page.locator("#weekly_active use").bounding_box()  # drawn once for all plots of the page
    assert months
    assert months["width"] > 100


def test_a_manager_asks_about_another_day(page: Page, served):
    base, guild = served
    sign_in(page, base, guild)
    page.get_by_role("link", name="Measures").click()
    page.get_by_label("At the beginning of").fill("2026-03-10")
    page.get_by_role("button", name="Look").click()
    expect(page.locator(".lede")).to_contain_text("10 March 2026", use_inner_text=True)
    expect(page.get_by_label("At the beginning of")).to_have_value("2026-03-10")
    page.get_by_role("link", name="First quarter of 2026").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First quarter of 2026", use_inner_text=True)


def test_the_keyboard_reaches_the_page(page: Page, served):
    base, _ = served
    page.goto(base)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base}/#main")


def test_a_member_reads_why(page: Page, served):
    base, guild = served
    sign_in(page, base, guild, "member", guild.member())
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada of the Forum", use_inner_text=True)
    page.get_by_text("3 facts behind it").first.click()
    expect(page.get_by_role("link", name="How to bend ash, part 1").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{base}/c/{COMMUNITY}")
    page.goto(f"{base}/c/{COMMUNITY}/m/{guild.member()}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is private.", use_inner_text=True)


def test_a_verifier_uploads_a_picture(page: Page, served, tmp_path: Path):
    base, guild = served
    picture = tmp_path / "badge.png"
    picture.write_bytes(guild.here.awards.png(guild.badge()))
    page.goto(f"{base}/verify")
    page.get_by_label("Drop the badge here").set_input_files(picture)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status").get_by_role("heading")).to_have_text("Valid", use_inner_text=True)
    expect(page.locator(".steps > li")).to_have_count(16)
    assert page.get_by_text("passed").count() >= 7  # the whole list is there


def test_a_picture_is_dropped(page: Page, served):
    base, guild = served
    page.goto(f"{base}/verify")
    picture = list(guild.here.awards.png(guild.badge()))
    page.evaluate(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "badge.png", {type: "image/png"}));
            const dropped = new DragEvent("drop", {dataTransfer: data, cancelable: true});
            document.querySelector(".drop").dispatchEvent(dropped);
        }""",
        picture,
    )
    page.locator(".ruling").wait_for()
    expect(page.get_by_role("status").get_by_role("heading")).to_have_text("Valid", use_inner_text=True)


def test_a_link_is_dropped(page: Page, served):
    base, guild = served
    page.goto(f"{base}/verify")
    page.evaluate(
        """link => {
            const data = new DataTransfer();
            data.setData("text/uri-list", link);
            const dropped = new DragEvent("drop", {dataTransfer: data, cancelable: true});
            document.querySelector(".drop").dispatchEvent(dropped);
        }""",
        f"{base}/b/{guild.badge().id}",
    )
    page.locator(".ruling").wait_for()
    expect(page.get_by_role("status").get_by_role("heading")).to_have_text("Valid", use_inner_text=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_ruling_fits_a_small_phone(page: Page, served, scheme):
    base, guild = served
    page.set_viewport_size({"width": 360, "height": 700})
    page.emulate_media(color_scheme=scheme)
    text = guild.client.get(f"/credentials/{guild.badge().id}.json").text
    longest = text.replace("Sharer", "S" * 300)
    foreign = (GOLDEN / "web" / "record.json").read_text()
    for given, title in (
        (text, "Valid"),
        (longest, "Forged or altered"),
        (foreign, "Issuer unknown"),
        ("{", "Not a badge we can read"),
    ):
        page.goto(f"{base}/verify")
        page.get_by_label("Or paste its text").fill(given)
        page.get_by_role("button", name="Verify").click()
        page.wait_for_load_state()  # with its style
        expect(page.get_by_role("status").get_by_role("heading")).to_have_text(title, use_inner_text=True)
        fits(page)
        level = page.eval_on_selector_all("h1, h2, h3", "all => all.map(each => Number(each.tagName[1]))")
        assert all(after - before <= 1 for before, after in pairwise(level)), (title, level)


def test_a_refused_link_is_shown_at_its_field_without_scripts(chromium, served):
    base, _ = served
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{base}/verify")
        page.get_by_label("Or give its address").fill("https://elsewhere.example/b/1")
        page.get_by_role("button", name="Verify").click()
        expect(page.get_by_role("alert")).to_contain_text("lets it ask nobody", use_inner_text=True)
        expect(page.get_by_label("Or give its address")).to_have_value("https://elsewhere.example/b/1")


@contextlib.contextmanager
def elsewhere(html: str) -> Iterator[str]:
    """Give the address of a page that is another site's."""

    class Theirs(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><h1>Me</h1>{html}".encode())

        def log_message(self, format, *args):  # noqa: A002 - the name the standard library gave it
            """Say nothing: the tests speak."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Theirs) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_badge_is_framed_by_another_page(page: Page, served):
    """As its oEmbed says it, sandboxed: styled, and saying whether it holds."""
    base, guild = served
    badge = f"{base}/b/{guild.badge().id}"
    told = guild.client.get("/oembed", params={"url": badge}).json()
    with elsewhere(told["html"]) as address:
        page.goto(address)
        is_framed(page, badge)


def is_framed(page: Page, badge: str) -> None:
    inside = page.frame_locator("iframe")
    inside.get_by_text("Valid", exact=True).wait_for()
    expect(inside.locator(".card")).to_have_css("display", "grid")
    assert inside.locator("img").evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    assert inside.locator("body").evaluate("each => each.scrollHeight <= innerHeight && each.scrollWidth <= innerWidth")
    assert inside.get_by_role("link").get_attribute("href") == badge


def test_everything_works_without_scripts(chromium, served):
    base, guild = served
    text = guild.client.get(f"/credentials/{guild.badge().id}.json").text
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, base, guild)
        page.goto(f"{base}/verify")
        page.get_by_label("Or paste its text").fill(text.replace("twice", "thrice"))
        page.get_by_role("button", name="Verify").click()
        expect(page.get_by_role("status").get_by_role("heading")).to_have_text("Forged or altered", use_inner_text=True)


def test_a_member_nominates_another_without_scripts(chromium, served):
    base, guild = served
    bo, di = guild.member("bo"), guild.member("di")
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, base, guild, "member", bo)
        page.goto(f"{base}/c/{COMMUNITY}")
        page.get_by_role("link", name="Sharer").click()
        page.get_by_label("Whom").fill(bo)
        page.get_by_label("Why she has earned it").fill("She is kind to newcomers.")
        page.get_by_role("button", name="Nominate").click()
        refused = "Wanted another member, got the one who nominates."
        expect(page.get_by_role("alert")).to_contain_text(refused, use_inner_text=True)
        page.get_by_label("Whom").fill(f"{base}/c/{COMMUNITY}/m/{di}")
        page.get_by_role("button", name="Nominate").click()
        page.wait_for_url("**/badges/sharer?nominated=stored#nominate")
        expect(page.get_by_role("status")).to_contain_text("Your nomination is recorded.", use_inner_text=True)
    (found,) = guild.get(f"/communities/{COMMUNITY}/nominations").json()["nominations"]
    assert (found["member"], found["by"], found["reason"]) == (di, bo, "She is kind to newcomers.")


def test_a_member_is_forgotten_without_scripts(chromium, served, tmp_path: Path):
    base, guild = served
    guild.tell([contribution("e1", "eve", title="Eve was here")])
    eve = guild.member("eve")
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, base, guild, "member", eve)
        with page.expect_download() as taken:
            page.get_by_role("link", name="Take everything along").click()
        taken.value.save_as(tmp_path / "eve.zip")
        assert zipfile.ZipFile(tmp_path / "eve.zip").testzip() is None
        page.get_by_role("link", name="Be forgotten").click()
        page.get_by_role("button", name="Erase for ever").click()
        asked = page.get_by_role("heading", level=1)
        expect(asked).to_have_text("Be forgotten?", use_inner_text=True)  # the box is wanted first
        page.get_by_label("I have read this").check()
        page.get_by_role("button", name="Erase for ever").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Forgotten.", use_inner_text=True)
        answer = page.goto(f"{base}/c/{COMMUNITY}/m/{eve}")
        assert answer.status == 410
        expect(page.get_by_role("heading", level=1)).to_have_text("This is gone.", use_inner_text=True)
        expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
