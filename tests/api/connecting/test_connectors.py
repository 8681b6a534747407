"""Connector files: what is wrong with one is told before it is used; real payloads become the facts they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jmespath
import pytest
import yaml

from api.connecting.connector import connectors, read_connector
from api.connecting.deliveries import seen
from api.connecting.errors import ConnectorError, ExpressionError
from api.connecting.expressions import Expression
from schemas import check_event

if TYPE_CHECKING:
    from api.connecting.mapping import Mapped

PLATFORMS = Path(__file__).parents[4] / "shared" / "fixtures" / "platforms"
MINIMAL: dict[str, Any] = {
    "connector": "forum",
    "version": 1,
    "title": "A forum",
    "verify": {"alg": "token", "header": "x-token"},
    "event": "body.what",
    "source": "'https://forum.example'",
    "map": {
        "post": [
            {
                "emit": "contribution",
                "id": "body.id",
                "time": "epoch(body.at)",
                "data": {"author": {"platform": "'forum'", "id": "body.by"}, "item": "body.id", "kind": "'post'"},
            }
        ]
    },
}


def made(**changed: Any) -> str:
    """Return the text of a connector file with other members."""
    return yaml.safe_dump(MINIMAL | changed)


def emitting(**changed: Any) -> str:
    """Return the text of one whose only event is made otherwise."""
    emit = MINIMAL["map"]["post"][0]
    return made(map={"post": [emit | changed]})


def data(**changed: Any) -> str:
    """Return the text of one whose only event has other data."""
    return emitting(data=MINIMAL["map"]["post"][0]["data"] | changed)


def mapped(body: object, text: str | None = None, **headers: str) -> Mapped:
    """Return what a delivery becomes by a file."""
    return read_connector(text or made(), "forum.yaml").meaning.map(seen(body, headers, {}), "makers")


def test_a_file_that_is_in_order() -> None:
    found = mapped({"what": "post", "id": "p1", "at": 1767225600, "by": "ada"})
    (event,) = found.events

    assert (found.kind, found.key, check_event(event)) == ("mapped", "post", ())
    assert (event["source"], event["time"], event["community"]) == (
        "https://forum.example", "2026-01-01T00:00:00Z", "makers",
    )  # fmt: skip


WRONG = {
    "no YAML": ("{", "", "wanted YAML"),
    "a list": ("[]", "", "wanted"),
    "no map": (yaml.safe_dump({k: v for k, v in MINIMAL.items() if k != "map"}), "/map", "wanted"),
    "a member that is none": (made(mpa={}), "/mpa", "map"),
    "an expression that is none": (made(event="body..what"), "/event", "wanted a JMESPath expression"),
    "the trap of !": (emitting(when="!body.bot.id"), "/map/post/0/when", "wanted !(...) around"),
    "the trap of ! before a list": (emitting(when="!body.bots[?id]"), "/map/post/0/when", "wanted !(...) around"),
    "a function that is none": (emitting(id="upper(body.id)"), "/map/post/0/id", "got upper()"),
    "too few arguments": (emitting(id="join(body.id)"), "/map/post/0/id", "wanted 2 arguments, got 1"),
    "a fact that is none": (emitting(emit="contribtion"), "/map/post/0/emit", "contribution"),
    "a field that is none": (data(titel="body.title"), "/map/post/0/data/titel", "title"),
    "a field that is none, within": (
        data(author={"id": "body.by", "nick": "body.n"}), "/map/post/0/data/author/nick", "handle",
    ),
    "a constant that is none": (data(kind="'psot'"), "/map/post/0/data/kind", "wanted one of post"),
    "a value that is no expression": (data(length=7), "/map/post/0/data/length", "`7`"),
    "a field that every fact of the kind has": (
        emitting(data={"author": {"id": "body.by"}, "item": "body.id"}), "/map/post/0/data", "wanted kind",
    ),
    "a signature without a header": (made(verify={"alg": "hmac-sha256"}), "/verify/header", "wanted the header"),
    "a token that stands nowhere": (made(verify={"alg": "token"}), "/verify", "got neither"),
    "a time that is not signed": (
        made(verify={"alg": "ed25519", "header": "x-s", "timestamp": "x-t"}), "/verify/timestamp", "{timestamp}",
    ),
    "a time that is signed and nowhere": (
        made(verify={"alg": "hmac-sha256", "header": "x-s", "signed": "{timestamp}.{body}"}),
        "/verify/timestamp",
        "wanted",
    ),
    "a body that is not signed": (
        made(verify={"alg": "hmac-sha256", "header": "x-s", "signed": "{timestamp}", "timestamp": "x-t"}),
        "/verify/signed",
        "{body}",
    ),
    "a scheme that is none": (made(verify={"alg": "hmac-md5"}), "/verify/alg", "hmac-sha256"),
    "a sample that becomes something else": (
        made(samples=[{"name": "a post", "body": {"what": "post", "id": "p1", "at": 0, "by": "ada"}, "gives": []}]),
        "/samples/0",
        "a post: wanted what `gives` says",
    ),
    "a sample that nobody knows": (
        made(samples=[{"name": "a poke", "body": {"what": "poke"}, "gives": []}]), "/samples/0", "got unknown: poke",
    ),
    "a sample whose fact is refused": (
        made(samples=[{"name": "a post", "body": {"what": "post", "id": "p1", "at": 0, "by": "x" * 300}, "gives": []}]),
        "/samples/0/data/author/id",
        "256",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_file_is_told(name: str) -> None:
    text, pointer, words = WRONG[name]
    with pytest.raises(ConnectorError) as found:
        read_connector(text, "forum.yaml")

    assert any(fault.pointer == pointer and words in fault.message for fault in found.value.faults), found.value.faults


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConnectorError) as found:
        read_connector(data(titel="body.title", kind="'psot'", url="upper(body.url)"), "forum.yaml")
    assert len(found.value.faults) == 3


def test_a_person_without_an_id_is_left_out() -> None:
    text = data(beneficiaries=[{"platform": "'forum'", "id": "body.whom"}])
    (event,) = mapped({"what": "post", "id": "p1", "at": 0, "by": "ada"}, text).events
    (whom,) = mapped({"what": "post", "id": "p1", "at": 0, "by": "ada", "whom": "bo"}, text).events

    assert "beneficiaries" not in event["data"]
    assert whom["data"]["beneficiaries"] == [{"platform": "forum", "id": "bo"}]


def test_an_event_for_each() -> None:
    text = emitting(each="body.all", id="each", when="each != 'b'")
    found = mapped({"what": "post", "all": ["a", "b", "c"], "at": 0, "by": "ada", "id": "p"}, text)
    none = mapped({"what": "post", "at": 0, "by": "ada", "id": "p"}, text)
    odd = mapped({"what": "post", "all": "a", "at": 0, "by": "ada", "id": "p"}, text)
    many = mapped({"what": "post", "all": ["a"] * 1_001, "at": 0, "by": "ada", "id": "p"}, text)

    assert [event["id"] for event in found.events] == ["a", "c"]
    assert (none.kind, none.events) == ("mapped", [])
    assert (odd.kind, many.kind) == ("misfit", "misfit")


TIMES: dict[str, list[tuple[object, object]]] = {
    "epoch(at)": [
        (1767225600, "2026-01-01T00:00:00Z"),
        ("1702506383.129070", "2023-12-13T22:26:23.12907Z"),
        (1767225600.5, "2026-01-01T00:00:00.5Z"),
        (None, None),
        ("soon", ExpressionError),
        ("NaN", ExpressionError),
        ("1e400", ExpressionError),
        ({}, ExpressionError),
    ],
    "millis(at)": [(1626230691572, "2021-07-14T02:44:51.572Z"), ("1626230691572.5", "2021-07-14T02:44:51.5725Z")],
    "instant(at)": [
        ("2021-03-30T19:17:18.000-04:00", "2021-03-30T23:17:18Z"),
        ("2026-01-01 10:00:00", "2026-01-01T10:00:00Z"),
        (None, None),
        ("", ExpressionError),
        ("yesterday", ExpressionError),
    ],
    "snowflake(at)": [
        ("175928847299117063", "2016-04-30T11:18:25.796Z"),
        (None, None),
        ("x", ExpressionError),
        ("9" * 30, ExpressionError),
    ],
    "slug(at)": [("Show & Tell!", "show-tell"), ("", None), (None, None), ("&", None), ("a" * 90, "a" * 64)],
    "lookup({a: 'b'}, at)": [("a", "b"), ("c", None), (None, None)],
}  # fmt: skip


@pytest.mark.parametrize(("text", "at", "wanted"), [(text, *row) for text, rows in TIMES.items() for row in rows])
def test_functions(text: str, at: object, wanted: object) -> None:
    if wanted is ExpressionError:
        with pytest.raises(ExpressionError):
            Expression(text).of({"at": at})
    else:
        assert Expression(text).of({"at": at}) == wanted


@pytest.mark.parametrize(
    "told", [{"a": {"b": {"c": [1, 0, ""]}}, "k": "x"}, {"a": {"b": None}}, {"a": "b"}, {"a": {"b": "c"}}, {}]
)
def test_what_is_shortened_says_the_same(told: dict[str, Any]) -> None:
    """As the library's own interpreter has it."""
    for text in (
        "a.b.c", "a", "a.b.c[?@]", "a.b.c[0]", "k && a.b || 'none'", "a.*.c", "!(a.b.c)", "a.b.c == `null`",
        "{one: a.b, two: k}", "[a.b.c, k][?@]", "[a.b][].c", "a | b.c", "keys({x: 'y', z: 'w'})", "join('-', ['a'])",
    ):  # fmt: skip
        assert Expression(text).of(told) == jmespath.search(text, told), text


