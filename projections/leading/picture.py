"""The leaders' picture: who leads, who is next, what each carries, who guides whom; JSON-ready, at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from projections.fold.spans import DAWN, DOOM, span_at, value_at
from projections.fold.terms import roles_of
from projections.leading import burden, leaders, pairs, succession
from projections.leading.deeds import LATELY
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.charters.charter import Charter
    from projections.charters.language import Rule
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.terms import Role
    from projections.leading.deeds import Deeds

Answer = dict[str, Any]
MOST_SUGGESTED = 20  # mentor pairs
MOST_TRIED = 6  # members who are looked at for a role, as nearly ready
MOST_NEARLY = 3  # who are named as such
NEARLY = 50  # percent of the way


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the picture is made of: all members with their accounts, the charter in force, what was done lately."""

    people: Mapping[Account, Derived]
    accounts: Mapping[Account, Sequence[Account]]
    charter: Charter
    deeds: Deeds
    at: int  # µs

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The charter's leader roles."""
        return roles_of(self.charter.document)

    @cached_property
    def ready(self) -> list[leaders.Ready]:
        """Who is eligible."""
        return leaders.eligible(self.people, self.roles, self.at)

    @cached_property
    def holding(self) -> list[leaders.Leader]:
        """Who leads."""
        return leaders.holding(self.people, self.roles, self.at)

    @cached_property
    def resting(self) -> list[leaders.Rests]:
        """Who has just served."""
        return leaders.resting(self.people, self.roles, self.at)

    @cached_property
    def pairs(self) -> list[pairs.Pair]:
        """Mentors, and whom they guide."""
        return pairs.pairs_of(self.people, self.root, self.at)

    @cached_property
    def loads(self) -> list[burden.Load]:
        """What each leader carries."""
        return burden.loads(self.holding, self.roles, self.pairs, self.deeds, self.root, self.at)

    @cached_property
    def _roots(self) -> dict[Account, Account]:
        return {account: member for member, accounts in self.accounts.items() for account in accounts}

    def root(self, account: Account) -> Account | None:
        """Return the member an account belongs to; None for who was erased."""
        return self._roots.get(account)

    def active(self, who: Account) -> bool:
        """Return whether a member did anything in the last 90 days."""
        last = self.people[who].last
        if last is None or last <= self.at:
            return last is not None and last > self.at - LATELY
        return self.deeds.acted(self.accounts[who], self.at - LATELY, self.at)

    def works_on(self, who: Account) -> set[str]:
        """Return the areas and skills of what a member made lately."""
        return self.deeds.works_on(self.accounts[who], self.at)


def picture(scene: Scene) -> Answer:
    """Return the whole of it; people by the key `account`, instants as RFC 3339."""
    at, people, roles = scene.at, scene.people, scene.roles
    named, coming = leaders.nominated(people, at), leaders.coming(people, roles, at)
    empty = leaders.vacant(people, roles, at)
    ending = [one for one in scene.holding if _ends_soon(one, at)]
    overdue = [one for one in scene.holding if one.ends is not None and one.ends <= at]
    nexts = _successors(scene, named, {(one.account, one.role) for one in coming})
    plans = succession.plans([*ending, *overdue], roles, coming, nexts, scene.charter.zone, at)
    return {
        "as_of": _instant(at),
        "eligible": [{"account": one.account, "role": one.role, "since": _instant(one.since)} for one in scene.ready],
        "holding": [_holder(one) for one in scene.holding],
        "ending": [_leaving(one) for one in ending],
        "overdue": [_leaving(one) for one in overdue],
        "nominated": [_named(one) | {"by": _person(one.by and scene.root(one.by))} for one in named],
        "coming": [_named(one) for one in coming],
        "resting": [
            _named(one) | {"until": _instant(one.until), "terms": one.terms}  # since: her last term's end
            for one in scene.resting
        ],
        "vacant": [
            {
                "role": one.role,
                "name": roles[one.role].name,
                "seats": one.seats,
                "held": one.held,
                "vacant": one.seats - one.held,
                "since": _instant(one.since),
            }
            for one in empty
        ],
        "successors": [
            {"role": slug, "name": roles[slug].name, "next": [_successor(one) for one in some], "nearly": []}
            for slug, some in nexts.items()
        ],
        "handovers": [_plan(one) for one in plans],
        "load": [_load(one) for one in scene.loads],
        "mentors": _mentors(scene),
        "cohorts": [
            {"cohort": name, "leaders": [_holder(one) for one in some]}
            for name, some in leaders.of_one_time(scene.holding, scene.charter.zone).items()
        ],
        "member_led": _member_led(scene, empty),
    }


