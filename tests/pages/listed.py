"""Every page there is: an address for each HTML route of the app, and what else some of them show.

A new route that answers with a page wants a line in `PAGES`, or in `NONE` with the reason; a test looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fastapi import FastAPI
    from playwright.sync_api import Page

    from tests.pages.site import Site

Role = Literal["nobody", "member", "manager", "operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page: the route that answers, its address with names of `Site.names` in braces, and who looks at it.

    `then` fills in a form of it and sends it: what comes back is the page meant. `paper`: people print it. `variant`:
    made of the same parts as another, so that the tests look at it only where GUILDBOOK_TEST_CASES asks for many.
    """

    name: str
    route: str
    path: str = ""
    role: Role = "nobody"
    status: int = 200
    then: Callable[[Page, Site], None] | None = None
    paper: bool = False
    variant: bool = False
    drawn: tuple[str, Mapping[str, object]] | None = None  # a template and its context, where no request leads to it
    unlike: frozenset[str] = frozenset()  # rules of axe's best practice that are for whole pages, where it is a part

    def address(self, site: Site) -> str:
        """Return the whole address at a running site."""
        return site.origin + (self.path or self.route).format_map(site.names)


def _presses(button: str, **fields: str) -> Callable[[Page, Site], None]:
    """Return what fills fields of a form, by their names, and presses its button."""

    def act(page: Page, site: Site) -> None:
        pressed = page.get_by_role("button", name=button, exact=True)
        form = page.locator("main form").filter(has=pressed)
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value.format_map(site.names))
        with page.expect_navigation():
            form.get_by_role("button", name=button, exact=True).click()

    return act


def _verifies(was: str = "", now: str = "", named: str = "badge") -> Callable[[Page, Site], None]:
    """Return what has the text of a badge verified, with a word of it changed."""

    def act(page: Page, site: Site) -> None:
        text = page.request.get(f"{site.origin}/credentials/{site.names[named]}.json").text()
        assert was in text, text
        page.get_by_label("Or paste its text").fill(text.replace(was, now) if was else text)
        with page.expect_navigation():
            page.get_by_role("button", name="Verify", exact=True).click()

    return act


def _breaks_the_charter(page: Page, _: Site) -> None:
    text = page.locator("#charter-text")
    text.fill(text.input_value().replace("rules:", "rulez:", 1).replace("level: 3", "level: many", 1))
    with page.expect_navigation():
        page.get_by_role("button", name="See what it would do").click()


def _looks_at_a_table(page: Page, _: Site) -> None:
    rows = b"Date,Session,Name,Email\n2026-03-01 18:00,Ash,Ida,ida@example.org\n2026-03-01 18:00,Ash,Jo,jo at home\n"
    page.locator("[name=file]").set_input_files({"name": "ash.csv", "mimeType": "text/csv", "buffer": rows})
    page.locator("[name=mapping]").select_option("attendance-sheet")
    with page.expect_navigation():
        page.get_by_role("button", name="Show what it would become", exact=True).click()


def _loosens_a_rule(page: Page, _: Site) -> None:
    text = page.locator("#charter-text")
    text.fill(text.input_value().replace("at_least: 10", "at_least: 4").replace("at_least: 3", "at_least: 2"))
    with page.expect_navigation():
        page.get_by_role("button", name="See what it would do").click()


