"""Every route with every kind of caller. Whoever is not named for a route is turned away."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.guard.doors import guarded
from api.settings import Settings
from api.web.auth import ACTIONS, ANONYMOUS, TABLE, Principal, allowed
from tests.api.conftest import client_of, opened
from tests.api.people import COMMUNITY, ELSEWHERE, a_spring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

    from tests.api.conftest import Guild

CALLERS = (
    "nobody",
    "forger",  # a key that is none
    "poster",
    "linker",
    "identifier",  # a key that may link accounts, and nothing else
    "reader",
    "manager",
    "stranger",  # a manager of another community, by a key
    "signed manager",
    "signed stranger",  # and signed in
    "ada",
    "bo",  # another member
    "leader",  # a member who holds a leader role
    "operator",
)

# Written by hand, apart from the table in api/web/auth.py: who gets past the guard of a route.
ANYONE = set(CALLERS) - {"forger"}
POSTERS = {"poster", "linker"}
MANAGERS = {"manager", "signed manager"}
INSIDERS = MANAGERS | {"reader", "ada", "bo", "leader"}
NUMBERS = MANAGERS | {"leader"}
SIGNED_IN = {"signed manager", "signed stranger", "ada", "bo", "leader", "operator"}
EXPECTED: dict[str, set[str]] = {
    "POST /events": POSTERS | {"stranger"},  # who writes, too, but into her own community
    "OPTIONS /events": ANYONE,  # who may not post gets no leave
    "POST /hooks/{community}/{connector}": set(CALLERS),  # by what the platform signs, and nothing else
    "PUT /hooks/{community}/{connector}/{rest:path}": set(CALLERS),
    "GET /xapi/about": ANYONE,
    "POST /xapi/statements": POSTERS | {"stranger"},  # into her own community
    "PUT /xapi/statements": POSTERS | {"stranger"},
    "GET /xapi/statements": {"reader", "stranger"},
    "GET /xapi/activities": {"reader", "stranger"},
    "GET /xapi/agents": {"reader", "stranger"},
    **{
        f"{method} /xapi/{kind}": {"reader", "stranger"} if method == "GET" else POSTERS | {"stranger"}
        for kind in ("activities/state", "activities/profile", "agents/profile")
        for method in ("GET", "PUT", "POST", "DELETE")
    },
    "GET /communities/{community}/accounts/{platform}/{account:path}": MANAGERS | {"reader"},
    "GET /communities/{community}/members": MANAGERS,
    "GET /communities/{community}/cohorts": NUMBERS,
    "GET /communities/{community}/alarms": MANAGERS,
    "GET /communities/{community}/connections": MANAGERS,
    "POST /communities/{community}/connections/{connector}/replay": MANAGERS,
    "GET /communities/{community}/members/{member}/standing": MANAGERS | {"reader", "ada"},
    "GET /communities/{community}/members/{member}/verdicts/{rule}": MANAGERS | {"reader", "ada"},
    "GET /communities/{community}/members/{member}/next": MANAGERS | {"reader", "ada"},
    "GET /communities/{community}/members/{member}/takeout": MANAGERS | {"ada"},
    "GET /communities/{community}/members/{member}/clr": MANAGERS | {"ada"},
    "DELETE /communities/{community}/members/{member}": MANAGERS | {"ada"},
    "GET /communities/{community}/charter": INSIDERS,
    "PUT /communities/{community}/charter": MANAGERS,
    "GET /communities/{community}/charters": INSIDERS,
    "GET /communities/{community}/charter/diff": INSIDERS,
    "POST /communities/{community}/charter/simulate": MANAGERS,
    "GET /communities/{community}/leaders": MANAGERS,
    "GET /communities/{community}/fairness": MANAGERS,
    "POST /communities/{community}/fairness/{case}/decision": MANAGERS,
    "POST /communities/{community}/assignments": MANAGERS,
    "POST /communities/{community}/invitations/withdrawal": MANAGERS,
    "GET /communities/{community}/measures": NUMBERS,
    "GET /communities/{community}/measures/{measure}": NUMBERS,
    "GET /communities/{community}/spotlights": MANAGERS,
    "GET /communities/{community}/reviews": MANAGERS,
    "POST /communities/{community}/reviews/{credential}": MANAGERS,
    "POST /communities/{community}/awards": MANAGERS,
    "POST /communities/{community}/awards/{credential}": MANAGERS,
    "GET /communities/{community}/members/{member}/badges": MANAGERS | {"reader", "ada"},
    "GET /communities/{community}/nominations": MANAGERS,
    "POST /communities/{community}/nominations": MANAGERS | {"ada", "bo", "leader"},
    "POST /communities/{community}/nominations/{nomination}": MANAGERS,
    "GET /communities/{community}/identity": MANAGERS,
    "POST /communities/{community}/identity/{decision}": MANAGERS,
    "GET /manage/{community}": MANAGERS,
    "GET /manage/{community}/review": MANAGERS,
    "GET /manage/{community}/leaders": MANAGERS,
    "POST /manage/{community}/leaders": MANAGERS,
    "GET /manage/{community}/members": MANAGERS,
    "GET /manage/{community}/cohorts": MANAGERS,
    "POST /manage/{community}/cohorts": MANAGERS,
    "POST /manage/{community}/fairness/{case}": MANAGERS,
    "POST /manage/{community}/cases/{position}": MANAGERS,
    "POST /c/{community}/m/{member}/invitation": {"ada", "bo", "leader"},  # past the guard; only her own
    "GET /manage/{community}/charter": MANAGERS,
    "POST /manage/{community}/charter": MANAGERS,
    "POST /manage/{community}/charter/lint": MANAGERS,
    "GET /manage/{community}/sources": MANAGERS,
    "GET /manage/{community}/tables": MANAGERS,
    "POST /manage/{community}/tables": MANAGERS,
    "GET /manage/{community}/connections": MANAGERS,
    "POST /manage/{community}/connections": MANAGERS,
    "POST /manage/{community}/connections/{connector}/{done}": MANAGERS,
    "POST /manage/{community}/sources/keys": MANAGERS,
    "POST /manage/{community}/sources/keys/{key}/drop": MANAGERS,
    "GET /manage/{community}/trail": MANAGERS,
    "GET /manage/{community}/measures": MANAGERS,
    "GET /manage/{community}/quarters/{quarter}": MANAGERS,
    "GET /manage/{community}/quarters/{quarter}.pdf": MANAGERS,
    "POST /manage/{community}/reviews/{credential}": MANAGERS,
    "POST /manage/{community}/identity/{decision}": MANAGERS,
    "POST /manage/{community}/nominations/{nomination}": MANAGERS,
    "POST /manage/{community}/awards": MANAGERS,
    "GET /credentials/{name}": ANYONE,
    "GET /credentials/{credential}/proof": ANYONE,
    "GET /credentials/{credential}/refresh": ANYONE,
    "GET /credentials/{credential}/bundle": ANYONE,
    "POST /communities/{community}/endorsements": MANAGERS | {"ada", "bo", "leader"},
    "POST /communities/{community}/endorsements/{endorsement}/withdrawal": MANAGERS | {"ada", "bo", "leader"},
    "GET /communities/{community}/endorsements": ANYONE,
    "GET /credentials/{credential}/endorsements": ANYONE,
    "GET /endorsements/{name}": ANYONE,
    "GET /ob2/assertions/{name}": ANYONE,
    "GET /ob2/issuers/{community}": ANYONE,
    "GET /ob2/issuers/{community}/key/{kid}": ANYONE,
    "GET /ob2/issuers/{community}/revoked": ANYONE,
    "GET /ob2/issuers/{community}/{kind}/{name}/{version}": ANYONE,
    "POST /credentials/verify": ANYONE,
    "POST /credentials/issue": ANYONE,
    "POST /credentials/status": ANYONE,
    "GET /credentials/status/{purpose}/{number}": ANYONE,
    "GET /1.0/identifiers/{did:path}": ANYONE,
    "POST /presentations/verify": ANYONE,
    "GET /.well-known/did.json": ANYONE,
    "GET /communities/{community}/did.json": ANYONE,
    "GET /status/{name}": ANYONE,
    "GET /communities/{community}/log/checkpoint": ANYONE,
    "GET /communities/{community}/log/key": ANYONE,
    "GET /communities/{community}/log/tile/{tile:path}": ANYONE,
    "GET /healthz": ANYONE,
    "GET /readyz": ANYONE,
    "GET /metrics": ANYONE,
    "GET /openapi.json": ANYONE,
    "GET /": ANYONE,
    "GET /verify": ANYONE,
    "POST /verify": ANYONE,
    "GET /c/{community}": ANYONE,
    "GET /c/{community}/m/{member}": ANYONE,
    "GET /c/{community}/m/{member}/erase": ANYONE,  # but for her and managers it is a page that says it is private
    "POST /c/{community}/m/{member}/erase": ANYONE,
    "GET /c/{community}/charter": ANYONE,
    "GET /c/{community}/toolkit": ANYONE,
    "GET /c/{community}/sessions": ANYONE,
    "GET /c/{community}/embed": ANYONE,
    "GET /c/{community}/celebrations": ANYONE,
    "GET /c/{community}/celebrations/{period}/{number}": ANYONE,
    "GET /c/{community}/feed.atom": ANYONE,
    "GET /manage/{community}/celebrations": MANAGERS,
    "POST /manage/{community}/celebrations": MANAGERS,
    "GET /mail/{community}/{word}": ANYONE,
    "POST /mail/{community}/{word}": ANYONE,
    "POST /c/{community}/m/{member}/mail": {"ada", "bo", "leader"},  # past the guard; only her own
    "GET /c/{community}/m/{member}/week": ANYONE,  # but for her and managers it is a page that says it is private
    "GET /c/{community}/m/{member}/profile": ANYONE,  # a page that says it is private, where she did not switch it on
    "GET /c/{community}/m/{member}/seen": ANYONE,  # but for her alone it is that page
    "POST /c/{community}/m/{member}/seen": {"ada", "bo", "leader"},  # past the guard; only her own
    "GET /claim/{token}": ANYONE,
    "POST /claim/{token}": ANYONE,
    "GET /claimed/{token}": ANYONE,
    "POST /claimed/{token}": ANYONE,
    "GET /manage/{community}/links": MANAGERS,
    "POST /manage/{community}/links": MANAGERS,
    "GET /c/{community}/badges/{name}": ANYONE,
    "GET /c/{community}/levels/{name}": ANYONE,
    "GET /c/{community}/roles/{name}": ANYONE,
    "POST /c/{community}/badges/{name}/nominations": ANYONE,  # past the guard, as that of endorsements
    "POST /c/{community}/endorsements": ANYONE,
    "POST /c/{community}/{part}/{name}/endorsements": ANYONE,
    "GET /c/{community}/{part}/{name}.png": ANYONE,
    "GET /c/{community}/{part}/{name}.svg": ANYONE,
    "GET /b/{credential}": ANYONE,
    "GET /b/{credential}/embed": ANYONE,
    "GET /b/{credential}/share/{form}.png": ANYONE,
    "GET /oembed": ANYONE,
    "POST /b/{credential}/wallet": ANYONE,  # past the guard; offered to whose it is, and to managers
    "GET /.well-known/openid-credential-issuer/communities/{community}": ANYONE,
    "GET /.well-known/oauth-authorization-server/communities/{community}": ANYONE,
    "POST /communities/{community}/wallet/token": set(CALLERS),
    "POST /communities/{community}/wallet/credential": set(CALLERS),
    "POST /b/{credential}/endorsements": ANYONE,  # past the guard; the form is for members and managers
    "GET /static/{name}": ANYONE,
    "GET /manage/{community}/sign-ins": MANAGERS,
    "POST /manage/{community}/sign-ins/link": MANAGERS,
    "POST /manage/{community}/sign-ins/end": MANAGERS,
    "POST /manage/{community}/sign-ins/drop": MANAGERS,
    "GET /operate": {"operator"},
    "GET /signed-in": SIGNED_IN,
    "POST /signed-in/end": SIGNED_IN,
    "GET /enter": ANYONE,
    "POST /enter/letter": ANYONE,
    "GET /enter/oidc": ANYONE,
    "GET /enter/oidc/callback": ANYONE,
    "POST /enter/oidc/as": ANYONE,
    "POST /enter/oidc/use": SIGNED_IN,
    "POST /enter/oidc/undo": SIGNED_IN,
    "GET /enter/{token}": ANYONE,
    "POST /enter/{token}": ANYONE,
    "POST /leave": ANYONE,
}


# What those who get past are told, where it is not 200 for a GET and 415 for a POST without a body: what is named in
# the path is not there, or wants words of its own.
ANSWERED: dict[str, int] = {
    **dict.fromkeys(
        (
            "POST /hooks/{community}/{connector}",  # which nobody opened
            "PUT /hooks/{community}/{connector}/{rest:path}",
            "GET /credentials/{name}",
            "GET /credentials/{credential}/proof",
            "GET /credentials/{credential}/refresh",
            "GET /credentials/{credential}/bundle",
            "GET /credentials/{credential}/endorsements",
            "GET /endorsements/{name}",
            "GET /ob2/assertions/{name}",
            "GET /ob2/issuers/{community}/key/{kid}",
            "GET /status/{name}",
            "GET /communities/{community}/log/tile/{tile:path}",
            "GET /c/{community}/levels/{name}",
            "GET /c/{community}/roles/{name}",
            "GET /b/{credential}",
            "GET /b/{credential}/embed",
            "GET /b/{credential}/share/{form}.png",
            "GET /static/{name}",
            "GET /enter/{token}",
            "GET /claim/{token}",
            "GET /claimed/{token}",
            "GET /enter/oidc",  # there is no provider
            "GET /enter/oidc/callback",
            "POST /enter/oidc/use",
        ),
        404,
    ),
    **{route: 400 for route in EXPECTED if " /xapi/" in route},  # no version of the standard is named
    "GET /xapi/about": 200,  # it tells which there are
    "OPTIONS /events": 204,
    "POST /communities/{community}/connections/{connector}/replay": 200,
    "GET /oembed": 422,
    "GET /c/{community}/celebrations/{period}/{number}": 422,
    "GET /mail/{community}/{word}": 404,
    "POST /mail/{community}/{word}": 404,
    "POST /manage/{community}/links": 422,
    "POST /manage/{community}/sign-ins/link": 422,
    "POST /manage/{community}/sign-ins/end": 422,
    "POST /manage/{community}/sign-ins/drop": 422,
    "POST /signed-in/end": 422,
    "POST /enter/oidc/undo": 303,
    "POST /manage/{community}/charter/lint": 200,
}
BY_FORM = (
    "/signed-in/",
    f"/manage/{COMMUNITY}/sign-ins/",
    f"/manage/{COMMUNITY}/links",
    "/enter/oidc/use",
    "/enter/oidc/undo",
)


def routes(app: FastAPI) -> list[str]:
    return [
        f"{method} {each.route.path}" for each in guarded(app.routes) for method in sorted(each.route.methods or ())
    ]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data=tmp_path_factory.mktemp("matrix"), vc_api_issuer=True))


def test_the_matrix_names_every_route(app: FastAPI):
    assert sorted(routes(app)) == sorted(EXPECTED)


def test_a_route_without_a_guard_cannot_be_served():
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/open", lambda: None)
    with pytest.raises(TypeError, match="/open"):
        guarded(app.routes)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    """Give a guild of this module's own, in which Di leads."""
    data = tmp_path_factory.mktemp("inside") / "data"
    settings = Settings(data=data, base_url="http://127.0.0.1:8700", vc_api_issuer=True, log_level="error")
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        bearer = {"Authorization": f"Bearer {guild.manager}"}
        role = {"member": guild.member("di"), "kind": "role", "value": "host", "change": "started"}
        told = client.post(f"/communities/{COMMUNITY}/assignments", json=role, headers=bearer)
        assert told.status_code == 201, told.text
        assert guild.here.standings.wait(COMMUNITY, told.json()["position"])
        yield guild


