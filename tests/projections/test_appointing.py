"""What is refused of an assignment by hand, and what one should know before it."""

from __future__ import annotations

from typing import Any

from projections import Wish
from projections.fold.holds import NOBODY
from projections.fold.people import Account
from projections.leading.appointing import Judged, begins, judge, known_roles
from tests.projections.history_of import Teller, charter, day, fold

ROLE = {
    "role": "host",
    "name": "Host",
    "term": "90d",
    "cooldown": "180d",
    "most_terms": 2,
    "seats": 1,
}
LAW = charter(
    {"rule": "ready", "grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 1}]},
    {"rule": "given", "grants": {"role": "keeper"}, "all": [{"count": "contribution", "at_least": 2}]},
    leader_roles=[ROLE, {"role": "scribe", "name": "Scribe"}],
    cohorts=[{"cohort": "spring", "name": "Spring"}],
)
ADA = Account("ada")


def told(*words: tuple[Any, ...], works: int = 1, kind: str = "role", value: str = "host") -> list[Any]:
    tell = Teller()
    facts = [tell.work("ada", n, f"i:{n}") for n in range(works)]
    for at, change, *more in words:
        period = {"period": dict(zip(("start", "end"), map(day, more), strict=False))} if more else {}
        facts.append(tell("assignment", at, member="ada", kind=kind, value=value, change=change, **period))
    return facts


def judged(facts: list[Any], at: float, change: str, *period: float, value: str = "host", **more: Any) -> Judged:
    people = dict(fold(LAW, facts).derived.items())
    start, end = (*map(day, period), None, None)[:2]
    wish = Wish(more.pop("kind", "role"), value, change, day(at), start, end, **more)
    return judge(wish, LAW, people.get(ADA, NOBODY), people)


def faults(*asked: Any, **more: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.message) for fault in judged(*asked, **more).faults]


def test_words_that_are_unknown_are_named_with_the_nearest():
    assert known_roles(LAW) == ["host", "scribe", "keeper"]
    assert faults([], 5, "started", value="hots") == [
        ("/value", "a role of the charter: wanted host, scribe, keeper; got hots (did you mean host?)")
    ]
    assert faults([], 5, "start") == [
        ("/change", "wanted nominated, started, renewed, declined, ended; got start (did you mean started?)")
    ]
    assert faults([], 5, "started", kind="roll")[0][1].endswith("got roll (did you mean role?)")
    assert faults([], 5, "started", kind="cohort", value="sprig") == [
        ("/value", "a cohort of the charter: wanted spring; got sprig (did you mean spring?)")
    ]
    assert faults([], 5, "started", kind="cohort", value="spring") == []
    assert faults([], 5, "started", kind="team", value="anything") == []


def test_a_period_ends_after_it_starts_and_belongs_to_a_term():
    assert faults([], 5, "started", 10, 10) == [
        ("/period/end", "wanted an end after its start, got one that is not later")
    ]
    assert faults([], 5, "started", 10, 9)[0][0] == "/period/end"
    assert faults([], 5, "nominated", 10, 20)[0][0] == "/period"
    assert faults([], 5, "started", 1, 3) == []  # history, told late


def test_what_contradicts_what_is_known_is_refused():
    holds = told((10, "started"))
    assert faults(holds, 20, "started") == [
        ("/change", "she is Host since 11 January 2024 already; wanted renewed or ended, got started")
    ]
    assert faults(holds, 20, "nominated")[0][1].startswith("she is Host since 11 January 2024 already; nothing to")
    assert faults([], 20, "ended") == [("/change", "she is not Host at that moment; there is no term to end")]
    assert faults([], 20, "renewed") == [("/change", "she has never been Host; wanted started, got renewed")]
    assert faults(holds, 20, "ended", 2, 5) == [
        ("/period/end", "wanted an end after her term began on 11 January 2024")
    ]
    assert faults(holds, 20, "ended", 10, 25)[0][1].startswith("wanted an end that has come, got a later one")
    assert faults(holds, 20, "ended", 10, 15) == []
    assert faults(holds, 20, "ended") == []
    assert faults(told((10, "started", 30, 60)), 20, "ended") == []  # before it began: she does not take it
    by_rule = told(works=2)
    assert faults(by_rule, 20, "ended", value="keeper") == [
        ("/change", "a rule of the charter gives it to her; there is no term to end")
    ]


def test_said_again_with_its_own_time_nothing_is_new_against_it():
    assert faults(told((20, "started")), 20, "started") == []
    assert faults(told((10, "started"), (20, "ended")), 20, "ended") == []


def test_what_does_not_forbid_it_is_told():
    assert judged(told(), 5, "started").notes == ("no end was said: by the charter it is 5 April 2024",)
    assert judged(told(), 5, "started", 5, 50).notes == ()
    assert judged(told(works=0), 5, "nominated").notes == ("the charter's rule does not call her ready for it",)
    served = told((0, "started"), (85, "renewed"), (180, "ended"))
    assert judged(served, 200, "nominated").notes == (
        "she has just served 2 terms and should rest until 26 December 2024",
    )
    assert judged(served, 100, "renewed").notes == (
        "she has served 2 terms in a row; the charter allows 2",
        "no end was said: by the charter it is 27 September 2024",
    )
    assert judged(told(), 5, "started", value="scribe").notes == (
        "no end was said, and the charter gives this role no term: leadership is a loan",
    )
    tell = Teller()
    tell.position = 9
    other = tell("assignment", 1, member="bo", kind="role", value="host", change="started")
    assert (
        "one member holds it already; the charter has one seat" in judged([*told(), other], 5, "started", 5, 50).notes
    )


def test_a_renewal_that_names_its_end_begins_where_the_term_ends():
    people = dict(fold(LAW, told((0, "started", 0, 90))).derived.items())

    def began(change: str, end: float | None) -> float:
        wish = Wish("role", "host", change, day(80), None, None if end is None else day(end))
        return (begins(wish, LAW, people[ADA]) - day(0)) / 86_400_000_000

    assert began("renewed", 180) == 90
    assert began("renewed", 85) == 80
    assert began("ended", 85) == 0
    assert began("started", 200) == 80


def test_pairs_begin_once_and_end_once():
    tell = Teller()
    open_pair = [tell("assignment", 5, member="ada", counterpart="bo", kind="mentor", value="pair", change="started")]
    asked: dict[str, Any] = {"kind": "mentor", "value": "pair", "paired": ("bo",)}
    assert faults(open_pair, 9, "started", **asked)[0][1].startswith("they are a pair already")
    assert faults(open_pair, 9, "ended", **asked) == []
    assert faults([], 9, "ended", **asked) == [("/change", "they are no pair; wanted started, got ended")]
    assert faults([], 9, "started", **{**asked, "paired": ()}) == [
        ("/counterpart", "wanted whom she guides, got nobody")
    ]
    assert faults([], 9, "started", paired=("bo",)) == [
        ("/counterpart", "wanted it only of a mentor pair, got it of a role")
    ]
