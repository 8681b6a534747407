"""JSON-LD to canonical N-Quads, refusing whatever two readers could take differently.

A Data Integrity signature of the rdfc suites covers the statements that a document expands to, not its
JSON. So nothing may be lost on the way ("safe mode"): an undefined term, a relative id, a null or an
unknown context is refused, and never silently left unsigned. JSON-LD 1.1 "Expansion Algorithm" is PyLD's, of which
each part is paid for before it is done (`badges.work`); what follows is `badges.linked.dataset` and RDFC-1.0,
`badges.linked.rdfc`.
"""

from __future__ import annotations

import copy
import math
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from frozendict import frozendict
from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdError, JsonLdProcessor

from badges.errors import TooMuchWorkError, UnsafeDocumentError
from badges.haste import take_time
from badges.linked import rdfc
from badges.linked.dataset import quads_of
from badges.linked.familiar import FAMILIAR, INITIAL, LISTS, names
from badges.work import bounded, spend, spend_once
from schemas import contexts

DEEPEST = 48  # levels of JSON
VALUE = 16  # units of work to expand a JSON value
MEMBER = 25  # to take in a JSON value of a context that is none of the familiar ones
_TERMS = 16  # of a context that cost a unit whenever it is copied, as it is for each context that adds to it
_CHARACTERS = 32  # of a name or text that cost a unit: it is put together, matched, and copied

