"""Every refusal is a problem document, or a page where a person asks; every answer has its headers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import pytest
from fastapi import Depends
from starlette.testclient import TestClient

from api.app import create_app
from api.guard.doors import Permit
from api.installation import migrate
from api.openapi import openapi
from api.web.auth import Principal

if TYPE_CHECKING:
    from api.settings import Settings
    from tests.api.conftest import Guild

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/c/nowhere", 404),
        ("GET", "/c/%00", 404),
        ("GET", "/c/" + "x" * 3_000, 404),
        ("GET", "/credentials/none", 404),
        ("GET", "/credentials/00000000-0000-4000-8000-000000000000", 404),
        ("GET", "/b/none", 404),
        ("GET", "/status/none", 404),
        ("GET", "/status/makers-99999999999", 404),
        ("GET", "/communities/nowhere/did.json", 404),
        ("GET", "/static/none.css", 404),
        ("GET", "/static/..%2Fapp.py", 404),
        ("GET", "/manage/makers", 401),
        ("DELETE", "/events", 405),
        ("POST", "/healthz", 405),
        ("POST", "/presentations/verify", 415),
        ("GET", "/communities/makers/log/tile/0/x001/067", 404),
        ("GET", "/communities/makers/log/tile/nothing", 404),
        ("GET", "/communities/nobody/log/checkpoint", 404),
    ],
)
def test_every_refusal_is_a_problem(spring: Guild, method, path, status):
    answer = spring.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(told)
    assert told["status"] == status
    assert told["request_id"] == answer.headers["x-request-id"]

    page = spring.client.request(method, path, headers=HTML)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>" in page.text


def test_a_405_names_what_is_offered(spring: Guild):
    assert spring.client.delete("/events").headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", ["/", "/verify", "/healthz", "/c/makers", "/nothing"])
def test_every_answer_has_its_headers(spring: Guild, path):
    headers = spring.client.get(path, headers=HTML).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy or path == "/healthz"
    assert "frame-ancestors 'none'" in policy
    assert "server" not in headers


def test_head_is_a_get_without_its_content(spring: Guild):
    head, get = spring.client.head("/c/makers"), spring.client.get("/c/makers")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_an_error_of_ours_tells_nothing_but_its_id(settings: Settings):
    migrate(settings)
    app = create_app(settings)

    def broken(_: Annotated[Principal, Depends(Permit("public"))]) -> None:
        raise ZeroDivisionError("the secret of Ada")

    app.add_api_route("/broken", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
        page = client.get("/broken", headers=HTML)
    assert answer.status_code == page.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text + page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_health(spring: Guild):
    assert spring.client.get("/healthz").json() == {"status": "ok"}
    ready = spring.client.get("/readyz").json()
    assert ready["status"] == "ok"
    assert ready["communities_left_out"] == 0
    assert ready["projected"] == ready["head"] > 0
    metrics = spring.client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'guildbook_events_total{outcome="stored"}' in metrics.text
    assert "makers" not in metrics.text


def test_the_openapi_document_is_whole(spring: Guild):
    document = spring.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert about["summary"] or about["description"], (method, path)
            for status, answer in about["responses"].items():
                if status[0] in "45" and "application/json" not in answer.get("content", {}):
                    assert "application/problem+json" in answer["content"], (method, path, status)
    closed = document["paths"]["/events"]["post"]
    assert closed["security"] == [{"key": []}]
    assert "422" in closed["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["schemas"]["Problem"]["required"]


def test_the_answers_hold_to_the_openapi_document(spring: Guild):
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a slow import that one test needs

    document = openapi(spring.client.app)  # type: ignore[arg-type]
    ada = spring.member("ada")
    asked = {
        "/communities/{community}/accounts/{platform}/{account}": "/communities/makers/accounts/forum/ada",
        "/communities/{community}/members/{member}/standing": f"/communities/makers/members/{ada}/standing",
        "/communities/{community}/members/{member}/verdicts/{rule}": f"/communities/makers/members/{ada}/verdicts/maker",  # noqa: E501
        "/communities/{community}/members/{member}/badges": f"/communities/makers/members/{ada}/badges",
        "/communities/{community}/nominations": "/communities/makers/nominations",
        "/communities/{community}/charter": "/communities/makers/charter",
        "/communities/{community}/leaders": "/communities/makers/leaders",
        "/healthz": "/healthz",
        "/readyz": "/readyz",
    }
    for path, real in asked.items():
        answer = spring.get(real)
        assert answer.status_code == 200, answer.text
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        faults = [
            f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(whole).iter_errors(answer.json())
        ]
        assert not faults, (path, faults)


def test_a_caller_that_hangs_up_is_no_error(spring: Guild):
    """The body ends before its declared length: nobody reads the answer, and nothing is logged as ours."""
    app = spring.client.app
    sent: list[dict[str, object]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/events",
        "raw_path": b"/events", "query_string": b"", "root_path": "", "scheme": "http", "server": ("test", 80),
        "client": ("test", 1), "headers": [
            (b"authorization", f"Bearer {spring.poster}".encode()), (b"content-type", b"application/x-ndjson"),
        ],
    }  # fmt: skip

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


@pytest.mark.parametrize(
    ("role", "way", "words"),
    [("manager", "/manage/makers", "To the desk"), ("member", "/c/makers/m/", "To my page"), ("", "/enter", "Sign in")],
)
def test_a_problem_page_knows_who_is_asking_and_leads_on(spring: Guild, role: str, way: str, words: str):
    subject = spring.member() if role == "member" else ""
    browser = spring.sign_in(role, subject) if role else spring.client
    for path in ("/nothing/here", "/c/nowhere", "/operate"):
        page = browser.get(path, headers=HTML, follow_redirects=False)
        assert page.status_code in {401, 403, 404}
        assert way in page.text
        assert words in page.text
        assert ("Sign in<" in page.text) == (not role)
        assert "`" not in page.text


def test_who_has_to_sign_in_is_told_so_and_comes_back(spring: Guild):
    page = spring.client.get("/manage/makers/review", headers=HTML).text
    assert "Sign in, and you come back here." in page
    assert "/enter?next=/manage/makers/review" in page
    assert "<code>Authorization: Bearer gb_...</code>" in page
