"""Who stands where: the fold of a community's facts under its charter.

Incremental must equal replay: a member is derived from her facts and from who her endorsers were at the
time; where her own level moved, those she endorsed since are derived again, until nothing moves. It ends,
because a level rests only on what is strictly earlier.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from projections.charter import in_force
from projections.history import Account, History, kind
from projections.language import asks_for
from projections.rules import Ground, Held, met
from projections.spans import (
    DAWN,
    DOOM,
    Spans,
    Steps,
    both,
    differing,
    either,
    lengthened,
    span_at,
    value_at,
)
from projections.units import Stamp, Units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger import Fact
    from projections.charter import Charter
    from projections.language import Grant, Leaf, Rule

_OF_A_SESSION = ("series", "mode", "setting", "format")
_ENDORSER = ("endorser_level", "endorser_role", "endorser_affiliation")


class Derived(NamedTuple):
    """A member's timelines: when each rule was met, when each grant held, her level and affiliation over time.

    Of a rule whose grant is kept only the first instant matters, and its span runs on from there.
    """

    rules: dict[str, Spans]
    grants: dict[Grant, Spans]
    levels: Steps
    affiliations: list[tuple[int, str]]
    first: int | None  # when she joined, or first acted (µs)
    last: int | None  # her last act so far
    acts: int

    def stamp(self, at: int) -> Stamp:
        """Return who she was at the instant (µs)."""
        roles = (value for (name, value), spans in self.grants.items() if name == "role" and span_at(spans, at))
        place = bisect_right(self.affiliations, (at, chr(0x10FFFF)))
        affiliation = self.affiliations[place - 1][1] if place else None
        return Stamp(value_at(self.levels, at), tuple(sorted(roles)), affiliation)


NOBODY = Derived({}, {}, [], [], None, None, 0)


class Community:
    """The fold of one community. `derived` holds every member's timelines once `settle` has run."""

    def __init__(self, charters: Sequence[Charter], history: History | None = None) -> None:
        self.history = History() if history is None else history
        self.charter = charters[-1]
        self.derived: dict[Account, Derived] = {}
        self._laws = in_force(charters)
        leaves = [leaf for law in self._laws for leaf in law.rule.leaves]
        self._by_endorser = any(test.field in _ENDORSER for leaf in leaves for test in leaf.where) or any(
            leaf.field in _ENDORSER for leaf in leaves
        )
        self._by_share = {leaf.fact for leaf in leaves if leaf.measure == "share"}
        self._held: dict[str, list[Held]] = {}
        self._open: dict[Account, int] = {}  # whose member is to be derived again, and from when on (µs)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in; `settle` draws the consequences."""
        for fact in facts:
            touched, since = self.history.add(fact)
            self._reopen(touched, since)
            name = kind(fact)
            if name in self._by_share or (self._by_share and name == "retraction"):
                self.reopen()
            if touched and name in ("identity", "retraction"):
                self._reopen(self._voices(touched), since)

    def settle(self) -> tuple[set[Account], set[Account]]:
        """Derive whoever is concerned; return the members that were derived, and the accounts no longer members."""
        root = self.history.root
        gone = {account for account in self._open if root(account) != account}
        for account in gone:
            self.derived.pop(account, None)
        self._held.clear()
        settled: set[Account] = set()
        while self._open:
            pending: dict[Account, int] = {}
            for account, since in self._open.items():
                pending[root(account)] = min(since, pending.get(root(account), DOOM))
            self._open = {}
            settled |= pending.keys()
            for member, since in sorted(pending.items()):
                self._derive_again(member, since)
        return settled, gone

    @property
    def shared(self) -> set[str]:
        """The kinds of fact (attendance, response) of which some rule asks a share."""
        return self._by_share

    def reopen(self) -> None:
        """Let the next `settle` derive everyone: the charter is another."""
        self._reopen(self.history.filed, DAWN)

    def _reopen(self, accounts: Iterable[Account], since: int) -> None:
        for account in accounts:
            self._open[account] = min(since, self._open.get(account, DOOM))

    def restore(self, derived: Mapping[Account, Derived], held: Mapping[str, list[Held]] | None = None) -> None:
        """Take timelines that were derived before, so that `settle` need only draw what is new.

        With `held`, what the whole community held too: then a few members' facts are enough to explain them.
        """
        self.derived.update(derived)
        self._held.update(held or {})
        self._open.clear()

    def derive(self, member: Account, since: int = DAWN) -> Derived:
        """Return the member's timelines from what is known. Up to `since` (µs) they are as they were derived before.

        A rule whose grant is kept and was met before then is not even looked at again.
        """
        before = self.derived.get(member, NOBODY)
        units = Units(self.history, member, self._stamp)
        grants = _assigned(units)
        ground = self._ground(units, grants, since)
        rules: dict[str, Spans] = {}
        for law in self._laws:
            spans = before.rules.get(law.key, [])
            if law.rule.grace is not None or not spans or spans[0][0] >= since:
                anew = both(met(law.rule.root, ground), law.spans)
                spans = _spliced(spans, anew, since)
            if law.rule.grace is None:
                spans = [(spans[0][0], DOOM)] if spans else []
            rules[law.key] = spans
            held = _held(law.rule, spans, law.spans)
            grants[law.rule.grants] = either(grants.get(law.rule.grants, []), held)
        acts, joined, members = units.of("activity"), units.since(), units.of("membership")
        return Derived(
            rules,
            grants,
            _levels(grants),
            [(unit.start, unit.fields["affiliation"]) for unit in members if "affiliation" in unit.fields],
            joined[0] if joined else None,
            max((unit.dated for unit in acts), default=None),
            len(acts),
        )

    def ground(self, member: Account) -> Ground:
        """Return what the member's rules are held against, all grants derived: to explain them."""
        return self._ground(Units(self.history, member, self._stamp), self.derived.get(member, NOBODY).grants)

    def _ground(self, units: Units, grants: dict[Grant, Spans], since: int = DAWN) -> Ground:
        return Ground(units, lambda leaf: _granted(grants, leaf), self.held, self.charter.zone, since, {})

    def _stamp(self, endorser: Account, at: int) -> Stamp:
        """Who the endorser was, by facts strictly earlier than the endorsement."""
        return self.derived.get(endorser, NOBODY).stamp(at - 1)

    def _derive_again(self, member: Account, since: int) -> None:
        """Derive a member; open those whom she endorsed while she was somebody else than we thought."""
        before = self.derived.get(member, NOBODY)
        after = self.derived[member] = self.derive(member, since)
        moved = _moved(before, after) if self._by_endorser else []
        if moved:
            for fact in self._given(member):
                if span_at(moved, fact.time - 1):
                    self._reopen(self._whom(fact), fact.time)

    def _given(self, member: Account) -> Iterable[Fact]:
        mine = self.history.accounts(member)
        for fact in self.history.of(member):
            if kind(fact) == "endorsement" and fact.open["endorser"] in mine:
                yield fact

    def _whom(self, fact: Fact) -> set[Account]:
        if "endorsee" in fact.open:
            return {Account(fact.open["endorsee"])}
        author = self.history.author(fact.open.get("item", ""))
        return set() if author is None else {author}

    def _voices(self, touched: set[Account]) -> set[Account]:
        """Those who endorsed these accounts or were endorsed by them: whose voice is whose has changed."""
        members = {self.history.root(account) for account in touched}
        facts = (fact for member in members for fact in self.history.of(member) if kind(fact) == "endorsement")
        return {account for fact in facts for account in (Account(fact.open["endorser"]), *self._whom(fact))}

    def held(self, fact: str) -> list[Held]:
        """Return the sessions (`attendance`) or instruments (`response`) the community held: what a share is of."""
        if fact not in self._held:
            self._held[fact] = _sessions(self.history) if fact == "attendance" else _instruments(self.history)
        return self._held[fact]


