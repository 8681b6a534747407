"""After the fault: every acknowledged event is there once, where it was acknowledged; standings equal a replay.

And every head of the log that was shown to anybody leads to the last.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.faults.events import AS_OF, COMMUNITY, PEOPLE, PLATFORM, event, number_at
from tests.faults.site import CommandError, founded
from tests.faults.site import facts as all_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger import Fact
    from tests.faults.outcome import Outcome
    from tests.faults.platforms import Platforms
    from tests.faults.site import Server, Site

PATIENCE = 40.0  # seconds for standings and awards to catch up
STILL_SECONDS = 0.2  # in which nothing is added where all is at rest
OK = 200
OWN = ("charter.", "award.", "member.", "key.", "log.")  # facts that the book records of itself


def audit(outcome: Outcome, site: Site, platforms: Platforms) -> None:
    """Let a running site come to rest, stop it, and write into `outcome` all that is not as promised."""
    say = outcome.complaints.append
    outcome.acknowledged += len(platforms.acknowledged)
    outcome.complaints += platforms.faults
    if platforms.unanswered:
        say(f"{len(platforms.unanswered)} events were never acknowledged, though nothing was wrong any more")
    for server in site.servers:
        if server.port and server.process and server.process.poll() is None and not at_rest(server, site.api_key):
            say(f"standings did not reach the ledger's end within {PATIENCE:g} s")
    for server in site.servers:
        if not server.stop():
            say(f"{server.word}: wanted it to end by SIGTERM, it had to be killed")
        outcome.complaints += traces(server)
    with site.book() as book:
        stored = all_facts(book)
        if site.monitor:
            outcome.complaints += site.monitor.disagreements(book)
    compare(outcome, stored, platforms.acknowledged)
    outcome.complaints += whole(site)
    try:
        outcome.complaints += unequal_standings(site, stored)
    except CommandError as error:
        say(f"standings: wanted them compared, got {error}")


def at_rest(server: Server, key: str) -> bool:
    """Wait until standings and awards have caught up; return whether they have."""
    deadline = time.monotonic() + PATIENCE
    head = -1
    while time.monotonic() < deadline:
        try:
            status, told = server.get("/readyz")
            if status == OK and told["head"] == told["projected"]:
                if told["head"] == head and _all_awarded(server, key):
                    return True
                head = told["head"]
        except (OSError, HTTPException):
            head = -1
        time.sleep(STILL_SECONDS)
    return False


def _all_awarded(server: Server, key: str) -> bool:
    """Return whether every badge that is earned has its credential."""
    for name in PEOPLE:
        status, account = server.get(f"/communities/{COMMUNITY}/accounts/{PLATFORM}/{name}", key)
        if status == OK:
            _, told = server.get(f"/communities/{COMMUNITY}/members/{account['member']}/standing", key)
            if not all(badge["credential"] for badge in told.get("badges", [{"credential": None}])):
                return False
    return True


def compare(outcome: Outcome, stored: Sequence[Fact], acknowledged: dict[int, int], *, awarded: bool = True) -> None:
    """Count what was lost and what was doubled, and hold positions, `recorded` and awards to their promises.

    `awarded`: somebody has followed, so that there are awards.
    """
    say = outcome.complaints.append
    places: dict[int, list[int]] = {}
    for fact in stored:
        if not fact.topic.startswith(OWN):
            places.setdefault(number_at(fact.time), []).append(fact.position)
    lost = sorted(acknowledged.keys() - places.keys())
    doubled = sorted(number for number, found in places.items() if len(found) > 1)
    moved = [number for number, at in acknowledged.items() if at not in places.get(number, [at])]
    outcome.lost += len(lost)
    outcome.doubled += len(doubled)
    for what, numbers in (("lost", lost), ("stored twice", doubled), ("not where it was acknowledged", moved)):
        if numbers:
            say(f"{len(numbers)} events were {what}, as event {numbers[0]}")
    positions = [fact.position for fact in stored]
    if positions != list(range(1, len(positions) + 1)):
        holes = [after for before, after in pairwise([0, *positions]) if after != before + 1]
        say(f"positions: wanted 1, 2, 3 and so on, got {len(holes)} steps of another size, first before {holes[:1]}")
    if any(later.recorded < earlier.recorded for earlier, later in pairwise(stored)):
        say("recorded: wanted it never to decrease along positions")
    awards = Counter(
        (fact.open["account"], fact.open["achievement"]) for fact in stored if fact.topic == "award.issued.v1"
    )
    if bool(awards) != awarded or max(awards.values(), default=0) > 1:
        say(f"awards: wanted each badge once for each member, got {awards.most_common(1)}")


def whole(site: Site) -> list[str]:
    """Return what SQLite finds wrong in the files of a site; nothing where it is on PostgreSQL."""
    faults = []
    for file in [] if "://" in site.database else sorted(Path(site.database).parent.glob("*.sqlite")):
        with closing(sqlite3.connect(file)) as connection:
            told = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if told != "ok":
            faults.append(f"{file.name}: {told}")
    return faults


def unequal_standings(site: Site, stored: Sequence[Fact]) -> list[str]:
    """Return where the standings differ from those of a rebuild, or of another book told the same in order."""
    live = standings(site)
    site.command("rebuild")
    faults = _differences("a rebuild", live, standings(site))
    with founded(site.yard) as other:
        history = other.folder / "events.jsonl"
        numbers = (number_at(fact.time) for fact in stored if not fact.topic.startswith(OWN))
        history.write_bytes(b"".join(orjson.dumps(event(number)) + b"\n" for number in numbers))
        other.command("import", str(history))
        return faults + _differences("a clean replay", live, standings(other))


def standings(site: Site) -> dict[str, Any]:
    """Return where everybody stands as of `AS_OF`, by what the platform calls them."""
    found = json.loads(site.command("standing", COMMUNITY, "--as-of", AS_OF, "--most", "1000", "--json"))
    with site.book() as book:
        accounts = {name: book.account(COMMUNITY, PLATFORM, name) for name in PEOPLE}
        names = {book.member_id(COMMUNITY, account): name for name, account in accounts.items() if account}
    return {names[one.pop("member")]: one for one in found}


def traces(server: Server) -> list[str]:
    """Return the last line of every traceback in a server's log: none is foreseen."""
    lines = server.log.read_text(errors="replace").splitlines()
    return [f"{server.word}: wanted no traceback, got {words}" for words in _last_lines(iter(lines))]


def _last_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("Traceback"):
            yield next((each for each in lines if not each.startswith(" ")), "one cut short")[:200]


def _differences(what: str, live: dict[str, Any], other: dict[str, Any]) -> list[str]:
    odd = sorted(name for name in live.keys() | other.keys() if live.get(name) != other.get(name))
    return [f"standings: {len(odd)} differ from {what}, as {live.get(odd[0])} from {other.get(odd[0])}"] if odd else []
