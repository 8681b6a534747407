"""Documents: what an LMS keeps to read again itself; nobody's change is lost to another's."""

from __future__ import annotations

import hashlib
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.xapi.telling import FIRST, SCHOOL, SECOND, ada, by_mail, number, wrong

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.xapi.telling import Store

COURSE = f"{SCHOOL}/course/1"
ADA = json.dumps(ada())
JSON = {"Content-Type": "application/json"}
ANYTHING = {"If-None-Match": '"none"'}  # says nothing of what is there
KINDS: dict[str, tuple[dict[str, str], str]] = {
    "activities/state": ({"activityId": COURSE, "agent": ADA}, "stateId"),
    "activities/profile": ({"activityId": COURSE}, "profileId"),
    "agents/profile": ({"agent": ADA}, "profileId"),
}
PROFILES = ["activities/profile", "agents/profile"]


def etag(content: bytes) -> str:
    return f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'


class Drawer:
    """The documents of one kind, as an LMS asks for them."""

    def __init__(self, store: Store, kind: str, **more: str) -> None:
        self._store, self._kind = store, kind
        self.beside, self.id = KINDS[kind]
        self.beside = self.beside | more

    def ask(self, method: str, name: str | None = "page", content: bytes = b"", **more: Any) -> Response:
        params = self.beside | ({} if name is None else {self.id: name}) | more.pop("params", {})
        headers = {"Content-Type": "text/plain", **more.pop("headers", {})}
        if method in {"PUT", "POST"}:
            more["content"] = content
        return self._store.ask(method, self._kind, params=params, headers=headers, **more)

    def put(self, content: bytes, name: str = "page", **headers: str) -> None:
        answer = self.ask("PUT", name, content, headers=ANYTHING | headers)
        assert answer.status_code == 204, answer.text

    def names(self, **params: str) -> list[str]:
        found: list[str] = self.ask("GET", None, params=params).json()
        return found


@pytest.fixture(params=KINDS)
def drawer(request: pytest.FixtureRequest, store: Store) -> Drawer:
    return Drawer(store, request.param)


def test_a_document_is_given_back_as_it_came(drawer: Drawer) -> None:
    raw = b"\x00\xff any bytes"
    drawer.put(raw, **{"Content-Type": "image/x-photo; a=b"})
    answer = drawer.ask("GET")
    assert (answer.content, answer.headers["content-type"]) == (raw, "image/x-photo; a=b")
    assert answer.headers["etag"] == etag(raw)
    assert parsedate_to_datetime(answer.headers["last-modified"]).year > 2020
    assert "sandbox" in answer.headers["content-security-policy"]
    drawer.put(b"other")
    assert drawer.ask("GET").content == b"other"
    assert drawer.ask("DELETE").status_code == 204
    assert wrong(drawer.ask("GET"), 404) == []
    assert drawer.ask("DELETE").status_code == 204  # it is gone, as was wanted


def test_an_empty_document_is_one(drawer: Drawer) -> None:
    drawer.put(b"")
    assert (drawer.ask("GET").status_code, drawer.ask("GET").content) == (200, b"")
    assert drawer.names() == ["page"]


def test_what_lies_together_is_listed_and_what_changed_since(drawer: Drawer) -> None:
    assert drawer.names() == []
    drawer.put(b"1", "one")
    drawer.put(b"2", "two")
    listed = drawer.ask("GET", None)
    assert sorted(listed.json()) == ["one", "two"]
    assert "last-modified" in listed.headers
    assert drawer.names(since="2999-01-01T00:00:00Z") == []
    assert sorted(drawer.names(since="2020-01-01T00:00:00+01:00")) == ["one", "two"]
    assert wrong(drawer.ask("GET", None, params={"since": "monday"})) == ["/since"]


def test_what_others_keep_is_not_there(store: Store, other: Store, drawer: Drawer) -> None:
    drawer.put(b"mine")
    kind = drawer._kind
    for changed in ({"agent": json.dumps(by_mail())}, {"activityId": f"{SCHOOL}/course/2"}):
        if changed.keys() <= drawer.beside.keys():
            assert wrong(Drawer(store, kind, **changed).ask("GET"), 404) == []
    assert wrong(Drawer(other, kind).ask("GET"), 404) == []
    for elsewhere in KINDS.keys() - {kind}:
        assert Drawer(store, elsewhere).names() == []


def test_who_read_an_older_one_changes_nothing(drawer: Drawer) -> None:
    drawer.put(b"first")
    known = drawer.ask("GET").headers["etag"]
    drawer.put(b"second")
    for method in ("PUT", "POST", "DELETE"):
        assert wrong(drawer.ask(method, content=b"third", headers={"If-Match": known}), 412) == []
        assert wrong(drawer.ask(method, content=b"third", headers={"If-None-Match": "*"}), 412) == []
    assert drawer.ask("GET").content == b"second"
    said = {"If-Match": f'"another", {etag(b"second")}'}
    assert drawer.ask("PUT", content=b"third", headers=said).status_code == 204
    assert drawer.ask("PUT", "new", b"x", headers={"If-None-Match": "*"}).status_code == 204
    assert wrong(drawer.ask("PUT", "newer", b"x", headers={"If-Match": "*"}), 412) == []
    assert drawer.ask("DELETE", headers={"If-Match": etag(b"third")}).status_code == 204


@pytest.mark.parametrize("kind", PROFILES)
@pytest.mark.parametrize("version", [FIRST, SECOND])
def test_over_a_profile_one_must_say_what_one_knows(store: Store, kind: str, version: str) -> None:
    drawer = Drawer(store, kind)
    assert wrong(drawer.ask("PUT", content=b"x", version=version)) == []
    drawer.put(b"x")
    assert wrong(drawer.ask("PUT", content=b"y", version=version), 409) == []
    assert drawer.ask("GET").content == b"x"


