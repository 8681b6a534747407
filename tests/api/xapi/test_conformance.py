"""What ADL's conformance suite asks for, and was once not so here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.xapi.telling import SCHOOL, told

if TYPE_CHECKING:
    from tests.api.xapi.telling import Store


def test_what_is_told_of_an_activity_in_two_languages_is_known_in_both(store: Store):
    """Of two statements without id and time nobody can say that one is the other sent again, in other words."""
    activity = {"objectType": "Activity", "id": f"{SCHOOL}/meeting"}
    names = [{"en": "a meeting"}, {"fr": "réunion"}]
    same_act = [told(object=activity | {"definition": {"name": each}}, timestamp=None) for each in names]
    assert len(set(store.take(*same_act))) == 2
    answer = store.ask("GET", "activities", params={"activityId": activity["id"]})
    assert answer.json()["definition"]["name"] == {"en": "a meeting", "fr": "réunion"}
