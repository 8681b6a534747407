"""What a scenario returns, and the table of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from tests.faults.watch import WITHOUT_DATABASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.platforms import Meanwhile, Platforms
    from tests.faults.watch import Watch

HEALTH_SECONDS = 1.0  # for what needs no database: the median's limit, for the machine may be busy; we mean 0.1
SETTLED_SECONDS = 0.3  # after which nobody is served from what was still under way
HEADINGS = (
    "fault",
    "rounds",
    "acknowledged",
    "lost",
    "doubled",
    "back after, s (median / worst)",
    "slowest 503, s",
    "/healthz meanwhile, ms (p90 / worst)",
)


@dataclass
class Outcome:
    """What became of one fault. `complaints` is empty where everything was as promised."""

    fault: str
    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    recovery: list[float] = field(default_factory=list)  # seconds, from "it is back" to the first acknowledgement
    refusals: int = 0
    slowest_refusal: float | None = None  # seconds
    health: list[float] = field(default_factory=list)  # seconds, of /healthz while the fault lasted
    complaints: list[str] = field(default_factory=list)
    remark: str = ""

    def during(self, platforms: Platforms, watch: Watch, since: float, until: float, *, unready: bool = True) -> None:
        """Judge what was answered while the fault lasted: clear refusals in time, and a process that is well.

        `unready`: nothing can be read either, and `/readyz` must say so.
        """
        told = platforms.meanwhile(since, until)
        self.answers(told)
        if not told.refusals:
            self.complaints.append(f"wanted answers of 503 for the {until - since:.1f} s of the fault, got none")
        self.health += [one.seconds for one in watch.seen("/healthz", since, until)]
        for path in WITHOUT_DATABASE:
            seen = watch.seen(path, since, until)
            seconds = [one.seconds for one in seen]
            if any(one.status != 200 for one in seen):
                self.complaints.append(f"{path}: wanted 200 throughout, got {Counter(one.status for one in seen)}")
            if seconds and median(seconds) > HEALTH_SECONDS:
                self.complaints.append(f"{path}: wanted an answer in {HEALTH_SECONDS} s, got {median(seconds):.2f} s")
        ready = [one for one in watch.seen("/readyz", since, until) if one.asked + one.seconds < until]
        if unready and any(one.status != 503 for one in ready if one.asked > since + SETTLED_SECONDS):
            self.complaints.append(f"/readyz: wanted 503 meanwhile, got {Counter(one.status for one in ready)}")

    def answers(self, told: Meanwhile) -> None:
        """Take over what platforms were told."""
        self.refusals += told.refusals
        self.slowest_refusal = _larger(self.slowest_refusal, told.slowest_refusal)
        self.complaints += told.complaints

    def told(self) -> list[str]:
        """Return the complaints, each kind once with how often it came."""
        return [f"{words}{f' ({n} times)' if n > 1 else ''}" for words, n in Counter(self.complaints).items()]

    def row(self) -> tuple[str, ...]:
        """Return its line of the table."""
        back = f"{median(self.recovery):.1f} / {max(self.recovery):.1f}" if self.recovery else "-"
        health = f"{p90(self.health) * 1000:.0f} / {max(self.health) * 1000:.0f}" if len(self.health) > 1 else "-"
        refusal = "-" if self.slowest_refusal is None else f"{self.slowest_refusal:.1f}"
        numbers = (f"{each:,}" for each in (self.rounds, self.acknowledged, self.lost, self.doubled))
        return (self.fault, *numbers, back, refusal, health)

    def kept(self) -> dict[str, Any]:
        """Return it for `bench/faults.json`."""
        return asdict(self) | {"health": [round(max(self.health), 4)] if self.health else []}


def p90(seconds: Sequence[float]) -> float:
    """Return what nine of ten stay under."""
    return quantiles(seconds, n=10, method="inclusive")[-1]


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the table as it may stand in a document."""
    lines = [HEADINGS, ("---", *("---:" for _ in HEADINGS[1:])), *(each.row() for each in outcomes)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _larger(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)
