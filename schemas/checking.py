"""Whether an event or a charter is what we take, and what is wrong with it where it is not.

`jsonschema` is the authority: it judges whatever is not plainly valid, and finds every fault. What is plainly
valid is known sooner, by checks made from the same schema files (`accepting`), and never reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.accepting import accepting
from schemas.documents import FACT_TYPES, event_type, validator, whole_event_schema
from schemas.errors import Fault, InvalidTimeError
from schemas.faults import explain, first_of, got
from schemas.relations import RELATIONS, faults_between
from schemas.sources import is_ours
from schemas.strict_json import foreign
from schemas.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = {event_type(name): name for name in FACT_TYPES}


class _Accepting(dict[str, "Callable[[dict[str, Any]], int | None]"]):
    """The quick yes of each event type, made when it is first asked for."""

    def __missing__(self, kind: str) -> Callable[[dict[str, Any]], int | None]:
        made = self[kind] = accepting(whole_event_schema(_NAMES[kind]))
        return made


_ACCEPTING = _Accepting()


def check_event(event: object, *, community: str | None = None, own: bool = False) -> tuple[Fault, ...]:
    """Return what is wrong with `event`, a parsed CloudEvent; () means that it is valid.

    Pointers lead into the event (/data/author/id). Where `community` is given, an event of another
    one is at fault at /community; unless it is this installation's `own`, one of a source of ours at /source.
    Takes any value and raises nothing.
    """
    return examine_event(event, community=community, own=own)[0]


def examine_event(event: object, *, community: str | None = None, own: bool = False) -> tuple[tuple[Fault, ...], int]:
    """Return what `check_event` does and, of a valid event, the instant of its `time` (µs; else 0)."""
    if type(event) is dict and type(kind := event.get("type")) is str:
        try:
            instant = _ACCEPTING[kind](event)
        except (KeyError, InvalidTimeError):  # no such field, no such type, no such time
            instant = None
        if (
            instant is not None
            and (community is None or event["community"] == community)
            and (own or not is_ours(event["source"]))
            and not (kind in RELATIONS and faults_between(kind, event["data"]))
        ):
            return (), instant
    faults = examine_slowly(event, community=community, own=own)
    return faults, 0 if faults else parse_time(event["time"])  # type: ignore[index]  # it is valid


def examine_slowly(event: object, *, community: str | None = None, own: bool = False) -> tuple[Fault, ...]:
    """Return what `check_event` does, by the authority alone."""
    if (strange := foreign(event)) is not None:
        return (strange,)
    if not isinstance(event, dict):
        return (Fault("", f"wanted an event (a JSON object), got {got(event)}"),)
    faults = _authority(event)
    if not faults:
        faults = faults_between(event["type"], event["data"])
    stated = event.get("community")
    if community is not None and isinstance(stated, str) and stated != community:
        faults = (*faults, Fault("/community", f"wanted {community}, got {got(stated)}"))
    source = event.get("source")
    if not own and isinstance(source, str) and is_ours(source):
        wanted = "wanted a source of your own; guildbook: is for what is decided here"
        faults = (*faults, Fault("/source", f"{wanted}, got {got(source)}"))
    return faults


def _authority(event: dict[str, Any]) -> tuple[Fault, ...]:
    """Return every fault of the envelope and, where its type is known, of its data."""
    faults = explain(validator("events/envelope").iter_errors(event))
    kind, data = event.get("type"), event.get("data")
    name = _NAMES.get(kind) if isinstance(kind, str) else None
    if name is not None and isinstance(data, dict):
        faults += explain(validator(f"events/{name}.v1").iter_errors(data), under="/data")
    return first_of(faults)


def check_charter(document: Any) -> tuple[Fault, ...]:  # noqa: ANN401  any value whatever
    """Return all that is wrong with the shape of a parsed charter; () means that it is valid.

    What the words mean together (does this rule's badge exist?) is not asked here.
    Takes any value and raises nothing.
    """
    strange = foreign(document)
    return (strange,) if strange else explain(validator("charter").iter_errors(document))


def check_policy(document: Any) -> tuple[Fault, ...]:  # noqa: ANN401  any value whatever
    """Return all that is wrong with the shape of a verifier's policy; () means that it is valid.

    Takes any value and raises nothing.
    """
    strange = foreign(document)
    return (strange,) if strange else explain(validator("policy").iter_errors(document))


def check_connector(document: Any) -> tuple[Fault, ...]:  # noqa: ANN401  any value whatever
    """Return all that is wrong with the shape of a parsed connector file; () means that it is valid.

    Whether its expressions compile, and its facts have such fields, is not asked here.
    Takes any value and raises nothing.
    """
    strange = foreign(document)
    return (strange,) if strange else explain(validator("connector").iter_errors(document))


def check_mapping(document: Any) -> tuple[Fault, ...]:  # noqa: ANN401  any value whatever
    """Return all that is wrong with the shape of a parsed mapping file; () means that it is valid.

    What is not asked of a connector is not asked here.
    Takes any value and raises nothing.
    """
    strange = foreign(document)
    return (strange,) if strange else explain(validator("mapping").iter_errors(document))
