"""What a delivery becomes: events, or the word that it means nothing, or that nobody knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from api.connecting.errors import ExpressionError
from schemas import event_type, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.connecting.expressions import Expression

Template: TypeAlias = "Expression | dict[str, Template] | list[Template]"
"""Of the data of an event: an expression for each value."""

MOST_EACH = 1_000  # events of one delivery

Kind: TypeAlias = Literal["mapped", "ignored", "unknown", "misfit"]
"""`mapped`: it is known, and became these events, perhaps none. `misfit`: it is not what the mapping thinks it is."""


class Turn(NamedTuple):
    """When something happened that can be undone and happen again (µs); `undone`: the id of what undoes it first."""

    at: int
    undone: str


@dataclass(frozen=True, slots=True)
class Emit:
    """How an event is made."""

    emit: str
    each: Expression | None
    when: Expression | None
    id: Expression
    time: Expression | None  # None: when it came
    data: Template
    again: Expression | None = None
    undone: Expression | None = None

    def events(
        self, told: Mapping[str, Any], source: str, community: str
    ) -> Iterator[tuple[dict[str, Any], Turn | None]]:
        """Yield the CloudEvents that a delivery becomes. Raises `ExpressionError`."""
        for each in self._each(told):
            if self.when is not None and not _true(self.when.of(each)):
                continue
            event = {
                "specversion": "1.0",
                "id": _text(self.id, each),
                "source": source,
                "type": event_type(self.emit),
                "community": community,
                "data": filled(self.data, each) or {},
            }
            if self.time is not None:
                event["time"] = _text(self.time, each)
            yield event, self._turn(each)

    def _turn(self, told: Mapping[str, Any]) -> Turn | None:
        if self.again is None:
            return None
        return Turn(parse_time(_text(self.again, told)), _text(self.undone, told) if self.undone else "")

    def _each(self, told: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if self.each is None:
            return [told]
        found = self.each.of(told)
        if found is None:
            return []
        if not isinstance(found, list) or len(found) > MOST_EACH:
            raise ExpressionError(f"each: wanted a list of up to {MOST_EACH:,}, got {type(found).__name__}")
        return [{**told, "each": one} for one in found]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of a delivery: `key` is the platform's word for what happened, `words` say what is wrong."""

    kind: Kind
    key: str
    events: Sequence[dict[str, Any]] = ()
    words: str = ""
    turns: Mapping[str, Turn] = field(default_factory=dict)  # of those events, by id, that can happen again


@dataclass(frozen=True, slots=True)
class Meaning:
    """The part of a connector that says what deliveries mean."""

    event: Expression
    source: Expression
    ignore: Sequence[str]
    emits: Mapping[str, Sequence[Emit]]

    def map(self, told: Mapping[str, Any], community: str) -> Mapped:
        """Return what a delivery becomes. Raises nothing."""
        key = ""
        try:
            key = _text(self.event, told)
            emits = self.emits.get(key)
            if emits is None:
                known = any(fnmatchcase(key, pattern) for pattern in self.ignore)
                return Mapped("ignored" if known else "unknown", key)
            source = _text(self.source, told)
            found = [each for emit in emits for each in emit.events(told, source, community)]
        except ExpressionError as error:
            return Mapped("misfit", key, words=str(error))
        turns = {event["id"]: turn for event, turn in found if turn}
        return Mapped("mapped", key, [event for event, _ in found], turns=turns)


def filled(template: Template, told: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    """Return the data of an event, without what is null. Raises `ExpressionError`.

    An object is left out in which the delivery says nothing: of a person without an id the platform's name alone.
    """
    if isinstance(template, dict):
        found = {name: value for name, inner in template.items() if (value := filled(inner, told)) is not None}
        return found if any(not _constant(template[name]) for name in found) else None
    if isinstance(template, list):
        return [value for inner in template if (value := filled(inner, told)) is not None] or None
    return template.of(told)


def _constant(template: Template) -> bool:
    return not isinstance(template, (dict, list)) and bool(template.constant)


def _true(value: object) -> bool:
    """Return whether a value is true as JMESPath has it ("Or Expressions"): 0 is."""
    return bool(value) or (value == 0 and value is not False)


def _text(expression: Expression, told: Mapping[str, Any]) -> str:
    found = expression.of(told)
    if not isinstance(found, str) or not found:
        raise ExpressionError(
            f"{expression.text[:60]!r}: wanted text, got {'nothing' if found is None else found!r:.40}"
        )
    return found
