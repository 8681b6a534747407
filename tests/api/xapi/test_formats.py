"""How statements are given back: exactly, by ids alone, or as what is known best, in a language that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.xapi.formats import chosen, languages
from tests.api.xapi.telling import SCHOOL, SECOND, ada, number, told, wrong

if TYPE_CHECKING:
    from tests.api.xapi.telling import Store

NAMES = {"en": "Chairs", "en-GB": "Chairs, please", "de": "Stühle", "fr-CA": "Chaises"}


def rich() -> dict[str, Any]:
    """Return a statement with something in every place where names and texts may stand."""
    activity = {"id": f"{SCHOOL}/course/1", "definition": {"name": NAMES, "type": f"{SCHOOL}/course"}}
    group = {"objectType": "Group", "name": "The four", "member": [ada("di")]}
    context = {
        "instructor": ada("bo"),
        "team": group,
        "contextActivities": {"parent": [activity]},
        "contextAgents": [{"objectType": "contextAgent", "agent": ada("cy")}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", **ada("team")}}],
    }
    return told(id=number(1), object={"objectType": "Activity", **activity}, context=context)


def test_exactly_as_it_came(store: Store) -> None:
    store.take(rich(), version=SECOND)
    found = store.one(number(1), format="exact")
    assert {name: found[name] for name in rich()} == rich()


def test_by_ids_alone(store: Store) -> None:
    store.take(rich(), version=SECOND)
    found = store.one(number(1), format="ids")
    account = {name: {"account": ada(name)["account"]} for name in ("ada", "bo", "cy", "di", "team")}

    assert (found["actor"], found["verb"]) == (account["ada"], {"id": rich()["verb"]["id"]})
    assert found["object"] == {"id": f"{SCHOOL}/course/1"}
    assert found["context"] == {
        "instructor": account["bo"],
        "team": {"objectType": "Group", "member": [account["di"]]},
        "contextActivities": {"parent": [{"id": f"{SCHOOL}/course/1"}]},
        "contextAgents": [{"objectType": "contextAgent", "agent": account["cy"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", **account["team"]}}],
    }


def test_a_substatement_and_a_person_by_ids_alone(store: Store) -> None:
    within = {"objectType": "SubStatement", **told(object={"objectType": "Agent", **ada("bo")})}
    store.take(told(id=number(1), object=within))
    found = store.one(number(1), format="ids")["object"]
    assert found["object"] == {"objectType": "Agent", "account": ada("bo")["account"]}
    assert (found["actor"], found["verb"]) == ({"account": ada()["account"]}, {"id": within["verb"]["id"]})


READS = {
    "": "en", "de": "de", "de-AT": "de", "en-GB": "en-GB", "en-US": "en", "fr": "fr-CA", "it": "en",
    "it, de;q=0.5": "de", "de;q=0.2, en;q=0.9": "en", "*": "en", "de;q=0, fr": "fr-CA", "DE": "de",
}  # fmt: skip


def test_canonically_in_the_language_that_is_read(store: Store) -> None:
    store.take(rich(), version=SECOND)
    found: dict[str, Any] = {}
    for accept, tag in READS.items():
        found = store.one(number(1), format="canonical", headers={"Accept-Language": accept})
        assert found["object"]["definition"]["name"] == {tag: NAMES[tag]}, accept
        assert found["context"]["contextActivities"]["parent"][0]["definition"]["name"] == {tag: NAMES[tag]}
    assert found["verb"]["display"] == {"en": "completed"}
    assert found["actor"] == ada()


def test_canonically_with_all_that_statements_told_of_an_activity(store: Store) -> None:
    def of(**definition: Any) -> dict[str, Any]:
        return {"objectType": "Activity", "id": f"{SCHOOL}/course/1", "definition": definition}

    store.take(told(object=of(name={"en": "Chars", "de": "Stühle"}, extensions={f"{SCHOOL}/a": 1}), id=number(1)))
    store.take(told("passed", object=of(name={"en": "Chairs"}, extensions={f"{SCHOOL}/b": 2}, moreInfo=SCHOOL)))
    store.take(told("attended", "talk", context={"contextActivities": {"parent": [of(type=f"{SCHOOL}/course")]}}))
    wanted = {
        "name": {"en": "Chairs", "de": "Stühle"},
        "extensions": {f"{SCHOOL}/a": 1, f"{SCHOOL}/b": 2},
        "moreInfo": SCHOOL,
        "type": f"{SCHOOL}/course",
    }

    found = store.ask("GET", "activities", params={"activityId": f"{SCHOOL}/course/1"}).json()
    assert found == {"objectType": "Activity", "id": f"{SCHOOL}/course/1", "definition": wanted}
    canonical = store.one(number(1), format="canonical", headers={"Accept-Language": "de"})["object"]["definition"]
    assert canonical == {**wanted, "name": {"de": "Stühle"}}
    assert store.one(number(1))["object"]["definition"]["name"] == {"en": "Chars", "de": "Stühle"}


def test_the_texts_of_an_interaction_are_in_one_language_too(store: Store) -> None:
    choices = [{"id": "a", "description": {"en": "ash", "de": "Esche"}}, {"id": "b"}]
    definition = {"interactionType": "choice", "choices": choices, "description": {"de": "Holz"}}
    store.take(told("answered", object={"id": f"{SCHOOL}/q", "definition": definition}, id=number(1)))
    found = store.one(number(1), format="canonical", headers={"Accept-Language": "de"})["object"]["definition"]
    assert found["choices"] == [{"id": "a", "description": {"de": "Esche"}}, {"id": "b"}]
    assert found["description"] == {"de": "Holz"}


@pytest.mark.parametrize("header", ["de;q=x, en", ",;q=1,", "x" * 5_000, "de;q", ";"])
def test_whatever_a_browser_says_of_its_languages_is_read(header: str) -> None:
    assert len(chosen(NAMES, languages(header))) == 1
    assert chosen({}, languages(header)) == {}


def test_of_what_nothing_is_known_nothing_is_told(store: Store) -> None:
    found = store.ask("GET", "activities", params={"activityId": f"{SCHOOL}/nothing"}).json()
    assert found == {"objectType": "Activity", "id": f"{SCHOOL}/nothing"}
    assert wrong(store.ask("GET", "activities")) == ["/activityId"]
    assert wrong(store.ask("GET", "activities", params={"activityId": "no iri"})) == ["/activityId"]
