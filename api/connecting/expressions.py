"""Expressions of connector files: JMESPath, with the few functions that payloads ask for.

They end always, touch nothing, and take what they are given and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from api.connecting.errors import ExpressionError
from schemas import InvalidTimeError, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHADOWED = frozenset({"subexpression", "index_expression", "filter_projection", "projection", "value_projection"})
_NO_SLUG = re.compile(r"[^a-z0-9._/-]+")
_LONGEST_SLUG = 64
_DISCORD_BEGAN, _LONGEST_SNOWFLAKE = 1_420_070_400_000, 20
_MICRO, _MILLI = 1_000_000, 1_000
_FAULTS = (JMESPathError, TypeError, ValueError, AttributeError, LookupError, OverflowError)  # of values of other kinds


class _Functions(functions.Functions):
    """What JMESPath lacks. A time comes out as RFC 3339 in UTC, or null where there is none."""

    def __init__(self, secret: bytes = b"") -> None:
        super().__init__()
        self._secret = secret

    @functions.signature({"types": ["number", "string", "null"]})
    def _func_epoch(self, seconds: float | str | None) -> str | None:
        """Return the time so many seconds after 1970."""
        return _since(seconds, _MICRO)

    @functions.signature({"types": ["number", "string", "null"]})
    def _func_millis(self, millis: float | str | None) -> str | None:
        """Return the time so many milliseconds after 1970."""
        return _since(millis, _MILLI)

    @functions.signature({"types": ["string", "null"]})
    def _func_snowflake(self, number: str | None) -> str | None:
        """Return the time that is in an id of Discord's: in its upper bits, milliseconds since 2015."""
        if number is None:
            return None
        if not number.isdecimal() or not number.isascii() or len(number) > _LONGEST_SNOWFLAKE:
            raise ExpressionError(f"snowflake(): wanted an id of digits, got {number[:40]!r}")
        return _since((int(number) >> 22) + _DISCORD_BEGAN, _MILLI)

    @functions.signature({"types": ["string", "null"]})
    def _func_instant(self, text: str | None) -> str | None:
        """Return a time with any offset, or with none (as UTC)."""
        if text is None:
            return None
        try:
            return format_time(parse_time(text))
        except InvalidTimeError:
            pass
        try:
            naive = datetime.fromisoformat(text)
            return format_time(parse_time((naive if naive.tzinfo else naive.replace(tzinfo=UTC)).isoformat()))
        except (ValueError, InvalidTimeError) as error:
            raise ExpressionError(f"instant(): wanted a time, got {text[:40]!r}") from error

    @functions.signature({"types": ["object"]}, {"types": ["string", "number", "null"]})
    def _func_lookup(self, table: Mapping[str, Any], key: str | float | None) -> object:
        """Return what a table has under a key, or null."""
        return table.get(str(key))

    @functions.signature({"types": ["string", "null"]})
    def _func_slug(self, text: str | None) -> str | None:
        """Return a text as a slug: `Show & Tell` as `show-tell`."""
        return _NO_SLUG.sub("-", text.lower()).strip("-")[:_LONGEST_SLUG] or None if text else None

    @functions.signature({"types": ["string"]})
    def _func_sha256(self, text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    @functions.signature({"types": ["string"]})
    def _func_hmac_hex(self, text: str) -> str:
        """Return the HMAC-SHA-256 under the door's own secret; for challenges alone."""
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


_TABLE: Mapping[str, Any] = _Functions.FUNCTION_TABLE


class Expression:
    """One expression, checked when it is read."""

    def __init__(self, text: str) -> None:
        """Compile it. Raises `ExpressionError`."""
        self.text = text
        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError as error:
            raise ExpressionError(f"wanted a JMESPath expression, got {text[:60]!r}: {_first_line(error)}") from error
        for node in _nodes(self._compiled.parsed):
            _check(node, text)
        self._tree: Any = _shortened(dict(self._compiled.parsed))

    def of(self, told: Mapping[str, Any]) -> Any:  # noqa: ANN401  whatever stands there
        """Return what it is of a delivery. Raises `ExpressionError` where that is of another kind than it takes."""
        return self._found(_INTERPRETER, told)

    def answer(self, told: Mapping[str, Any], secret: bytes) -> Any:  # noqa: ANN401  whatever is to be answered
        """Return what it is, with the door's secret for `hmac_hex`. Raises `ExpressionError`."""
        return self._found(_Interpreter(jmespath.Options(custom_functions=_Functions(secret))), told)

    @property
    def constant(self) -> tuple[object] | tuple[()]:
        """The one value that it is of every delivery, in a tuple; () where it depends."""
        parsed = self._compiled.parsed
        return (parsed["value"],) if parsed["type"] == "literal" else ()

    def _found(self, interpreter: _Interpreter, told: Mapping[str, Any]) -> Any:  # noqa: ANN401  as `of`
        try:
            return interpreter.visit(self._tree, told)
        except _FAULTS as error:
            raise ExpressionError(f"{self.text[:60]!r}: {_first_line(error)}") from error


def _since(count: float | str | None, unit: int) -> str | None:
    """Return so many units after 1970; of a text to the microsecond, which a float would not be."""
    if count is None:
        return None
    try:
        return format_time(int((Decimal(count) if isinstance(count, str) else Decimal(str(count))) * unit))
    except (ArithmeticError, ValueError, InvalidTimeError) as error:
        raise ExpressionError(f"wanted a time since 1970, got {str(count)[:40]!r}") from error


class _Interpreter(TreeInterpreter):
    """Interprets what `_shortened` returns. It holds nothing of what it is asked, so that one is enough for all."""

    def visit_path(self, node: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401  whatever stands there
        """Return what stands at the end of names with dots between."""
        for name in node["names"]:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value


def _shortened(node: dict[str, Any]) -> dict[str, Any]:
    """Return a tree that says the same in fewer steps: a path in one, and a table of constants as one constant."""
    if names := _names(node):
        return {"type": "path", "names": names, "children": []}
    children = [_shortened(child) if isinstance(child, dict) else child for child in node["children"]]
    if node["type"] == "function_expression":
        children = [_constant(child) for child in children]
    return {**node, "children": children}


def _names(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what is nothing but names with dots between, as most is; else ()."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return ()
    parts = [_names(child) for child in node["children"]]
    return tuple(name for part in parts for name in part) if all(parts) else ()


def _constant(node: dict[str, Any]) -> dict[str, Any]:
    pairs = node["children"] if node["type"] == "multi_select_dict" else []
    if not pairs or any(pair["children"][0]["type"] != "literal" for pair in pairs):
        return node
    return {"type": "literal", "value": {pair["value"]: pair["children"][0]["value"] for pair in pairs}, "children": []}


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    ahead = [node]
    while ahead:
        each = ahead.pop()
        yield each
        ahead += [child for child in each["children"] if isinstance(child, dict)]


def _check(node: Mapping[str, Any], text: str) -> None:
    """Refuse what never does what it seems to: `!a.b` is `(!a).b`, and so null."""
    kind, children = node["type"], node["children"]
    if kind in _SHADOWED and children and children[0]["type"] == "not_expression":
        raise ExpressionError(
            f"wanted !(...) around all that is denied, got {text[:60]!r}, where ! takes the first name"
        )
    if kind != "function_expression":
        return
    known = _TABLE.get(node["value"])
    if known is None:
        raise ExpressionError(f"wanted one of the functions {', '.join(sorted(_TABLE))}; got {node['value']}()")
    wanted = known["signature"]
    most = None if wanted and wanted[-1].get("variadic") else len(wanted)
    if len(children) < len(wanted) or (most is not None and len(children) > most):
        raise ExpressionError(f"{node['value']}(): wanted {len(wanted)} arguments, got {len(children)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(":, ")


_INTERPRETER = _Interpreter(jmespath.Options(custom_functions=_Functions()))