def ready_rules(charter: Charter, role: str) -> list[Rule]:
    """Return the rules that say who is ready for a role."""
    return [rule for rule in charter.rules if rule.grants == ("eligible", role)]


def nearly_ready(scene: Scene, role: str) -> list[Account]:
    """Return whose way to a role is worth looking at: active, not ready, of the highest level, with most acts."""
    out = {one.account for some in (scene.ready, scene.holding, scene.resting) for one in some if one.role == role}
    found = [
        (-value_at(derived.levels, scene.at), -derived.acts, who)
        for who, derived in scene.people.items()
        if derived.acts
        and who not in out
        and span_at(derived.grants.get(("eligible", role), []), scene.at) is None
        and scene.active(who)
    ]
    return [who for _, _, who in sorted(found)[:MOST_TRIED]]


def _successors(
    scene: Scene, named: list[leaders.Named], settled: set[tuple[Account, str]]
) -> dict[str, list[succession.Successor]]:
    """Return who could take each role next; whose term is `settled` is not asked again."""
    ready = [one for one in scene.ready if (one.account, one.role) not in settled]
    refused = leaders.declined(scene.people, scene.at)
    carrying = {one.account: one for one in scene.loads}
    zone, at = scene.charter.zone, scene.at
    return {
        slug: succession.successors(scene.people, role, ready, named, refused, carrying, zone, at)
        for slug, role in scene.roles.items()
    }


def _mentors(scene: Scene) -> Answer:
    told = scene.pairs
    guides = {slug for slug in scene.roles if "mentor" in slug}
    able = {one.account for some in (scene.ready, scene.holding) for one in some if one.role in guides}
    if not guides:
        able = pairs.able_to_mentor(scene.people, scene.at)
    able |= {pair.mentor for pair in told if pair.state == "open"}
    near = pairs.suggested(scene.people, told, able, scene.works_on, scene.active, scene.at, MOST_SUGGESTED)
    return {
        "open": [_pair(one) for one in told if one.state == "open"],
        "proposed": [_pair(one) for one in told if one.state == "proposed"],
        "ended": [_pair(one) for one in told if one.state == "ended"],
        "load": [{"account": who, "pairs": count} for who, count in pairs.carried(told).most_common()],
        "suggested": [
            {"account": one.mentor, "mentored": _person(one.mentored), "shared": one.shared, "pairs": one.pairs}
            for one in near
        ],
    }


def _member_led(scene: Scene, empty: list[leaders.Seats]) -> Answer:
    targets = scene.charter.document.get("targets", {})
    prepared = {one.role for one in scene.ready}
    unprepared = [seats for seats in empty if seats.role not in prepared]
    found = burden.member_led(
        scene.people, scene.roles, scene.deeds, scene.root, scene.active, unprepared, targets, scene.at
    )
    return found._asdict()


def _ends_soon(one: leaders.Leader, at: int) -> bool:
    return one.ends is not None and one.begin is not None and one.begin <= at < one.ends


def _holder(one: leaders.Leader) -> Answer:
    told = {"account": one.account, "role": one.role, "since": _instant(one.since)}
    return told | {"ends": _instant(one.ends), "terms": one.terms, "last_active": _instant(one.last)}


def _leaving(one: leaders.Leader) -> Answer:
    return _holder(one) | {"begin": _instant(one.begin), "may_stay": one.may_stay}


def _named(one: leaders.Named | leaders.Rests) -> Answer:
    return {"account": one.account, "role": one.role, "since": _instant(one.since)}


def _successor(one: succession.Successor) -> Answer:
    told = {"account": one.account, "since": _instant(one.since), "nominated": one.nominated}
    return told | {"because": list(one.because), "met": []}


def _plan(one: succession.Plan) -> Answer:
    told = _leaving(one.leaving) | {"overdue": one.overdue, "next": _person(one.next)}
    return told | {"words": one.words}


def _load(one: burden.Load) -> Answer:
    return one._asdict() | {"roles": list(one.roles)}


def _pair(one: pairs.Pair) -> Answer:
    told = {"account": one.mentor, "mentored": _person(one.mentored), "pairing": one.pairing}
    return told | {"since": _instant(one.since), "ends": _instant(one.end)}


def _person(account: Account | None) -> Answer | None:
    return None if account is None else {"account": account}


def _instant(at: int | None) -> str | None:
    return None if at is None or at <= DAWN // 2 or at >= DOOM else format_time(at)
