"""One invented year of one community of practice, as the platforms it lives on would report it.

Northlight Circle: sixty ward nurses and nurse educators from six hospitals who tell each other what really
happened when they tried to make everyday care safer. Everybody and everything in it is made up. It holds
what real years hold: late lists, posts taken back, reports that come twice, people under two names.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

from api.demo import words
from api.demo.forum import Forum
from api.demo.oddities import go_wrong, link_accounts
from api.demo.people import AWAY, COMMUNITY, FORUM, LEAVERS, OFFICE, Log, Person, cast, stamp
from api.demo.sessions import FORMS, announce, meet, programme, pulse, study, survey

if TYPE_CHECKING:
    from datetime import datetime

NAME: Final = "Northlight Circle"
DAYS: Final = 365
_POLICY: Final = {"uri": "https://northlight.example/privacy", "version": "2", "sha256": "3f" * 32}
_TAKES_PART: Final = 0.35  # warmth from which one gains more
_PAIRS, _ENDED_PAIRS = 10, 5  # newcomers with a mentor; how many of them need none any more
_TERM: Final = timedelta(days=180)

__all__ = ["COMMUNITY", "NAME", "year"]


def year(seed: int = 7, *, end: datetime) -> list[dict[str, Any]]:
    """Return about 6,000 CloudEvents of the year that ends at `end`, in the order of their arrival.

    The same seed and end give the same year. Every event is valid; some repeat an earlier one exactly,
    and one comes again under a known source and id with other content. Raises `ValueError` where `end`
    has no time zone.
    """
    if end.tzinfo is None:
        raise ValueError(f"wanted an end with a time zone, got {end.isoformat()}")
    end = end.astimezone(UTC)
    log = Log(seed, start=end - timedelta(days=DAYS), end=end)
    people = cast(log)
    forum = Forum(log, people)
    _join(log, people)
    for number in range(DAYS):
        forum.play_day(number)
        study(log, people, number)
    _meet(log, people)
    for month in range(12):
        pulse(log, people, month)
    _grow(log, people, forum)
    _lead(log, people)
    _count(log, people, forum)
    _settle_a_dispute(log, people)
    link_accounts(log, people, forum)
    go_wrong(log, people, forum)
    announce(log)
    return log.events()


def _join(log: Log, people: list[Person]) -> None:
    """Let members come, say what they allow, rate themselves; and two of them go."""
    for person in people:
        via = log.rng.choice(("invite", "invite", "study-day", "colleague"))
        joined = {"member": person.home, "change": "joined", "affiliation": person.hospital, "via": via}
        log.add("membership", joined, source=OFFICE, key=f"joined:{person.home['id']}", at=person.joined)
        _consent(log, person, "processing", person.joined + timedelta(minutes=2))
        for purpose, share in (("profile", 0.8), ("credential", 0.7), ("spotlight", 0.5)):
            if log.chance(share):
                _consent(log, person, purpose, person.joined + timedelta(minutes=4))
        if log.chance(0.75):
            _rate_over_time(log, person)
    for (place, day), why in zip(LEAVERS.items(), ("A new post far away.", "No reason given."), strict=True):
        data = {"member": people[place].home, "change": "left", "reason": why}
        log.add("membership", data, source=OFFICE, key=f"left:{people[place].home['id']}", at=log.day(day, 9))
    for place, days in AWAY.items():
        for change, day, reason in zip(("paused", "resumed"), days, ("Parental leave.", "Back."), strict=True):
            data = {"member": people[place].home, "change": change, "reason": reason}
            log.add(
                "membership",
                data,
                source=OFFICE,
                key=f"{change}:{people[place].home['id']}",
                at=log.day(day, 9),
            )
    _consent(log, people[20], "spotlight", log.day(200, 13), decision="withdrawn")


def _consent(log: Log, person: Person, purpose: str, when: datetime, *, decision: str = "granted") -> None:
    data = {
        "member": person.home,
        "purpose": purpose,
        "decision": decision,
        "policy": _POLICY,
        "method": "form",
    }
    log.add("consent", data, source=OFFICE, key=f"{decision}:{purpose}:{person.home['id']}", at=when)


def _rate_over_time(log: Log, person: Person) -> None:
    """Rate oneself on arrival and half a year later; who takes part gains more."""
    before = log.rng.randint(3, 6)
    when = person.joined + timedelta(days=log.rng.uniform(0.2, 8))
    survey(log, person, when, instrument="self-review", phase="pre", confidence=before)
    gains = (0, 1, 1, 2, 2, 3) if person.warmth > _TAKES_PART else (-1, 0, 0, 1, 1, 2)
    after = min(10, before + log.rng.choice(gains))
    later = when + timedelta(days=log.rng.uniform(170, 190))
    if person.here(later) and log.chance(0.5 + person.warmth / 2):
        survey(log, person, later, instrument="self-review", phase="post", confidence=after)


def _meet(log: Log, people: list[Person]) -> None:
    """Hold the year's sessions, and ask before and after the workshops."""
    for session in programme(log):
        came = meet(log, people, session)
        if session.series == "workshop":
            for person in came:
                before = log.rng.randint(2, 6)
                gain = log.rng.choice((0, 1, 2, 2, 3, 4))
                asked = session.start - timedelta(hours=log.rng.uniform(1, 40))
                told = session.end + timedelta(hours=log.rng.uniform(0.2, 50))
                survey(log, person, asked, instrument=session.key, phase="pre", confidence=before)
                survey(log, person, told, instrument=session.key, phase="post", confidence=min(10, before + gain))


