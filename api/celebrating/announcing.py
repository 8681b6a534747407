"""Finding what is new and is to be told, and putting it into the outbox: once for each channel that wants it.

It follows the standings with a cursor of its own in every community that has a channel or a mailbox. What happened
before a channel began is not sent on it, nor what was recorded long after it happened; while a community is quiet,
nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.celebrating.events import USUAL
from api.celebrating.hours import next_hour
from ledger import LedgerError, LedgerUnavailableError, New, NotMigratedError, system_clock
from projections import LATE, PERIODS, Account, ProjectionError, begins, period_at
from schemas import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from api.installation import Installation
    from ledger import Channel, Fact, Mailbox
    from projections import Charter, MemberRow

PAUSE: Final = 1.0  # seconds between two looks
LOOK_AT_ALL: Final = 3_600_000_000  # µs after which everybody is looked at: time alone may have brought something
TOGETHER: Final = 2_000  # facts read at once
DAY: Final = 86_400_000_000  # µs
TERM_ENDS: Final = 14 * DAY
ALL: Final = "*"
"""The channel of what goes to a member's mailbox is this and her account."""
NOBODY: Final = ""
"""The group that no channel can want."""
_ISSUED = "award.issued.v1"


class Found(NamedTuple):
    """Something to tell: `at` when it happened (µs), `key` what it is, `what` as the outbox keeps it."""

    group: str
    at: int
    key: str
    what: Mapping[str, Any]
    who: str | None = None  # the account of whom it is about, to whom it goes as well


class Announcer:
    """Puts into the outbox what is to be told, of one shard's communities."""

    def __init__(self, here: Installation, shard: int = 0, *, clock: Callable[[], int] | None = None) -> None:
        self._here = here
        self._shard = shard
        self._clock = clock or system_clock
        self.left_out: dict[str, str] = {}

    def run_once(self) -> int:
        """Look at every community that has somebody to tell; return how many things were found."""
        return sum(self._looked(community) for community in self._here.book.channels.having(self._shard))

    def _looked(self, community: str) -> int:
        try:
            found = self.look(community)
        except (LedgerUnavailableError, NotMigratedError):
            raise
        except (LedgerError, ProjectionError) as error:
            self.left_out[community] = str(error)
            return 0
        self.left_out.pop(community, None)
        return found

    def look(self, community: str) -> int:
        """Put into the outbox what is new in a community; return how many things that were."""
        here, now = self._here, self._clock()
        told = here.book.outbox.announced(community)
        upto = here.standings.position(community)
        if told is None or not told.looked:
            here.book.outbox.announce(community, upto, now, ())
            return 0
        everybody = now - told.looked >= LOOK_AT_ALL
        if upto <= told.position and not everybody:
            return 0
        upto = min(upto, told.position + TOGETHER)
        finding = _Finding(here, community, told.position, upto, now)
        found = [] if told.quiet > now else list(finding.all(everybody=everybody, since=told.looked))
        new = [one for each in found for one in self._new(community, each, now)]
        if any(each.group == "week" for each in found):
            new += self._weeks(community, now)
        here.book.outbox.announce(community, upto, now if everybody else told.looked, new)
        return len(found)

    def _new(self, community: str, found: Found, now: int) -> Iterator[New]:
        """Yield what is to be sent of something found: on which channels, to whose mailbox."""
        book = self._here.book
        if found.at < now - LATE or found.at > now:
            return
        for channel in book.channels.of(community):
            if channel.state in {"on", "paused"} and found.at >= channel.since and wants(channel, found.group):
                yield New(channel.id, found.key, found.what, 0)
        box = self._mailbox(community, found.who) if found.who else None
        if box is not None and found.at >= box.since:
            due = next_hour(now, self._here.standings.charter(community).zone)
            yield New(f"{ALL}{box.account}", found.key, found.what, due)

    def _weeks(self, community: str, now: int) -> Iterator[New]:
        """Yield her own week for everybody who wants mail."""
        zone = self._here.standings.charter(community).zone
        began = begins(period_at(now, "week", zone), "week", zone)
        for box in self._here.book.mailboxes.of(community):
            if box.state == "on" and box.since <= began:
                what = {"kind": "digest", "at": began - 1, "who": box.account}
                yield New(f"{ALL}{box.account}", f"digest:{began}", what, next_hour(now, zone))

    def _mailbox(self, community: str, account: str) -> Mailbox | None:
        """Return where a member wants her mail, of whichever of her accounts, unless she is left alone."""
        row = self._here.views.member(community, Account(account))
        accounts = row.accounts if row else ()
        boxes = {box.account: box for box in self._here.book.mailboxes.of(community) if box.state == "on"}
        found = next((boxes[each] for each in accounts if each in boxes), None)
        if found is None or self._here.spotlights.left_alone(community, account, self._clock()):
            return None
        return found