_BASE = "undefined:///"  # what no context defines resolves against this, and is refused by it
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f-\x9f\ud800-\udfff]*")
_BLANK = re.compile(r"_:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFUSED = frozenset({"@included", "@reverse", "@index"})  # out of the reader's sight, or not signed
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_LITERALS = {"rdfDirection": "i18n-datatype", "processingMode": "json-ld-1.1"}

# What PyLD may raise on documents and contexts that are no JSON-LD.
_FAULTS = (JsonLdError, TypeError, ValueError, AttributeError, LookupError, RecursionError)

# RDFC-1.0 "Canonical N-Quads": named escapes, then \u for other controls, DEL and what XML 1.1 excludes.
_NAMED = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_NUMBERED = {code: f"\\u{code:04X}" for code in (*range(32), 127, 0xFFFE, 0xFFFF)}
_ESCAPED = re.compile(r"\\(u[0-9A-F]{4}|.)")
_ESCAPES = str.maketrans(_NUMBERED | _NAMED)


@dataclass(frozen=True, slots=True)
class Canonical:
    """What a JSON-LD document says: its canonical N-Quads, and its one top node, expanded."""

    nquads: str
    node: dict[str, Any]


def canonize(
    document: Mapping[str, Any], *, extra: Mapping[str, object] | None = None, digest: str = "sha256"
) -> Canonical:
    """Return what `document` says (RDFC-1.0 over JSON-LD 1.1, `@direction` as i18n-datatype).

    `extra` maps further context URLs to their documents; it never replaces one that is at hand. `digest` is the hash
    by which blank nodes are told apart, as `hashlib` names it.
    Raises `UnsafeDocumentError`, `schemas.contexts.UnknownContextError` for a context not at hand, and
    `TooMuchWorkError`.
    """
    with bounded():
        quads, node = statements(document, extra=extra)
        return Canonical(rdfc.canonicalize(quads, digest=digest), node)


def statements(
    document: Mapping[str, Any], *, extra: Mapping[str, object] | None = None
) -> tuple[list[rdfc.Quad], dict[str, Any]]:
    """Return the statements that `document` makes, in no order, and its one top node. As `canonize`."""
    take_time()
    _check_json(document)
    processor = _Strict(extra or {})
    options = {"base": _BASE, "contextResolver": ContextResolver(_Cache(), _loader(extra or {}))}
    try:
        (node,) = processor.expand(dict(document), options)
        return quads_of(node, processor.literal), node
    except _FAULTS as error:
        raise _ours(error) from error


def check_issuable(canonical: Canonical) -> None:
    """Refuse what established verifiers canonicalize differently from RDFC-1.0.

    Some leave control characters bare, and some sort by UTF-16 code unit instead of by code point.
    Raises `UnsafeDocumentError`.
    """
    controls = [found for found in _ESCAPED.findall(canonical.nquads) if found not in '"\\tnr']
    if controls:
        raise UnsafeDocumentError(f"wanted text without control characters, got \\{controls[0]}")
    lines = canonical.nquads.split("\n")
    if sorted(lines, key=lambda line: line.encode("utf-16-be")) != sorted(lines):
        raise UnsafeDocumentError(
            "wanted values that every verifier sorts alike, got a list of text beyond the basic plane"
        )


def escape(text: str) -> str:
    """Return the text of a literal as canonical N-Quads write it, without its quotes."""
    return text.translate(_ESCAPES)


class _Strict(JsonLdProcessor):  # type: ignore[misc]  # published without types
    """PyLD's processor, stopping where it would drop something."""

    def __init__(self, extra: Mapping[str, object]) -> None:
        super().__init__(on_property_dropped=_refuse_term)
        self._extra = extra
        self._contexts: dict[tuple[object, ...], tuple[object, Any]] = {}
        self._iris: dict[tuple[object, ...], str | None] = {}

    def _process_context(self, active_ctx: Any, local_ctx: Any, options: Any, **how: Any) -> Any:  # noqa: ANN401
        """Do it once for each context under each active one, and have it paid: PyLD does it anew for every node."""

        def make() -> Any:  # noqa: ANN401
            return super(_Strict, self)._process_context(active_ctx, local_ctx, options, **how)

        if how.get("cycles") is not None or "_uuid" not in active_ctx:  # within one that was paid
            return make()
        found = FAMILIAR.find(active_ctx, local_ctx, how, make)
        if found is not None:
            return found
        key = (active_ctx["_uuid"], names(local_ctx) or id(local_ctx), *sorted(how.items()))
        if key not in self._contexts:  # what it is of is kept, so that no other gets its id
            self._pay(active_ctx, local_ctx)
            self._contexts[key] = local_ctx, make()
        return self._contexts[key][1]

    def _expand_iri(self, active_ctx: Any, value: Any, base: Any = None, vocab: Any = None, **how: Any) -> Any:  # noqa: ANN401
        """Do it once for each name under each context that is complete: PyLD does it several times for each member."""
        if not vocab or how or type(active_ctx) is not frozendict or type(value) is not str:
            return super()._expand_iri(active_ctx, value, base, vocab, **how)
        key = active_ctx["_uuid"], value, base
        if key not in self._iris:
            self._iris[key] = found = super()._expand_iri(active_ctx, value, base, vocab)
            spend(len(found or "") // _CHARACTERS)
        return self._iris[key]

    def expand(self, input_: object, options: dict[str, Any]) -> list[dict[str, Any]]:
        """Expand, and check that the result is one node that converts to RDF whole."""
        expanded: list[dict[str, Any]] = super().expand(input_, options)
        if len(expanded) != 1 or "@graph" in expanded[0]:
            raise UnsafeDocumentError(f"wanted a document about one thing, got {len(expanded)}")
        _check_value(expanded[0])
        return expanded

    def _pay(self, active_ctx: Any, local_ctx: object) -> None:  # noqa: ANN401  PyLD's
        """Pay for a context. What a document begins with is kept by PyLD for its proofs, and paid for them together."""
        spend(len(active_ctx["mappings"]) // _TERMS)
        named = names(local_ctx)
        if named is None or active_ctx["_uuid"] != INITIAL:
            spend(MEMBER * self._members(local_ctx))
            return
        for place, name in enumerate(named, start=1):
            if not contexts.urls().issuperset(named[:place]):
                spend(MEMBER * self._members(name))
            elif named[:place] not in LISTS:
                spend_once(named[:place], MEMBER * self._members(name))

    def _members(self, context: object) -> int:
        """Return how many JSON values there are in a context, and behind the names in it."""
        if isinstance(context, str):
            return _known_members(context) if context in contexts.urls() else _values(self._extra.get(context))
        if isinstance(context, Mapping):
            return 1 + sum(map(self._members, context.values()))
        return sum(map(self._members, context)) if isinstance(context, list) else 1

    def literal(self, value: Mapping[str, Any]) -> str:
        """Return the N-Quads term of a value object, with its direction in its datatype."""
        return _term(self._object_to_rdf(value, None, [], _LITERALS))


@cache
def _known_members(url: str) -> int:
    return _values(contexts.document(url))


def _values(value: object) -> int:
    """Return how many JSON values there are in one, itself among them."""
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, inside))


def _refuse_term(term: str | None) -> None:
    raise UnsafeDocumentError(f"wanted terms that the contexts define, got {ascii(term)[:80]}")


def _ours(error: BaseException) -> Exception:
    """Return our name for what PyLD raised, looking for a refused context at the bottom of it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (contexts.UnknownContextError, UnsafeDocumentError, TooMuchWorkError)):
            return cause
        cause = cause.__cause__
    code = getattr(error, "code", None) or getattr(getattr(error, "__cause__", None), "code", None)
    return UnsafeDocumentError(f"wanted JSON-LD, got {code or type(error).__name__}")


# --- contexts -----------------------------------------------------------------------------------

_bundled = threading.local()  # one cache a thread: PyLD's are not safe to share


class _Cache:
    """Resolved contexts: those at hand are kept for the thread, a document's own only for the call."""

    def __init__(self) -> None:
        self._own: dict[str, Any] = {}
        if not hasattr(_bundled, "contexts"):
            _bundled.contexts = {}
        self._kept: dict[str, Any] = _bundled.contexts

    def get(self, key: str) -> object:
        return self._kept.get(key) or self._own.get(key)

    def __setitem__(self, key: str, value: object) -> None:
        (self._kept if key in contexts.urls() else self._own)[key] = value


def _loader(extra: Mapping[str, object]) -> Any:  # noqa: ANN401  PyLD's own type
    def load(url: str, _options: object) -> dict[str, object]:
        document = extra[url] if url in extra and url not in contexts.urls() else contexts.document(url)
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": copy.deepcopy(document),
            "tag": "static",
        }

    return load


