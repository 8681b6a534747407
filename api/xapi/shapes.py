"""What a statement must be, as shapes: a table for each object, and one walk over all of them.

Each fault carries a JSON pointer; all of them are found, not the first alone. The hot path of the door: a shape is a
mapping from names to checks, made once for each edition, and a check is a function called for each value there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_FAULTS = 100

Check: TypeAlias = "Callable[[Any, str, list[Fault]], None]"
"""Adds what is wrong with a value at a pointer."""


def plain(good: Callable[[object], bool], wanted: str) -> Check:
    """Return the check of a plain value; `wanted` says in words what `good` takes."""

    def check(value: object, at: str, faults: list[Fault]) -> None:
        if not good(value):
            wrong(at, wanted, value, faults)

    return check


def wrong(at: str, wanted: str, value: object, faults: list[Fault]) -> None:
    """Add a fault, in the words of every door."""
    if len(faults) < MOST_FAULTS:
        faults.append(Fault(at, f"wanted {wanted}, got {_told(value)}"))


def _told(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    return "text that is not" if isinstance(value, str) else f"{value!r:.40}"


def at_name(at: str, name: str) -> str:
    """Return the pointer to a member (RFC 6901)."""
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"


def shape(
    what: str, fields: Mapping[str, Check], required: Sequence[str] = (), *also: Callable[[Any, str, list[Fault]], None]
) -> Check:
    """Return the check of an object that has these fields and no others. `also` looks at it as a whole."""
    known, names = fields.get, tuple(required)

    def check(value: Any, at: str, faults: list[Fault]) -> None:  # noqa: ANN401  JSON
        if type(value) is not dict:
            return wrong(at, what, value, faults)
        for name, inner in value.items():
            look = known(name)
            if look is None:
                wrong(at_name(at, name), f"no such property in {what}", inner, faults)
            else:
                look(inner, f"{at}/{name}", faults)
        for name in names:
            if name not in value:
                wrong(at_name(at, name), f"it in {what}", None, faults)
        for each in also:
            each(value, at, faults)
        return None

    return check


def mapping(what: str, key: Callable[[object], bool], wanted: str, value_check: Check | None) -> Check:
    """Return the check of an object whose names are all of one kind."""

    def check(value: Any, at: str, faults: list[Fault]) -> None:  # noqa: ANN401  JSON
        if type(value) is not dict:
            return wrong(at, what, value, faults)
        for name, inner in value.items():
            if not key(name):
                wrong(at_name(at, name), wanted, name, faults)
            elif value_check is not None:
                value_check(inner, f"{at}/{name}", faults)
        return None

    return check


def items(what: str, each: Check, *, least: int = 0) -> Check:
    """Return the check of a list."""

    def check(value: Any, at: str, faults: list[Fault]) -> None:  # noqa: ANN401  JSON
        if type(value) is not list or len(value) < least:
            return wrong(at, what, value, faults)
        for number, inner in enumerate(value):
            each(inner, f"{at}/{number}", faults)
        return None

    return check


def by_type(what: str, kinds: Mapping[str, Check], default: str = "") -> Check:
    """Return the check of an object whose `objectType` says which shape it has."""

    def check(value: Any, at: str, faults: list[Fault]) -> None:  # noqa: ANN401  JSON
        if type(value) is not dict:
            return wrong(at, what, value, faults)
        kind = value.get("objectType", default)
        look = kinds.get(kind) if type(kind) is str else None
        if look is None:
            return wrong(f"{at}/objectType", f"one of {', '.join(kinds)}", kind, faults)
        look(value, at, faults)
        return None

    return check
