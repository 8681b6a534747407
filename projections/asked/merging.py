"""What a link of two accounts, or its end, would make of the people concerned. Nothing is recorded.

Their own standing is derived as if the link had always been known; everybody else stands as they do. Whom they
endorsed may stand elsewhere afterwards too: that shows when it is done, and can be undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import Fact
from projections.fold.spans import span_at, value_at
from projections.fold.subjects import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from projections.asked.read import Standings
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.standing import Community

_LATER = 2**60  # positions behind every one there is


class Person(NamedTuple):
    """Somebody as she stands, or would: which accounts she has, her level and badges, what she did."""

    accounts: tuple[Account, ...]
    level: int
    badges: tuple[str, ...]
    acts: int
    first: int | None
    last: int | None


class Effect(NamedTuple):
    """Who the people are, and who they would be; `own`: endorsements that would count no more, being her own."""

    before: tuple[Person, ...]
    after: tuple[Person, ...]
    own: int


def effect(standings: Standings, community: str, changes: Sequence[tuple[Account, Account, str]], *, at: int) -> Effect:
    """Return what changes of links (account, account, `linked` or `unlinked`) would do. Raises `UnknownMemberError`."""
    accounts = list(dict.fromkeys(account for one, other, _ in changes for account in (one, other)))
    state = standings.apart(community, accounts)
    concerned = {each for account in accounts for each in state.history.people.companions(account)}
    before = {root: state.derived[root] for root in _roots(state, concerned)}
    people, own = _people(state, before, at), _owned(state, before)
    state.add(_facts(community, changes, at))
    after = _derived(state, _roots(state, concerned))
    return Effect(people, _people(state, after, at), _owned(state, after) - own)


def _roots(state: Community, accounts: Iterable[Account]) -> list[Account]:
    return sorted({state.history.people.root(account) for account in accounts})


def _people(state: Community, derived: Mapping[Account, Derived], at: int) -> tuple[Person, ...]:
    return tuple(_person(state.history.people.accounts(root), one, at) for root, one in derived.items())


def _derived(state: Community, roots: Sequence[Account]) -> dict[Account, Derived]:
    """Derive these people until nothing moves: they may have endorsed each other. It ends, as in `Community.settle`."""
    before: dict[Account, Derived] = {}
    while (after := {root: state.alone(root) for root in roots}) != before and len(roots) > 1:
        state.derived.update(after)
        before = after
    return after


def _person(accounts: tuple[Account, ...], derived: Derived, at: int) -> Person:
    held = [value for (name, value), spans in derived.grants.items() if name == "badge" and span_at(spans, at)]
    level = value_at(derived.levels, at)
    return Person(accounts, level, tuple(sorted(held)), derived.acts, derived.first, derived.last)


def _owned(state: Community, members: Iterable[Account]) -> int:
    """Return how many endorsements do not count because who gave them is who they were given to."""
    history = state.history
    root = history.people.root
    return sum(
        kind(fact) == "endorsement"
        and history.stands(fact)
        and root(fact.open["endorser"]) == member == history.endorsed(fact)
        for member in members
        for fact in history.of(member)
    )


def _facts(community: str, changes: Sequence[tuple[Account, Account, str]], at: int) -> list[Fact]:
    opened: dict[str, Any] = {"v": 1, "time": at, "method": "admin"}
    return [
        Fact(
            position=_LATER + number,
            stream=f"~{number}",
            version=1,
            topic="identity.v1",
            community=community,
            recorded=at,
            time=max(at, _LATER),  # the last word on each pair
            open={**opened, "member": one, "account": other, "change": change},
        )
        for number, (one, other, change) in enumerate(changes)
    ]
