"""Every route with every kind of caller. Whoever is not named for a route is turned away."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.auth import ACTIONS, ANONYMOUS, TABLE, Principal, allowed
from api.doors import guarded
from api.settings import Settings
from tests.api.people import COMMUNITY, ELSEWHERE

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

CALLERS = (
    "nobody",
    "forger",
    "poster",
    "linker",
    "reader",
    "manager",
    "stranger",
    "signed manager",
    "ada",
    "bo",
)

# Written by hand, apart from the table in api/auth.py: who gets past the guard of a route.
ANYONE = set(CALLERS) - {"forger"}
POSTERS = {"poster", "linker"}
MANAGERS = {"manager", "signed manager"}
INSIDERS = MANAGERS | {"reader", "ada", "bo"}
EXPECTED: dict[str, set[str]] = {
    "POST /events": POSTERS,
    "GET /communities/{community}/accounts/{platform}/{account:path}": MANAGERS | {"reader"},
    "GET /communities/{community}/members": MANAGERS,
    "GET /communities/{community}/cohorts": MANAGERS,
    "GET /communities/{community}/alarms": MANAGERS,
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
    "GET /communities/{community}/measures": MANAGERS,
    "GET /communities/{community}/spotlights": MANAGERS,
    "GET /communities/{community}/reviews": MANAGERS,
    "POST /communities/{community}/reviews/{credential}": MANAGERS,
    "POST /communities/{community}/awards": MANAGERS,
    "POST /communities/{community}/awards/{credential}": MANAGERS,
    "GET /communities/{community}/members/{member}/badges": MANAGERS | {"reader", "ada"},
    "GET /communities/{community}/nominations": MANAGERS,
    "POST /communities/{community}/nominations": MANAGERS | {"ada", "bo"},
    "POST /communities/{community}/nominations/{nomination}": MANAGERS,
    "GET /communities/{community}/identity": MANAGERS,
    "POST /communities/{community}/identity/{decision}": MANAGERS,
    "GET /manage/{community}": MANAGERS,
    "POST /manage/{community}/reviews/{credential}": MANAGERS,
    "POST /manage/{community}/identity/{decision}": MANAGERS,
    "POST /manage/{community}/nominations/{nomination}": MANAGERS,
    "POST /manage/{community}/awards": MANAGERS,
    "GET /credentials/{name}": ANYONE,
    "GET /credentials/{credential}/proof": ANYONE,
    "GET /credentials/{credential}/refresh": ANYONE,
    "GET /credentials/{credential}/bundle": ANYONE,
    "POST /communities/{community}/endorsements": MANAGERS | {"ada", "bo"},
    "POST /communities/{community}/endorsements/{endorsement}/withdrawal": MANAGERS | {"ada", "bo"},
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
    "GET /c/{community}/celebrations": ANYONE,
    "GET /c/{community}/celebrations/{period}/{number}": ANYONE,
    "GET /c/{community}/feed.atom": ANYONE,
    "GET /manage/{community}/celebrations": MANAGERS,
    "POST /manage/{community}/celebrations": MANAGERS,
    "GET /mail/{community}/{word}": ANYONE,
    "POST /mail/{community}/{word}": ANYONE,
    "POST /c/{community}/m/{member}/mail": {"ada", "bo"},  # past the guard; only her own
    "GET /c/{community}/m/{member}/week": ANYONE,  # but for her and managers it is a page that says it is private
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
    "GET /oembed": ANYONE,
    "POST /b/{credential}/endorsements": ANYONE,  # past the guard; the form is for members and managers
    "GET /static/{name}": ANYONE,
    "GET /enter/{token}": ANYONE,
    "POST /enter/{token}": ANYONE,
    "POST /leave": ANYONE,
}


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
def callers(spring: Guild):
    """Give, for each kind of caller, a function that asks."""
    sessions = {
        "signed manager": spring.sign_in(),
        "ada": spring.sign_in("member", spring.member("ada")),
        "bo": spring.sign_in("member", spring.member("bo")),
    }
    keys = {name: getattr(spring, name) for name in ("poster", "linker", "reader", "manager", "stranger")}
    keys["forger"] = "gb_0000_forged"

    def ask(caller: str, method: str, path: str) -> Response:
        if caller in sessions:
            browser = sessions[caller]
            word = spring.here.sessions.read(browser.cookies.get(spring.here.sessions.cookie)).csrf
            return browser.request(method, path, headers={"X-CSRF-Token": word}, follow_redirects=False)
        bearer = {"Authorization": f"Bearer {keys[caller]}"} if caller in keys else {}
        return spring.client.request(method, path, headers=bearer, follow_redirects=False)

    return ask


OF_THE_OWN_ISSUER = {  # in tests/api/test_issuing.py
    "POST /credentials/issue",
    "POST /credentials/status",
    "GET /credentials/status/{purpose}/{number}",
    "GET /1.0/identifiers/{did:path}",
}
ERASES = "DELETE /communities/{community}/members/{member}"  # in tests/api/test_leaving.py


@pytest.mark.parametrize(
    "route", [route for route in EXPECTED if route not in {"POST /leave", ERASES, *OF_THE_OWN_ISSUER}]
)
def test_every_route_with_every_caller(spring: Guild, callers, route):
    method, _, template = route.partition(" ")
    path = template.replace("{account:path}", "ada").replace("{tile:path}", "0/000").format(
        community=COMMUNITY, member=spring.member("ada"), platform="forum", rule="maker", name="sharer",
        credential="00000000-0000-4000-8000-000000000000", token="none", case="ring-0123456789abcdef",
        decision="link", endorsement="00000000-0000-4000-8000-000000000000", kind="badge", version=1, kid="x",
        nomination="1", part="badges", period="week", number=2900, word="none",
    )  # fmt: skip
    for caller in CALLERS:
        status = callers(caller, method, path).status_code
        if caller in EXPECTED[route]:
            assert status != 401, caller
            assert status != 403 or template == "/enter/{token}", caller
        else:
            turned_away = {"nobody": 401, "forger": 401, "stranger": 404, "ada": 403, "bo": 403}
            wanted = turned_away.get(caller, 403)
            if template.startswith("/communities/{community}/members/") and caller == "bo":
                wanted = 404  # another's page is as unknown as nobody's
            if template == "/events" and caller == "stranger":
                wanted = 201  # she writes, but into her own community
                assert status in {400, 415}, (caller, status)
                continue
            assert status == wanted, (caller, status)


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
        Principal(kind="key", community=ELSEWHERE, scopes=frozenset({"manage", "read", "events:write"})),
    ]
    shut = [action for action in ACTIONS if "anyone" not in TABLE[action]]
    assert shut
    for principal, action in product(kinds, shut):
        assert not allowed(principal, action, COMMUNITY)
        assert not allowed(principal, action, COMMUNITY, member="m")


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
