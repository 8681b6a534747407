"""JSON as strictly as two readers must take it to see the same thing (RFC 8259, RFC 7493 "I-JSON")."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from schemas.errors import Fault, MalformedJSONError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST = 32  # levels of arrays and objects
LARGEST_INTEGER = 2**53 - 1  # RFC 7493 "Numbers": beyond it readers disagree
_MOST_DIGITS = 17  # of a number literal worth converting: LARGEST_INTEGER has 16, and a sign

_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


def loads(raw: bytes) -> object:
    """Return the value that `raw` writes down.

    UTF-8 without a byte order mark; at most 32 levels deep; no name twice in an object; numbers finite,
    integers within +-(2**53 - 1); no lone surrogate and no U+0000 in a string. A whole number is an `int`
    however it is written (`1.0`, `1e3`), so the same number is the same content.
    Raises `MalformedJSONError` and nothing else.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        came = f"byte {raw[error.start]:#04x} at offset {error.start}"
        raise MalformedJSONError(f"wanted JSON in UTF-8, got {came}") from error
    if text.startswith("\ufeff"):
        raise MalformedJSONError("wanted JSON in UTF-8 without a byte order mark, got one at its start")
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJSONError(_syntax(error, text)) from error
    except RecursionError as error:
        raise MalformedJSONError(_too_deep()) from error
    # Only an escape can smuggle in what the UTF-8 decoder and the JSON grammar refuse as a byte.
    if ("\\u" in text or text.count("[") + text.count("{") > DEEPEST) and (fault := foreign(value)):
        raise MalformedJSONError(f"{fault.message} (at {fault.pointer or 'the top'})")
    return value


def foreign(value: object) -> Fault | None:
    """Return the first thing in a Python value that strict JSON cannot carry, or None.

    What `loads` returns never has any; values made elsewhere (CSV, YAML, a program) may.
    """
    return None if _plain([value], DEEPEST + 1) else _first_foreign(value, "", DEEPEST)


def _plain(value: dict[str, object] | list[object], room: int) -> bool:  # noqa: C901  one loop, kept flat
    """Tell whether a container is strict JSON no deeper than `room` levels.

    On the path of every event, so what is cheap to ask is asked first and nothing is called twice.
    """
    if room == 0:
        return False
    inside: Iterable[object] = value
    if type(value) is dict:
        for name in value:
            if type(name) is not str or _unsound(name):
                return False
        inside = value.values()
    for inner in inside:
        kind = type(inner)
        if kind is str:
            if _unsound(inner):  # type: ignore[arg-type]
                return False
        elif kind is dict or kind is list:
            if not _plain(inner, room - 1):  # type: ignore[arg-type]
                return False
        elif not (inner is None or kind is bool or _sound_number(inner)):
            return False
    return True


def _unsound(text: str) -> bool:
    return "\0" in text if text.isascii() else _FORBIDDEN.search(text) is not None


def _sound_number(value: object) -> bool:
    """Tell whether `value` is a number every reader of JSON reads alike."""
    if type(value) is int:
        return -LARGEST_INTEGER <= value <= LARGEST_INTEGER
    return type(value) is float and math.isfinite(value)


def _first_foreign(value: object, pointer: str, room: int) -> Fault | None:
    """Find what `_plain` objected to, depth first."""
    if type(value) is dict or type(value) is list:
        if room == 0:
            return Fault(pointer, _too_deep())
        for name, inner in value.items() if type(value) is dict else enumerate(value):
            if type(value) is dict and (type(name) is not str or _unsound(name)):
                return Fault(pointer, f"wanted names that are text JSON can carry, got {_cut(name)}")
            if fault := _first_foreign(inner, f"{pointer}/{escaped(name)}", room - 1):
                return fault
        return None
    return None if _plain([value], 1) else Fault(pointer, _complaint(value))


def _complaint(value: object) -> str:
    """Say what is wrong with a single value that is not strict JSON."""
    if isinstance(value, str):
        return "wanted text without U+0000 and lone surrogates, got one of them"
    if isinstance(value, int):
        return f"wanted an integer within +-{LARGEST_INTEGER}, got a larger one"
    if isinstance(value, float):
        return f"wanted a finite number, got {value}"
    return f"wanted a value JSON can carry, got a Python {type(value).__name__}"


def escaped(name: object) -> str:
    """Return `name` as one reference token of a JSON Pointer (RFC 6901 "Syntax")."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _too_deep() -> str:
    return f"wanted JSON at most {DEEPEST} levels deep, got more"


def _cut(value: object) -> str:
    """Return a short ASCII rendering of `value`, for a message."""
    text = ascii(value) if isinstance(value, (str, int, float)) else f"a Python {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004  one line of a message


def _syntax(error: json.JSONDecodeError, text: str) -> str:
    """Say where the grammar broke, and with what."""
    if not text.strip():
        return "wanted JSON, got nothing"
    found = _cut(text[error.pos]) if error.pos < len(text) else "the end of the text"
    return f"wanted JSON, got {found} at line {error.lineno}, column {error.colno}: {error.msg}"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object, refusing a name that comes twice (RFC 7493 "Object Constraints")."""
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise MalformedJSONError(f"wanted each name once in an object, got {_cut(twice)} twice")
    return made


def _integer(literal: str) -> int:
    if len(literal) > _MOST_DIGITS or abs(value := int(literal)) > LARGEST_INTEGER:
        raise MalformedJSONError(f"wanted an integer within +-{LARGEST_INTEGER}, got {_cut(literal)}")
    return value


def _fraction(literal: str) -> float | int:
    value = float(literal)
    if math.isinf(value):
        raise MalformedJSONError(f"wanted a finite number, got {_cut(literal)}")
    return int(value) if value.is_integer() and abs(value) <= LARGEST_INTEGER else value


def _constant(literal: str) -> float:
    raise MalformedJSONError(f"wanted a finite number, got {literal}")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
