"""What an operator watches. No name, no member and no community stands in it."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger import Outcome


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._by_community: dict[str, Counter[str]] = {}  # for managers' pages; never exported
        self._lock = Lock()
        self._children: dict[tuple[str, str, int], Histogram] = {}  # looked up once; as many as the routes allow
        self._counts: dict[str, Count] = {}  # likewise
        self._outcomes = Count("guildbook_events", "Events by outcome.", ["outcome"], registry=self._registry)
        self._requests = Histogram(
            "guildbook_request_seconds",
            "Time to answer.",
            ["method", "route", "status"],
            registry=self._registry,
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self._head = Gauge("guildbook_head_position", "Facts in the ledger.", registry=self._registry)
        self._lag = Gauge(
            "guildbook_projection_lag_seconds", "Age of the oldest fact not counted.", registry=self._registry
        )
        self._read = Gauge(
            "guildbook_projected_position",
            "Facts that standings have counted.",
            registry=self._registry,
        )

        self._left_out = Gauge(
            "guildbook_communities_left_out",
            "Communities whose facts this process cannot read or judge.",
            registry=self._registry,
        )

        self._refused = Gauge(
            "guildbook_communities_refused",
            "Communities whose facts are not those that were signed.",
            registry=self._registry,
        )

        self._alarms = Gauge(
            "guildbook_alarms",
            "What used to come and stopped, over all communities, as this process saw them last.",
            ["alarm"],
            registry=self._registry,
        )

    def taken(self, community: str, outcomes: Iterable[Outcome]) -> None:
        """Count what became of a community's events."""
        counts: dict[str, int] = {}
        for each in outcomes:
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
        with self._lock:
            so_far = self._by_community.get(community)
            if so_far is None:
                so_far = self._by_community[community] = Counter()
            for outcome, number in counts.items():
                so_far[outcome] += number
                if outcome not in self._counts:
                    self._counts[outcome] = self._outcomes.labels(outcome)
                self._counts[outcome].inc(number)

    def of(self, community: str) -> dict[str, int]:
        """Return how many events of one community had each outcome since this process started."""
        with self._lock:
            return dict(self._by_community.get(community, {}))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the template, never a path."""
        key = method, route, status
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(*key)
        child.observe(seconds)

    def text(
        self, *, head: int, projected: int, seconds: float, left_out: int, refused: int, alarms: Mapping[str, int]
    ) -> bytes:
        """Return everything in the Prometheus text format. `seconds`: how old the oldest fact not counted is."""
        for kind, number in alarms.items():
            self._alarms.labels(kind).set(number)
        self._left_out.set(left_out)
        self._refused.set(refused)
        self._head.set(head)
        self._lag.set(seconds)
        self._read.set(projected)
        return generate_latest(self._registry)
