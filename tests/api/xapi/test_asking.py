"""Asking for statements: by what they are about, in whole, page by page, and never past what may still come."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from schemas import parse_time
from tests.api.xapi.telling import SCHOOL, VERBS, VOIDED, ada, by_mail, number, told, wrong

if TYPE_CHECKING:
    from tests.api.xapi.telling import Store

REGISTRATION = number(99)
ADA, BO, DI = (json.dumps(ada(name)) for name in ("ada", "bo", "di"))


@pytest.fixture
def filled(store: Store) -> Store:
    """Give a store with eight statements, numbered in their order."""
    around = {"contextActivities": {"grouping": [{"id": f"{SCHOOL}/course/1"}]}}
    within = {"objectType": "SubStatement", **told("attended", "talk/7", actor=ada("di"), timestamp=None)}
    store.take(
        told("completed", "course/1", id=number(1)),
        told("passed", "quiz/1", id=number(2), context={**around, "registration": REGISTRATION.upper()}),
        told("passed", "quiz/1", id=number(3), actor=ada("bo"), context={"instructor": ada()}),
        told("mentored", id=number(4), actor=ada("bo"), object={"objectType": "Agent", **ada("di")}),
        told("attended", "talk/1", id=number(5), actor={"objectType": "Group", "member": [ada("di"), by_mail("cy")]}),
        told("planned", id=number(6), object=within),
        told("liked", id=number(7), object={"objectType": "StatementRef", "id": number(2)}, actor=ada("bo")),
        told("shared", "post/1", id=number(8), actor={"objectType": "Group", **ada("team")}),
    )
    return store


ASKED: dict[str, tuple[dict[str, Any], list[int]]] = {
    "a verb, and what refers to it": ({"verb": f"{VERBS}/passed"}, [7, 3, 2]),
    "an activity": ({"activity": f"{SCHOOL}/course/1"}, [1]),
    "an activity anywhere": ({"activity": f"{SCHOOL}/course/1", "related_activities": "true"}, [7, 2, 1]),
    "an activity within": ({"activity": f"{SCHOOL}/talk/7", "related_activities": "true"}, [6]),
    "somebody": ({"agent": ADA}, [7, 6, 2, 1]),
    "somebody anywhere": ({"agent": ADA, "related_agents": "true"}, [7, 6, 3, 2, 1]),
    "the one it is about, or a member": ({"agent": DI}, [5, 4]),
    "somebody within": ({"agent": DI, "related_agents": "true"}, [6, 5, 4]),
    "an address": ({"agent": json.dumps(by_mail("cy"))}, [5]),
    "a group": ({"agent": json.dumps({"objectType": "Group", **ada("team")})}, [8]),
    "nobody known": ({"agent": json.dumps(ada("eve"))}, []),
    "the key that told": (
        {
            "agent": json.dumps({"account": {"homePage": "http://127.0.0.1:8700/xapi", "name": "moodle"}}),
            "related_agents": "true",
        },
        [8, 7, 6, 5, 4, 3, 2, 1],
    ),
    "a registration": ({"registration": REGISTRATION}, [7, 2]),
    "all of these": ({"verb": f"{VERBS}/passed", "agent": ADA, "activity": f"{SCHOOL}/quiz/1"}, [7, 2]),
    "the oldest first": ({"agent": BO, "ascending": "true"}, [3, 4, 7]),
    "at most so many": ({"limit": "2"}, [8, 7]),
    "as many as there may be": ({"limit": "0"}, [8, 7, 6, 5, 4, 3, 2, 1]),
    "before there was any": ({"until": "2020-01-01T00:00:00Z"}, []),
    "after all": ({"since": "2999-01-01T00:00:00Z"}, []),
}


def test_what_is_asked_for_is_found(filled: Store) -> None:
    for name, (asked, wanted) in ASKED.items():
        assert filled.found(**asked) == [number(n) for n in wanted], name


def test_since_leaves_out_and_until_takes_in_the_moment_itself(filled: Store) -> None:
    middle = filled.one(number(4))["stored"]
    assert filled.found(since=middle) == [number(n) for n in (8, 7, 6, 5)]
    assert filled.found(until=middle) == [number(n) for n in (4, 3, 2, 1)]
    assert filled.found(until=middle, since=filled.one(number(2))["stored"], ascending="true") == [number(3), number(4)]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_page_by_page_each_is_told_once_whatever_comes_meanwhile(filled: Store, ascending: str) -> None:
    agent = {"related_agents": "true", "agent": ADA, "ascending": ascending}
    wanted = filled.found(**agent)
    answer = filled.get(**agent, limit=2).json()
    found = [each["id"] for each in answer["statements"]]
    while answer["more"]:
        filled.take(told(id=number(100 + len(found))))
        path, _, query = answer["more"].partition("?")
        assert path == "/xapi/statements"
        answer = filled.get(**dict(parse_qsl(query))).json()
        found += [each["id"] for each in answer["statements"]]
    assert [each for each in found if each < number(100)] == wanted
    assert len(found) == len(set(found))


def test_a_hundred_are_told_at_once(store: Store) -> None:
    store.take(*(told(what=f"course/{n}", id=number(n)) for n in range(1, 151)))
    answer = store.get(limit=1_000).json()
    assert [each["id"] for each in answer["statements"]] == [number(n) for n in range(150, 50, -1)]
    assert answer["more"]
    assert wrong(store.get(**{"from": "soon"})) == []


WRONG: dict[str, tuple[dict[str, str], list[str]]] = {
    "a name nobody knows": ({"colour": "red"}, ["/colour"]),
    "a name in other letters": ({"Verb": f"{VERBS}/passed"}, ["/Verb"]),
    "a verb that is none": ({"verb": "passed"}, ["/verb"]),
    "an activity that is none": ({"activity": "course"}, ["/activity"]),
    "a time in words": ({"since": "monday", "until": "x"}, ["/since", "/until"]),
    "half a person": ({"agent": "{"}, []),
    "a person without identifier": ({"agent": '{"name":"Ada"}'}, ["/agent"]),
    "a group of nobody": ({"agent": '{"objectType":"Group","member":[{"mbox":"mailto:a@b.example"}]}'}, []),
    "yes": ({"ascending": "yes", "related_agents": "1", "related_activities": "", "attachments": "no"}, [
        "/ascending", "/attachments", "/related_activities", "/related_agents",
    ]),
    "a limit below none": ({"limit": "-1"}, ["/limit"]),
    "a form that is none": ({"format": "short"}, ["/format"]),
    "more beside an id": ({"statementId": number(1), "verb": f"{VERBS}/passed"}, []),
    "an id that is none": ({"statementId": "1"}, ["/statementId"]),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "pointers"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_is_refused(store: Store, asked: dict[str, str], pointers: list[str]) -> None:
    assert sorted(wrong(store.get(**asked))) == pointers


def test_a_parameter_twice_is_refused(store: Store) -> None:
    assert wrong(store.ask("GET", "statements?limit=1&limit=2")) == [""]


def test_what_refers_is_found_by_what_it_refers_to_in_either_order(store: Store) -> None:
    store.take(told("liked", id=number(2), object={"objectType": "StatementRef", "id": number(1)}, actor=ada("bo")))
    store.take(told("shared", id=number(3), object={"objectType": "StatementRef", "id": number(2)}, actor=ada("di")))
    assert store.found(verb=f"{VERBS}/passed") == []
    store.take(told("passed", "quiz/1", id=number(1)))
    assert store.found(verb=f"{VERBS}/passed") == [number(1), number(3), number(2)]
    assert store.found(activity=f"{SCHOOL}/quiz/1") == [number(1), number(3), number(2)]


def test_a_voiding_statement_is_found_by_what_it_voids(store: Store) -> None:
    store.take(told("passed", id=number(1)))
    store.take(told(VOIDED, id=number(2), object={"objectType": "StatementRef", "id": number(1)}))
    assert store.found(verb=f"{VERBS}/passed") == [number(2)]


def test_statements_that_refer_to_each_other_come_to_an_end(store: Store) -> None:
    def refer(n: int, to: int) -> dict[str, Any]:
        return told("liked", id=number(n), object={"objectType": "StatementRef", "id": number(to)}, actor=ada(f"a{n}"))

    store.take(refer(1, 2), refer(2, 3))
    store.take(refer(3, 1), refer(4, 4))
    assert len(store.found(agent=json.dumps(ada("a1")))) == 3
    assert store.found(agent=json.dumps(ada("a4"))) == [number(4)]


def test_an_answer_says_through_when_it_is_complete(filled: Store) -> None:
    answer = filled.get(limit=3)
    through = parse_time(answer.headers["X-Experience-API-Consistent-Through"])
    newest = answer.json()["statements"][0]["stored"]
    assert through >= parse_time(newest)
    said = parsedate_to_datetime(answer.headers["Last-Modified"])
    assert int(said.timestamp()) == parse_time(newest) // 1_000_000
    later = filled.take(told("shared", "post/9"))[0]
    assert parse_time(filled.one(later)["stored"]) > through
    assert "X-Experience-API-Consistent-Through" in filled.get(statementId=number(12)).headers


def test_of_another_community_nothing_is_told(filled: Store, other: Store) -> None:
    assert other.found() == []
    assert wrong(other.get(statementId=number(1)), 404) == []
    other.take(told("passed", id=number(1)))
    assert other.one(number(1))["verb"] != filled.one(number(1))["verb"]
