"""Facts for tests, as the ledger hands them over, told in a line each.

Ada works, Bo and Cy endorse; times are days since a fixed Monday.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ledger import Fact
from projections.charters.charter import parse_charter
from projections.fold.spans import DOOM
from projections.fold.standing import Community

DAY = 86_400_000_000
MONDAY = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z


def day(number: float) -> int:
    """Return an instant so many days after the fixed Monday (µs)."""
    return MONDAY + round(number * DAY)


class Teller:
    """Makes facts with positions in the order told."""

    def __init__(self) -> None:
        self.position = 0

    def __call__(self, name: str, at: float, **fields: Any) -> Fact:
        self.position += 1
        stream = hashlib.blake2b(
            f"{name}{at}{sorted(fields.items())}{self.position}".encode(), digest_size=11
        ).hexdigest()
        time = day(at)
        return Fact(
            position=self.position,
            stream=stream,
            version=1,
            topic=f"{name}.v1",
            community="guild",
            recorded=DOOM // 2 + self.position,
            time=time,
            open={"v": 1, "time": time, "source": "src", **fields},
        )

    def work(self, who: str, at: float, item: str, kind: str = "code", **more: Any) -> Fact:
        return self("contribution", at, author=who, item=item, kind=kind, **more)

    def voice(
        self,
        by: str,
        of: str | None,
        at: float,
        item: str | None = None,
        strength: str = "review",
        **more: Any,
    ) -> Fact:
        named = {"endorsee": of, "item": item}
        return self("endorsement", at, endorser=by, strength=strength, **{k: v for k, v in named.items() if v}, **more)

    def seat(self, who: str, at: float, session: str, state: str = "attended", **more: Any) -> Fact:
        fields = {"mode": "sync", "setting": "collaborative", "format": "meeting", **more}
        return self("attendance", at, attendee=who, session=session, state=state, **fields)

    def link(self, one: str, other: str, at: float, change: str = "linked") -> Fact:
        return self("identity", at, member=one, account=other, change=change, method="import")

    def withdraw(self, fact: Fact, at: float) -> Fact:
        return self("retraction", at, retracts=fact.stream, reason="mistake")


def charter(*rules: dict[str, Any], **parts: Any) -> Any:
    """Return a charter of these rules, each named and versioned if it is not."""
    named = [{"rule": f"r{n}", "version": 1, "grants": {"role": f"g{n}"}, **rule} for n, rule in enumerate(rules)]
    levels = sorted({rule["grants"]["level"] for rule in named if "level" in rule["grants"]})
    document = {
        "charter": 1,
        "name": "Guild",
        "ladder": [{"level": level, "name": f"L{level}"} for level in levels],
        "badges": [
            {"badge": rule["grants"]["badge"], "name": "B", "description": "d"}
            for rule in named
            if "badge" in rule["grants"]
        ],
        "leader_roles": [
            {"role": role, "name": role}
            for role in sorted({r["grants"]["eligible"] for r in named if "eligible" in r["grants"]})
        ],
        "rules": named,
        **parts,
    }
    return parse_charter(document)


def fold(law: Any, facts: list[Fact]) -> Community:
    """Return the community after these facts, taken in at once."""
    community = Community([law])
    community.add(facts)
    community.settle()
    return community