# --- what must hold before and after expansion -----------------------------------------------------


def _check_json(document: Mapping[str, Any]) -> None:
    """Have each value paid, and refuse those that vanish in expansion or that no UTF-8 can carry."""
    ahead: list[tuple[object, int, bool]] = [(document, 1, False)]
    while ahead:
        value, depth, in_context = ahead.pop()
        if depth > DEEPEST:
            raise UnsafeDocumentError(f"wanted at most {DEEPEST} levels, got more")
        spend(VALUE)
        if isinstance(value, dict):
            for key, inner in value.items():
                _check_text(key)
                ahead.append((inner, depth + 1, in_context or key == "@context"))
        elif isinstance(value, list):
            ahead.extend((inner, depth + 1, in_context) for inner in value)
        else:
            _check_scalar(value, in_context=in_context)


def _check_scalar(value: object, *, in_context: bool) -> None:
    if value is None and not in_context:
        raise UnsafeDocumentError("wanted a value or nothing at all, got null, which no signature covers")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnsafeDocumentError(f"wanted a finite number, got {value}")
    if isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    if _SURROGATE.search(text):
        raise UnsafeDocumentError("wanted Unicode text, got a lone surrogate")


def _check_node(node: dict[str, Any]) -> None:
    """Refuse an expanded node of which the conversion to RDF would drop or garble a part."""
    for key, values in node.items():
        if key in {"@id", "@type"}:
            for iri in values if isinstance(values, list) else [values]:
                _check_iri(iri)
        elif key != "@graph" and not _IRI.fullmatch(key):
            raise UnsafeDocumentError(f"wanted properties that are absolute IRIs, got {ascii(key)[:80]}")
        else:
            for value in values:
                _check_value(value)


def _check_value(value: dict[str, Any]) -> None:
    if hidden := _REFUSED & value.keys():
        raise UnsafeDocumentError(f"wanted statements where readers look for them, got {min(hidden)}")
    if "@list" in value:
        for item in value["@list"]:
            _check_value(item)
    elif "@value" in value:
        datatype, language = value.get("@type"), value.get("@language")
        if datatype is not None and datatype != "@json":
            _check_iri(datatype)
        if language is not None and not _LANGUAGE.fullmatch(language):
            raise UnsafeDocumentError(f"wanted a language tag, got {ascii(language)[:80]}")
    else:
        _check_node(value)


def _check_iri(iri: object) -> None:
    if not isinstance(iri, str) or iri.startswith(_BASE.rstrip("/")):
        shown = ascii(iri).replace(_BASE, "")[:80]
        raise UnsafeDocumentError(f"wanted absolute ids and types that the contexts define, got {shown}")
    if not (_BLANK if iri.startswith("_:") else _IRI).fullmatch(iri):
        raise UnsafeDocumentError(f"wanted an absolute IRI, got {ascii(iri)[:80]}")


# --- literals -------------------------------------------------------------------------------------


def _term(part: dict[str, str]) -> str:
    """Return what PyLD makes of a value object as an N-Quads term."""
    literal = f'"{escape(part["value"])}"'
    if part["datatype"] == _LANG_STRING:
        return f"{literal}@{part['language']}"
    return literal if part["datatype"] == _XSD_STRING else f"{literal}^^<{part['datatype']}>"