def test_over_a_state_the_second_edition_alone_wants_that(store: Store) -> None:
    drawer = Drawer(store, "activities/state")
    assert drawer.ask("PUT", content=b"1", version=SECOND).status_code == 204
    assert drawer.ask("PUT", content=b"2", version=FIRST).status_code == 204
    assert wrong(drawer.ask("PUT", content=b"3", version=SECOND), 409) == []
    assert drawer.ask("GET").content == b"2"


def test_two_json_objects_are_brought_together(drawer: Drawer) -> None:
    drawer.put(b'{"a": {"x": 1}, "b": 2}', **JSON)
    posted = drawer.ask("POST", content=b'{"a": {"y": 1}, "c": 3}', headers={"Content-Type": "application/json; a=b"})
    assert posted.status_code == 204
    answer = drawer.ask("GET")
    assert answer.json() == {"a": {"y": 1}, "b": 2, "c": 3}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == etag(answer.content)


BESIDE: dict[str, tuple[bytes, str, bytes, str]] = {
    "a list": (b'{"a": 1}', "application/json", b"[1]", "application/json"),
    "over a list": (b"[1]", "application/json", b'{"a": 1}', "application/json"),
    "text": (b'{"a": 1}', "application/json", b'{"a": 1}', "text/plain"),
    "over text": (b'{"a": 1}', "text/plain", b'{"a": 1}', "application/json"),
    "no JSON": (b'{"a": 1}', "application/json", b"{", "application/json"),
}


@pytest.mark.parametrize(("there", "its", "new", "media"), BESIDE.values(), ids=BESIDE)
def test_nothing_else_is_brought_together(store: Store, there: bytes, its: str, new: bytes, media: str) -> None:
    drawer = Drawer(store, "activities/state")
    drawer.put(there, **{"Content-Type": its})
    assert wrong(drawer.ask("POST", content=new, headers={"Content-Type": media})) == []
    answer = drawer.ask("GET")
    assert (answer.content, answer.headers["content-type"].partition(";")[0]) == (there, its)


def test_where_nothing_is_a_post_keeps_what_it_brings(drawer: Drawer) -> None:
    assert drawer.ask("POST", "json", b'{"a":1}', headers=JSON).status_code == 204
    assert drawer.ask("POST", "text", b"anything").status_code == 204
    assert wrong(drawer.ask("POST", "list", b"[1]", headers=JSON)) == []
    assert sorted(drawer.names()) == ["json", "text"]


def test_a_registration_is_a_drawer_of_its_own(store: Store) -> None:
    plain = Drawer(store, "activities/state")
    registered = Drawer(store, "activities/state", registration=number(0xAB))
    plain.put(b"plain", "p")
    registered.put(b"registered", "r")
    assert Drawer(store, "activities/state", registration=number(0xAB).upper()).names() == ["r"]
    assert Drawer(store, "activities/state", registration=number(0xAC)).names() == []
    assert (sorted(plain.names()), registered.names()) == (["p", "r"], ["r"])
    assert wrong(plain.ask("GET", "r"), 404) == []
    assert registered.ask("DELETE", None).status_code == 204
    assert plain.names() == ["p"]
    registered.put(b"again", "r")
    assert plain.ask("DELETE", None).status_code == 204
    assert plain.names() == registered.names() == []
    assert wrong(plain.ask("GET", params={"registration": "7"})) == ["/registration"]


def test_what_names_a_document_must_be_whole(drawer: Drawer) -> None:
    for method in ("PUT", "POST"):
        assert wrong(drawer.ask(method, None, b"x", headers=ANYTHING)) == [f"/{drawer.id}"]
    if drawer.id == "profileId":
        assert wrong(drawer.ask("DELETE", None)) == ["/profileId"]
    assert wrong(drawer.ask("GET", params={"colour": "red"})) == ["/colour"]
    assert wrong(drawer.ask("PUT", "x" * 1_025, b"x", headers=ANYTHING)) == []
    for name in drawer.beside:
        assert set(wrong(drawer.ask("GET", params={name: ""}))) == {f"/{name}"}


def test_documents_have_bounds(store: Store) -> None:
    drawer = Drawer(store, "agents/profile")
    assert wrong(drawer.ask("PUT", content=b"x" * 4_194_305, headers=ANYTHING), 413) == []
    assert wrong(drawer.ask("PUT", content=b"x", headers=ANYTHING | {"Content-Type": "a/b\u0001"})) == []


def test_who_may_not_write_or_read_does_not(store: Store, drawer: Drawer) -> None:
    drawer.put(b"x")
    for method in ("PUT", "POST", "DELETE"):
        assert wrong(drawer.ask(method, content=b"y", key=store.reader), 403) == []
    assert wrong(drawer.ask("GET", key=store.poster), 403) == []
    assert wrong(drawer.ask("GET", key=""), 401) == []
    assert drawer.ask("GET", key=store.reader).content == b"x"


def test_a_document_of_a_group_or_an_address(store: Store) -> None:
    for someone in (by_mail(), {"mbox_sha1sum": "a" * 40}, {"openid": f"{SCHOOL}/ada"}):
        drawer = Drawer(store, "agents/profile", agent=json.dumps(someone))
        drawer.put(json.dumps(someone).encode())
        assert drawer.ask("GET").json() == someone
    assert wrong(Drawer(store, "agents/profile", agent="{}").ask("GET")) == ["/agent"]
