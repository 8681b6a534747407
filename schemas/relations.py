"""What JSON Schema cannot say: how two values of one fact must stand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import Fault
from schemas.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

_PERIODS = {"attendance": "scheduled", "impact": "period", "assignment": "period"}


def faults_between(name: str, data: dict[str, Any]) -> tuple[Fault, ...]:
    """Return where the values of a fact of type `name` contradict each other.

    `data` is valid by its schema: a period must not end before it starts, a rating or an answer
    must lie within its own scale.
    """
    if (field := _PERIODS.get(name)) and field in data:
        return tuple(_period(data[field], f"/data/{field}"))
    if name == "endorsement" and "rating" in data:
        return tuple(_scale({"min": 0, **data["rating"]}, "/data/rating"))
    if name == "response":
        return tuple(
            fault for place, answer in enumerate(data["answers"]) for fault in _scale(answer, f"/data/answers/{place}")
        )
    return ()


def _period(period: dict[str, str], pointer: str) -> Iterator[Fault]:
    if "end" in period and parse_time(period["end"]) < parse_time(period["start"]):
        came = f"wanted an end not before the start {period['start']}, got {period['end']}"
        yield Fault(f"{pointer}/end", came)


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