@pytest.fixture(scope="module")
def callers(inside: Guild):
    """Give, for each kind of caller, a function that asks."""
    sessions = {
        "signed manager": inside.sign_in(),
        "signed stranger": inside.sign_in(community=ELSEWHERE),
        "ada": inside.sign_in("member", inside.member("ada")),
        "bo": inside.sign_in("member", inside.member("bo")),
        "leader": inside.sign_in("member", inside.member("di")),
        "operator": inside.sign_in("operator", community=""),
    }
    keys = {name: getattr(inside, name) for name in ("poster", "linker", "reader", "manager", "stranger")}
    keys["identifier"] = inside.here.book.vault.add_key(COMMUNITY, label="identity", scopes=["identity"])
    keys["forger"] = "gb_0000_forged"

    def ask(caller: str, method: str, path: str) -> Response:
        if caller in sessions:
            browser = sessions[caller]
            word = inside.here.sessions.read(browser.cookies.get(inside.here.sessions.cookie)).csrf
            form = {"csrf": word} if path.startswith(BY_FORM) and method == "POST" else None
            return browser.request(method, path, headers={"X-CSRF-Token": word}, data=form, follow_redirects=False)
        bearer = {"Authorization": f"Bearer {keys[caller]}"} if caller in keys else {}
        form = {"csrf": ""} if path.startswith(BY_FORM) and method == "POST" else None
        return inside.client.request(method, path, headers=bearer, data=form, follow_redirects=False)

    return ask


