"""Standings as they are asked for: of today, of another day, or as another day knew them.

`as_of` is the moment a question is about; `known_at` what was recorded by then. Today's knowledge is in the
views, and the timelines there answer for any `as_of`; an earlier `known_at` replays that prefix of the ledger.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from projections.asked import cohorts, explain
from projections.asked.findings import instant
from projections.asked.folds import Folds
from projections.asked.measured import Measured
from projections.asked.next_step import next_step
from projections.asked.quarters import Quarters
from projections.errors import UnknownCohortError, UnknownRuleError
from projections.fold.holds import assigned
from projections.fold.spans import span_at, value_at
from projections.fold.subjects import kind
from projections.fold.terms import roles_of
from projections.leading import picture as leading
from projections.leading.late_deeds import LateDeeds
from projections.leading.leaders import eligible, telling
from projections.leading.succession import met_words
from projections.measures.told import WEEKS
from projections.views.lag import Lag, lag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger import Book, Fact
    from projections.charters.charter import Charter
    from projections.charters.language import Rule
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.standing import Community
    from projections.fold.terms import Role, Term
    from projections.leading.deeds import Deeds
    from projections.views.rows import MemberRow
    from projections.views.views import Views

_REPLAYS_KEPT = 4
_MEMBERS_KEPT = 16
_WAIT_SECONDS = 0.02
Answer = dict[str, Any]


class Standings:
    """The read side of the projections. Every answer is JSON-ready; instants are RFC 3339."""

    def __init__(self, book: Book, views: Views, *, clock: Callable[[], int] | None = None) -> None:
        self._book = book
        self._views = views
        self._folds = Folds(book, views, clock)
        self._clock = self._folds.clock
        self._deeds = LateDeeds(book)
        self.quarters = Quarters(book, self._folds)
        self._measured = Measured(book, views, self._folds)

    def charter(self, community: str) -> Charter:
        """Return the charter in force; one without rules where none has been published."""
        return self._folds.charter(community)

    def what_if(self, community: str, charter: str | Mapping[str, Any], *, at: int) -> Answer:
        """Hold a charter that is not published against the whole history: see `Study.what_if`."""
        return self._folds.study(community).what_if(charter, at=at)

    def charter_version(self, community: str, version: int) -> Charter:
        """Return a charter as it was published under that number (1, 2, ...)."""
        return self._folds.laws(community)[version - 1]

    def charters_until(self, community: str, version: int) -> list[Charter]:
        """Return the charters that were published up to that number, the first first."""
        return self._folds.laws(community)[:version]

    def announced(self, community: str, now: int) -> int | None:
        """Return when (µs) the next charter that was announced comes into force after `now`, or None."""
        return min((each.effective for each in self._folds.laws(community) if each.effective > now), default=None)

    def root(self, community: str, account: str) -> Account:
        """Return the member that an account belongs to. Raises `UnknownMemberError`."""
        return self._folds.row(community, account).member

    def standing(
        self, community: str, account: str, *, as_of: int | None = None, known_at: int | None = None
    ) -> Answer:
        """Return where a member stands: level, roles, readiness, badges and the way to the next level."""
        at = self._clock() if as_of is None else as_of
        member, derived, known = self._folds.derived(community, account, known_at)
        charter = self.charter(community)
        level = value_at(derived.levels, at)
        badges = charter.by("badges", "badge")
        held = {name: _since(derived, name, at) for name in ("role", "eligible", "cohort", "badge")}
        return {
            "community": community,
            "level": level,
            "level_name": charter.level_name(level),
            "level_since": instant(_level_since(derived, at)),
            "roles": sorted(held["role"]),
            "eligible": [{"role": role, "since": instant(since)} for role, since in sorted(held["eligible"].items())],
            "cohorts": sorted(held["cohort"]),
            "badges": [
                {"badge": badge, "name": badges.get(badge, {}).get("name", badge), "earned": instant(since)}
                for badge, since in sorted(held["badge"].items(), key=lambda one: one[1])
            ],
            "progress": self._progress(charter, community, member, level, at, known_at),
            "joined": instant(derived.first),
            "last_active": instant(derived.last),
            "acts": derived.acts,
            "position": known,
            "as_of": instant(at),
            "known_at": instant(self._clock() if known_at is None else known_at),
        }

    def verdict(
        self,
        community: str,
        account: str,
        rule: str,
        *,
        as_of: int | None = None,
        known_at: int | None = None,
    ) -> Answer:
        """Return a rule's verdict on a member, with the facts it rests on. Raises `UnknownRuleError`."""
        at = self._clock() if as_of is None else as_of
        charter = self.charter(community)
        found = _rule_of(charter, rule)
        state, member, known = self._folds.state(community, account, known_at)
        return {
            **explain.verdict(found, state.ground(member), at),
            "community": community,
            "charter_version": charter.version,
            "position": known,
            "as_of": instant(at),
            "known_at": instant(self._clock() if known_at is None else known_at),
        }

    def next_step(
        self, community: str, account: str, rule: str | None = None, *, as_of: int | None = None
    ) -> Answer | None:
        """Return further events that would meet a rule, or bring her the next level; none could be left out.

        None where the rule is met, or where no level is above hers. Raises `UnknownRuleError`.
        """
        at = self._clock() if as_of is None else as_of
        charter = self.charter(community)
        state, member, known = self._folds.state(community, account, None)
        asked = [_rule_of(charter, rule)] if rule else _above(charter, value_at(state.derived[member].levels, at))
        ground = state.ground(member)
        steps = [step for one in asked if (step := next_step(one, charter.rules, ground, at))]
        if not steps:
            return None
        best = min(steps, key=lambda step: (not step["reached"], step["total"], step["rule"]))
        return {**best, "community": community, "position": known, "as_of": instant(at)}

    def verdicts(self, community: str, account: str, *, as_of: int | None = None) -> list[Answer]:
        """Return every rule's verdict on a member, in the charter's order: what her page shows."""
        at = self._clock() if as_of is None else as_of
        state, member, _ = self._folds.state(community, account, None)
        ground = state.ground(member)
        found = (explain.verdict(rule, ground, at) for rule in self._in_order(self.charter(community)))
        return [{**verdict, "progress": explain.progress(verdict["tree"])} for verdict in found]

    def levels(self, community: str, account: str) -> list[Answer]:
        """Return the levels a member had, the first first: which, and since when (None: from the beginning)."""
        charter, at = self.charter(community), self._clock()
        turns = [turn for turn in self._folds.row(community, account).derived.levels if turn[0] <= at]
        return [
            {"level": level, "level_name": charter.level_name(level), "since": instant(since)} for since, level in turns
        ]

    def evidence(self, community: str, account: str, asked: Sequence[tuple[Rule, int]]) -> list[list[int]]:
        """Return, for each rule and instant, the positions of the facts it rests on: what an award cites."""
        state, member, _ = self._folds.state(community, account, None)
        ground = state.ground(member)
        return [explain.evidence(rule, ground, at) for rule, at in asked]

    def assigned(self, community: str, account: str, role: Role, term: Term, now: int) -> list[int]:
        """Return the positions of the assignments, told by `now` (µs), that made a member's term what it is."""
        state, member = self.fold(community, account)
        mine = state.history.people.accounts(member)
        facts = [fact for fact in state.history.of(member) if kind(fact) == "assignment" and state.history.stands(fact)]
        told = [(assigned(fact.time, fact.open), fact.position) for fact in facts if fact.open["member"] in mine]
        return telling(told, role, term, now)

    def fold(self, community: str, account: str) -> tuple[Community, Account]:
        """Return a fold that holds a member's facts and who her endorsers were, and her id in it. Not to be changed."""
        state, member, _ = self._folds.state(community, account, None)
        return state, member

    def apart(self, community: str, accounts: Iterable[str]) -> Community:
        """Return a fold of these members' facts, the caller's own to add to. Raises `UnknownMemberError`."""
        rows = {row.member: row for row in (self._folds.row(community, account) for account in accounts)}
        return self._folds.loaded(community, list(rows.values()))

    def charters(self, community: str) -> list[Charter]:
        """Return the charters published up to the one in force, by number; one without rules where there is none."""
        return self._folds.bound(community)

    def waiting(self, community: str) -> list[Fact]:
        """Return the facts that wait for what they speak of, latest first: withdrawals and voices on the unknown."""
        return list(reversed(self._book.at(community, self._views.at(community).waiting(community))))

    def members(self, community: str, *, as_of: int | None = None, cohort: str | None = None) -> list[Answer]:
        """Return everyone who has acted, or is in the cohort, highest level first, then by how much they did.

        `cohort_since` says since when she is in the cohort that was asked for. Raises `UnknownCohortError`.
        """
        at = self._clock() if as_of is None else as_of
        charter = self.charter(community)
        rows = self._views.members(community)
        if cohort is None:
            answers = [_summary(charter, row, at) for row in rows if row.derived.acts]
        else:
            since = ((row, cohorts.cohorts_of(row.derived, at, zone=charter.zone).get(cohort)) for row in rows)
            inside = [(row, begun) for row, begun in since if begun is not None]
            if not inside:
                self._known_cohort(charter, cohort)
            answers = [{**_summary(charter, row, at), "cohort_since": instant(begun)} for row, begun in inside]
        return sorted(answers, key=lambda one: (-one["level"], -one["acts"], one["account"]))

    def cohorts(self, community: str, *, as_of: int | None = None) -> Answer:
        """Return everyone and every cohort as they stand: see `cohorts.told`."""
        at = self._clock() if as_of is None else as_of
        known = self._views.position(community)
        derived = {row.member: row.derived for row in self._views.members(community)}
        told = cohorts.told(self.charter(community), derived, at)
        return {"community": community, **told, "position": known, "as_of": instant(at)}

    @staticmethod
    def _known_cohort(charter: Charter, cohort: str) -> None:
        """Raise `UnknownCohortError` unless the charter has the cohort, or it is one of a quarter."""
        names = [*charter.by("cohorts", "cohort"), *cohorts.granting(charter)]
        if cohort not in names and cohorts.named(cohort) == cohort:
            wanted = ", ".join([*dict.fromkeys(names), f"{cohorts.JOINED}2024q3, ..."])
            raise UnknownCohortError(f"wanted a cohort of this community ({wanted}), got {cohort}")

    def leaders(self, community: str, *, as_of: int | None = None, explained: int = 0) -> Answer:
        """Return who leads, who is ready, who is next, what each carries and who guides whom: see `leading.picture`.

        `explained`: of how many successors a role what they met is told, and who is nearly ready and what she lacks.
        """
        scene = self._scene(community, as_of)
        told = leading.picture(scene)
        for role in told["successors"] if explained else ():
            self._explain(community, scene, role, explained)
        return told

    def measures(
        self,
        community: str,
        measure: str | None = None,
        *,
        as_of: int | None = None,
        known_at: int | None = None,
        weeks: int = WEEKS,
    ) -> Answer:
        """Return every measure of a community, or one, with its last `weeks`: see `Measured.told`.

        Raises `UnknownMeasureError`. Blocks while facts are read for the first time.
        """
        at = self._clock() if as_of is None else as_of

        def led() -> Answer:
            return self.leaders(community, as_of=at, explained=1)

        told = self._measured.told(community, measure, at=at, known_at=known_at, weeks=weeks, leading=led)
        return {**told, "as_of": instant(at), "known_at": instant(self._clock() if known_at is None else known_at)}

    def ready(self, community: str, *, as_of: int | None = None) -> list[tuple[Account, str]]:
        """Return who is ready to lead, and in which role."""
        at = self._clock() if as_of is None else as_of
        people = {row.member: row.derived for row in self._views.members(community)}
        found = eligible(people, roles_of(self.charter(community).document), at)
        return [(one.account, one.role) for one in found]

    def deeds(self, community: str, at: int) -> Deeds:
        """Return what was done in the year and the quarter before an instant (µs). Not to be changed."""
        return self._deeds.of(community, at, self._views.position(community))

    def _scene(self, community: str, as_of: int | None) -> leading.Scene:
        at, upto = self._clock() if as_of is None else as_of, self._views.position(community)
        rows = self._folds.rows(community, upto)
        return leading.Scene(
            people={row.member: row.derived for row in rows},
            accounts={row.member: row.accounts for row in rows},
            charter=self.charter(community),
            deeds=self._deeds.of(community, at, upto),
            at=at,
        )

    def _explain(self, community: str, scene: leading.Scene, told: Answer, most: int) -> None:
        """Write into a role's successors what they met, and who is nearly ready."""
        rules = leading.ready_rules(scene.charter, told["role"])
        if not rules:
            return
        for one in told["next"][:most]:
            verdict = self.verdict(community, one["account"], rules[0].slug, as_of=scene.at)
            one["met"] = list(met_words(verdict["tree"]))
        found = []
        for account in leading.nearly_ready(scene, told["role"]):
            verdict = self.verdict(community, account, rules[0].slug, as_of=scene.at)
            percent = explain.progress(verdict["tree"])
            if percent >= leading.NEARLY:
                found.append({"account": account, "percent": percent, "missing": verdict["missing"]})
        told["nearly"] = sorted(found, key=lambda one: -one["percent"])[: leading.MOST_NEARLY]

    def position(self, community: str) -> int:
        """Return how far the standings have read a community."""
        return self._views.position(community)

    def wait(self, community: str, position: int, seconds: float = 10.0) -> bool:
        """Wait until a community's position is projected; return whether it was in time."""
        deadline = time.monotonic() + seconds
        while self._views.position(community) < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(_WAIT_SECONDS)
        return True

    def lag(self) -> list[Lag]:
        """Return how far the standings of each shard are behind its ledger; of a shard that is down, that it is."""
        return [lag_of(self._book, self._views, shard, self._clock()) for shard in range(len(self._views.shards))]

    # How the questions are answered

    def _progress(
        self, charter: Charter, community: str, account: Account, level: int, at: int, known_at: int | None
    ) -> Answer | None:
        """Return the next level's rule, how far it is met and what lacks; None at the top of the ladder."""
        above = _above(charter, level)
        if not above:
            return None
        number = int(above[0].grants[1])
        state, member, _ = self._folds.state(community, account, known_at)
        ground = state.ground(member)
        ways = [explain.verdict(rule, ground, at) for rule in above]
        percent, verdict = max(((explain.progress(way["tree"]), way) for way in ways), key=lambda one: one[0])
        return {
            "level": number,
            "level_name": charter.level_name(number),
            "rule": verdict["rule"],
            "percent": percent,
            "missing": verdict["missing"],
        }

    @staticmethod
    def _in_order(charter: Charter) -> Sequence[Rule]:
        order = [rule["rule"] for rule in charter.document["rules"]]
        return sorted(charter.rules, key=lambda rule: order.index(rule.slug))


