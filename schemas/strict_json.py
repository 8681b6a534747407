"""JSON as strictly as two readers must take it to see the same thing (RFC 8259, RFC 7493 "I-JSON").

`json` is the authority on what is not strict JSON, and on the words for it. What plainly is goes a quicker way:
`msgspec` reads it, `orjson` writes it anew, and what was written is held against what came.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import msgspec
import orjson

from schemas.errors import Fault, MalformedJSONError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST = 32  # levels of arrays and objects
LARGEST_INTEGER = 2**53 - 1  # RFC 7493 "Numbers": beyond it readers disagree
MOST_VALUES = 250_000  # in one document made elsewhere
_MOST_DIGITS = 17  # of a number literal worth converting: LARGEST_INTEGER has 16, and a sign

_QUOTE, _COLON, _BRACKET, _BACKSLASH, _BRACE = b'":[\\{'
_DEEP = b"\n" + b"  " * DEEPEST  # where something stands in the deepest level allowed, written with indents of two


def loads(raw: bytes) -> object:
    """Return the value that `raw` writes down.

    UTF-8 without a byte order mark; at most 32 levels deep; no name twice in an object; numbers finite,
    integers within +-(2**53 - 1); no lone surrogate and no U+0000 in a string. A whole number is an `int`
    however it is written (`1.0`, `1e3`), so the same number is the same content.
    Raises `MalformedJSONError` and nothing else.
    """
    try:
        value: object = _READER.decode(raw)
        anew = orjson.dumps(value, None, orjson.OPT_STRICT_INTEGER)  # refuses the integers that we refuse
    except (ValueError, TypeError, RecursionError, MalformedJSONError):
        return loads_slowly(raw)
    if not _holds_all(anew, raw) or (_BACKSLASH in raw and b"\\u0000" in raw):
        return loads_slowly(raw)
    if raw.count(_BRACE) + raw.count(_BRACKET) > DEEPEST and _DEEP in orjson.dumps(value, None, orjson.OPT_INDENT_2):
        return loads_slowly(raw)
    return value


def _holds_all(anew: bytes, raw: bytes) -> bool:
    """Tell whether `anew`, the JSON of what was read from `raw`, holds every name that `raw` does.

    Of a name that comes twice only the last member is read, so then a name is lost. JSON that is the same byte
    for byte has lost nothing. Where no character of `raw` is escaped, none of `anew` is; the same strings have
    the same colons, and each name has one more beside it. Else the quotation marks that are not escaped are
    counted, so that each string adds two, or one where it ends in an escaped backslash. `anew` always escapes
    a backslash so, hence a string never adds more there than in `raw`, and one that is lost was not made up for.
    """
    if anew in (raw, raw.strip()):
        return True
    if _BACKSLASH in raw:
        return anew.count(_QUOTE) - anew.count(b'\\"') == raw.count(_QUOTE) - raw.count(b'\\"')
    return anew.count(_COLON) == raw.count(_COLON)


def loads_slowly(raw: bytes) -> object:
    """Do what `loads` does, by the authority alone."""
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
    if ("\\u" in text or text.count("[") + text.count("{") > DEEPEST) and (fault := foreign(value, most=len(raw))):
        raise MalformedJSONError(f"{fault.message} (at {fault.pointer or 'the top'})")
    return value


def foreign(value: object, *, most: int = MOST_VALUES) -> Fault | None:
    """Return the first thing in a Python value that strict JSON cannot carry, or None.

    What `loads` returns never has any; values made elsewhere (CSV, YAML, a program) may. More than `most`
    values are foreign too: where parts are shared, a small object may be an endless text.
    """
    return None if _plain([value], DEEPEST + 1, [most]) else _first_foreign(value, "", DEEPEST, [most])


def _plain(value: dict[str, object] | list[object], room: int, left: list[int]) -> bool:  # noqa: C901  one flat loop
    """Tell whether a container is strict JSON no deeper than `room` levels; `left[0]` values may still come."""
    left[0] -= len(value)
    if room == 0 or left[0] < 0:
        return False
    inside: Iterable[object] = value
    if type(value) is dict:
        for name in value:
            if type(name) is not str or not is_sound(name):
                return False
        inside = value.values()
    for inner in inside:
        kind = type(inner)
        if kind is str:
            if not is_sound(inner):  # type: ignore[arg-type]
                return False
        elif kind is dict or kind is list:
            if not _plain(inner, room - 1, left):  # type: ignore[arg-type]
                return False
        elif not (inner is None or kind is bool or _sound_number(inner)):
            return False
    return True


def is_sound(text: str) -> bool:
    """Tell whether `text` has no U+0000 and no lone surrogate."""
    if "\0" in text:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def _sound_number(value: object) -> bool:
    """Tell whether `value` is a number every reader of JSON reads alike."""
    if type(value) is int:
        return -LARGEST_INTEGER <= value <= LARGEST_INTEGER
    return type(value) is float and math.isfinite(value)


def _first_foreign(value: object, pointer: str, room: int, left: list[int]) -> Fault | None:
    """Find what `_plain` objected to, depth first."""
    if type(value) is dict or type(value) is list:
        left[0] -= len(value)
        if left[0] < 0:
            return Fault("", "wanted JSON of a size that can be read, got far more values")
        if room == 0:
            return Fault(pointer, _too_deep())
        for name, inner in value.items() if type(value) is dict else enumerate(value):
            if type(value) is dict and (type(name) is not str or not is_sound(name)):
                return Fault(pointer, f"wanted names that are text JSON can carry, got {_cut(name)}")
            if fault := _first_foreign(inner, f"{pointer}/{escaped(name)}", room - 1, left):
                return fault
        return None
    return None if _plain([value], 1, [1]) else Fault(pointer, _complaint(value))


def _complaint(value: object) -> str:
    """Say what is wrong with a single value that is not strict JSON."""
    if type(value) is str:
        return "wanted text without U+0000 and lone surrogates, got one of them"
    if type(value) is int:
        return f"wanted an integer within +-{LARGEST_INTEGER}, got a larger one"
    if type(value) is float:
        return f"wanted a finite number, got {value}"
    return f"wanted a value JSON can carry, got a Python {type(value).__name__}"


def measured(value: object) -> tuple[int, int]:
    """Return how many JSON values there are in one, itself among them, and about how many bytes they take."""
    if isinstance(value, dict):
        inner = [measured(each) for each in value.values()]
        return 1 + sum(count for count, _ in inner), sum(size for _, size in inner) + sum(len(key) + 4 for key in value)
    if isinstance(value, list):
        inner = [measured(each) for each in value]
        return 1 + sum(count for count, _ in inner), sum(size + 1 for _, size in inner)
    return 1, len(str(value).encode()) + 2


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
_READER = msgspec.json.Decoder(float_hook=_fraction)
