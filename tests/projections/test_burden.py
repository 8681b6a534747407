"""What each leader carries, who guides whom, and whether members lead: worked out by hand."""

from __future__ import annotations

from typing import Any

from projections.fold.terms import DAY
from projections.leading import burden, leaders, pairs
from projections.leading import picture as leading
from projections.leading.deeds import LATELY, LONG_AGO, Deeds
from tests.projections.history_of import Teller, charter, day, fold

ROLES = [
    {"role": "host", "name": "Host", "load": 2, "seats": 3},
    {"role": "mentor", "name": "Mentor"},
]
READY = {"rule": "host-ready", "grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 3}]}
SENIOR = {"rule": "senior", "grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 3}]}
LAW = charter(READY, SENIOR, leader_roles=ROLES)


class Story(Teller):
    """Tells of roles and pairs in a line each."""

    def holds(self, who: str, at: float, role: str = "host", change: str = "started") -> Any:
        return self("assignment", at, member=who, kind="role", value=role, change=change)

    def guides(self, who: str, whom: str | None, at: float, change: str = "started", **more: Any) -> Any:
        other = {"counterpart": whom} if whom else {}
        return self("assignment", at, member=who, kind="mentor", value="buddy", change=change, **other, **more)

    def led(self, who: str, at: float, session: str, role: str = "facilitator", **more: Any) -> Any:
        return self.seat(who, at, session, role=role, **more)


def scene(at: float, *facts: Any, law: Any = LAW) -> leading.Scene:
    community = fold(law, list(facts))
    people = dict(community.derived.items())
    deeds = Deeds(day(at) - LATELY - LONG_AGO)
    deeds.add(facts)
    accounts = {who: community.history.people.accounts(who) for who in people}
    return leading.Scene(people=people, accounts=accounts, charter=law, deeds=deeds, at=day(at))


def load(at: float, *facts: Any) -> dict[str, tuple[int, float, float]]:
    return {one.account: (one.acts, one.per_week, one.lately) for one in scene(at, *facts).loads}


def test_acts_of_leading_are_counted_once_and_by_the_week():
    tell = Story()
    facts = [
        tell.holds("ada", 0),
        tell.led("ada", 300, "s:1", state="joined"),
        tell.led("ada", 300.1, "s:1", role="attendee", state="left"),  # still its facilitator
        tell.led("ada", 307, "s:2", role="notetaker"),
        tell.led("ada", 308, "s:3", role="attendee"),  # merely there
        tell.led("ada", 309, "s:4", state="registered"),
        tell.led("ada", 310, "s:5", state="absent"),
        tell.work("ada", 311, "i:review", kind="review", about="i:x"),
        tell.voice("ada", "bo", 311, "i:x"),  # the same review, told by another platform
        tell.work("ada", 312, "i:review", kind="review", about="i:x", outcome="merged"),
        tell.work("ada", 313, "i:code"),
        tell.work("ada", 200, "i:long-ago", kind="facilitation"),
        tell.work("bo", 313, "i:his", kind="facilitation"),  # who holds no role
    ]
    (ada,) = scene(350, *facts).loads
    assert (ada.roles, ada.acts, ada.of) == (("host",), 3, {"led": 2, "reviewed": 1})
    assert (ada.per_week, ada.lately, ada.limit, ada.warning) == (round(3 / (90 / 7), 1), 0.0, 2, None)
    # at day 314, two weeks on from the first: all three are of the last four weeks too
    assert load(314, *facts)["ada"] == (3, 0.2, 0.8)
    assert load(289, *facts)["ada"] == (1, 0.1, 0.0)
    gone = tell.withdraw(facts[3], 320)
    assert load(350, *facts, gone)["ada"][0] == 2


def test_a_pair_counts_as_an_act_a_week_unless_more_mentoring_was_told():
    tell = Story()
    facts = [tell.guides("ada", "bo", 310), tell.guides("ada", "cy", 335)]
    (ada,) = scene(345, *facts).loads  # 5 weeks and 10 days in 90; 4 weeks and 10 days in 28
    assert (ada.acts, ada.of, ada.per_week) == (0, {"pairs": 2}, round((5 + 10 / 7) / (90 / 7), 1))
    assert ada.lately == round((4 + 10 / 7) / 4, 1)
    met = [tell.work("ada", 336 + n / 10, f"i:{n}", kind="mentoring") for n in range(20)]
    (ada,) = scene(345, *facts, *met).loads
    assert (ada.lately, ada.of) == (5.0, {"mentored": 20, "pairs": 2})


def test_whoever_carries_more_than_one_can_is_warned_of_in_plain_words():
    tell = Story()
    facts = [tell.holds("ada", 0), *(tell.led("ada", 300 + n, f"s:{n}") for n in range(12))]
    (ada,) = scene(312, *facts).loads
    assert (ada.per_week, ada.lately) == (0.9, 3.0)
    assert ada.warning == (
        "She carried 3 acts of leading a week over the last four weeks; the charter says that one person can carry 2. "
        "Share the work, or bring the next one in, before it burns her out."
    )
    (ada,) = scene(312, *facts[:8]).loads
    assert ada.warning == "She is close to what one person can carry: 1.8 of 2 acts of leading a week."
    (ada,) = scene(312, *facts[:5]).loads
    assert ada.warning is None


def test_whoever_does_most_of_it_alone_is_named_where_several_lead():
    tell = Story()
    facts = [tell.holds(who, 0, "mentor") for who in ("ada", "bo", "cy")]
    facts += [tell.led("ada", 300 + n, f"s:{n}") for n in range(10)]
    facts += [tell.led("bo", 300 + n, f"t:{n}") for n in range(4)]
    found = {one.account: one.warning for one in scene(389, *facts).loads}
    assert found == {"ada": "She does 71 % of all that the 3 who lead do together.", "bo": None, "cy": None}


# Pairs


def test_pairs_open_and_end():
    tell = Story()
    facts = [
        tell.guides("ada", "bo", 10, "nominated"),
        tell.guides("ada", "bo", 20),
        tell.guides("ada", "cy", 30, period={"start": day(40), "end": day(100)}),
        tell.guides("ada", "bo", 60, "ended"),
        tell.guides("di", "bo", 70, "nominated"),
        tell.guides("di", "bo", 71, "declined"),
        tell.guides("di", None, 80),
        tell.guides("di", "di", 80),  # nobody guides herself
        *(tell.work(who, 1, f"i:{who}") for who in ("ada", "bo", "cy", "di")),
    ]
    people = dict(fold(LAW, facts).derived.items())

    def told(at: float) -> set[tuple[str, str | None, str]]:
        found = pairs.pairs_of(people, lambda who: who if who in people else None, day(at))
        return {(one.mentor, one.mentored, one.state) for one in found}

    assert told(5) == set()
    assert told(15) == {("ada", "bo", "proposed")}
    assert told(35) == {("ada", "bo", "open"), ("ada", "cy", "proposed")}
    assert told(50) == {("ada", "bo", "open"), ("ada", "cy", "open")}
    assert told(75) == {("ada", "bo", "ended"), ("ada", "cy", "open"), ("di", "bo", "declined")}
    assert told(90) == {*told(75), ("di", None, "open")}
    assert ("ada", "cy", "ended") in told(100)


def test_newcomers_are_matched_with_who_works_on_the_same_and_has_room():
    tell = Story()
    facts = [
        *(tell.work("ada", 300 + n, f"a:{n}", space="joints", skills=["ash"]) for n in range(3)),
        *(tell.work("bo", 300 + n, f"b:{n}", space="glue") for n in range(3)),
        *(tell.work("old", n, f"o:{n}", space="joints") for n in range(3)),  # not seen for long
        tell.work("new-1", 340, "n:1", space="joints", skills=["ash", "oak"]),
        tell.work("new-2", 341, "n:2", space="glue"),
        tell.work("new-3", 342, "n:3"),
        tell.work("guided", 343, "n:4", space="joints"),
        tell.guides("bo", "guided", 344),
    ]
    law = charter(READY, SENIOR, leader_roles=ROLES[:1])  # no mentor's role: whoever is at level 2 may guide
    told = leading.picture(scene(350, *facts, law=law))["mentors"]
    assert [(one["account"], one["mentored"]["account"], one["shared"]) for one in told["suggested"]] == [
        ("ada", "new-1", ("ash", "joints")),
        ("bo", "new-2", ("glue",)),
        ("ada", "new-3", ()),  # who has fewer pairs
    ]
    assert told["load"] == [{"account": "bo", "pairs": 1}]
    facts += [tell.work(f"newer-{n}", 345, f"m:{n}") for n in range(9)]
    told = leading.picture(scene(350, *facts, law=law))["mentors"]
    assert len(told["suggested"]) == 2 * pairs.MOST_PAIRS - 1  # nobody gets more than three
    # with a mentor's role in the charter, only who is ready for it or holds it, or guides already
    told = leading.picture(scene(350, *facts))["mentors"]
    assert {one["account"] for one in told["suggested"]} == {"bo"}


# Member-led


def grown(tell: Story, members: int) -> list[Any]:
    """Ada has led since long ago, others act from day 400 on; nine sessions in the 90 days before day 480."""
    facts = [tell.led("ada", 100, "s:0"), tell.work("ada", 1, "a:1"), tell.work("bo", 2, "b:1")]
    facts += [tell.work(f"m{n}", 400 + n / 10, f"m:{n}") for n in range(members - 2)]
    facts += [tell.led("ada", 410 + n, f"s:{n + 1}") for n in range(6)]
    facts += [tell.led("bo", 420 + n, f"t:{n}", role="speaker") for n in range(3)]
    return [*facts, tell.led("bo", 410, "s:1", role="attendee")]


def member_led(at: float, *facts: Any, **targets: float) -> burden.MemberLed:
    law = charter(READY, SENIOR, leader_roles=ROLES[:1], targets=targets) if targets else LAW
    found = leading.picture(scene(at, *facts, law=law))["member_led"]
    return burden.MemberLed(**found)


def test_a_community_goes_member_led_at_fifty_active_members_when_members_lead():
    tell = Story()
    facts = grown(tell, 48)
    found = member_led(480, *facts)
    assert (found.active, found.at, found.ready) == (48, 50, False)
    assert (found.sessions, found.told, found.led, found.share, found.target) == (9, 9, 3, 33, 50)
    assert found.missing == (
        "2 more active members: 48 of 50 acted in the last 90 days",
        "somebody who is ready for Host: 0 of 3 seats are held, nobody is next",
        "somebody who is ready for Mentor: 0 of 1 seats are held, nobody is next",
        "sessions that other members lead: 3 of 9 (33 %, wanted 50 %); the rest were led by those who always did",
    )
    ready = [tell.work(f"m{n}", 430, f"r:{n}:{m}") for n in range(3) for m in range(3)]
    seats = [tell.holds(f"m{n}", 440) for n in range(3)]
    found = member_led(480, *facts, *ready, *seats, member_led_at=40, member_led_share=30)
    assert (found.ready, found.missing) == (True, ())


def test_of_old_is_who_led_when_it_was_young_or_more_than_a_year_ago():
    tell = Story()
    facts = grown(tell, 60)
    assert member_led(480, *facts).led == 3
    # Bo has held a role for more than a year: now he is of old too
    assert member_led(480, *facts, tell.holds("bo", 100)).led == 0
    assert member_led(480, *facts, tell.holds("bo", 120)).led == 3
    # while a community is young, whoever leads is of its founders
    young = [tell.led("ada", n, f"y:{n}") for n in range(4)] + [tell.led("bo", 50, "y:9")]
    assert member_led(60, *young).led == 0


def test_what_nobody_told_is_said():
    tell = Story()
    nobody = [tell.led("ada", 400, "s:1", role="attendee")]
    assert "who led the sessions: no attendance says `role: facilitator`" in member_led(410, *nobody).missing
    assert "sessions: none was attended in the last 90 days" in member_led(1000, *nobody).missing
    roleless = charter(SENIOR)
    found = leading.picture(scene(410, *nobody, law=roleless))["member_led"]
    assert "a leader role in the charter, so that members can be ready for it" in found["missing"]


def test_active_is_who_acted_in_the_ninety_days_before_on_any_day():
    tell = Story()
    facts = [tell.work("ada", 100, "i:1"), tell.work("ada", 400, "i:2"), tell.work("bo", 150, "i:3")]
    found = scene(160, *facts)
    assert {who for who in found.people if found.active(who)} == {"ada", "bo"}
    found = scene(195, *facts)
    assert {who for who in found.people if found.active(who)} == {"bo"}
    assert not scene(300, *facts).active("ada")  # type: ignore[arg-type]


def test_the_picture_has_no_account_outside_of_its_key():
    """So that whoever shows it outward turns each into a member, and leaves the erased out."""
    tell = Story()
    facts = [
        *grown(tell, 10),
        tell.holds("ada", 300),
        tell.holds("bo", 420, change="nominated"),
        tell.guides("ada", "bo", 470),
    ]

    def names(told: Any, key: str = "") -> set[tuple[str, str]]:
        if isinstance(told, dict):
            return set().union(*(names(value, name) for name, value in told.items()))
        if isinstance(told, (list, tuple)):
            return set().union(*(names(each, key) for each in told))
        return {(key, told)} if isinstance(told, str) and told in people else set()

    shown = scene(480, *facts)
    people = set(shown.people)
    found = names(leading.picture(shown))
    assert {key for key, _ in found} == {"account"}
    assert ("account", "ada") in found


def test_eligible_and_holding_keep_their_shape():
    tell = Story()
    facts = [*(tell.work("ada", n, f"a:{n}") for n in range(3)), tell.holds("bo", 5)]
    told = leading.picture(scene(50, *facts))
    assert told["eligible"] == [{"account": "ada", "role": "host", "since": "2024-01-03T00:00:00Z"}]
    assert told["holding"] == [
        {
            "account": "bo",
            "role": "host",
            "since": "2024-01-06T00:00:00Z",
            "ends": None,
            "terms": 1,
            "last_active": None,
        }
    ]
    assert set(told) == {
        "as_of", "eligible", "holding", "ending", "overdue", "nominated", "coming", "resting", "vacant", "successors",
        "handovers", "load", "mentors", "cohorts", "member_led",
    }  # fmt: skip
    assert leaders.quarter(-(2**62), LAW.zone) == "ever"
    assert DAY == 86_400_000_000
