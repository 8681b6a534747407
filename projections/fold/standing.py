"""Who stands where: the fold of a community's facts under its charter.

Incremental must equal replay: a member is derived from her facts and from who her endorsers were at the
time; where her own level moved, those she endorsed since are derived again, until nothing moves. It ends,
because a level rests only on what is strictly earlier.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from projections.fold.asking import STAMPS, Plan, View
from projections.fold.bearing import groups, works_spoken_of
from projections.fold.force import in_force
from projections.fold.gathering import Gathering
from projections.fold.history import History
from projections.fold.holds import NOBODY, Derived, assigned, held_by_rule, levels
from projections.fold.rules import Ground
from projections.fold.spans import DAWN, DOOM, Spans, both, differing, either, span_at, spliced
from projections.fold.subjects import ERASED, EVERYTHING, NOTHING, OWN, voice
from projections.fold.tallies import Kept, Tallies
from projections.fold.terms import by_hand
from projections.fold.units import Counting
from projections.fold.whole import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence

    from ledger import Fact
    from projections.charters.charter import Charter
    from projections.charters.language import Grant
    from projections.fold.people import Account
    from projections.fold.rules import Held
    from projections.fold.shelves import Shelf
    from projections.fold.subjects import Group

JITTER = 30 * 86_400_000_000  # µs by which facts may well come out of the order of time


class _Turn:
    """What is to be done about one member: from when on (µs), and in which groups of facts."""

    __slots__ = ("groups", "since")

    def __init__(self) -> None:
        self.since = DOOM
        self.groups: dict[Group, None] = {}


class Community:
    """The fold of one community. `derived` holds every member's timelines once `settle` has run."""

    def __init__(self, charters: Sequence[Charter], history: History | None = None, *, whole: bool = False) -> None:
        """With `whole`, all that rules count is kept in memory, so that another charter can be tried (`under`)."""
        self.history = History() if history is None else history
        self.charter = charters[-1]
        self._whole = whole
        self.derived: MutableMapping[Account, Derived]
        self.derived = {} if whole else self.history.shelves.shelf("derived", Derived)
        self._plan = Plan(in_force(charters), self.charter.zone)
        self._gathering = Gathering(self.history, self._plan.shares)
        self._until: dict[Account, int] = {}  # when the last of what she took a share in ceases to count (µs)
        self._retold = 0  # facts that were counted anew
        self._grounds: dict[Account, Ground] = {}
        self._quiet = DAWN  # before which (µs) facts rarely come any more
        self._tallies: MutableMapping[Account, Tallies] = {} if whole else _tallies_of(self._plan, self.history)

    def under(self, charters: Sequence[Charter]) -> Community:
        """Return the same community under other charters. What both count alike is not counted again.

        This one must be settled, and `whole`; what it holds stays as it is.
        """
        other = Community(charters, self.history, whole=True)
        other._adopt(self)
        return other

    def _adopt(self, known: Community) -> None:
        plan = self._plan
        self._gathering.restore(None)
        numbers = plan.slots_in(known._plan)
        missing = [number for number, old in enumerate(numbers) if old is None]
        rest = plan.only(missing) if missing else None
        self.derived.update(known.derived)  # all of them first: who an endorser was is looked up here
        for member in known.derived:
            counting = Counting(self.history, member, self._stamp)
            tallies = known._tallies[member].under(plan, numbers) if known._plan.notes(plan) else None
            if tallies is None:
                tallies = self._tallied(member, counting, plan, trims=False)
            elif rest:
                counted = self._tallied(member, counting, rest, trims=False)
                for number in missing:
                    tallies.slots[number] = counted.slots[number]
            self._tallies[member] = tallies
        self.history.touched += [(member, DAWN, NOTHING) for member in known.derived]
        self.settle()

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in; `settle` draws the consequences. Of those that are our own only who was erased matters."""
        self._grounds.clear()
        taken = 0
        for fact in facts:
            if not fact.topic.startswith(OWN):
                self.history.add(fact)
                taken += 1
            elif fact.topic == ERASED:
                self.history.erased.update(fact.open["accounts"])
        self.history.shelves.took(taken)

    def settle(self, told: Callable[[], None] | None = None) -> tuple[set[Account], set[Account]]:
        """Derive whoever is concerned; return the members that were derived, and the accounts no longer members.

        `told` hears of each member.
        """
        history = self.history
        since = self._gathering.renew()
        if since < DOOM:
            history.touched += [(member, since, NOTHING) for member in self.derived if self._shares(member, since)]
        gone = {account for account, _, _ in history.touched if history.people.root(account) != account}
        for account in gone:
            self.derived.pop(account, None)
            self._tallies.pop(account, None)
        self._quiet = min((since for _, since, _ in history.touched), default=DAWN) - JITTER
        settled: set[Account] = set()
        arrived, history.arrived = history.arrived, set()
        while history.touched:
            for member, turn in sorted(self._turns().items()):
                self._derive_again(member, turn, arrived if member not in settled else set())
                settled.add(member)
                if told:
                    told()
                history.shelves.took(self._retold)
                self._retold = 0
        return settled, gone

    def _shares(self, member: Account, since: int) -> bool:
        """Return whether what was held after an instant (µs) can matter to a member's rules.

        Who took part in nothing that still counted then has no part in what came to be held.
        """
        return self._gathering.moved or self._plan.shares_of_nothing or self._until.get(member, DOOM) > since

    def _lasting_share(self, tallies: Tallies) -> int:
        """Return when the last of what a member took a share in ceases to count (µs)."""
        taken = ((leaf, tallies.slots[self._plan.number(leaf)]) for leaf in self._plan.shares)
        return max((self._gathering.share(leaf).until(tally.entries) for leaf, tally in taken if tally), default=DAWN)

    def _turns(self) -> dict[Account, _Turn]:
        turns: dict[Account, _Turn] = {}
        touched, self.history.touched = self.history.touched, []
        roots = self.history.people.roots
        idle = self._plan.idle
        for account, since, group in touched:
            member = roots.get(account, account)
            turn = turns.get(member)
            if turn is None:
                turn = turns[member] = _Turn()
            turn.since = min(turn.since, since)
            if self._plan.compares and group[0] == "fact" and "affiliation" in self.history.facts[group[1]].open:
                turn.groups[EVERYTHING] = None  # who of her endorsers was of her own is another
            elif group[0] not in idle:
                turn.groups[group] = None
        return turns

    def taken(self) -> tuple[dict[Account, list[int]], dict[str, dict[str, Held | None]]]:
        """Return what is new since this was last asked, to be written down: what was filed, and what was held.

        Account -> positions of facts; kind of fact -> key -> what was held, or None: nothing after all.
        """
        fresh, held = dict(self.history.fresh), {fact: dict(held) for fact, held in self._gathering.changed.items()}
        self.history.fresh.clear()
        for changed in self._gathering.changed.values():
            changed.clear()
        return fresh, held

    def reopen(self, members: Iterable[Account]) -> None:
        """Let the next `settle` derive these members anew, from all their facts: the charter is another."""
        self._gathering.restore(None)
        self.history.touched += [(member, DAWN, EVERYTHING) for member in members]

    def restore(self, derived: Iterable[tuple[Account, Derived]], held: Mapping[str, list[Held]] | None = None) -> None:
        """Take timelines that were derived before, so that `settle` need only draw what is new.

        With `held`, what the whole community held too: then a few members' facts are enough to explain them.
        """
        for member, timelines in derived:
            self.derived[member] = timelines
            self.history.shelves.took(1)
        self._gathering.restore(held)
        self._grounds.clear()
        self.history.touched.clear()
        self.history.arrived.clear()

    def _derive_again(self, member: Account, turn: _Turn, arrived: set[int]) -> None:
        """Derive a member; touch those whom she endorsed while she was somebody else than we thought."""
        before = self.derived.get(member)
        tallies = self._tally(member, turn, arrived)
        after = self.derived[member] = self._derive(before, tallies, turn.since)
        if self._plan.shares:
            self._until[member] = self._lasting_share(tallies)
        moved = _moved(self._plan, before or NOBODY, after) if self._plan.stamps else []
        if moved:
            for at, position, whom in tallies.given[bisect_right(tallies.given, (moved[0][0],)) :]:
                if whom and span_at(moved, at - 1):
                    group = ("stamped", *voice(self.history.facts[position]))
                    self.history.touched.append((whom, at, group))

    def _tally(self, member: Account, turn: _Turn, arrived: set[int]) -> Tallies:
        """Return what is counted of a member, brought up to date with the groups that were touched."""
        counting = Counting(self.history, member, self._stamp)
        tallies: Tallies | None = self._tallies.get(member)
        if tallies is None and self._is_new(member, arrived):
            tallies = self._tallies[member] = Tallies(self._plan, trims=not self._whole)
        late = tallies is not None and (tallies.late or turn.since < tallies.floor)
        if tallies is not None and EVERYTHING not in turn.groups and turn.since >= tallies.floor:
            turn.groups.pop(NOTHING, None)
            if self._plan.having:
                turn.groups.update(dict.fromkeys(works_spoken_of(self.history, list(turn.groups))))
            lasting, others = counting.lasting(turn.groups, arrived, tallies.enough("endorsement"))
            tallies.put_lasting(lasting, counting.about)
            for group in dict.fromkeys(map(counting.normal, others)):
                self._count_again(tallies, counting, group, arrived)
            if not tallies.stale:
                if not self._whole:
                    tallies.forget(min(self._quiet, turn.since))
                return tallies
        tallies = self._tallied(member, counting, self._plan, trims=not self._whole)
        if tallies.stale:
            tallies = self._tallied(member, counting, self._plan, trims=False)
        tallies.late = late
        self._tallies[member] = tallies
        return tallies

    def _is_new(self, member: Account, arrived: set[int]) -> bool:
        """Return whether all that is known of a member has just arrived."""
        first = self.history.filed.get(member, (0,))[0]  # the others came later
        return first in arrived and self.history.people.accounts(member) == (member,)

    def _tallied(self, member: Account, counting: Counting, plan: Plan, *, trims: bool) -> Tallies:
        """Return what a plan counts of a member, from all her facts."""
        tallies = Tallies(plan, trims=trims)
        history = self.history
        facts = history.of(member)
        self._retold += len(facts)
        found = (group for fact in facts for group in groups(history, fact, member))
        wanted = dict.fromkeys(group for group in found if group[0] not in plan.idle)
        lasting, others = counting.lasting(wanted, history.facts)
        tallies.put_lasting(lasting, counting.about)
        for group in dict.fromkeys(map(counting.normal, others)):
            tallies.put(*counting.units(group, counting.facts(group)), counting.about)
        return tallies

    def _count_again(self, tallies: Tallies, counting: Counting, group: Group, arrived: set[int]) -> None:
        """Count a group of facts of which all but those that have just arrived were counted before."""
        facts = counting.facts(group)
        name, units = counting.units(group, facts)
        known = [fact for fact in facts if fact.position not in arrived]
        tallies.put(name, units, counting.about, known=known, stamped=bool(known) and group[0] == "stamped")

    def _derive(self, before: Derived | None, tallies: Tallies, since: int) -> Derived:
        """Return a member's timelines. Up to `since` (µs) they are as they were derived before.

        A rule whose grant is kept and was met before then is not even looked at again.
        """
        if before is None:
            before, since = NOBODY, DAWN
        told = [assigned(at, fields) for at, fields in tallies.assignments()]
        grants = by_hand(told)
        view = View(tallies, grants, since, self._gathering.share)
        rules: dict[str, Spans] = {}
        for law in self._plan.laws:
            spans = before.rules.get(law.key, [])
            if not law.kept or not spans or spans[0][0] >= since:
                spans = spliced(spans, both(law.met(view), law.force), since)
                if law.kept and spans:
                    spans = [(spans[0][0], DOOM)]
            rules[law.key] = spans
            held = held_by_rule(law, spans, view, before.rules, rules)
            known = grants.get(law.rule.grants)
            grants[law.rule.grants] = either(known, held) if known else held
        joined = tallies.since()
        return Derived(
            rules,
            grants,
            before.levels if _same_levels(before.grants, grants) else levels(grants),
            tallies.affiliations(),
            joined[0] if joined else None,
            tallies.acts[-1][0] if tallies.acts else None,
            len(tallies.acts),
            told,
        )

    def alone(self, member: Account) -> Derived:
        """Return a member's timelines as her facts make them, everybody else standing as they do; nothing is kept."""
        counting = Counting(self.history, member, self._stamp)
        tallies = self._tallied(member, counting, self._plan, trims=False)
        return self._derive(None, tallies, DAWN)

    def ground(self, member: Account) -> Ground:
        """Return what the member's rules are held against, all grants derived: to explain them.

        It is kept until more is taken in, so that the next question about her is a quick one.
        """
        known = self._grounds.get(member)
        if known is None:
            known = self._grounds[member] = self._ground(member)
        return known

    def _ground(self, member: Account) -> Ground:
        grants = self.derived.get(member, NOBODY).grants
        units = Units(self.history, member, lambda told, by, at: self._stamp(told, by, at, STAMPS))
        return Ground(units, grants, self.held, self.charter.zone, {})

    def _stamp(self, told: dict[str, Any], endorser: Account, at: int, fields: Iterable[str] | None = None) -> None:
        """Write who the endorser was into an endorsement, by facts strictly earlier than it."""
        fields = self._plan.stamps if fields is None else fields
        spoke = self.derived.get(endorser, NOBODY)
        spoke.stamp(told, at - 1, fields)
        if "endorser_from" in fields:
            both_of = (spoke.affiliation(at - 1), self.history.affiliation(told["endorsee"], at - 1))
            told["endorser_from"] = "unknown" if None in both_of else "same" if both_of[0] == both_of[1] else "other"

    def held(self, fact: str) -> list[Held]:
        """Return the sessions (`attendance`) or instruments (`response`) the community held: what a share is of."""
        return self._gathering.held(fact)


