"""Documents that differ in some texts alone, written and hashed without going through JSON-LD again.

A template is compiled from a function that puts texts together (`badges.documents.credential.document`): once with
real texts, in the general way, with every check that it makes; once with marks in their stead, which shows where each
goes, in the JSON and in the canonical N-Quads. The compiled way must then give for the real texts what the general way
gave, or there is no template.
"""

from __future__ import annotations

import hashlib
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from badges.errors import UnsafeDocumentError
from badges.linked.canonical import canonize, check_issuable
from badges.linked.statements import MouldError, Statements, Values, mark, parts_of, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Texts: TypeAlias = Mapping[str, str]
    Make: TypeAlias = Callable[[Mapping[str, str]], dict[str, Any]]

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_TAIL = r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*"
_UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1e\x7f\ufffe\uffff\ud800-\udfff]")  # but for what is between
_CONTROLS = bytes({*range(0x1F), 0x7F} - {0x09, 0x0A, 0x0D})
_BETWEEN, _WRITTEN = "\x1f", b"\\u001f"  # texts that are looked at, and written, together


class UnfitError(MouldError):
    """Texts that are none for this template, though another may take them."""


class Template:
    """One document with slots. `context` is what it names as `@context`."""

    def __init__(self, make: Make, sample: Texts) -> None:
        """Compile what `make` gives for texts of the names of `sample`, which are real ones.

        `make` only puts texts together. Raises `UnsafeDocumentError` and `UnknownContextError` where the document is
        not one to be signed, `AlikeError` where these texts leave two nodes alike, `MouldError` where it cannot be
        proven that filling in is enough.
        """
        canonical = canonize(make(sample))
        check_issuable(canonical)
        prefixes = {name: _prefix(text) for name, text in sample.items()}
        named = self._compile(make, prefixes)
        self._compile(
            make, {name: prefixes[name] for name in named} | {name: "" for name in sample if name not in named}
        )
        filled = self.filled(sample)
        if self.digest(filled) != hashlib.sha256(canonical.nquads.encode()).digest():
            raise MouldError("wanted what the general way makes of it, got another canonical form")
        if orjson.loads(self.json(filled)) != make(sample):
            raise MouldError("wanted the document itself, got another")

    def _compile(self, make: Make, prefixes: Texts) -> list[str]:
        """Take the names in this order, with what IRIs in their slots begin with; return those that stand in IRIs."""
        names = list(prefixes)
        made = make({name: prefixes[name] + mark(slot) for slot, name in enumerate(names)})
        self._statements = Statements(made, len(names))
        named = [name for slot, name in enumerate(names) if slot in self._statements.named]
        plain = [name for name in names if name not in named]
        self._named, self._plain = _taking(named), _taking(plain)
        self._form = re.compile(_BETWEEN.join(f"{re.escape(prefixes[name])}({_TAIL})" for name in named))
        self._forms = [(name, prefixes[name]) for name in named]
        parts = parts_of(orjson.dumps(made))
        self._json = template(parts)
        self._places = itemgetter(*[part for part in parts if isinstance(part, int)])
        self.context: list[str] = made["@context"]
        return named

    def filled(self, texts: Texts) -> Values:
        """Return what is written in the slots. Raises `UnsafeDocumentError` naming the slot, or `UnfitError`."""
        named = self._form.fullmatch(_BETWEEN.join(self._named(texts)))
        if named is None:
            raise self._unfit(texts)
        plain = self._plain(texts)
        together = _BETWEEN.join(plain)
        if _says_too_much(together):
            raise _unsafe(texts)
        written = orjson.dumps(together)[1:-1].split(_WRITTEN)  # escaped as in canonical N-Quads
        if len(written) != len(plain):  # a text that holds what stands between them
            raise _unsafe(texts)
        return (*"\n".join(named.groups()).encode().split(b"\n"), *written) if named.groups() else tuple(written)

    def digest(self, values: Values) -> bytes:
        """Return the SHA-256 of the canonical N-Quads. Raises `AlikeError` where only the general way can tell."""
        return self._statements.digest(values, issuing=True)

    def json(self, values: Values) -> bytes:
        """Return the document as compact UTF-8 JSON."""
        made: bytes = self._json % self._places(values)
        return made

    def _unfit(self, texts: Texts) -> UnfitError:
        name, prefix = next(
            (name, prefix) for name, prefix in self._forms if not re.fullmatch(re.escape(prefix) + _TAIL, texts[name])
        )
        return UnfitError(f"{name}: wanted an IRI that begins with {prefix}, got {ascii(texts[name])[:80]}")


def _taking(names: list[str]) -> Callable[[Texts], tuple[str, ...]]:
    """Return what takes the texts of these names."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda texts: tuple(texts[name] for name in names)


def _says_too_much(text: str) -> bool:
    """Tell whether a text has what `_UNSAID` finds, without a look at each character."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return True
    if len(raw.translate(None, _CONTROLS)) < len(raw):
        return True
    return not text.isascii() and ("\ufffe" in text or "\uffff" in text)


def _unsafe(texts: Texts) -> Exception:
    """Return what is wrong with the first text that a control character, or half a character, is in."""
    for name, text in texts.items():
        if found := _UNSAID.search(text) or re.search(_BETWEEN, text):
            wanted = "Unicode text without control characters and lone surrogates"
            return UnsafeDocumentError(f"{name}: wanted {wanted}, got {found.group()!a}")
    return UnfitError("wanted texts that can be told apart when they are written together, got others")


def _prefix(text: str) -> str:
    """Return what all IRIs of a slot have in common with this one: all up to the last part of it."""
    if not _IRI.fullmatch(text):
        return ""
    return text[: max(text.rfind(end) for end in ":/#?") + 1]