DESK = "/manage/{community}"
FRAMED = frozenset({"landmark-one-main", "page-has-heading-one", "region"})  # one link, within another page
PAGES = (
    Listed(name="home", route="/"),
    Listed(name="community", route="/c/{community}"),
    Listed(name="community-inside", route="/c/{community}", role="member"),
    Listed(name="commons-charter", route="/c/{community}/charter", paper=True),
    Listed(name="commons-toolkit", variant=True, route="/c/{community}/toolkit"),
    Listed(name="commons-toolkit-inside", route="/c/{community}/toolkit", role="member"),
    Listed(name="commons-sessions", variant=True, route="/c/{community}/sessions"),
    Listed(name="commons-sessions-inside", route="/c/{community}/sessions", role="member"),
    Listed(name="member", route="/c/{community}/m/{member}", role="member"),
    Listed(
        name="member-guest",
        variant=True,
        route="/c/{community}/m/{member}",
        path="/c/{community}/m/{guest}",
        role="manager",
    ),
    Listed(name="member-private", route="/c/{community}/m/{member}"),
    Listed(name="seen", route="/c/{community}/m/{member}/seen", role="member"),
    Listed(name="profile", route="/c/{community}/m/{member}/profile"),
    Listed(
        name="profile-private",
        variant=True,
        route="/c/{community}/m/{member}/profile",
        path="/c/{community}/m/{guest}/profile",
    ),
    Listed(name="week", route="/c/{community}/m/{member}/week", role="member"),
    Listed(name="erase", route="/c/{community}/m/{member}/erase", role="member"),
    Listed(
        name="badge-to-earn",
        variant=True,
        route="/c/{community}/badges/{name}",
        path="/c/{community}/badges/{earnable}",
    ),
    Listed(
        name="badge-to-earn-inside",
        route="/c/{community}/badges/{name}",
        path="/c/{community}/badges/{earnable}",
        role="member",
    ),
    Listed(name="level", route="/c/{community}/levels/{name}", path="/c/{community}/levels/{level}"),
    Listed(name="role", route="/c/{community}/roles/{name}", path="/c/{community}/roles/{role}"),
    Listed(name="badge", route="/b/{credential}", path="/b/{badge}", paper=True),
    Listed(name="badge-own", variant=True, route="/b/{credential}", path="/b/{own}", role="member"),
    Listed(name="badge-revoked", route="/b/{credential}", path="/b/{revoked}"),
    Listed(
        name="badge-into-a-wallet",
        route="/b/{credential}",
        path="/b/{own}",
        role="member",
        then=_presses("Put it into a wallet"),
    ),
    Listed(
        name="embed",
        route="/b/{credential}/embed",
        path="/b/{badge}/embed",
        unlike=FRAMED,
    ),
    Listed(name="embed-community", route="/c/{community}/embed", unlike=FRAMED),
    Listed(name="claim", route="/claim/{token}", path="/claim/{claim}"),
    Listed(name="claim-used", variant=True, route="/claim/{token}", path="/claim/none", status=404),
    Listed(name="claimed", route="/claimed/{token}", path="/claimed/{claimed}"),
    Listed(name="verify", route="/verify"),
    Listed(name="verify-valid", route="/verify", then=_verifies(), paper=True),
    Listed(name="verify-forged", route="/verify", then=_verifies("was", "is")),
    Listed(name="verify-revoked", variant=True, route="/verify", then=_verifies(named="revoked")),
    Listed(
        name="verify-nothing",
        variant=True,
        route="/verify",
        status=200,
        then=_presses("Verify", text="a badge, surely"),
    ),
    Listed(name="celebrations", route="/c/{community}/celebrations"),
    Listed(
        name="celebrations-month",
        variant=True,
        route="/c/{community}/celebrations/{period}/{number}",
        path="/c/{community}/celebrations/month/{month}",
        role="member",
    ),
    Listed(name="enter", route="/enter"),
    Listed(name="enter-by-link", route="/enter/{token}", path="/enter/{link}"),
    Listed(name="enter-too-late", variant=True, route="/enter/{token}", path="/enter/none", status=404),
    Listed(name="signed-in", route="/signed-in", role="member"),
    Listed(name="mail", route="/mail/{community}/{word}"),
    Listed(name="manage", route=DESK, role="manager"),
    Listed(name="manage-review", route=f"{DESK}/review", role="manager"),
    Listed(
        name="manage-review-refused",
        variant=True,
        route=f"{DESK}/review",
        role="manager",
        status=422,
        then=_presses("Give it", member="nobody of ours", reason="kind"),
    ),
    Listed(name="manage-leaders", route=f"{DESK}/leaders", role="manager"),
    Listed(name="manage-members", route=f"{DESK}/members", role="manager"),
    Listed(
        name="manage-members-none",
        variant=True,
        route=f"{DESK}/members",
        path=f"{DESK}/members?find=nobody",
        role="manager",
    ),
    Listed(name="manage-cohorts", variant=True, route=f"{DESK}/cohorts", role="manager"),
    Listed(
        name="manage-cohorts-one",
        route=f"{DESK}/cohorts",
        path=f"{DESK}/cohorts?cohort={{cohort}}&done=added",
        role="manager",
    ),
    Listed(name="manage-measures", route=f"{DESK}/measures", role="manager"),
    Listed(name="manage-quarter", route=f"{DESK}/quarters/{{quarter}}", role="manager", paper=True),
    Listed(
        name="manage-quarter-present",
        variant=True,
        route=f"{DESK}/quarters/{{quarter}}",
        path=f"{DESK}/quarters/{{present}}",
        role="manager",
    ),
    Listed(name="manage-celebrations", route=f"{DESK}/celebrations", role="manager"),
    Listed(name="manage-charter", route=f"{DESK}/charter", role="manager"),
    Listed(name="manage-charter-tried", variant=True, route=f"{DESK}/charter", role="manager", then=_loosens_a_rule),
    Listed(name="manage-charter-broken", route=f"{DESK}/charter", role="manager", status=422, then=_breaks_the_charter),
    Listed(name="manage-sources", route=f"{DESK}/sources", role="manager"),
    Listed(
        name="manage-sources-key",
        variant=True,
        route=f"{DESK}/sources",
        role="manager",
        then=_presses("Make a key", label="the ward's forum"),
    ),
    Listed(name="manage-connections", route=f"{DESK}/connections", role="manager"),
    Listed(name="manage-tables", route=f"{DESK}/tables", role="manager"),
    Listed(name="manage-tables-looked", variant=True, route=f"{DESK}/tables", role="manager", then=_looks_at_a_table),
    Listed(name="manage-links", variant=True, route=f"{DESK}/links", role="manager"),
    Listed(
        name="manage-links-made",
        route=f"{DESK}/links",
        role="manager",
        then=_presses("Make the cards"),
    ),
    Listed(name="manage-sign-ins", route=f"{DESK}/sign-ins", role="manager"),
    Listed(
        name="manage-sign-ins-link",
        variant=True,
        route=f"{DESK}/sign-ins",
        role="manager",
        then=_presses("Make a link", member="{member}"),
    ),
    Listed(
        name="manage-sign-ins-refused",
        variant=True,
        route=f"{DESK}/sign-ins",
        role="manager",
        status=422,
        then=_presses("Make a link", member="nobody of ours"),
    ),
    Listed(name="manage-trail", route=f"{DESK}/trail", role="manager"),
    Listed(name="operate", route="/operate", role="operator"),
    Listed(name="problem-nothing", route="/c/{community}", path="/c/nowhere", status=404),
    Listed(name="problem-not-hers", variant=True, route=DESK, role="member", status=403),
    Listed(name="problem-not-signed-in", variant=True, route=DESK, status=401),
)

