"""Who could stand in the light: whose work was endorsed, who did many kinds of things, who was cheered for.

Counted by people and by kinds, never by volume: ten likes of one peer are one peer.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from projections.fold.calendar import days, period_of
from projections.spotlights.turns import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from projections.fold.people import Account
    from projections.spotlights.happened import Happened, Voice

    Member = Callable[[str], Account | None]

Candidates = dict[int, list[Candidate]]
"""Who could stand in the light, by period."""

LEAST_PEERS: Final = 2
"""From so many distinct peers on a work stands out."""
LEAST_KINDS: Final = 2
"""From so many kinds of doing on a member is among the most engaged."""
MOST_CHEERS: Final = 3
"""So many cheers of one member count in a period, the first; and one for each whom she cheers for."""


class Scene:
    """What contests are about: what happened, who is a member now, and the community's calendar. All by `at` (µs)."""

    def __init__(self, happened: Happened, member: Member, zone: tzinfo, per: str, at: int) -> None:
        self.happened = happened
        self.member = member
        self.at = at
        day = days(zone)
        self.day = day
        self._per = per
        self._rings: dict[Account, set[int]] = {}
        for number, accounts in enumerate(happened.rings()):
            for account in accounts:
                self._rings.setdefault(member(account) or account, set()).add(number)

    def period(self, at: int) -> int:
        """Return the period of the community's calendar that an instant lies in."""
        return period_of(self.day(at), self._per)

    def counts(self, voice: Voice, whom: Account) -> bool:
        """Return whether a voice speaks well of somebody else, stands, and is not within a ring."""
        if voice.strength == "objection" or voice.at > self.at or not self.happened.stands(voice.stream):
            return False
        by = self.member(voice.by) or voice.by
        return by != whom and not self._rings.get(by, set()) & self._rings.get(whom, set())


def endorsed(scene: Scene) -> Candidates:
    """Return, by period, the authors of works that distinct peers endorsed in it.

    `what` is the item's token; the first of the facts is the work, the others are the endorsements.
    """
    happened, taken = scene.happened, scene.happened.taken()
    peers: defaultdict[tuple[int, str], dict[Account, Voice]] = defaultdict(dict)
    for voice in list(happened.voices):
        author = happened.authors.get(voice.item or "")
        whom = scene.member(author[2]) if author else None
        if author and whom and voice.item not in taken and happened.stands(author[1]) and scene.counts(voice, whom):
            by = scene.member(voice.by) or voice.by
            peers[scene.period(voice.at), voice.item or ""].setdefault(by, voice)
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    for (period, item), voices in peers.items():
        at, stream, who, position = happened.authors[item]
        whom = scene.member(who)
        if whom and len(voices) >= LEAST_PEERS:
            facts = (position, *sorted(voice.position for voice in voices.values()))
            found[period].append(Candidate(whom, (len(voices),), (at, stream), item, facts))
    return found


def engaged(scene: Scene) -> Candidates:
    """Return, by period, who did several kinds of things in it: how many kinds, on how many days."""
    kinds: defaultdict[tuple[int, Account], dict[str, int]] = defaultdict(dict)
    spent: defaultdict[tuple[int, Account], set[int]] = defaultdict(set)
    first: dict[tuple[int, Account], tuple[int, str]] = {}
    for act in list(scene.happened.acts):
        who = scene.member(act.who)
        if who is None or act.at > scene.at or not scene.happened.stands(act.stream):
            continue
        key = scene.period(act.at), who
        kinds[key].setdefault(act.what, act.position)
        spent[key].add(scene.day(act.at))
        first[key] = min(first.get(key, (act.at, act.stream)), (act.at, act.stream))
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    for (period, who), done in kinds.items():
        if len(done) >= LEAST_KINDS:
            weight = len(done), len(spent[period, who])
            what = " ".join(sorted(done))
            facts = tuple(sorted(done.values()))
            found[period].append(Candidate(who, weight, first[period, who], what, facts))
    return found


def cheered(scene: Scene) -> Candidates:
    """Return, by period, for whom others cheered: what was said of the person, and not of a work."""
    given: defaultdict[tuple[int, Account], dict[Account, Voice]] = defaultdict(dict)
    for voice in sorted(scene.happened.voices, key=lambda one: (one.at, one.stream)):
        whom = scene.member(voice.whom) if voice.whom and voice.item is None else None
        if whom is None or not scene.counts(voice, whom):
            continue
        mine = given[scene.period(voice.at), scene.member(voice.by) or voice.by]
        if len(mine) < MOST_CHEERS:
            mine.setdefault(whom, voice)
    got: defaultdict[tuple[int, Account], list[Voice]] = defaultdict(list)
    for (period, _), whoms in given.items():
        for whom, voice in whoms.items():
            got[period, whom].append(voice)
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    for (period, whom), voices in got.items():
        tie = min((voice.at, voice.stream) for voice in voices)
        facts = tuple(sorted(voice.position for voice in voices))
        found[period].append(Candidate(whom, (len(voices),), tie, "", facts))
    return found
