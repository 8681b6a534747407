"""From an event to a draft: its open part and its sealed part, before any key is used.

Pure: no clock, no database. The table in `facts.py` decides; here is how each way of keeping is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from ledger.facts import FACT_TYPES, VERSION, FactType
from ledger.tokens import as_token
from schemas import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger.tokens import Tokens

AccountRef: TypeAlias = tuple[str, str, str]
"""An account as its platform names it: platform, realm ("" where it has none), id. Never stored in the clear."""

EVENT_TYPES = {f"org.guildbook.{row.topic}": row for row in FACT_TYPES.values()}
NOBODY = ""
"""Stands for an account that the vault does not know; no stored fact holds it."""


class Draft(NamedTuple):
    """A fact before sealing."""

    kind: FactType
    open: dict[str, Any]
    sealed: dict[str, Any]
    under: tuple[str, ...]  # whose keys seal it: distinct account ids, sorted; () is the community


class Drafting(NamedTuple):
    """What the ways of keeping need to know besides the value."""

    tokens: Tokens
    accounts: Mapping[AccountRef, str]
    source: str


def canonical(value: object) -> bytes:
    """Return `value` as JSON with sorted keys and no white space (UTF-8)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def account_ref(account: Mapping[str, Any]) -> AccountRef:
    """Return how an event names an account."""
    return account["platform"], account.get("realm") or "", account["id"]


def accounts_of(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every account object in a checked event, in the table's order."""
    kind, data = EVENT_TYPES[event["type"]], event["data"]
    found = [data[field] for field in kind.account if field in data]
    for field in kind.accounts:
        found += data.get(field, ())
    return found


def draft(event: Mapping[str, Any], time: int, *, tokens: Tokens, accounts: Mapping[AccountRef, str]) -> Draft:
    """Return the draft of a checked event that happened at `time` (µs). Unknown accounts become `NOBODY`."""
    kind, data, source = EVENT_TYPES[event["type"]], event["data"], event["source"]
    context = Drafting(tokens, accounts, source)
    opened: dict[str, Any] = {"v": VERSION, "time": time, "source": tokens.source(source)}
    sealed: dict[str, Any] = {"id": event["id"]} if "id" in kind.sealed else {}
    ways, closed = _WAYS[kind.name], kind.sealed
    for field, value in data.items():
        way = ways.get(field)
        if way is _plain and type(value) in _AS_IT_IS:  # most fields of most facts
            opened[field] = value
        elif way is not None:
            opened[field] = way(value, context)
        if field in closed:
            sealed[field] = value
    special = _SPECIAL.get(kind.name)
    if special is not None:
        special(data, opened, sealed, context)
    under = kind.under
    if len(under) == 1:
        return Draft(kind, opened, sealed, (opened[under[0]],) if under[0] in opened else ())
    return Draft(kind, opened, sealed, tuple(sorted({opened[field] for field in under if field in opened})))


_AS_IT_IS = frozenset({str, int, bool, list})


def _plain(value: Any, context: Drafting) -> Any:  # noqa: ANN401 - JSON as it came
    """Keep a value; a whole number is an integer however it was written."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is dict:
        return {name: _plain(inner, context) for name, inner in value.items()}
    return value


def _lower(value: str, _: Drafting) -> str:
    return value.lower()


def _account(value: Mapping[str, Any], context: Drafting) -> str:
    return context.accounts.get(account_ref(value), NOBODY)


def _accounts(value: list[dict[str, Any]], context: Drafting) -> list[str]:
    return [_account(each, context) for each in value]


def _instant(value: str, _: Drafting) -> int:
    return parse_time(value)


def _period(value: Mapping[str, str], _: Drafting) -> dict[str, int]:
    return {name: parse_time(text) for name, text in value.items()}


def _ref(value: str, context: Drafting) -> str:
    return context.tokens.ref(value)


def _refs(value: list[str], context: Drafting) -> list[str]:
    return [context.tokens.ref(each) for each in value]


def _stream(value: str, context: Drafting) -> str:
    return as_token(context.tokens.event_stream(context.source, value))


_HOW: dict[str, Callable[[Any, Drafting], Any]] = {
    "account": _account,
    "accounts": _accounts,
    "plain": _plain,
    "lower": _lower,
    "instant": _instant,
    "period": _period,
    "ref": _ref,
    "refs": _refs,
    "stream": _stream,
}
_WAYS = {
    row.name: {field: how for way, how in _HOW.items() for field in getattr(row, way)} for row in FACT_TYPES.values()
}


def _consent(data: Mapping[str, Any], opened: dict[str, Any], sealed: dict[str, Any], context: Drafting) -> None:
    """Keep the consent's own source beside the fact's; seal only the uri of the policy."""
    if "source" in data:
        opened["scopedSource"] = opened["source"]
        opened["source"] = context.tokens.source(context.source)
    policy = dict(data["policy"])
    uri = policy.pop("uri", None)
    if policy:
        opened["policy"] = policy
    sealed.pop("policy")
    if uri is not None:
        sealed["policy"] = {"uri": uri}


def _impact(data: Mapping[str, Any], opened: dict[str, Any], _sealed: dict[str, Any], _: Drafting) -> None:
    if "unit" in data.get("measure", ()):
        opened["measure"]["unit"] = opened["measure"]["unit"].lower()


def _response(data: Mapping[str, Any], opened: dict[str, Any], sealed: dict[str, Any], context: Drafting) -> None:
    """Numbers and booleans stay open, a choice becomes a token, text is sealed with its index."""
    texts: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for index, answer in enumerate(data["answers"]):
        value = answer["value"]
        kind = answer.get("type") or _type_of(value)
        kept = {name: _plain(answer[name], context) for name in ("construct", "min", "max") if name in answer}
        kept |= {"item": context.tokens.ref(answer["item"]), "type": kind}
        if kind == "text":
            texts.append({"index": index, "value": value})
        else:
            kept["value"] = context.tokens.ref(value) if kind == "choice" else _plain(value, context)
        answers.append(kept)
    opened["answers"] = answers
    del sealed["answers"]
    if texts:
        sealed["answers"] = texts


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


_SPECIAL: dict[str, Callable[[Mapping[str, Any], dict[str, Any], dict[str, Any], Drafting], None]] = {
    "consent": _consent,
    "impact": _impact,
    "response": _response,
}
