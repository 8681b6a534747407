"""Where the demonstration community meets, what it watches alone, and what it answers when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from api.demo import words
from api.demo.people import COMMUNITY, LEARN, OFFICE, ZOOM, Data, Log, Person, stamp

if TYPE_CHECKING:
    from datetime import datetime

FORMS: Final = "https://forms.northlight.example"
_WEDNESDAY, _THURSDAY = 2, 3


@dataclass(frozen=True, slots=True)
class Session:
    """A live session."""

    key: str
    series: str
    format: str
    title: str
    start: datetime
    minutes: int
    draw: float  # how much of everyone's readiness to come it wakes
    by_roster: bool = False  # attendance is noted by hand, not by the meeting's software

    @property
    def end(self) -> datetime:
        """When it is to end."""
        return self.start + timedelta(minutes=self.minutes)

    def base(self) -> Data:
        """Return what every fact about it says."""
        return {
            "session": f"zoom:{COMMUNITY}/{self.key}",
            "series": self.series,
            "mode": "sync",
            "setting": "collaborative",
            "format": self.format,
        }


def programme(log: Log) -> list[Session]:
    """Return the year's sessions in order of time."""
    made = []
    for month, title in enumerate(words.CALLS):
        start = _on(log, 8 + 30 * month, _WEDNESDAY, 18)
        made.append(Session(f"call-{month + 1}", "monthly-call", "meeting", f"Monthly call: {title}", start, 75, 0.95))
    for number in range(25):
        paper = words.PAPERS[number % len(words.PAPERS)]
        title = f"Journal club: {paper}" if number < len(words.PAPERS) else f"Journal club, revisited: {paper}"
        start = _on(log, 4 + 14 * number, _THURSDAY, 12.5)
        made.append(Session(f"journal-{number + 1}", "journal-club", "reading", title, start, 45, 0.42, by_roster=True))
    for number, title in enumerate(words.AMAS):
        start = _on(log, 38 + 56 * number, _WEDNESDAY, 19)
        made.append(Session(f"ama-{number + 1}", "ama", "ama", title, start, 60, 0.7))
    for number, day in enumerate((74, 256)):
        title = f"Workshop: holding a huddle in which everyone speaks ({number + 1})"
        made.append(
            Session(f"huddles-{number + 1}", "workshop", "workshop", title, _on(log, day, _THURSDAY, 13), 150, 1.0)
        )
    return sorted((session for session in made if session.end < log.end), key=lambda session: session.start)


def _on(log: Log, number: int, weekday: int, hour: float) -> datetime:
    """Return `hour` o'clock on the first `weekday` from day `number` on."""
    midnight = log.day(number)
    return midnight + timedelta(days=(weekday - midnight.weekday()) % 7, hours=hour)


def meet(log: Log, people: list[Person], session: Session) -> list[Person]:
    """Plan a session, let people register and come; return who came, who held it first."""
    announced = max(session.start - timedelta(days=15), log.start + timedelta(hours=1))
    _plan(log, session, announced)
    coming = [person for person in people if person.here(session.start) and log.chance(person.warmth * session.draw)]
    held_by = _lead(log, session, coming)
    for person in coming:
        role = held_by.get(id(person), "attendee")
        if session.by_roster or role != "attendee":
            _note(log, session, person, role)
        if not session.by_roster:
            _register(log, session, person, after=announced)
            _stay(log, session, person)
    return sorted(coming, key=lambda person: held_by.get(id(person)) != "facilitator")


def announce(log: Log) -> None:
    """Plan what comes after the year: nobody has been there yet."""
    call = Session(
        "call-next", "monthly-call", "meeting", "Monthly call: what we try next", _on(log, 371, _WEDNESDAY, 18), 75, 1
    )
    club = Session(
        "journal-next",
        "journal-club",
        "reading",
        f"Journal club: {words.PAPERS[0]}",
        _on(log, 368, _THURSDAY, 12.5),
        45,
        1,
    )
    for session in (club, call):
        _plan(log, session, log.end - timedelta(days=2))


def _plan(log: Log, session: Session, announced: datetime) -> None:
    planned = session.base() | {
        "state": "planned",
        "scheduled": {"start": stamp(session.start), "end": stamp(session.end)},
        "title": session.title,
        "url": f"{ZOOM}/j/{session.key}",
    }
    log.add("attendance", planned, source=OFFICE, key=f"planned:{session.key}", at=announced)


def _lead(log: Log, session: Session, coming: list[Person]) -> dict[int, str]:
    """Choose who facilitates, speaks and takes notes: those who carry the circle, most of the time."""
    able = sorted(coming, key=lambda person: person.drive * log.rng.uniform(0.4, 1), reverse=True)
    roles = ("facilitator", "notetaker") if session.by_roster else ("facilitator", "speaker", "notetaker")
    return {id(person): role for person, role in zip(able, roles, strict=False)}