_GUILDHALL = {"provider": {"name": "the Guildhall"}}
_CIRCLE = {"slug": "circle", "name": "The Ward Circle"}
DRAWN = (
    Listed(
        name="enter-onward",
        route="/enter/oidc",
        drawn=("onward.html", {"url": "https://guildhall.example/authorize", **_GUILDHALL}),
    ),
    Listed(name="enter-stranger", route="/enter/oidc/callback", drawn=("stranger.html", _GUILDHALL)),
    Listed(
        name="enter-choose",
        route="/enter/oidc/callback",
        drawn=(
            "choose.html",
            {
                "word": "",
                "places": [
                    {"id": str(n), "role": role, "community": _CIRCLE} for n, role in enumerate(("manager", "member"))
                ],
            },
        ),
    ),
)
"""Pages to which only a provider's answer leads: photographed from their templates, and played in test_by_provider."""

NONE = {
    "/enter/oidc": "it leads on to the provider",
    "/enter/oidc/callback": "what comes back from a provider is played in tests/api/entry/test_by_provider.py",
    "/openapi.json": "it is for programs",
    "/static/{name}": "style sheets, scripts and pictures",
}
"""Routes of which nothing says that they answer with something else, and which are no pages."""


def routes(app: FastAPI) -> Iterator[str]:
    """Yield the routes whose answer to a GET is a page: those that say so, and those that say nothing else."""
    told = app.openapi()["paths"]
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            answers = told.get(route.path_format, {}).get("get", {}).get("responses", {"200": {}})
            kinds = answers.get("200", {}).get("content", {})
            if "text/html" in kinds or not kinds:
                yield route.path_format
