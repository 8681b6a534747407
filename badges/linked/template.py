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
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from badges.errors import UnsafeDocumentError
from badges.linked.canonical import canonize, check_issuable
from badges.linked.statements import MouldError, Statements, Values, mark, parts_of, template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Texts: TypeAlias = Mapping[str, str]
    Make: TypeAlias = Callable[[Mapping[str, str]], dict[str, Any]]

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_TAIL = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*")
_UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class UnfitError(MouldError):
    """Texts that are none for this template, though another may take them."""


class _Slot(NamedTuple):
    name: str
    prefix: str  # what every text in it begins with
    named: bool  # it stands in an IRI


class Template:
    """One document with slots."""

    def __init__(self, make: Make, sample: Texts) -> None:
        """Compile what `make` gives for texts of the names of `sample`, which are real ones.

        `make` only puts texts together. Raises `UnsafeDocumentError` and `UnknownContextError` where the document is
        not one to be signed, `MouldError` where it cannot be proven that filling in is enough.
        """
        canonical = canonize(make(sample))
        check_issuable(canonical)
        prefixes = {name: _prefix(text) for name, text in sample.items()}
        self._compile(make, prefixes)
        if unnamed := [slot.name for slot in self._slots if slot.prefix and not slot.named]:
            self._compile(make, prefixes | dict.fromkeys(unnamed, ""))  # texts that only look like IRIs
        filled = self.filled(sample)
        if self.digest(filled) != hashlib.sha256(canonical.nquads.encode()).digest():
            raise MouldError("wanted what the general way makes of it, got another canonical form")
        if orjson.loads(self.json(filled)) != make(sample):
            raise MouldError("wanted the document itself, got another")

    def _compile(self, make: Make, prefixes: Texts) -> None:
        names = list(prefixes)
        made = make({name: prefixes[name] + mark(slot) for slot, name in enumerate(names)})
        self._statements = Statements(made, len(names))
        named = self._statements.named
        self._slots = tuple(_Slot(name, prefixes[name], slot in named) for slot, name in enumerate(names))
        parts = parts_of(orjson.dumps(made))
        self._json = template(parts)
        self._places = itemgetter(*[part for part in parts if isinstance(part, int)])

    def filled(self, texts: Texts) -> Values:
        """Return what is written in the slots. Raises `UnsafeDocumentError` naming the slot, or `UnfitError`."""
        values = []
        for name, prefix, named in self._slots:
            text = texts[name]
            if named:
                if not text.startswith(prefix) or not _TAIL.fullmatch(text, len(prefix)):
                    raise UnfitError(f"{name}: wanted an IRI that begins with {prefix}, got {ascii(text)[:80]}")
                values.append(text[len(prefix) :].encode())
                continue
            if found := _UNSAID.search(text):
                wanted = "Unicode text without control characters and lone surrogates"
                raise UnsafeDocumentError(f"{name}: wanted {wanted}, got {found.group()!a}")
            values.append(orjson.dumps(text)[1:-1])  # escaped as in canonical N-Quads, but for what was just refused
        return tuple(values)

    def digest(self, values: Values) -> bytes:
        """Return the SHA-256 of the canonical N-Quads. Raises `AlikeError` where only the general way can tell."""
        return self._statements.digest(values, issuing=True)

    def json(self, values: Values) -> bytes:
        """Return the document as compact UTF-8 JSON."""
        made: bytes = self._json % self._places(values)
        return made


def _prefix(text: str) -> str:
    """Return what all IRIs of a slot have in common with this one: all up to the last part of it."""
    if not _IRI.fullmatch(text):
        return ""
    return text[: max(text.rfind(end) for end in ":/#?") + 1]