def _note(log: Log, session: Session, person: Person, role: str) -> None:
    """Enter on the roster that a person was there."""
    data = session.base() | {
        "attendee": person.home,
        "state": "attended",
        "role": role,
        "duration": 60 * session.minutes,
        "evidenceKind": "roster",
    }
    key = f"roster:{session.key}:{person.home['id']}"
    written = session.end + timedelta(minutes=log.rng.randint(5, 90))
    log.add("attendance", data, source=OFFICE, key=key, at=session.start, arrival=written)


def _register(log: Log, session: Session, person: Person, *, after: datetime) -> None:
    if person.here(after) and log.chance(0.7):
        when = after + (session.start - after) * log.rng.random()
        data = session.base() | {"attendee": person.home, "state": "registered", "role": "attendee"}
        log.add("attendance", data, source=OFFICE, key=f"registered:{session.key}:{person.home['id']}", at=when)


def _stay(log: Log, session: Session, person: Person) -> None:
    """Join and leave the room: once, with a break in the connection, or for a moment only."""
    rng = log.rng
    came = session.start + timedelta(minutes=rng.uniform(-6, 9))
    went = session.end + timedelta(minutes=rng.uniform(-8, 6))
    if log.chance(0.07):
        went = came + timedelta(minutes=rng.uniform(2, 8))
    stays = [(came, went)]
    if log.chance(0.08):
        broken = came + (went - came) * rng.uniform(0.3, 0.6)
        stays = [(came, broken), (broken + timedelta(minutes=1.5), went)]
    who = person.on("zoom")
    for joined, left in stays:
        for state, when in (("joined", joined), ("left", left)):
            data = session.base() | {
                "attendee": who,
                "state": state,
                "role": "attendee",
                "evidenceKind": "sensor",
            }
            log.add(
                "attendance",
                data,
                source=ZOOM,
                key=f"{state}:{session.key}:{who['id']}:{when:%H%M%S}",
                at=when,
            )


def study(log: Log, people: list[Person], number: int) -> None:
    """Let some watch or read something alone on day `number`."""
    for person in people:
        when = log.waking(number)
        if log.chance(person.warmth / 34) and person.here(when):
            place = log.rng.randrange(len(words.RECORDINGS))
            done = log.chance(0.7)
            data = {
                "attendee": person.home,
                "session": f"{LEARN}/{place + 1}",
                "series": "self-study",
                "mode": "async",
                "setting": "individual",
                "format": "recording" if words.RECORDINGS[place].startswith("Recording") else "reading",
                "state": "attended" if done else "joined",
                "progress": 1 if done else round(log.rng.uniform(0.1, 0.8), 2),
                "duration": 60 * log.rng.randrange(6, 40),
                "evidenceKind": "sensor",
            }
            log.add(
                "attendance",
                data,
                source=LEARN,
                key=f"done:{place + 1}:{person.home['id']}:{number}",
                at=when,
            )


def survey(log: Log, person: Person, when: datetime, *, instrument: str, phase: str, confidence: int) -> None:
    """Let `person` rate herself from 1 to 10."""
    scale = {"type": "scale", "min": 1, "max": 10}
    belonging = min(10, max(1, confidence + log.rng.randint(-1, 2)))
    data = {
        "respondent": person.home,
        "instrument": instrument,
        "title": "Where are you today?",
        "phase": phase,
        "answers": [
            {
                "item": "I can change something in my own practice",
                "construct": "confidence",
                "value": confidence,
            }
            | scale,
            {"item": "I can ask here when I am stuck", "construct": "belonging", "value": belonging} | scale,
        ],
    }
    log.add("response", data, source=FORMS, key=f"{instrument}:{phase}:{person.home['id']}", at=when)


def pulse(log: Log, people: list[Person], month: int) -> None:
    """Ask everyone one question; count how many were asked and how many answered."""
    asked_at = log.day(25 + 30 * month, 7)
    here = [person for person in people if person.here(asked_at)]
    answering = [person for person in here if log.chance(0.25 + person.warmth * 0.6)]
    for person in answering:
        useful = {
            "item": "Was this month useful to you?",
            "construct": "usefulness",
            "type": "scale",
            "min": 1,
            "max": 5,
        }
        data = {
            "respondent": person.home if log.chance(0.85) else None,
            "instrument": "monthly-pulse",
            "phase": "pulse",
            "answers": [useful | {"value": log.rng.choice((2, 3, 4, 4, 5, 5))}],
        }
        when = asked_at + timedelta(hours=log.rng.expovariate(1 / 20))
        key = f"pulse:{month + 1}:{log.rng.randrange(16**8):08x}"
        log.add("response", data, source=FORMS, key=key, at=when)
    counted = {"metric": "poll-responses", "value": len(answering), "asked": len(here), "window": "month"}
    log.add("metric", counted, source=FORMS, key=f"pulse-count:{month + 1}", at=asked_at + timedelta(days=4))
