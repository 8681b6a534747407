"""Signing in by an OpenID Connect provider that others wrote, in a real browser, and what attackers make of it."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.entry.whom import PLATFORM
from api.installation import migrate
from api.settings import Settings
from tests.api import provider
from tests.api.conftest import HOUR, Guild, opened
from tests.api.people import COMMUNITY, a_spring
from tests.api.sites import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

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
        migrate(settings)
        app = create_app(settings)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        guild = opened(TestClient(app, base_url=settings.origin))
        guild.tell(a_spring())
        yield Organisation(settings.origin, guild, issuer)
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a page that takes the certificate of the tests' own authority."""
    with chromium.new_context(ignore_https_errors=True) as context:
        yield context.new_page()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def by_link(page: Page, organisation: Organisation, role: str = "manager", subject: str = "") -> None:
    vault = organisation.guild.here.book.vault
    token = vault.add_link(COMMUNITY, role=role, subject=subject, expires=time.time_ns() // 1_000 + HOUR)
    page.goto(f"{organisation.base}/enter/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/manage/|/m/"))


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
    assert page.get_by_text(f"You can sign in with {NAME}").is_visible()
    account = guild.here.book.account(COMMUNITY, PLATFORM, "ada@guildhall", realm=issuer)
    assert account
    forum = guild.here.book.account(COMMUNITY, "forum", "ada")
    assert str(guild.here.standings.root(COMMUNITY, account)) == str(forum)

    page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter?next=/c/{COMMUNITY}/badges/sharer")
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.wait_for_url(f"{base}/c/{COMMUNITY}/badges/sharer")  # the provider remembers her
    page.get_by_role("link", name="My page").click()
    assert page.url.endswith(f"/m/{ada}")

    page.goto(f"{base}/signed-in")
    page.get_by_role("button", name=f"Use {NAME} no more").click()
    page.wait_for_url(f"{base}/signed-in")
    assert page.get_by_role("button", name=f"Use {NAME} from now on").is_visible()
    page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{base}/enter/oidc")
    assert page.get_by_role("heading", name="Not known here yet").is_visible()
    assert str(guild.here.standings.root(COMMUNITY, account)) == str(account)
