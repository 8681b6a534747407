"""Signing in by an OpenID Connect provider that others wrote, in a real browser, and what attackers make of it."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from api.entry.going_on import own_page
from api.entry.whom import PLATFORM
from api.settings import Settings
from tests.api import provider
from tests.api.conftest import Guild
from tests.api.people import COMMUNITY, a_spring, account, contribution, event
from tests.api.serving import serving, sign_in
from tests.api.sites import Authority
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

NAME = "the Guildhall"
SECRET = "a secret of both: 100 % shared & + more"  # every letter that an encoding could spoil


class Organisation(NamedTuple):
    """A server of ours, the guild behind it, and the provider by which its people may sign in."""

    base: str
    guild: Guild
    issuer: str


@pytest.fixture(scope="module", params=["confidential", "public"])
def organisation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Give a server on loopback that a provider on loopback signs people in to; with a secret of both, and without."""
    folder = tmp_path_factory.mktemp("organisation")
    authority, port = Authority(folder), free_port()
    base = f"http://127.0.0.1:{port}"
    secret = SECRET if request.param == "confidential" else ""
    with ExitStack() as stack:
        try:
            running = provider.running(authority.chain("127.0.0.1"), f"{base}/enter/oidc/callback", secret)
            issuer = stack.enter_context(running)
        except provider.NotHadError as error:
            pytest.skip(str(error))
        file = folder / "secret"
        file.write_text(secret + "\n")
        file.chmod(0o600)
        settings = Settings(
            data=folder / "data",
            port=port,
            log_level="error",
            oidc_issuer=issuer,
            oidc_client_id="guildbook",
            oidc_client_secret_file=file if secret else None,
            oidc_name=NAME,
            oidc_ca=authority.file,
        )
        guild = stack.enter_context(serving(settings))
        guild.tell(a_spring())
        yield Organisation(settings.origin, guild, issuer)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a page that takes the certificate of the tests' own authority."""
    with chromium.new_context(ignore_https_errors=True) as context:
        yield context.new_page()


def by_link(page: Page, organisation: Organisation, role: str = "manager", subject: str = "") -> None:
    sign_in(page, organisation.base, organisation.guild, role, subject)