def test_every_connector_that_is_here_is_in_order() -> None:
    assert {"slack", "github", "discourse", "zoom", "typeform"} <= connectors().keys()
    for name, found in connectors().items():
        assert name == found.name
        assert found.about, name
        assert found.setup, name
        assert found.samples, name


REAL = {
    "discourse.post_created": ["contribution post:79563"],
    "discourse.post_destroyed": ["retraction post:126080:destroyed"],
    "discourse.post_edited": [],
    "discourse.post_liked": ["endorsement like:79590:1605"],
    "discourse.post_recovered": ["contribution post:78730"],
    "discourse.topic_created": [],
    "discourse.topic_destroyed": [],
    "discourse.topic_edited": [],
    "discourse.topic_recovered": [],
    "github.discussion.answered": [
        "contribution discussion-comment:550561:answered:2021-03-30T19:17:18.000-04:00",
        "endorsement answered:550561",
    ],
    "github.issues.opened": ["contribution issue:444500041:opened"],
    "github.pull_request.closed": [],  # not merged
    "github.pull_request_review.submitted": [],  # of her own
    "slack.message": ["contribution message:support:1702506383.129070"],
    "slack.reaction_added": [],  # to her own
    "typeform.form_response": ["response 9q3v9bp5alonta6239q3q1rfly2c2ukh"],
    "zoom.meeting.participant_joined": [
        "attendance 4444AAAiAAAAAiAiAiiAii==:joined:55555AAAiAAAAAiAiAiiAii:2021-07-13T21:44:51Z"
    ],
}


@pytest.mark.parametrize("name", REAL)
def test_real_payloads(name: str) -> None:
    """What platforms sent, or publish as samples: nobody here wrote them."""
    file = PLATFORMS / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"no payloads of platforms here ({file.name})")
    connector, _, event = name.partition(".")
    body, headers = json.loads(file.read_bytes()), {"x-github-event": event.partition(".")[0]}
    if "headers" in body:
        headers, body = {key.lower(): value for key, value in body["headers"].items()}, body["body"]
    if connector == "slack":
        body = {"type": "event_callback", "team_id": body.get("team_id", "T1"), "event": body}
    if connector == "typeform":
        body = {"event_type": "form_response", "form_response": body}
    found = connectors()[connector].meaning.map(seen(body, headers, {}), "makers")

    kinds = [event["type"].split(".")[2] for event in found.events]
    assert [f"{kind} {event['id']}" for kind, event in zip(kinds, found.events, strict=True)] == REAL[name], found.words
    assert [check_event(event) for event in found.events] == [()] * len(kinds)