def _tallies_of(plan: Plan, history: History) -> Shelf[Account, Tallies]:
    return history.shelves.shelf("tallies", Kept, dump=Tallies.kept, load=lambda kept: Tallies(plan, kept))


def _moved(plan: Plan, before: Derived, after: Derived) -> Spans:
    """When a member was, to those she endorsed, somebody else than before: another level, role or affiliation."""
    turned: list[Spans] = []
    if before.levels != after.levels:
        grades = [[(at, plan.grade(level)) for at, level in ((DAWN, 0), *one.levels)] for one in (before, after)]
        turned.append(differing(*grades))
    if "endorser_role" in plan.stamps and before.grants != after.grants:
        roles = {grant for grant in {*before.grants, *after.grants} if grant[0] == "role"}
        turned += [_apart(before.grants.get(role, []), after.grants.get(role, [])) for role in roles]
    if {"endorser_affiliation", "endorser_from"} & set(plan.stamps) and before.affiliations != after.affiliations:
        turned.append([(-DOOM, DOOM)])
    return either(*turned)


def _apart(left: Spans, right: Spans) -> Spans:
    as_steps = [[turn for start, end in spans for turn in ((start, 1), (end, 0))] for spans in (left, right)]
    return differing(*as_steps)


def _same_levels(before: dict[Grant, Spans], after: dict[Grant, Spans]) -> bool:
    if before == after:
        return True
    levels = [{grant: spans for grant, spans in grants.items() if grant[0] == "level"} for grants in (before, after)]
    return levels[0] == levels[1]