def at_the_provider(page: Page, name: str) -> None:
    """Say who one is there, and agree."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Continue").click()


def test_a_member_signs_in_by_her_organisation_once_she_has_chosen_it(organisation: Organisation, page: Page):
    base, guild, issuer = organisation
    ada = guild.member("ada")
    by_link(page, organisation, "member", ada)
    page.goto(f"{base}/signed-in")
    page.get_by_role("button", name=f"Use {NAME} from now on").click()
    at_the_provider(page, "ada@guildhall")
    page.wait_for_url(f"{base}/signed-in")
    expect(page.get_by_text(f"You can sign in with {NAME}")).to_be_visible()
    account = guild.here.book.account(COMMUNITY, PLATFORM, "ada@guildhall", realm=issuer)
    assert account
    forum = guild.here.book.account(COMMUNITY, "forum", "ada")
    assert str(guild.here.standings.root(COMMUNITY, account)) == str(forum)

    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter?next=/c/{COMMUNITY}/badges/sharer")
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.wait_for_url(f"{base}/c/{COMMUNITY}/badges/sharer")  # the provider remembers her
    page.get_by_role("link", name="My page").click()
    page.wait_for_url(f"**/m/{ada}")

    page.goto(f"{base}/signed-in")
    page.get_by_role("button", name=f"Use {NAME} no more").click()
    page.wait_for_url(f"{base}/signed-in")
    expect(page.get_by_role("button", name=f"Use {NAME} from now on")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    expect(page.get_by_role("heading", name="Not known here yet")).to_be_visible()
    assert str(guild.here.standings.root(COMMUNITY, account)) == str(account)


def test_a_manager_signs_in_by_it_and_another_lets_it_go(organisation: Organisation, page: Page):
    base, guild, issuer = organisation
    by_link(page, organisation)
    page.goto(f"{base}/signed-in")
    page.get_by_label("What other managers shall see you as").fill("Dana")
    page.get_by_role("button", name=f"Use {NAME} from now on").click()
    at_the_provider(page, "dana")
    page.wait_for_url(f"{base}/signed-in")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    page.wait_for_url(f"{base}/manage/{COMMUNITY}")
    assert guild.here.book.account(COMMUNITY, PLATFORM, "dana", realm=issuer) is None  # she is no member

    other = guild.sign_in()
    shown = other.get(f"/manage/{COMMUNITY}/sign-ins").text
    assert "Dana" in shown
    (row,) = guild.here.book.subjects.managers(COMMUNITY)
    posted(other, f"/manage/{COMMUNITY}/sign-ins/drop", which=row.id)
    assert page.goto(f"{base}/manage/{COMMUNITY}").status == 401  # type: ignore[union-attr]
    page.goto(f"{base}/enter/oidc")
    expect(page.get_by_role("heading", name="Not known here yet")).to_be_visible()


def test_who_is_two_here_chooses_and_an_erasure_ends_it(organisation: Organisation, page: Page):
    base, guild, issuer = organisation
    eve = contribution("e1", "eve")
    guild.tell([eve | {"id": f"eve-{time.time_ns()}"}])
    by_link(page, organisation, "member", guild.member("eve"))
    for again in (False, True):
        page.goto(f"{base}/signed-in")
        page.get_by_role("button", name=f"Use {NAME} from now on").click()
        if not again:
            at_the_provider(page, "eve")
            page.wait_for_url(f"{base}/signed-in")
            by_link(page, organisation)
    page.wait_for_url(f"{base}/signed-in")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    page.get_by_role("button", name="as a member").click()
    page.wait_for_url(re.compile(f"/m/{guild.member('eve')}"))
    page.goto(f"{base}/enter/oidc?next=/manage/{COMMUNITY}")
    page.wait_for_url(f"{base}/manage/{COMMUNITY}")

    eve_id = guild.member("eve")
    done = guild.client.delete(f"/communities/{COMMUNITY}/members/{eve_id}", headers=bearer(guild))
    assert done.status_code == 204
    assert guild.here.book.account(COMMUNITY, PLATFORM, "eve", realm=issuer) is None
    page.goto(f"{base}/enter/oidc")
    page.wait_for_url(f"{base}/manage/{COMMUNITY}")  # what she was as a manager is no page of hers
    assert [one.role for one in guild.here.book.subjects.find(issuer, "eve")] == ["manager"]


def test_a_manager_parts_the_account_and_it_signs_her_in_no_more(organisation: Organisation, page: Page):
    base, guild, issuer = organisation
    by_link(page, organisation, "member", guild.member("di"))
    page.goto(f"{base}/signed-in")
    page.get_by_role("button", name=f"Use {NAME} from now on").click()
    at_the_provider(page, "di")
    page.wait_for_url(f"{base}/signed-in")
    hers = guild.here.book.account(COMMUNITY, PLATFORM, "di", realm=issuer)
    assert hers
    named = {"one": guild.here.book.member_id(COMMUNITY, hers), "other": guild.member("di"), "reason": "not hers"}
    parted = guild.client.post(f"/communities/{COMMUNITY}/identity/unlink", json=named, headers=bearer(guild))
    assert parted.status_code == 201, parted.text
    assert guild.here.standings.wait(COMMUNITY, parted.json()["position"])
    page.goto(f"{base}/signed-in")
    expect(page.get_by_role("button", name=f"Use {NAME} from now on")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    expect(page.get_by_role("heading", name="Not known here yet")).to_be_visible()


def test_what_is_another_members_already_is_not_taken(organisation: Organisation, page: Page, chromium: Browser):
    base, guild, issuer = organisation
    for name in ("bo", "di"):
        by_link(page, organisation, "member", guild.member(name))
        page.goto(f"{base}/signed-in")
        page.get_by_role("button", name=f"Use {NAME} from now on").click()
        if name == "bo":
            at_the_provider(page, "one for two")
            page.wait_for_url(f"{base}/signed-in")
    expect(page.get_by_text("This sign-in is another member's here already")).to_be_visible()
    assert [one.subject for one in guild.here.book.subjects.find(issuer, "one for two")] == [guild.member("bo")]
    two = [guild.here.book.account(COMMUNITY, "forum", name) for name in ("bo", "di")]
    assert guild.here.standings.root(COMMUNITY, str(two[0])) != guild.here.standings.root(COMMUNITY, str(two[1]))


def test_a_link_by_an_api_key_signs_nobody_in(organisation: Organisation, page: Page):
    """A platform that may link accounts can say whose an account is; who may sign in it cannot."""
    base, guild, issuer = organisation
    theirs = {"platform": PLATFORM, "realm": issuer, "id": "mallory"}
    told = {"member": account("ada"), "account": theirs, "change": "linked", "method": "oauth", "proof": "{}"}
    forged = event("identity", f"{time.time_ns()}", told)
    assert guild.post(forged | {"source": "guildbook:identity"}, key=guild.linker).status_code == 422
    assert guild.post(forged, key=guild.linker).status_code == 201
    page.goto(f"{base}/enter/oidc")
    at_the_provider(page, "mallory")
    expect(page.get_by_role("heading", name="Not known here yet")).to_be_visible()


# What attackers try


def begun(organisation: Organisation, query: str = "") -> tuple[TestClient, dict[str, str]]:
    """Begin to sign in; return the browser and what the provider is asked for."""
    browser = TestClient(organisation.guild.client.app, base_url=organisation.base, follow_redirects=False)
    answer = browser.get(f"/enter/oidc{query}")
    assert answer.status_code == 303
    asked = urlsplit(answer.headers["location"])
    return browser, {name: values[0] for name, values in parse_qs(asked.query).items()}


def test_an_answer_to_another_browser_or_of_another_provider_is_refused(organisation: Organisation):
    base, guild, issuer = organisation
    browser, asked = begun(organisation)
    stranger = TestClient(guild.client.app, base_url=base, follow_redirects=False)
    good = {"code": "c", "state": asked["state"], "iss": issuer}
    for who, query in (
        (stranger, good),  # login CSRF: the attacker's own answer in her victim's browser
        (begun(organisation)[0], good),
        (browser, good | {"state": "guessed"}),
        (begun(organisation)[0], {}),
    ):
        refused = who.get("/enter/oidc/callback", params=query)
        assert (refused.status_code, who.cookies.get("guildbook")) == (400, None)
        assert "Nobody was signed in" in refused.text
    for wrong in ("https://evil.example", issuer + "/", ""):
        browser, asked = begun(organisation)
        refused = browser.get("/enter/oidc/callback", params=good | {"state": asked["state"], "iss": wrong})
        assert (refused.status_code, "another provider" in refused.text) == (400, True)
    browser, asked = begun(organisation)
    assert (
        browser.get("/enter/oidc/callback", params=good | {"state": asked["state"]}).status_code == 400
    )  # no such code
    assert browser.get("/enter/oidc/callback", params=good | {"state": asked["state"]}).status_code == 400
    browser, asked = begun(organisation)
    carried = browser.cookies["guildbook-oidc"]
    for spoilt in (carried[:-1], "A" + carried[1:], "", "x" * 5_000):
        browser.cookies.set("guildbook-oidc", spoilt)
        assert browser.get("/enter/oidc/callback", params=good).status_code == 400


def test_a_code_is_good_once(organisation: Organisation, page: Page):
    """Whoever saw the address to which a browser came back, and has its cookie, signs nobody in a second time."""
    base, guild, _ = organisation
    came_back: list[tuple[str, str]] = []

    def seen(request: Request) -> None:
        if "/callback?" in request.url:
            came_back.append((request.url, request.all_headers().get("cookie", "")))

    page.on("request", seen)
    by_link(page, organisation, "member", guild.member("ada"))
    page.goto(f"{base}/signed-in")
    page.get_by_role("button", name=f"Use {NAME} from now on").click()
    at_the_provider(page, "ada again")
    page.wait_for_url(f"{base}/signed-in")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    page.wait_for_url(re.compile("/m/"))

    address, cookies = came_back[-1]
    answer = guild.client.get(address, headers={"Cookie": cookies}, follow_redirects=False)

    assert answer.status_code == 400
    assert "invalid_grant" in answer.text


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example\t", "javascript:alert(1)", "evil",
     "/\n/evil.example", "/enter/oidc", "/leave", "\\\\evil.example", "/c/x#@evil.example", "/" + "x" * 400],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_afterwards(elsewhere: str):
    assert own_page(elsewhere) == ""


@pytest.mark.parametrize(
    "page", ["/", "/c/makers", "/c/makers/m/abc?as_of=2026-03-01", "/b/x", "/manage/makers/sign-ins"]
)
def test_a_page_of_ours_is_gone_on_to(page: str):
    assert own_page(page) == page


def posted(browser: TestClient, path: str, **fields: str) -> None:
    """Post a form as its page would."""
    here = browser.app.state.installation  # type: ignore[attr-defined]
    word = here.sessions.read(browser.cookies.get(here.sessions.cookie)).csrf
    answer = browser.post(path, data={"csrf": word, **fields}, follow_redirects=False)
    assert answer.status_code == 303, answer.text


def bearer(guild: Guild) -> dict[str, str]:
    return {"Authorization": f"Bearer {guild.manager}"}
