"""Whether an event or a charter is what we take, and what is wrong with it where it is not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from schemas.documents import FACT_TYPES, FORMATS, event_type, validator, whole_event_schema
from schemas.errors import Fault
from schemas.faults import explain, first_of, got
from schemas.relations import faults_between
from schemas.strict_json import foreign

try:
    import jsonschema_rs
except ImportError:  # the fast path is optional; without it jsonschema decides alone
    jsonschema_rs = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMES = {event_type(name): name for name in FACT_TYPES}


class EventChecker:
    """Holds events against the schemas. `jsonschema` is the authority and finds every fault.

    With `fast`, `jsonschema_rs` decides first, and what it accepts is accepted; what it does not
    accept goes to the authority for the reasons.
    """

    def __init__(self, *, fast: bool) -> None:
        """Compile what is needed, once."""
        self._accepts: Mapping[object, Callable[[object], bool]] = _compiled() if fast else {}

    def __call__(self, event: object, *, community: str | None = None) -> tuple[Fault, ...]:
        """See `check_event`."""
        if (strange := foreign(event)) is not None:
            return (strange,)
        if not isinstance(event, dict):
            return (Fault("", f"wanted an event (a JSON object), got {got(event)}"),)
        kind = event.get("type")
        accepts = self._accepts.get(kind) if isinstance(kind, str) else None
        faults = () if accepts is not None and accepts(event) else _authority(event)
        if not faults:
            faults = faults_between(_NAMES[event["type"]], event["data"])
        stated = event.get("community")
        if community is not None and isinstance(stated, str) and stated != community:
            faults = (*faults, Fault("/community", f"wanted {community}, got {got(stated)}"))
        return faults


def _authority(event: dict[str, Any]) -> tuple[Fault, ...]:
    """Return every fault of the envelope and, where its type is known, of its data."""
    faults = explain(validator("events/envelope").iter_errors(event))
    kind, data = event.get("type"), event.get("data")
    name = _NAMES.get(kind) if isinstance(kind, str) else None
    if name is not None and isinstance(data, dict):
        faults += explain(validator(f"events/{name}.v1").iter_errors(data), under="/data")
    return first_of(faults)


def _compiled() -> dict[object, Callable[[object], bool]]:
    """Return, for each event type, the compiled fast decision; empty where jsonschema_rs is not installed."""
    if jsonschema_rs is None:
        return {}
    made = jsonschema_rs.Draft202012Validator
    return {
        kind: made(whole_event_schema(name), formats=FORMATS, validate_formats=True).is_valid
        for kind, name in _NAMES.items()
    }


@cache
def _checker() -> EventChecker:
    return EventChecker(fast=True)


def check_event(event: object, *, community: str | None = None) -> tuple[Fault, ...]:
    """Return what is wrong with `event`, a parsed CloudEvent; () means that it is valid.

    Pointers lead into the event (/data/author/id). Where `community` is given, an event of another
    one is at fault at /community. Takes any value and raises nothing.
    """
    return _checker()(event, community=community)


def check_charter(document: Any) -> tuple[Fault, ...]:  # noqa: ANN401  any value whatever
    """Return what is wrong with the shape of a parsed charter; () means that it is valid.

    What the words mean together (does this rule's badge exist?) is not asked here.
    Takes any value and raises nothing.
    """
    strange = foreign(document)
    return (strange,) if strange else first_of(explain(validator("charter").iter_errors(document)))