def wants(channel: Channel, group: str) -> bool:
    """Return whether a channel wants what is of a group."""
    return group == "test" or group in channel.told.get("events", USUAL)


class _Finding:
    """What is new in a community between two positions."""

    def __init__(self, here: Installation, community: str, after: int, upto: int, now: int) -> None:
        self._here = here
        self._community = community
        self._after, self._upto, self._now = after, upto, now
        self._charter: Charter = here.standings.charter(community)

    def all(self, *, everybody: bool, since: int) -> Iterator[Found]:
        """Yield all of it. `everybody`: look at each member, and at what the calendar brought since an instant (µs)."""
        facts = self._here.book.read(self._community, self._after, TOGETHER, upto=self._upto)
        views = self._here.views.at(self._community)
        rows = views.members(self._community, after=-1 if everybody else self._after)
        yield from self._awards(facts)
        yield from self._held(rows)
        yield from self._invited(rows)
        yield from self._reviews()
        if everybody:
            yield from self._periods(since)
            yield from self._terms()
            yield from self._sessions()

    def _awards(self, facts: Iterable[Fact]) -> Iterator[Found]:
        for fact in facts:
            told = fact.open
            new = fact.topic == _ISSUED and told["kind"] == "badge" and not told["renewal"]
            if new and fact.time - told["earned"] <= LATE:
                what = _moment("badge", told["earned"], told["account"], told["achievement"], [fact.position])
                yield Found("award", told["earned"], f"award:{fact.stream}", what, told["account"])

    def _held(self, rows: Iterable[MemberRow]) -> Iterator[Found]:
        """Yield the levels that members reached lately, and the roles they took or handed back."""
        for row in rows:
            who, early = row.member, self._now - LATE
            before = 0
            for at, level in row.derived.levels:
                if early <= at <= self._now and level > before:
                    what = _moment("level", at, who, str(level), [])
                    yield Found("level", at, f"level:{who}:{level}", what, who)
                before = max(before, level)
            for (kind, role), spans in row.derived.grants.items():
                for start, end in spans if kind == "role" else ():
                    for name, at in (("role-begun", start), ("role-ended", end)):
                        if early <= at <= self._now:
                            what = _moment(name, at, who, role, [])
                            yield Found("role", at, f"{name}:{who}:{role}:{at}", what, who)

    def _invited(self, rows: Iterable[MemberRow]) -> Iterator[Found]:
        """Yield who was asked to lead lately: for herself alone, so that no channel's group is named."""
        for row in rows:
            for one in row.derived.assigned:
                if one.kind == "role" and one.change == "nominated" and self._now - LATE <= one.at <= self._now:
                    what = _moment("invited", one.at, row.member, one.value, [])
                    yield Found(NOBODY, one.at, f"invited:{row.member}:{one.value}:{one.at}", what, row.member)

    def _reviews(self) -> Iterator[Found]:
        for one in self._here.reviews.of(self._community, 20):
            what = {"kind": "review", "at": self._now, "stream": one.award.stream}
            yield Found("review", self._now, f"review:{one.award.stream}:{one.ground.digest}", what)

    def _periods(self, since: int) -> Iterator[Found]:
        """Yield the periods that ended since an instant."""
        for per in PERIODS:
            number = period_at(self._now, per, self._charter.zone)
            began = begins(number, per, self._charter.zone)
            if since < began <= self._now:
                what = {"kind": "spotlight", "per": per, "at": began - 1}
                yield Found(per, began, f"spotlight:{per}:{number - 1}", what)

    def _terms(self) -> Iterator[Found]:
        for one in self._here.standings.leaders(self._community)["holding"]:
            ends = one["ends"]
            if ends is None:
                continue
            at = parse_time(ends)
            if 0 <= at - self._now <= TERM_ENDS:
                what = {"kind": "term", "at": self._now, "who": one["account"], "what": one["role"], "ends": at}
                yield Found("reminder", self._now, f"term:{one['account']}:{one['role']}:{at}", what, one["account"])

    def _sessions(self) -> Iterator[Found]:
        """Yield the sessions of the next day, as they were planned lately."""
        for position, session, start in self._here.spotlights.planned(self._community, self._now):
            if 0 <= start - self._now <= DAY:
                what = {"kind": "session", "at": self._now, "position": position, "start": start}
                yield Found("reminder", self._now, f"session:{session}:{start}", what)


def _moment(kind: str, at: int, who: str, what: str, facts: list[int]) -> dict[str, Any]:
    return {"kind": kind, "at": at, "who": who, "what": what, "facts": facts}
