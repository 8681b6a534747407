"""Results held against what their achievement says that results may be (OB 3.0 "Result", "ResultDescription")."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from badges.documents.values import seen
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def result_faults(subject: Mapping[str, Any], at: str) -> Iterator[Fault]:
    """Find where an AchievementSubject's results are not as its achievement describes them.

    `at` is the subject's JSON Pointer. What is of another class than it must be is left to `classes`.
    """
    achievement = subject.get("achievement")
    described = _nodes(achievement, "resultDescription") if isinstance(achievement, dict) else []
    for place, one in enumerate(described):
        yield from _description(one, f"{at}/achievement/resultDescription/{place}")
    by_id = {one["id"]: one for one in described if isinstance(one.get("id"), str)}
    levels = {level for one in described for level in _ids(one)}  # of any: the text's own example mixes them up
    for place, result in enumerate(_nodes(subject, "result")):
        pointer, name = f"{at}/result/{place}", result.get("resultDescription")
        if not isinstance(name, str):
            continue
        if name not in by_id:
            yield Fault(
                f"{pointer}/resultDescription", f"wanted a result that the achievement describes, got {seen(name)}"
            )
            continue
        yield from _result(result, by_id[name], pointer)
        level = result.get("achievedLevel")
        if isinstance(level, str) and level not in levels:
            yield Fault(f"{pointer}/achievedLevel", f"wanted a level that the achievement describes, got {seen(level)}")


def _description(one: Mapping[str, Any], at: str) -> Iterator[Fault]:
    levels = _ids(one)
    if levels and isinstance(level := one.get("requiredLevel"), str) and level not in levels:
        yield Fault(f"{at}/requiredLevel", f"wanted one of its own levels, got {seen(level)}")
    least, most = _number(one.get("valueMin")), _number(one.get("valueMax"))
    if least is not None and most is not None and most < least:
        yield Fault(f"{at}/valueMax", f"wanted no less than valueMin, got {seen(one['valueMax'])}")
    elif (words := _outside(one.get("requiredValue"), one)) is not None:
        yield Fault(f"{at}/requiredValue", words)


def _result(result: Mapping[str, Any], described: Mapping[str, Any], at: str) -> Iterator[Fault]:
    if described.get("resultType") == "Status" and "status" not in result:
        yield Fault(f"{at}/status", "wanted a status, as the achievement says of this result, got nothing")
    if (words := _outside(result.get("value"), described)) is not None:
        yield Fault(f"{at}/value", words)


def _outside(value: object, described: Mapping[str, Any]) -> str | None:
    """Return what a value should have been, None where it is one of those allowed or nothing can be told."""
    if not isinstance(value, str):
        return None
    allowed, number = described.get("allowedValue", []), _number(value)
    allowed = allowed if isinstance(allowed, list) else [allowed]
    least, most = _number(described.get("valueMin")), _number(described.get("valueMax"))
    ranged = number is not None and (least is not None or most is not None)
    if value in allowed or (not allowed and not ranged):
        return None
    if ranged and number is not None:
        if (least is None or least <= number) and (most is None or number <= most):
            return None
        ends = (seen(described.get(name)) for name in ("valueMin", "valueMax"))
        return f"wanted a number from {' to '.join(ends)}, got {seen(value)}"
    return f"wanted one of the values allowed, got {seen(value)}"


def _nodes(node: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = node.get(name, [])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _ids(described: Mapping[str, Any]) -> set[str]:
    return {str(one.get("id")) for one in _nodes(described, "rubricCriterionLevel")}


def _number(text: object) -> Decimal | None:
    try:
        number = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
