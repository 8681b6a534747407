"""From an event to a draft: its open part and its sealed part, before any key is used.

Pure: no clock, no database. The table in `facts.py` decides; here is how each way of keeping is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import orjson

from ledger.facts import FACT_TYPES, VERSION, WAYS, FactType
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


class Draft(msgspec.Struct):
    """A fact before sealing."""

    kind: FactType
    open: dict[str, Any]
    sealed: dict[str, Any]
    under: tuple[str, ...]  # whose keys seal it: distinct account ids, sorted; () is the community


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
    opened: dict[str, Any] = {"v": VERSION, "time": time, "source": tokens.source(source)}
    sealed: dict[str, Any] = {"id": event["id"]} if "id" in kind.sealed else {}
    kept = _KEPT[kind.name]
    for field, value in data.items():  # every field of every fact: the ways of most are here, without a call
        way, closed = kept.get(field, _NOT_KEPT)
        if way == "plain" and type(value) in _AS_IT_IS:
            opened[field] = value
        elif way == "ref":
            opened[field] = tokens.ref(value)
        elif way == "account":
            opened[field] = accounts.get(account_ref(value), NOBODY)
        elif way == "accounts":
            opened[field] = [accounts.get(account_ref(each), NOBODY) for each in value]
        elif way == "stream":
            opened[field] = as_token(tokens.event_stream(source, value))
        elif way:
            opened[field] = _OTHERS[way](value, tokens)
        if closed:
            sealed[field] = value
    special = _SPECIAL.get(kind.name)
    if special is not None:
        special(event, opened, sealed, tokens)
    return Draft(kind, opened, sealed, _under(kind, opened))


def _under(kind: FactType, opened: Mapping[str, Any]) -> tuple[str, ...]:
    if len(kind.under) == 1:
        (field,) = kind.under
        return (opened[field],) if field in opened else ()
    return tuple(sorted({opened[field] for field in kind.under if field in opened}))


_AS_IT_IS = frozenset({str, int, bool, list})
_NOT_KEPT = "", False
_KEPT = {
    kind.name: dict.fromkeys(kind.sealed, ("", True))
    | {field: (way, field in kind.sealed) for way in WAYS for field in getattr(kind, way)}
    for kind in FACT_TYPES.values()
}
"""Of each fact type: in which way a field is kept in the open, "" for none, and whether it is sealed too."""


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON as it came
    """Keep a value; a whole number is an integer however it was written."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is dict:
        return {name: _plain(inner) for name, inner in value.items()}
    return value


_OTHERS: dict[str, Callable[[Any, Tokens], Any]] = {
    "plain": lambda value, _: _plain(value),
    "lower": lambda value, _: value.lower(),
    "instant": lambda value, _: parse_time(value),
    "period": lambda value, _: {name: parse_time(text) for name, text in value.items()},
    "refs": lambda value, tokens: [tokens.ref(each) for each in value],
}


def _consent(event: Mapping[str, Any], opened: dict[str, Any], sealed: dict[str, Any], tokens: Tokens) -> None:
    """Keep the consent's own source beside the fact's; seal only the uri of the policy."""
    data = event["data"]
    if "source" in data:
        opened["scopedSource"] = opened["source"]
        opened["source"] = tokens.source(event["source"])
    policy = dict(data["policy"])
    uri = policy.pop("uri", None)
    if policy:
        opened["policy"] = policy
    sealed.pop("policy")
    if uri is not None:
        sealed["policy"] = {"uri": uri}


def _impact(event: Mapping[str, Any], opened: dict[str, Any], _sealed: dict[str, Any], _: Tokens) -> None:
    if "unit" in event["data"].get("measure", ()):
        opened["measure"]["unit"] = opened["measure"]["unit"].lower()


def _response(event: Mapping[str, Any], opened: dict[str, Any], sealed: dict[str, Any], tokens: Tokens) -> None:
    """Numbers and booleans stay open, a choice becomes a token, text is sealed with its index."""
    texts: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for index, answer in enumerate(event["data"]["answers"]):
        value = answer["value"]
        kind = answer.get("type") or _type_of(value)
        kept = {name: _plain(answer[name]) for name in ("construct", "min", "max") if name in answer}
        kept |= {"item": tokens.ref(answer["item"]), "type": kind}
        if kind == "text":
            texts.append({"index": index, "value": value})
        else:
            kept["value"] = tokens.ref(value) if kind == "choice" else _plain(value)
        answers.append(kept)
    opened["answers"] = answers
    del sealed["answers"]
    if texts:
        sealed["answers"] = texts


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


_SPECIAL: dict[str, Callable[[Mapping[str, Any], dict[str, Any], dict[str, Any], Tokens], None]] = {
    "consent": _consent,
    "impact": _impact,
    "response": _response,
}
