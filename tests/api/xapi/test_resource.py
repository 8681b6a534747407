"""Which edition is spoken, by whom, in what form; and what only tells: editions, agents, activities."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from api.xapi.alternate import MOST_FIELDS
from tests.api.xapi.telling import FIRST, SCHOOL, SECOND, ada, by_mail, number, told, wrong

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.xapi.telling import Store

SAID = "X-Experience-API-Version"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "1.0.17", "2.0", "2.0.0", "2.0.5"])
def test_every_version_of_both_editions_is_spoken(store: Store, version: str) -> None:
    answer = store.post(told(), version=version)
    assert answer.status_code == 200, answer.text
    assert answer.headers[SAID] == {"1": FIRST, "2": SECOND}[version[0]]
    assert store.one(answer.json()[0])["version"] == {"1": "1.0.0", "2": "2.0.0"}[version[0]]


@pytest.mark.parametrize("version", ["0.95", "1.1.0", "3.0.0", "one", "1.0.3, 2.0.0"])
def test_no_other_version_is(store: Store, version: str) -> None:
    for answer in (store.post(told(), version=version), store.get(version=version)):
        assert wrong(answer) == []
        assert answer.headers[SAID] == SECOND


def test_a_version_must_be_named(store: Store) -> None:
    for path in ("statements", "activities/state", "agents/profile", "agents", "activities"):
        answer = store.ask("GET", path, version="")
        assert (wrong(answer), answer.headers[SAID]) == ([], SECOND)
    store.get(version=FIRST)
    assert store.ask("GET", "statements", version="").headers[SAID] == FIRST  # as this key spoke before


def test_every_answer_says_its_edition_refusals_too(store: Store) -> None:
    for version in (FIRST, SECOND):
        for answer in (
            store.post({}, version=version),
            store.get(version=version, statementId=number(404)),
            store.get(version=version, colour="red"),
            store.post(told(), version=version, key=store.reader),
            store.post(told(), version=version, key=""),
            store.ask("GET", "agents", version=version, params={"agent": "{"}),
            store.ask("GET", "activities/state", version=version),
        ):
            assert answer.status_code >= 400
            assert answer.headers[SAID] == version


def test_the_editions_are_told_to_anybody(store: Store) -> None:
    for version in ("", FIRST, SECOND):
        answer = store.ask("GET", "about", key="", version=version)
        assert answer.json() == {"version": ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"]}
    assert wrong(store.ask("GET", "about", params={"x": "1"})) == ["/x"]
    assert wrong(store.ask("GET", "about", key="", version="7")) == []


def basic(name: str, word: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode()}


def test_a_key_may_come_as_a_name_and_a_password(store: Store) -> None:
    begins, name, word = store.key.split("_", 2)
    for shown in (basic(f"{begins}_{name}", word), basic(name, word), basic("moodle", store.key), basic("", store.key)):
        assert store.ask("GET", "statements", key="", headers=shown).status_code == 200
        outside = store.client.get("/communities/none/members", headers=shown)
        assert outside.status_code == 401, "browsers send a password unasked; elsewhere a key is shown as such"
    for shown in (basic(name, "wrong"), basic(name, ""), {"Authorization": "Basic ***"}, basic("ä", word)):
        assert wrong(store.ask("GET", "statements", key="", headers=shown), 401) == []


def test_a_head_is_answered_as_a_get_without_its_content(store: Store) -> None:
    store.take(told(id=number(1)))
    answer = store.ask("HEAD", "statements", params={"statementId": number(1)})
    assert (answer.status_code, answer.content, answer.headers[SAID]) == (200, b"", FIRST)
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("agent", [ada(), by_mail(), {"mbox_sha1sum": "AB" * 20, "name": "A"}, {"openid": SCHOOL}])
def test_an_agent_is_told_as_a_person_and_nothing_of_whoever_else_she_is(store: Store, agent: dict[str, Any]) -> None:
    answer = store.ask("GET", "agents", params={"agent": json.dumps(agent)})
    assert answer.json() == {"objectType": "Person", **{name: [value] for name, value in agent.items()}}


def test_an_agent_must_be_one(store: Store) -> None:
    assert wrong(store.ask("GET", "agents")) == ["/agent"]
    assert wrong(store.ask("GET", "agents", params={"agent": "[]"})) == ["/agent"]
    two = {**ada(), **by_mail()}
    assert wrong(store.ask("GET", "agents", params={"agent": json.dumps(two)})) == ["/agent"]


# The alternate request syntax, of the first edition alone


def alternate(
    store: Store, path: str, method: str, content: Any = None, *, version: str = FIRST, **fields: str
) -> Response:
    form = {"Authorization": f"Bearer {store.key}", SAID: version, **fields}
    if content is not None:
        form["content"] = content if isinstance(content, str) else json.dumps(content)
    return store.client.post(f"/xapi/{path}?method={method}", content=urlencode(form), headers=FORM)


def test_any_request_may_come_as_a_form(store: Store) -> None:
    put = alternate(store, "statements", "PUT", told(), statementId=number(1))
    assert (put.status_code, put.headers[SAID]) == (204, FIRST)
    assert alternate(store, "statements", "POST", [told("passed")]).status_code == 200
    got = alternate(store, "statements", "GET", verb="http://adlnet.gov/expapi/verbs/passed")
    assert len(got.json()["statements"]) == 1
    assert "X-Experience-API-Consistent-Through" in got.headers

    one = {"activityId": f"{SCHOOL}/course/1", "agent": json.dumps(ada()), "stateId": "page"}
    kept = alternate(store, "activities/state", "PUT", "seven & eight", **one, **{"Content-Type": "text/plain"})
    assert kept.status_code == 204
    found = alternate(store, "activities/state", "GET", **one)
    assert (found.text, found.headers["content-type"]) == ("seven & eight", "text/plain")
    refused = alternate(store, "activities/state", "PUT", "9", **one, **{"If-None-Match": "*"})
    assert wrong(refused, 412) == []
    assert alternate(store, "activities/state", "DELETE", **one).status_code == 204
    assert wrong(alternate(store, "activities/state", "GET", **one), 404) == []


def test_a_form_that_is_no_request_is_refused(store: Store) -> None:
    def sent(address: str, raw: bytes, **headers: str) -> Response:
        return store.client.post(f"/xapi/{address}", content=raw, headers=FORM | headers)

    own = urlencode({"Authorization": f"Bearer {store.key}", SAID: FIRST}).encode()
    assert wrong(alternate(store, "statements", "PATCH")) == []
    assert wrong(alternate(store, "statements", "DELETE")) == []
    assert wrong(alternate(store, "statements", "PUT", statementId=number(1))) == []
    assert wrong(alternate(store, "statements", "GET", version=SECOND)) == []
    assert wrong(sent("statements?method=GET&limit=1", own)) == []
    assert wrong(sent("statements?method=GET", own + b"&limit=1&limit=2")) == []
    assert wrong(sent("statements?method=GET", own + b"&limit=%ff")) == []
    assert wrong(sent("statements?method=GET", own + b"&a=%F0%9F%98%80&Accept-Language=%F0%9F%98%80")) == []
    assert wrong(sent("statements?method=GET", b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1)))) == []
    assert wrong(sent("statements?method=GET", b"{}", **{"Content-Type": "application/json"})) == []
    assert wrong(sent("statements?method=GET", urlencode({SAID: FIRST}).encode()), 401) == []


def test_by_a_form_nobody_may_more(store: Store) -> None:
    reading = {"Authorization": f"Bearer {store.reader}"}
    assert wrong(alternate(store, "statements", "PUT", told(), statementId=number(1), **reading), 403) == []
    assert store.found() == []