def _grow(log: Log, people: list[Person], forum: Forum) -> None:
    """Tell what came of it: changed practice, outcomes, reuse, stories."""
    rng = log.rng
    for number in range(46):
        when = log.waking(rng.randrange(50, DAYS - 2))
        told = log.some([one for one in people if one.here(when)], 1, [one.warmth for one in people if one.here(when)])
        story = words.STORIES[number % len(words.STORIES)]
        seen = [work for work in forum.works if work.kind in {"resource", "answer", "talk"} and work.at < when]
        name, unit, before, after = story.measure or ("", "", 0, 0)
        data = {
            "member": told[0].home,
            "kind": story.kind,
            "summary": story.summary.format(ward=rng.choice(words.WARDS), hospital=told[0].hospital),
            "before": story.before,
            "after": story.after,
            "measure": {"name": name, "unit": unit, "before": before, "after": after} if name else None,
            "inspiredBy": [rng.choice(seen).item] if seen and log.chance(0.7) else None,
            "beneficiaryCount": rng.randrange(4, 60),
            "verifiedBy": people[rng.randrange(8)].home if log.chance(0.4) else None,
            "visibility": rng.choice(("community", "community", "public")),
        }
        if data["verifiedBy"] is data["member"]:
            del data["verifiedBy"]
        log.add("impact", data, source=FORMS, key=f"story:{number + 1}", at=when)


def _lead(log: Log, people: list[Person]) -> None:
    """Hand facilitation round in terms, and pair newcomers with mentors."""
    first, second = (people[0], people[2]), (people[1], people[4])
    for person in first:
        _assign(log, person, "started", log.day(24, 10), by=None)
        _assign(log, person, "ended", log.day(24, 10) + _TERM, by=None)
    for person in second:
        _assign(log, person, "nominated", log.day(190, 11), by=people[0])
        _assign(log, person, "started", log.day(205, 10), by=people[0])
    _assign(log, people[5], "nominated", log.day(318, 11), by=people[1])
    _assign(log, people[5], "declined", log.day(321, 20), by=None)
    for sponsor, place, day in ((0, 1, 189), (2, 4, 188), (3, 4, 189), (1, 5, 317), (8, 3, 330)):
        comment = words.SPONSORSHIPS[(sponsor + day) % len(words.SPONSORSHIPS)]
        data = {
            "endorser": people[sponsor].home,
            "endorsee": people[place].home,
            "strength": "sponsor",
            "comment": comment,
        }
        key = f"sponsor:{people[sponsor].home['id']}:{people[place].home['id']}"
        log.add("endorsement", data, source=OFFICE, key=key, at=log.day(day, 21))
    newcomers = [person for person in people if person.joined > log.day(25)]
    for number, newcomer in enumerate(newcomers[:_PAIRS]):
        _pair(log, people[number % 7], newcomer, ended=number < _ENDED_PAIRS)


def _assign(log: Log, person: Person, change: str, when: datetime, *, by: Person | None) -> None:
    data = {
        "member": person.home,
        "kind": "role",
        "value": "facilitator",
        "change": change,
        "period": {"start": stamp(when), "end": stamp(when + _TERM)} if change == "started" else None,
        "by": by.home if by else None,
    }
    log.add("assignment", data, source=OFFICE, key=f"facilitator:{change}:{person.home['id']}", at=when)


def _pair(log: Log, mentor: Person, newcomer: Person, *, ended: bool) -> None:
    start = newcomer.joined + timedelta(days=6)
    changes = [("started", start), ("ended", start + timedelta(days=90))]
    for change, when in changes if ended else changes[:1]:
        data = {
            "member": mentor.home,
            "counterpart": newcomer.home,
            "kind": "mentor",
            "value": "first-steps",
            "change": change,
        }
        key = f"mentor:{change}:{mentor.home['id']}:{newcomer.home['id']}"
        log.add("assignment", data, source=OFFICE, key=key, at=when)


def _count(log: Log, people: list[Person], forum: Forum) -> None:
    """Report what only exists as a counter: weekly actives, and what readers read."""
    for week in range(1, 53):
        until = log.day(7 * week)
        active = {work.author.home["id"] for work in forum.works if until - timedelta(days=7) <= work.at < until}
        here = sum(person.here(until) for person in people)
        data = {"metric": "weekly-active", "value": len(active), "asked": here, "window": "week"}
        log.add("metric", data, source=FORUM, key=f"weekly-active:{week}", at=until)
    for quarter in range(1, 5):
        until = log.day(91 * quarter)
        for person in [one for one in people if one.here(until)][::2]:
            days = (until - person.joined).days
            read = {"topics_entered": 0.5, "posts_read": 3.1, "minutes_read": 2.4}
            for metric, a_day in read.items():
                value = round(days * a_day * person.warmth * log.rng.uniform(0.8, 1.2))
                data = {"metric": metric, "value": value, "member": person.home, "window": "total"}
                log.add("metric", data, source=FORUM, key=f"{metric}:{quarter}:{person.home['id']}", at=until)


def _settle_a_dispute(log: Log, people: list[Person]) -> None:
    """Open a case about advice given too bluntly, and close it by talking."""
    steps = (
        ("flagged", 206, "Told a newcomer what to do before asking what she had seen."),
        ("warned", 208, "We spoke. He had not seen how it read, and said so himself."),
        ("resolved", 215, "Apology made and taken; the thread is better for it."),
    )
    for action, day, note in steps:
        data = {
            "case": "case-1",
            "member": people[27].home,
            "action": action,
            "norm": "ask-before-you-advise",
            "severity": 2 if action == "flagged" else None,
            "by": people[0].home,
            "note": note,
        }
        log.add("moderation", data, source=OFFICE, key=f"case-1:{action}", at=log.day(day, 17))
