"""What JSON Schema cannot say: how two values of one fact must stand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.documents import event_type
from schemas.errors import Fault
from schemas.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Relation(NamedTuple):
    """The field of a fact's data whose values stand to each other, and what yields where they contradict.

    `find` takes the field's value, valid by its schema, and the pointer to it.
    """

    field: str
    find: Callable[[Any, str], Iterator[Fault]]


def faults_between(kind: str, data: dict[str, Any]) -> tuple[Fault, ...]:
    """Return where the values of an event of type `kind` contradict each other.

    `data` is valid by its schema: a period must not end before it starts, a rating or an answer
    must lie within its own scale.
    """
    relation = RELATIONS.get(kind)
    if relation is None or relation.field not in data:
        return ()
    return tuple(relation.find(data[relation.field], f"/data/{relation.field}"))


def _period(period: dict[str, str], pointer: str) -> Iterator[Fault]:
    if "end" in period and parse_time(period["end"]) < parse_time(period["start"]):
        came = f"wanted an end not before the start {period['start']}, got {period['end']}"
        yield Fault(f"{pointer}/end", came)


def _rating(rating: dict[str, Any], pointer: str) -> Iterator[Fault]:
    return _scale({"min": 0, **rating}, pointer)


def _answers(answers: list[dict[str, Any]], pointer: str) -> Iterator[Fault]:
    for place, answer in enumerate(answers):
        if "min" in answer or "max" in answer:
            yield from _scale(answer, f"{pointer}/{place}")


def _scale(scale: dict[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield where min, value and max of one scale are out of order; a bound that is absent binds nothing."""
    value, least, most = scale["value"], scale.get("min"), scale.get("max")
    if least is not None and most is not None and least >= most:
        yield Fault(f"{pointer}/max", f"wanted a max above the min {least}, got {most}")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    elif least is not None and value < least:
        yield Fault(f"{pointer}/value", f"wanted {least} or more, as the scale says; got {value}")
    elif most is not None and value > most:
        yield Fault(f"{pointer}/value", f"wanted {most} or less, as the scale says; got {value}")


RELATIONS = {
    event_type("attendance"): Relation("scheduled", _period),
    event_type("impact"): Relation("period", _period),
    event_type("assignment"): Relation("period", _period),
    event_type("endorsement"): Relation("rating", _rating),
    event_type("response"): Relation("answers", _answers),
}
"""What relates two values of an event of this type; most types have nothing of the kind."""