OF_THE_OWN_ISSUER = {  # in tests/api/vcapi/test_issuing.py
    "POST /credentials/issue",
    "POST /credentials/status",
    "GET /credentials/status/{purpose}/{number}",
    "GET /1.0/identifiers/{did:path}",
}
OF_WALLETS = "POST /communities/{community}/wallet/credential"  # its own tokens: in tests/api/holding/test_wallet.py
ERASES = "DELETE /communities/{community}/members/{member}"  # in tests/api/leaving/test_leaving.py


def asked(inside: Guild, template: str) -> str:
    """Return a path of a route, about Ada; what else is named in it is not there."""
    return template.replace("{account:path}", "ada").replace("{tile:path}", "0/000").replace(":path}", "}").format(
        community=COMMUNITY, member=inside.member("ada"), platform="forum", rule="maker", name="sharer",
        credential="00000000-0000-4000-8000-000000000000", token="none", case="ring-0123456789abcdef",
        decision="link", endorsement="00000000-0000-4000-8000-000000000000", kind="badge", version=1, kid="x",
        nomination="1", part="badges", key="none", quarter="2026-Q1", measure="weekly_active",
        period="week", number="none", word="none", form="link", connector="slack", rest="none", done="close",
        position=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "route", [route for route in EXPECTED if route not in {"POST /leave", ERASES, OF_WALLETS, *OF_THE_OWN_ISSUER}]
)
def test_every_route_with_every_caller(inside: Guild, callers, route):
    method, _, template = route.partition(" ")
    path = asked(inside, template)
    got = {caller: callers(caller, method, path).status_code for caller in CALLERS}
    let_in = ANSWERED.get(route, 200 if method == "GET" else 415)
    wanted = {caller: let_in if caller in EXPECTED[route] else turned_away(caller, template) for caller in CALLERS}
    if route == "POST /enter/oidc/use":
        wanted["operator"] = 403  # she signs in by links alone
    assert got == wanted


