"""JSON Canonicalization Scheme (RFC 8785): one JSON text for one value."""

from __future__ import annotations

import json
import math

from badges.errors import UnsafeDocumentError
from badges.work import spend

LARGEST_INTEGER = 2**53 - 1  # RFC 7493 "Numbers"
_VALUE, _CHARACTERS = 2, 128  # units of work to write a value, and characters that cost one
_PLAIN_BELOW = 21  # ECMAScript "Number::toString" writes exponents outside 1e-7 < x < 1e21
_PLAIN_ABOVE = -6


def canonical_json(value: object) -> bytes:
    """Return `value` as canonical JSON. Raises `UnsafeDocumentError` where it is none."""
    try:
        return _text(value).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise UnsafeDocumentError("wanted Unicode text and modest depth, got a lone surrogate or more") from error


def _text(value: object) -> str:
    spend(_VALUE + (len(value) // _CHARACTERS if isinstance(value, str) else 0))
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            if abs(value) > LARGEST_INTEGER:
                raise UnsafeDocumentError(f"wanted an integer within +-{LARGEST_INTEGER}, got a larger one")
            return str(value)
        case float():
            return _number(value)
        case list() | tuple():
            return f"[{','.join(_text(item) for item in value)}]"
        case dict():
            # RFC 8785 "Sorting of Object Properties": by UTF-16 code unit
            names = sorted(value, key=lambda name: str(name).encode("utf-16-be"))
            return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    raise UnsafeDocumentError(f"wanted a JSON value, got a {type(value).__name__}")


def _number(value: float) -> str:
    """Write a double as ECMAScript does: the shortest digits that read back, exponent beyond 21 places."""
    if not math.isfinite(value):
        raise UnsafeDocumentError(f"wanted a finite number, got {value}")
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    return ("-" if value < 0 else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Return 0.`digits` times ten to the `point`."""
    if len(digits) <= point <= _PLAIN_BELOW:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_BELOW:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_ABOVE < point <= 0:
        return "0." + "0" * -point + digits
    shown = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{shown}e{point - 1:+d}"
