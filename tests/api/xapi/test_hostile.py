"""Whatever is sent to the record store: a clear refusal or an answer, never a fault of ours, and nothing half kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from api.xapi.filing import LARGEST_STATEMENT, MOST_NAMED
from api.xapi.statements import LARGEST_ANSWER
from tests.api.xapi.telling import BOUNDARY, SCHOOL, VERBS, ada, attachment, mixed, number, part, sha2, told

if TYPE_CHECKING:
    from tests.api.xapi.telling import Store

JSON = {"Content-Type": "application/json"}
MIXED = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}


def written(**more: Any) -> str:
    return json.dumps(told(**more))


def nested(depth: int, name: str) -> str:
    return written(result={"extensions": {f"{SCHOOL}/x": 0}}).replace(
        '"extensions": {"https://school.example/x": 0}', f'"{name}": ' + '{"a":' * depth + "1" + "}" * depth
    )


BODIES = {
    "nothing": b"",
    "null": b"null",
    "a number": b"7",
    "a text": b'"x"',
    "no statements": None,
    "lists in lists": b"[[[]]]",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep extension": nested(500, "extensions").encode(),
    "a number that is none": written(result={"score": {"raw": 1}}).replace('"raw": 1', '"raw": NaN').encode(),
    "an endless number": written(result={"score": {"raw": 7}}).replace('"raw": 7', f'"raw": 1{"0" * 400}').encode(),
    "a number with an endless exponent": written(result={"score": {"raw": 7}})
    .replace('"raw": 7', '"raw": 1e400')
    .encode(),
    "a lone surrogate": written(result={"response": "?"}).replace("?", "\\ud800").encode(),
    "NUL": written(result={"response": "?"}).replace("?", "\\u0000").encode(),
    "NUL in a name": written(actor={"account": {"homePage": SCHOOL, "name": "?"}}).replace("?", "\\u0000").encode(),
    "a name twice": written().replace('"actor"', '"actor": 1, "actor"', 1).encode(),
    "UTF-16": written().encode("utf-16"),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + written().encode(),
    "latin-1": written(result={"response": "?"}).replace("?", "\xe9").encode("latin-1"),
    "half of it": written().encode()[:-9],
    "a verb that is a list": written(verb=["x"]).encode(),
    "an objectType that is a list": written(object={"objectType": ["Activity"], "id": SCHOOL}).encode(),
    "members that are numbers": written(actor={"objectType": "Group", "member": [1, None]}).encode(),
    "an endless IRI": written(verb={"id": f"{SCHOOL}/" + "v" * 100_000}).encode(),
    "an id that is a number": written(id=7).encode(),
    "attachments that are an object": written(attachments={"sha2": 1}).encode(),
    "attachments without their parts": written(attachments=[attachment(b"x")]).encode(),
    "a voided activity": written(verb={"id": f"{VERBS}/voided"}).encode(),
    "a time of no day": written(timestamp="2026-02-30T00:00:00Z").encode(),
    "choices that are numbers": written(
        object={"id": SCHOOL, "definition": {"interactionType": "choice", "choices": [1, {"id": []}]}}
    ).encode(),
    "scores that are texts": written(result={"score": {"min": "a", "max": [], "raw": {}}}).encode(),
}
TAKEN = {"no statements"}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_a_body_that_is_no_statement_is_refused(store: Store, name: str, version: str):
    body = BODIES[name]
    answer = store.ask("POST", "statements", content=b"[]" if body is None else body, headers=JSON, version=version)
    assert answer.status_code == (200 if name in TAKEN else 400), answer.text
    assert store.found() == []


PARTS = {
    "no boundary": ({"Content-Type": "multipart/mixed"}, mixed(told())),
    "an empty boundary": ({"Content-Type": "multipart/mixed; boundary="}, mixed(told())),
    "another boundary": ({"Content-Type": "multipart/mixed; boundary=other"}, mixed(told())),
    "an endless boundary": ({"Content-Type": f"multipart/mixed; boundary={'b' * 100_000}"}, mixed(told())),
    "no end": (MIXED, mixed(told()).replace(f"--{BOUNDARY}--".encode(), b"")),
    "no parts": (MIXED, f"--{BOUNDARY}--\r\n".encode()),
    "only boundaries": (MIXED, f"--{BOUNDARY}\r\n".encode() * 50_000 + f"--{BOUNDARY}--\r\n".encode()),
    "a part without headers": (MIXED, f"--{BOUNDARY}\r\nx\r\n--{BOUNDARY}--\r\n".encode()),
    "a header that is none": (MIXED, f"--{BOUNDARY}\r\nx\r\n\r\n{{}}\r\n--{BOUNDARY}--\r\n".encode()),
    "a first part that is none": (MIXED, mixed(told(), first="text/plain")),
    "another hash": (MIXED, mixed(told(attachments=[attachment(b"a")]), part(b"b", X_Experience_API_Hash=sha2(b"a")))),
    "a hash of no length": (MIXED, mixed(told(), part(b"b", X_Experience_API_Hash="ab"))),
    "a hash beyond ASCII": (
        MIXED,
        mixed(told()).replace(b"Content-Type", b"X-Experience-API-Hash: \xe9\r\nContent-Type"),
    ),
    "a part of nobody": (MIXED, mixed(told(), part(b"b"))),
    "no encoding": (MIXED, mixed(told(attachments=[attachment(b"a")]), part(b"a", Content_Transfer_Encoding=""))),
    "statements that are none": (MIXED, mixed(7)),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_that_are_none_are_refused(store: Store, name: str):
    headers, body = PARTS[name]
    answer = store.ask("POST", "statements", content=body, headers=headers)
    taken = name == "a hash beyond ASCII"  # of the first part, whose hash nobody asks for
    assert answer.status_code == (200 if taken else 400), answer.text
    assert len(store.found()) == taken


ASKED = {
    "an agent that is none": "agent=x",
    "an agent that is deep": f"agent={quote('[' * 5_000)}",
    "an agent with NUL": f"agent={quote(json.dumps(ada(chr(0))))}",
    "an agent with a lone surrogate": f"agent={quote(json.dumps(ada(chr(0xD800))))}",
    "an agent of two": f"agent={quote(json.dumps(ada() | {'mbox': 'mailto:a@b.c'}))}",
    "a verb that is none": "verb=x",
    "a verb of broken UTF-8": "verb=%ff%fe",
    "an endless activity": f"activity={quote(SCHOOL)}/{'a' * 30_000}",
    "a limit that is none": "limit=-1",
    "a limit of other digits": f"limit={quote('٣')}",
    "a since that is none": "since=yesterday",
    "an until before all years": "until=0000-00-00",
    "a from that is none": "from=x",
    "an endless from": f"from={'9' * 5_000}",
    "a format that is none": "format=nice",
    "attachments that are none": "attachments=maybe",
    "a name that nobody knows": "please=yes",
    "a name in another case": f"statementid={number(1)}",
    "a name twice": "limit=1&limit=2",
    "two ids": f"statementId={number(1)}&voidedStatementId={number(1)}",
    "an id and more": f"statementId={number(1)}&limit=1",
    "NUL": "statementId=%00",
}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_that_is_none_is_refused(store: Store, name: str):
    assert store.ask("GET", f"statements?{ASKED[name]}").status_code == 400


@pytest.mark.parametrize("limit", ["9" * 5_000, "0" * 5_000, "0", "101"])
def test_a_limit_beyond_ours_is_ours(store: Store, limit: str):
    store.take(*(told(what=f"course/{n}") for n in range(101)))
    assert len(store.get(limit=limit).json()["statements"]) == 100


@pytest.mark.parametrize("path", ["activities/state", "agents/profile", "activities/profile"])
@pytest.mark.parametrize(
    "name", ["\0", "\ud7ff\uffff", "../../x", "'; DROP TABLE", "%", "_", " ", "\r\nX: y", "e\u0301"]
)
def test_an_id_of_a_document_may_be_any_text(store: Store, path: str, name: str):
    which = {"activityId": SCHOOL, "agent": json.dumps(ada()), "stateId": name, "profileId": name}
    takes = {
        "activities/state": ("activityId", "agent", "stateId"),
        "agents/profile": ("agent", "profileId"),
        "activities/profile": ("activityId", "profileId"),
    }[path]
    asked = {each: which[each] for each in takes}
    headers = {"If-None-Match": "*", "Content-Type": "text/plain"}
    assert store.ask("PUT", path, params=asked, content=b"x", headers=headers).status_code == 204
    assert store.ask("GET", path, params=asked).content == b"x"
    asked.pop(takes[-1])
    assert store.ask("GET", path, params=asked).json() == [name]


def test_headers_of_a_document_are_no_headers_of_ours(store: Store):
    asked = {"activityId": SCHOOL, "agent": json.dumps(ada()), "stateId": "a"}
    for media in ("text/html", "image/svg+xml", "", "x", "text/plain; charset=\xe9"):
        answer = store.ask(
            "PUT",
            "activities/state",
            params=asked,
            content=b"<script>",
            headers={"Content-Type": media.encode("latin-1")},
        )
        assert answer.status_code == (204 if media.isascii() else 400)
        found = store.ask("GET", "activities/state", params=asked)
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in found.headers["content-security-policy"]


def test_what_is_said_of_an_attachment_is_no_header_of_another_part(store: Store):
    item = attachment(b"a", contentType="text/plain; x\r\nX-Experience-API-Hash: 00\r\n\r\nother")
    assert store.attached(told(attachments=[item]), part(b"a")).status_code == 400


def test_a_statement_names_so_many_and_no_more(store: Store):
    crowd = {"objectType": "Group", "member": [ada(str(n)) for n in range(MOST_NAMED)]}
    assert store.post(told(actor=crowd)).status_code == 400
    around = [{"id": f"{SCHOOL}/{n}"} for n in range(MOST_NAMED)]
    assert store.post(told(context={"contextActivities": {"other": around}})).status_code == 400
    assert store.post([told(), told(id=number(1), actor=crowd)]).status_code == 400
    assert store.found() == []
    assert store.here.book.account(store.community, "xapi", "7", SCHOOL) is None


def test_a_request_names_so_many_and_no_more(store: Store):
    crowd = [
        told(id=number(n), context={"contextActivities": {"other": [{"id": f"{SCHOOL}/{n}/{m}"} for m in range(900)]}})
        for n in range(24)
    ]
    assert store.post(crowd).status_code == 413
    assert store.found() == []


def test_a_statement_is_so_long_and_no_longer(store: Store):
    assert store.post(told(result={"response": "x" * LARGEST_STATEMENT})).status_code == 413
    assert store.found() == []


def test_an_answer_is_no_longer_than_can_be_held_and_says_that_there_is_more(store: Store):
    long = "x" * (LARGEST_ANSWER // 9)
    kept = [number(n) for n in range(12)]
    for name in kept:
        store.take(told(id=name, result={"response": long}))
    seen, more = [], "/xapi/statements?ascending=true"
    while more:
        answer = store.ask("GET", more.removeprefix("/xapi/"))
        assert len(answer.content) < LARGEST_ANSWER
        seen += [each["id"] for each in answer.json()["statements"]]
        more = answer.json()["more"]
    assert seen == kept


def test_an_answer_with_attachments_is_no_longer_either(store: Store):
    files = [bytes([n]) * (LARGEST_ANSWER // 3) for n in range(4)]
    for n, content in enumerate(files):
        answer = store.attached(told(id=number(n), attachments=[attachment(content)]), part(content))
        assert answer.status_code == 200, answer.text
    answer = store.get(attachments="true")
    assert len(answer.content) < LARGEST_ANSWER
    assert [content for content in files if content in answer.content] == files[2:]
    assert len(store.found()) == 4
