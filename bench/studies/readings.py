"""What the engine reads of every member, taken once; candidate rules are then held against that.

A candidate is a rule of the rule language and is judged by the engine's own functions (`projections.rules`), only
that a measure is read once for all candidates. Whichever rule is chosen is run through the whole engine as well,
and must come out the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.charter import parse_charter
from projections.fold.rules import Reading, asking, leaf_met, read
from projections.fold.spans import Spans, Steps, lengthened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from projections.charters.language import Leaf, Rule
    from projections.fold.people import Account
    from projections.fold.standing import Community

ROLE = "maintainer"
GRANT = ("eligible", ROLE)


def rule_of(*conditions: Mapping[str, Any], grace: str = "90d", **groups: Any) -> Rule:  # noqa: ANN401  JSON
    """Return the rule that calls a member ready when all the conditions, and the groups, are met."""
    rule: dict[str, Any] = {
        "rule": "ready",
        "version": 1,
        "grants": {"eligible": ROLE},
        "on_lapse": {"after": grace, "then": "revoke"},
        **({"all": list(conditions)} if conditions else {}),
        **groups,
    }
    document = {"charter": 1, "name": "A candidate", "leader_roles": [{"role": ROLE, "name": ROLE}], "rules": [rule]}
    return parse_charter(document).rules[0]


class Readings:
    """Measures of the members of one community."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self.members = [member for member, derived in community.derived.items() if derived.first is not None]
        self._read: dict[tuple[object, ...], dict[Account, Reading]] = {}
        self._met: dict[tuple[object, ...], dict[Account, Spans]] = {}

    def take(self, leaves: Iterable[Leaf], told: Callable[[], None] | None = None) -> None:
        """Read what these leaves measure of every member, unless it was read. `told` hears of each member."""
        new = {leaf.subject: leaf for leaf in leaves if leaf.measure != "tenure" and leaf.subject not in self._read}
        for subject in new:
            self._read[subject] = {}
        for member in self.members if new else ():
            ground = self.community.ground(member)
            for subject, leaf in new.items():
                reading = read(leaf, ground)
                if reading.steps:
                    self._read[subject][member] = Reading(reading.steps, [])
            if told:
                told()

    def steps(self, leaf: Leaf) -> dict[Account, Steps]:
        """Return what a leaf measures over time, of those of whom it measures anything."""
        self.take([leaf])
        return {member: reading.steps for member, reading in self._read[leaf.subject].items()}

    def ready(self, rule: Rule) -> dict[Account, Spans]:
        """Return when a rule's grant would hold, for whom it ever would."""
        self.take(leaf for leaf in rule.leaves if leaf.measure not in ("holds", "share"))
        met = asking(rule.root, self._answer)
        held = ((member, lengthened(met(member), rule.grace or 0)) for member in self.members)
        return {member: spans for member, spans in held if spans}

    def _answer(self, leaf: Leaf) -> Callable[[Account], Spans]:
        if leaf.measure == "tenure":
            return lambda member: leaf_met(leaf, read(leaf, self.community.ground(member)))
        readings, nothing = self._read[leaf.subject], Reading([], [])
        known = self._met.setdefault((leaf.subject, leaf.at_least, leaf.at_most), {})

        def answer(member: Account) -> Spans:
            if member not in known:
                known[member] = leaf_met(leaf, readings.get(member, nothing))
            return known[member]

        return answer


def granted(community: Community) -> dict[Account, Spans]:
    """Return when each member was ready by the engine itself, under the community's own charter."""
    held = ((member, derived.grants.get(GRANT, [])) for member, derived in community.derived.items())
    return {member: spans for member, spans in held if spans}
