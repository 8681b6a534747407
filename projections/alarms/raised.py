"""What used to come and stopped: a source, a kind of fact, a value that rules ask for, a metric, a rule.

Functions of what was heard of a community, of its members' timelines and of its charters, up to a day. Silence is
judged by `projections.silence`: against how it used to come, by the calendar and by what went on meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.alarms.listened import Listened, declared_by
from projections.alarms.of_rules import dead_rules
from projections.alarms.of_sources import silent_sources, unheard
from projections.fold.heard import DAY
from projections.views.worker import charters_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger import Book
    from projections.alarms.alarm import Alarm
    from projections.charters.charter import Charter
    from projections.fold.heard import Heard
    from projections.fold.holds import Derived
    from projections.views.views import Views


def alarms(
    heard: Heard, members: Sequence[Derived], charters: Sequence[Charter], tokens: Mapping[str, str], at: int
) -> list[Alarm]:
    """Return the alarms that stand at the instant (µs), those of rules last, each kind with the newest first.

    `tokens`: the token of each `uri` among the sources of the charter in force, the last of `charters`.
    """
    charter = charters[-1]
    return _raised(Listened(heard, charter, declared_by(charter, tokens), at // DAY), members, charters)


def _raised(known: Listened, members: Sequence[Derived], charters: Sequence[Charter]) -> list[Alarm]:
    found = [*silent_sources(known), *unheard(known, charters), *dead_rules(known, members, charters)]
    return sorted(found, key=lambda alarm: (alarm.alarm == "dead-rule", -alarm.since, alarm.alarm, alarm.of))


def alarms_of(book: Book, views: Views, community: str, *, at: int) -> list[Alarm]:
    """Return the alarms of a community that stand at the instant (µs), by what is counted now."""
    known, charters = listened_of(book, views, community, at=at)
    return _raised(known, [row.derived for row in views.members(community)], charters)


def listened_of(book: Book, views: Views, community: str, *, at: int) -> tuple[Listened, Sequence[Charter]]:
    """Return what was heard of a community up to the instant (µs), by what is counted now, and its charters."""
    charters = charters_of(book, community)
    uris = [one["uri"] for one in charters[-1].document.get("sources", ()) if "uri" in one]
    tokens = {uri: str(book.token(community, uri)) for uri in uris}
    heard = views.at(community).heard(community, 0)
    return Listened(heard, charters[-1], declared_by(charters[-1], tokens), at // DAY), charters