def turned_away(caller: str, template: str) -> int:
    """Return what whoever may not is told: to say who she is, nothing of what is there, or that it is not hers."""
    if caller in {"nobody", "forger"}:
        return 401
    if caller in {"stranger", "signed stranger"} and "{community}" in template:
        return 404
    if caller in {"bo", "leader"} and template.startswith("/communities/{community}/members/"):
        return 404  # another's page is as unknown as nobody's
    return 403


def test_unknown_and_forbidden_look_the_same(spring: Guild):
    ada, nobody = spring.member("ada"), "a" * 26
    browser = spring.sign_in("member", spring.member("bo"))

    def shown(answer: Response) -> tuple[int, object]:
        told = answer.json()
        told.pop("request_id")
        return answer.status_code, told

    for base in ("standing", "verdicts/maker"):
        forbidden = shown(browser.get(f"/communities/{COMMUNITY}/members/{ada}/{base}"))
        assert forbidden == shown(browser.get(f"/communities/{COMMUNITY}/members/{nobody}/{base}"))
        assert forbidden[0] == 404
    path = f"/members/{ada}/standing"
    elsewhere = shown(spring.get(f"/communities/{ELSEWHERE}{path}"))
    assert elsewhere == shown(spring.get(f"/communities/nowhere{path}"))
    stranger = shown(spring.get(f"/communities/{COMMUNITY}{path}", spring.stranger))
    assert stranger == shown(spring.get(f"/communities/nowhere{path}", spring.stranger))
    nobody_here = shown(spring.get(f"/communities/{COMMUNITY}{path}", ""))
    assert nobody_here == shown(spring.get(f"/communities/nowhere{path}", ""))


