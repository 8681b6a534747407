"""From what was heard or read to facts, by the connector's mapping, into the same append as of every other door.

What no mapping knows is kept aside as a door does it, but without the texts that people wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from api.connecting.deliveries import seen
from schemas import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.connecting.connector import Connector
    from api.installation import Installation

LONGEST_KEPT = 65_536  # bytes of what is kept aside
MOST_WORDS = 20
TEXTS = frozenset(
    {"content", "embeds", "attachments", "referenced_message", "message_snapshots", "poll", "body", "tiptap_body"}
)
"""Members in which people's texts stand, wherever they are: they are not kept aside."""


class Taken(NamedTuple):
    """What became of it: facts that are new, what was refused or unknown, the latest time of a new fact (µs)."""

    stored: int
    refused: int
    latest: int


def take(
    here: Installation,
    community: str,
    connector: Connector,
    bodies: Sequence[Mapping[str, Any]],
    *,
    identity: bool = False,
) -> Taken:
    """Store what these mean; the same again is harmless. Blocks.

    `identity`: its words link accounts, else they propose it. Raises `LedgerUnavailableError`, with some of it
    stored, perhaps.
    """
    events: list[dict[str, Any]] = []
    whose: list[Mapping[str, Any]] = []
    refused = 0
    for body in bodies:
        mapped = connector.map_body(body, community)
        if mapped.kind in {"unknown", "misfit"}:
            refused += 1
            _aside(here, community, connector, body, (mapped.kind, mapped.key, [mapped.words] if mapped.words else []))
        events += mapped.events
        whose += [body] * len(mapped.events)
    outcomes = here.book.append(events, community=community, identity=identity, fill_time=True) if events else []
    here.told(community, outcomes)
    stored, latest = 0, 0
    for event, body, outcome in zip(events, whose, outcomes, strict=True):
        if outcome.outcome == "refused":
            refused += 1
            words = [str(fault) for fault in outcome.errors][:MOST_WORDS]
            _aside(here, community, connector, body, ("refused", event["type"], words))
        elif outcome.outcome == "stored":
            stored += 1
            latest = max(latest, parse_time(event["time"]) if "time" in event else 0)
    return Taken(stored, refused, latest)


def _aside(
    here: Installation,
    community: str,
    connector: Connector,
    body: Mapping[str, Any],
    why: tuple[str, str, Sequence[str]],
) -> None:
    kind, key, words = why
    said: dict[str, Any] = {"words": list(words)}
    told = seen(without_texts(body), {}, {})
    if len(orjson.dumps(told)) <= LONGEST_KEPT:
        said["told"] = told
    here.book.strays.keep(community, connector.name, kind, key, said)


def without_texts(value: Any) -> Any:  # noqa: ANN401  JSON of any shape
    """Return a value without what people wrote."""
    if isinstance(value, dict):
        return {name: without_texts(inner) for name, inner in value.items() if name not in TEXTS}
    if isinstance(value, list):
        return [without_texts(inner) for inner in value]
    return value
