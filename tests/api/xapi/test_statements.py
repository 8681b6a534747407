"""Statements: kept once as they came, under ids that do not change, until another voids them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.api.xapi.telling import (
    FIRST,
    NOON,
    SCHOOL,
    SECOND,
    VERBS,
    VOIDED,
    ada,
    number,
    told,
    voiding,
    wrong,
)

if TYPE_CHECKING:
    from tests.api.xapi.telling import Store


def test_one_or_many_are_answered_with_their_ids_in_order(store: Store) -> None:
    one = store.post(told(id=number(1)))
    many = store.post([told(id=number(3)), told(what="course/2"), told(id=number(2))])

    assert (one.status_code, one.json()) == (200, [number(1)])
    assert many.status_code == 200
    first, derived, last = many.json()
    assert (first, last) == (number(3), number(2))
    assert UUID(derived).version == 5
    assert store.post([]).json() == []


def test_a_put_keeps_under_the_id_of_the_address(store: Store) -> None:
    assert store.put(number(1), told()).status_code == 204
    assert store.put(number(2), told(id=number(2))).status_code == 204
    assert (store.one(number(1))["id"], store.one(number(2))["id"]) == (number(1), number(2))
    assert wrong(store.put(number(3), told(id=number(4)))) == []
    assert wrong(store.put(number(3), [told()])) == []
    assert wrong(store.ask("PUT", "statements", json=told())) == ["/statementId"]
    assert wrong(store.put("one", told())) == ["/statementId"]


def test_what_is_given_back_is_what_came_with_what_the_store_adds(store: Store) -> None:
    (name,) = store.take(told(result={"score": {"raw": 7}, "extensions": {f"{SCHOOL}/x": {"a": [1, None]}}}))
    found = store.one(name)
    added = {each: found.pop(each) for each in ("id", "stored", "authority", "version")}

    assert found == told(result={"score": {"raw": 7}, "extensions": {f"{SCHOOL}/x": {"a": [1, None]}}})
    assert (added["id"], added["version"]) == (name, "1.0.0")
    assert added["authority"] == {
        "objectType": "Agent", "account": {"homePage": "http://127.0.0.1:8700/xapi", "name": "moodle"},
    }  # fmt: skip
    assert store.one(store.take(told(version="1.0.2", timestamp=None))[0])["version"] == "1.0.2"


def test_who_says_when_and_by_whom_it_was_stored_is_not_believed(store: Store) -> None:
    claimed: dict[str, Any] = {"stored": "1999-01-01T00:00:00Z", "authority": {"mbox": "mailto:eve@school.example"}}
    found = store.one(store.take(told(**claimed))[0])
    assert found["stored"] > "2020"
    assert found["authority"]["account"]["name"] == "moodle"


def test_an_activity_alone_in_the_context_is_given_back_in_a_list(store: Store) -> None:
    around: dict[str, Any] = {"id": f"{SCHOOL}/course/1"}
    context = {"contextActivities": {"parent": around, "other": [around]}}
    within = {"objectType": "SubStatement", **told(context=context)}
    found = store.one(store.take(told(object=within, context=context))[0])
    assert found["context"]["contextActivities"] == {"parent": [around], "other": [around]}
    assert found["object"]["context"] == found["context"]


def test_the_same_without_an_id_is_one_statement_whenever_it_comes_again(store: Store) -> None:
    ids = {each for _ in range(2) for each in store.take(told(), told())}
    assert len(ids) == 1
    assert len(store.facts()) == 1
    other = [told(what="course/2"), told(actor=ada("bo")), told("passed"), told(timestamp="2026-03-01T12:00:01Z")]
    other.append(told(context={"registration": number(9)}))
    assert len(ids | set(store.take(*other))) == 6


def test_a_retry_in_other_words_is_the_same_statement(store: Store) -> None:
    """An LMS writes a statement anew for each try: a course may have another title by then."""
    other = {"object": {"id": f"{SCHOOL}/course/1", "definition": {"name": {"en": "Chairs"}}}}
    display = {"verb": {"id": f"{VERBS}/completed", "display": {"de": "beendet"}}}
    time = {"timestamp": "2026-03-01T13:00:00.000+01:00"}
    ids = [store.take(told(**change))[0] for change in ({}, other, display, time, {**other, **display, **time})]
    assert len(set(ids)) == 1
    assert len(store.facts()) == 1


def test_of_one_moment_what_is_told_otherwise_is_another_statement(store: Store) -> None:
    """The same act twice in a second, with other results: neither is lost."""
    ids = store.take(told(result={"score": {"raw": 1}}), told(result={"score": {"raw": 2}}), told())
    assert len(set(ids)) == 3
    assert store.take(told(result={"score": {"raw": 2}})) == [ids[1]]
    assert [store.one(each).get("result", {}).get("score", {}).get("raw") for each in ids] == [1, 2, None]


SAME = {
    "the id in other letters": {"id": number(171).upper()},
    "another display": {"verb": {"id": f"{VERBS}/completed", "display": {"de": "beendet"}}},
    "no display": {"verb": {"id": f"{VERBS}/completed"}},
    "a definition": {"object": {"id": f"{SCHOOL}/course/1", "definition": {"name": {"en": "Chairs"}}}},
    "the time with an offset": {"timestamp": "2026-03-01T13:00:00+01:00"},
    "no time": {"timestamp": None},
    "an authority": {"authority": {"mbox": "mailto:eve@school.example"}},
    "another version": {"version": "1.0.1"},
    "a type that goes without saying": {"actor": {"objectType": "Agent", **ada()}},
    "an empty list around": {"context": {"contextActivities": {"parent": []}}},
}
OTHER: dict[str, dict[str, Any]] = {
    "another person": {"actor": ada("bo")},
    "another verb": {"verb": {"id": f"{VERBS}/passed"}},
    "another activity": {"object": {"id": f"{SCHOOL}/course/2"}},
    "another time": {"timestamp": "2026-03-01T12:00:01Z"},
    "a result": {"result": {"success": True}},
    "a context": {"context": {"registration": number(9)}},
    "what is attached": {
        "attachments": [
            {
                "usageType": f"{SCHOOL}/u", "display": {"en": "x"}, "contentType": "a/b", "length": 1,
                "sha2": "0" * 64, "fileUrl": f"{SCHOOL}/f",
            }
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_again_is_harmless(store: Store, change: dict[str, Any]) -> None:
    base: dict[str, Any] = {"context": {"contextActivities": {}}} if "context" in change else {}
    store.take(told(id=number(171), **base))
    kept = store.one(number(171))
    again = store.post(told(**{"id": number(171), **change}))
    assert again.status_code == 200, again.text
    assert store.put(number(171), told(**{"id": number(171), **change})).status_code == 204
    assert store.one(number(171)) == kept


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(store: Store, change: dict[str, Any]) -> None:
    store.take(told(id=number(171)))
    kept = store.one(number(171))
    assert wrong(store.post([told(what="course/7"), told(id=number(171), **change)]), 409) == ["/1/id"]
    assert wrong(store.put(number(171), told(**change)), 409) == ["/0/id"]
    assert store.one(number(171)) == kept
    assert store.found() == [number(171)]
    assert len(store.facts()) == 1


def test_all_are_kept_or_none(store: Store) -> None:
    bad = told(actor={"name": "nobody"}, id=number(2), object={"id": "no iri"})
    assert wrong(store.post([told(id=number(1)), bad])) == ["/1/actor", "/1/object/id"]
    assert wrong(store.post([told(id=number(1)), told("passed", id=number(1))])) == ["/1/id"]
    assert store.found() == []
    assert store.facts() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a word nobody knows": ({"colour": "red"}, "/colour"),
    "a person twice": ({"actor": {**ada(), "mbox": "mailto:a@b.example"}}, "/actor"),
    "an address without mailto": ({"actor": {"mbox": "a@b.example"}}, "/actor/mbox"),
    "a group of nobody": ({"actor": {"objectType": "Group"}}, "/actor/member"),
    "no verb": ({"verb": None}, "/verb"),
    "a language that is none": ({"verb": {"id": "a:b", "display": {"in_english": "x"}}}, "/verb/display/in_english"),
    "an object of no kind": ({"object": {"objectType": "Thing", "id": "a:b"}}, "/object/objectType"),
    "a substatement in one": (
        {
            "object": {
                "objectType": "SubStatement",
                **told(object={"objectType": "SubStatement", **told()}, timestamp=None),
            }
        },
        "/object/object/objectType",
    ),
    "a reference to nothing": ({"object": {"objectType": "StatementRef", "id": "x"}}, "/object/id"),
    "a score beyond its bounds": ({"result": {"score": {"min": 0, "max": 5, "raw": 6}}}, "/result/score"),
    "a share beyond one": ({"result": {"score": {"scaled": 1.5}}}, "/result/score/scaled"),
    "a duration in words": ({"result": {"duration": "an hour"}}, "/result/duration"),
    "a time in words": ({"timestamp": "noon"}, "/timestamp"),
    "an offset nobody knows": ({"timestamp": "2026-03-01T12:00:00-00:00"}, "/timestamp"),
    "a registration that is none": ({"context": {"registration": "7"}}, "/context/registration"),
    "a platform where there is no activity": (
        {"object": {"objectType": "Agent", **ada("bo")}, "context": {"platform": "x"}}, "/context/platform",
    ),
    "an extension without an IRI": ({"result": {"extensions": {"x": 1}}}, "/result/extensions/x"),
    "a component twice": (
        {
            "object": {
                "id": "a:b",
                "definition": {"interactionType": "choice", "choices": [{"id": "1"}, {"id": "1"}]},
            }
        },
        "/object/definition/choices",
    ),
    "a version of the other edition": ({"version": "2.0.0"}, "/version"),
    "what the second edition alone has": ({"context": {"contextAgents": []}}, "/context/contextAgents"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "pointer"), WRONG.values(), ids=WRONG)
def test_what_is_none_is_refused_with_a_pointer(store: Store, change: dict[str, Any], pointer: str) -> None:
    assert wrong(store.post(told(**change))) == [pointer]


def test_the_second_edition_has_more_and_is_stricter_of_times(store: Store) -> None:
    context = {
        "contextAgents": [{"objectType": "contextAgent", "agent": ada("bo"), "relevantTypes": [f"{SCHOOL}/tutor"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", "member": [ada("di")]}}],
    }
    (name,) = store.take(told(context=context), version=SECOND)
    assert store.one(name, version=SECOND)["version"] == "2.0.0"
    assert store.found(agent=json.dumps(ada("di")), related_agents="true") == [name]
    for time in ("2026-03-01", "2026-03-01T12:00:00", "20260301T120000Z"):
        assert wrong(store.post(told(timestamp=time), version=SECOND)) == ["/timestamp"]
    assert store.post(told(timestamp="2026-03-01T12:00:00"), version=FIRST).status_code == 200


def test_what_is_not_json_is_refused(store: Store) -> None:
    for content in (b"", b"{", b"[1,]", b'{"a":1,"a":2}', b"\xff", b"NaN"):
        answer = store.ask("POST", "statements", content=content, headers={"Content-Type": "application/json"})
        assert wrong(answer) == [], content
    assert wrong(store.ask("POST", "statements", content=b"<x/>", headers={"Content-Type": "text/xml"})) == []
    assert wrong(store.ask("POST", "statements", json=7)) == [""]
    assert wrong(store.ask("POST", "statements?x=1", json=told())) == ["/x"]


def test_more_than_a_thousand_at_once_are_too_many(store: Store) -> None:
    assert wrong(store.post([{}] * 1_001), 413) == []


def test_who_has_no_leave_does_nothing(store: Store) -> None:
    assert wrong(store.post(told(), key=store.reader), 403) == []
    assert wrong(store.get(key=store.poster), 403) == []
    assert wrong(store.post(told(), key="gb_no_thing"), 401) == []
    assert wrong(store.post(told(), key=""), 401) == []
    assert store.post(told(), key=store.poster).status_code == 200
    assert len(store.found(key=store.reader)) == 1


def test_a_voided_statement_is_told_only_to_who_asks_for_it_as_such(store: Store) -> None:
    store.take(told(id=number(1)), told("passed", id=number(2)))
    store.take(voiding(number(1), id=number(3)))

    assert store.found() == [number(3), number(2)]
    assert wrong(store.get(statementId=number(1)), 404) == []
    assert store.get(voidedStatementId=number(1)).json()["id"] == number(1)
    assert wrong(store.get(voidedStatementId=number(2)), 404) == []
    assert wrong(store.get(voidedStatementId=number(1), statementId=number(2))) == []


def test_a_voiding_statement_is_never_voided(store: Store) -> None:
    store.take(told(id=number(1)))
    store.take(voiding(number(1), id=number(2)))
    store.take(voiding(number(2), id=number(3)))
    assert store.found() == [number(3), number(2)]
    assert wrong(store.get(statementId=number(1)), 404) == []


def test_a_voiding_statement_may_come_first_or_beside(store: Store) -> None:
    store.take(voiding(number(1), id=number(2)))
    store.take(told(id=number(1)))
    store.take(told("passed", id=number(4)), voiding(number(4), id=number(5)))
    store.take(voiding(number(7), id=number(6)), told("passed", what="course/2", id=number(7)))
    assert store.found() == [number(6), number(5), number(2)]
    assert wrong(store.post(told(VOIDED))) == ["/object/objectType"]


def test_what_was_voided_and_is_reported_anew_without_an_id_is_there_again(store: Store) -> None:
    (first,) = store.take(told())
    store.take(voiding(first))
    (second,) = store.take(told())
    assert first != second
    assert store.take(told()) == [second]
    assert second in store.found()
    assert wrong(store.post(told("passed", id=first)), 409) == ["/0/id"]
    assert store.take(told(id=first, timestamp=NOON)) == [first]  # it is known, and stays voided
    assert wrong(store.get(statementId=first), 404) == []


def test_so_is_one_of_two_that_happened_at_one_moment(store: Store) -> None:
    two = [told(result={"score": {"raw": raw}}) for raw in (1, 2)]
    first, second = store.take(*two)
    store.take(voiding(second))
    (third,) = store.take(two[1])
    assert third not in {first, second}
    assert store.take(*two) == [first, third]
    assert {first, third} < {*store.found()}