def _spliced(before: Spans, after: Spans, since: int) -> Spans:
    """Return what held before an instant, and from there on what is held now."""
    if since <= DAWN:
        return after
    return either(both(before, [(DAWN, since)]), both(after, [(since, DOOM)]))


def _moved(before: Derived, after: Derived) -> Spans:
    """When a member was somebody else than before: another level, role or affiliation."""
    grants = {grant for grant in {*before.grants, *after.grants} if grant[0] == "role"}
    turned = [_apart(before.grants.get(grant, []), after.grants.get(grant, [])) for grant in grants]
    if before.affiliations != after.affiliations:
        turned.append([(-DOOM, DOOM)])
    return either(differing(before.levels, after.levels), *turned)


def _apart(left: Spans, right: Spans) -> Spans:
    as_steps = [[turn for start, end in spans for turn in ((start, 1), (end, 0))] for spans in (left, right)]
    return differing(*as_steps) if left != right else []


def _held(rule: Rule, spans: Spans, force: Spans) -> Spans:
    """Return when the grant holds: for good once earned, or as long as the rule is met and its grace lasts."""
    if not spans:
        return []
    held = spans if rule.grace is None else lengthened(spans, rule.grace)
    return both(held, force) if rule.retest else held


def _levels(grants: dict[Grant, Spans]) -> Steps:
    """Return the highest level held over time."""
    ladder = sorted((int(value), spans) for (name, value), spans in grants.items() if name == "level")
    turns = sorted({turn for _, spans in ladder for span in spans for turn in span if turn < DOOM})
    steps: Steps = []
    for turn in turns:
        level = max((level for level, spans in ladder if span_at(spans, turn)), default=0)
        if not steps or steps[-1][1] != level:
            steps.append((turn, level))
    return steps


def _granted(grants: dict[Grant, Spans], leaf: Leaf) -> Spans:
    return either(*(spans for grant, spans in grants.items() if asks_for(leaf, grant)))


def _assigned(units: Units) -> dict[Grant, Spans]:
    """Return the roles and cohorts that were given by hand, from start or renewal to end or end of term."""
    spans: dict[Grant, Spans] = {}
    for unit in units.of("assignment"):
        fields = unit.fields
        if fields["kind"] not in ("role", "cohort"):
            continue
        grant = (str(fields["kind"]), str(fields["value"]))
        known = spans.get(grant, [])
        if fields["change"] in ("started", "renewed"):
            period = fields.get("period", {})
            start, end = period.get("start", unit.start), period.get("end", DOOM)
            spans[grant] = either(known, [(start, end)]) if start < end else known
        elif fields["change"] == "ended":
            spans[grant] = both(known, [(-DOOM, unit.start)])
    return spans


def _sessions(history: History) -> list[Held]:
    held = []
    for session, known in history.sessions.items():
        at = history.held(session)
        if at is not None:
            facts = sorted(filter(history.stands, known.facts), key=lambda fact: (fact.time, fact.stream), reverse=True)
            fields = {name: fact.open[name] for fact in facts for name in _OF_A_SESSION if name in fact.open}
            held.append(Held(at, session, fields))
    return held


def _instruments(history: History) -> list[Held]:
    held = []
    for instrument, facts in history.instruments.items():
        times = [fact.time for fact in facts if history.stands(fact)]
        if times:
            held.append(Held(min(times), instrument, {"instrument": instrument}))
    return held