def test_the_table_denies_by_default():
    assert set(TABLE) == set(ACTIONS)
    kinds = [
        ANONYMOUS,
        Principal(kind="key", community=COMMUNITY),
        Principal(kind="key", community=COMMUNITY, scopes=frozenset({"identity", "unheard of"})),
        Principal(kind="session", community=COMMUNITY),
        Principal(kind="session", community=COMMUNITY, role="member"),
        Principal(kind="session", community=None, role="manager"),
        Principal(kind="session", community=None, role="operator"),
        Principal(kind="session", community=COMMUNITY, role="operator"),
        Principal(kind="key", community=ELSEWHERE, scopes=frozenset({"manage", "read", "events:write"})),
    ]
    shut = [action for action in ACTIONS if "anyone" not in TABLE[action]]
    assert shut
    for principal, action in product(kinds, shut):
        assert not allowed(principal, action, COMMUNITY)
        assert not allowed(principal, action, COMMUNITY, member="m")
        if principal.role != "operator":
            assert not allowed(principal, action, None)


def test_a_leader_may_what_a_member_may_and_read_the_numbers():
    member = Principal(kind="session", community=COMMUNITY, role="member", member="m", subject="m")
    leader = replace(member, leads=True)
    more = {action for action in ACTIONS if allowed(leader, action, COMMUNITY)}
    assert more - {action for action in ACTIONS if allowed(member, action, COMMUNITY)} == {"community.numbers"}
    for action in ACTIONS:  # of another member she may no more than any
        assert allowed(leader, action, COMMUNITY, member="o") == (
            allowed(member, action, COMMUNITY, member="o") or action == "community.numbers"
        )
    assert not allowed(leader, "community.numbers", ELSEWHERE)