def _rule_of(charter: Charter, slug: str) -> Rule:
    found = charter.rule(slug)
    if found is None:
        names = ", ".join(one.slug for one in charter.rules) or "none"
        raise UnknownRuleError(f"wanted a rule of this charter ({names}), got {slug}")
    return found


def _above(charter: Charter, level: int) -> list[Rule]:
    """Return the rules that grant the next level above one; [] at the top of the ladder."""
    above = [(int(rule.grants[1]), rule) for rule in charter.rules if rule.grants[0] == "level"]
    number = min((reached for reached, _ in above if reached > level), default=None)
    return [rule for reached, rule in above if reached == number]


def _summary(charter: Charter, row: MemberRow, at: int) -> Answer:
    level = value_at(row.derived.levels, at)
    return {
        "account": row.member,
        "level": level,
        "level_name": charter.level_name(level),
        "level_since": instant(_level_since(row.derived, at)),
        "roles": sorted(_since(row.derived, "role", at)),
        "eligible": sorted(_since(row.derived, "eligible", at)),
        "badges": sorted(_since(row.derived, "badge", at)),
        "cohorts": sorted(_since(row.derived, "cohort", at)),
        "acts": row.derived.acts,
        "joined": instant(row.derived.first),
        "last_active": instant(row.derived.last),
    }


def _since(derived: Derived, name: str, at: int) -> dict[str, int]:
    """Return what is granted of one kind at the instant, and since when."""
    found = ((value, span_at(spans, at)) for (kind_, value), spans in derived.grants.items() if kind_ == name)
    return {value: span[0] for value, span in found if span}


def _level_since(derived: Derived, at: int) -> int | None:
    return max((turn for turn, _ in derived.levels if turn <= at), default=None)