def test_an_operator_watches_and_nothing_else():
    operator = Principal(kind="session", role="operator")
    shut = {action for action in ACTIONS if "anyone" not in TABLE[action]}
    assert {action for action in shut if allowed(operator, action, None)} == {"installation.watch", "session.own"}


def test_who_leads_no_more_reads_the_numbers_no_more(guild: Guild):
    guild.tell(a_spring())
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    di, told = guild.sign_in("member", guild.member("di")), f"/communities/{COMMUNITY}"
    assert di.get(f"{told}/cohorts").status_code == 403
    for change, status in (("started", 200), ("ended", 403)):
        role = {"member": guild.member("di"), "kind": "role", "value": "host", "change": change}
        done = guild.client.post(f"{told}/assignments", json=role, headers=bearer).json()
        assert guild.here.standings.wait(COMMUNITY, done["position"])
        assert di.get(f"{told}/cohorts").status_code == status, change


def test_a_form_of_another_site_changes_nothing(spring: Guild):
    browser = spring.sign_in()
    answer = browser.put(
        f"/communities/{COMMUNITY}/charter", content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 403
    assert "x-csrf-token" in answer.json()["detail"]
    wrong = browser.post("/leave", data={"csrf": "guessed"}, follow_redirects=False)
    assert wrong.status_code == 403
    assert browser.post("/leave", json={}).status_code == 415
    assert browser.post("/leave", data={"csrf": "x" * 9_000}).status_code == 413
    assert browser.post("/leave", data={f"f{n}": "" for n in range(30)}).status_code == 400


def test_signing_in_and_out(spring: Guild):
    browser = spring.sign_in()
    cookie = next(each for each in browser.cookies.jar if each.name == "guildbook")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    page = browser.get(f"/manage/{COMMUNITY}")
    assert page.status_code == 200
    word = page.text.split('name="csrf" value="')[1].split('"')[0]

    left = browser.post("/leave", data={"csrf": word}, follow_redirects=False)

    assert left.status_code == 303
    assert browser.get(f"/manage/{COMMUNITY}").status_code == 401


def test_a_link_works_once_and_only_by_its_form(guild: Guild):
    vault, far = guild.here.book.vault, 2**52
    token = vault.add_link(COMMUNITY, role="manager", subject="", expires=far)
    assert guild.client.get(f"/enter/{token}").status_code == 200
    assert guild.client.get(f"/enter/{token}").status_code == 200  # a mail scanner looked, and took nothing
    guild.client.cookies.clear()
    assert guild.client.post(f"/enter/{token}", data={"csrf": ""}).status_code == 403

    word = guild.client.get(f"/enter/{token}").text.split('name="csrf" value="')[1].split('"')[0]
    taken = guild.client.post(f"/enter/{token}", data={"csrf": word}, follow_redirects=False)
    assert (taken.status_code, taken.headers["location"]) == (303, f"/manage/{COMMUNITY}")
    assert guild.client.get(f"/enter/{token}").status_code == 404

    spent = vault.add_link(COMMUNITY, role="manager", subject="", expires=1)
    assert guild.client.get(f"/enter/{spent}").status_code == 404
    assert guild.client.get(f"/enter/{'x' * 500}").status_code == 404
