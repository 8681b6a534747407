"""Documents that others made, hashed by filling in once their shape is known.

Badges come in cohorts: of one issuer, for one achievement, by one program. The second document of a structure is held
against the first; what both say alike is taken as constant, every other text is a slot, and `badges.linked.statements`
compiles that. Documents that say something else where it was constant get a mould in which every text is a slot that
may be one. A shape is learned only from documents that the caller has found good, and each shape must first give for
such a document what the general way gave. Nothing is learned of documents that say themselves what their words mean
(a context written out, a keyword of JSON-LD for a name): there a text in a slot might mean what no look at it tells.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.errors import TooMuchWorkError, UnsafeDocumentError
from badges.haste import hurried
from badges.linked.canonical import canonize
from badges.linked.statements import AlikeError, MouldError, Statements, mark
from badges.work import learning, spend, spent
from schemas.contexts import UnknownContextError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MOST_STRUCTURES = 64
MOST_COHORTS = 8  # of one structure
MOST_HASHES = 512  # of documents that come again as they are
_LONGEST_NAME = 512  # bytes of what is free in an IRI, which may stand in many statements
_WRITTEN = 60  # bytes of a text that cost a unit to write in the general way: into a statement, and in its order
_SEARCHED = 1_024  # characters that cost a unit of work to look for a text in
_MOST_TRIES = 4  # to find the texts that must be constant
_MOST_TEXTS = 600
_LONGEST = 65_536  # bytes of a document, and of its statements: compiling compares each with each

_BACKSLASH, _QUOTE = b"\x01", b"\x02"  # stand for those two escaped, so that every other quote ends a string
_SAME = (rb"\n", rb"\r", rb"\t")  # the escapes that are alike in JSON and in N-Quads
_ODD = (b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xf4\x8e")  # escaped in N-Quads alone; and marks
_NAMED = re.compile(rb"[A-Za-z0-9._~:/?#@!$&'()*+,;=%%\[\]-]{0,%d}" % _LONGEST_NAME)
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_END = re.compile(rb"[:/?#]")
_FAULTS = (MouldError, AlikeError, UnsafeDocumentError, UnknownContextError, TooMuchWorkError)


class Found(NamedTuple):
    """The SHA-256 of a document's canonical N-Quads. `cohort`: by a narrow shape; there is nothing to learn.

    `work`: units that the general way takes to find it, which are to be paid by whoever goes by it.
    """

    digest: bytes
    cohort: bool
    work: int


class _Apart(NamedTuple):
    """A document's JSON: its bytes, what is between the strings, which says where they are, and the strings."""

    size: int
    structure: bytes
    strings: list[bytes]
    escaped: bool  # some have `_BACKSLASH` or `_QUOTE` in them


def _taken_apart(raw: bytes) -> _Apart | None:
    """Take apart what `orjson.dumps` wrote; None where a text is not in N-Quads as it is in JSON."""
    size, escaped = len(raw), not _escapes_alike(raw)
    if escaped:
        raw = raw.replace(b"\\\\", _BACKSLASH).replace(b'\\"', _QUOTE)
        if not _escapes_alike(raw):
            return None
    if b"\x7f" in raw or (not raw.isascii() and any(odd in raw for odd in _ODD)):
        return None
    parts = raw.split(b'"')
    return _Apart(size, b'"'.join(parts[::2]), parts[1::2], escaped)


def _escapes_alike(raw: bytes) -> bool:
    """Tell whether after every backslash stands one of `_SAME`."""
    return raw.count(b"\\") == sum(map(raw.count, _SAME))


def _whole(text: bytes) -> bytes:
    return text.replace(_BACKSLASH, b"\\\\").replace(_QUOTE, b'\\"')


@dataclass(frozen=True, slots=True)
class _Shape:
    """Documents that are alike but for some texts."""

    constant: Callable[[Sequence[bytes]], Any]
    said: Any  # what `constant` finds
    texts: Callable[[Sequence[bytes]], Any]  # those in slots
    named: tuple[tuple[int, bytes], ...]  # of those, the ones in IRIs, and what they begin with
    statements: Statements
    size: int  # bytes of the document that it was learned of
    work: int  # units that the general way took for that

    def digest(self, apart: _Apart) -> bytes | None:
        """Return the hash of a document, None where it is not of this shape."""
        if self.constant(apart.strings) != self.said:
            return None
        values = list(self.texts(apart.strings))
        if apart.escaped:
            values = [_whole(value) for value in values]
        for slot, prefix in self.named:
            text = values[slot]
            if not text.startswith(prefix) or not _NAMED.fullmatch(text, len(prefix)):
                return None
            values[slot] = text[len(prefix) :]
        return self.statements.digest(tuple(values))

    def cost(self, apart: _Apart) -> int:
        """Return the units that the general way takes for a document of this shape, with texts as long as it has."""
        return self.work + (apart.size - self.size) // _WRITTEN


@dataclass(slots=True)
class _Structure:
    """Documents with as many members in the same order, and the same numbers."""

    cohorts: tuple[_Shape, ...] = ()
    general: _Shape | None = None
    before: Sequence[bytes] | None = None  # the texts of one that no cohort took

    def shapes(self) -> Iterator[_Shape]:
        yield from self.cohorts
        if self.general:
            yield self.general


class Lesson(NamedTuple):
    """What was learned from a document, for others who verify: plain data, so that it can go to another process.

    Of a structure what is alike in it, or of one document its bytes and its hash.
    """

    structure: bytes = b""
    cohort: _Shape | None = None
    general: _Shape | None = None
    raw: bytes = b""
    digest: bytes = b""
    work: int = 0  # units that it took to find the hash


class Shapes:
    """The shapes that are known. Safe to share between threads.

    `tell` hears of each that is learned from a document here.
    """

    def __init__(self) -> None:
        self.tell: Callable[[Lesson], object] | None = None
        self._structures: OrderedDict[bytes, _Structure] = OrderedDict()
        self._hashes: OrderedDict[bytes, Lesson] = OrderedDict()
        self._lock = Lock()

    def hashed(self, raw: bytes) -> bytes | None:
        """Return the hash of this very document, where it was told by `remember`."""
        with self._lock:
            found = self._hashes.get(raw)
            if found is not None:
                self._hashes.move_to_end(raw)
        if found is None:
            return None
        spend(found.work)
        return found.digest

    def remember(self, raw: bytes, digest: bytes, work: int) -> None:
        """Remember the hash of a document that comes again as it is, and what it took to find it."""
        self._told(Lesson(raw=raw, digest=digest, work=work))

    def find(self, raw: bytes) -> Found | None:
        """Return the hash of a document, given as `orjson.dumps` writes it; None where its shape is not known."""
        apart = _taken_apart(raw)
        structure = self._structures.get(apart.structure) if apart else None
        if apart is None or structure is None:
            return None
        try:
            for shape in structure.shapes():
                if (digest := shape.digest(apart)) is not None:
                    self._used(apart.structure)
                    return Found(digest, shape is not structure.general, shape.cost(apart))
        except AlikeError:
            pass
        return None

    def _used(self, structure: bytes) -> None:
        """Remember longest what was needed last: whoever teaches many shapes makes nobody's be forgotten."""
        with self._lock, suppress(KeyError):  # forgotten just now
            self._structures.move_to_end(structure)

    def learn(self, document: Mapping[str, Any], raw: bytes) -> None:
        """Take in a good document that no cohort took; `raw` is what `orjson.dumps` made of it.

        The second of a structure is compiled, which takes some 50 ms for a badge, and seconds never; where it cannot
        be, nothing is learned; nor in haste.
        """
        if hurried() or len(raw) > _LONGEST or not _by_name(document, raw):
            return
        apart = _taken_apart(raw)
        if apart is None or len(apart.strings) > _MOST_TEXTS:
            return
        with self._lock:
            known = self._known(apart.structure)
            before, known.before = known.before, apart.strings
            wider = len(known.cohorts) < MOST_COHORTS if before != apart.strings else known.general is None
            if before is None or not wider:
                return
            known.before = None
        with learning():
            cohort, general = _moulds(document, apart, before, general=known.general is None)
        if cohort is None and general is None:
            return
        self._told(Lesson(apart.structure, cohort, general))

    def _told(self, lesson: Lesson) -> None:
        self.taught(lesson)
        if self.tell:
            self.tell(lesson)

    def taught(self, lesson: Lesson) -> None:
        """Take in what others learned. A shape that is known is kept."""
        with self._lock:
            if lesson.raw:
                self._hashes[lesson.raw] = lesson
                while len(self._hashes) > MOST_HASHES:
                    self._hashes.popitem(last=False)
                return
            known = self._known(lesson.structure)
            if lesson.cohort and all(each.said != lesson.cohort.said for each in known.cohorts):
                known.cohorts = (*known.cohorts, lesson.cohort)[:MOST_COHORTS]
            known.general = known.general or lesson.general

    def _known(self, structure: bytes) -> _Structure:
        """Return what is known of a structure, which is remembered the longest from now on."""
        known = self._structures.setdefault(structure, _Structure())
        self._structures.move_to_end(structure)
        while len(self._structures) > MOST_STRUCTURES:
            self._structures.popitem(last=False)
        return known


DOCUMENTS, OPTIONS = Shapes(), Shapes()
"""What this process knows: of signed documents, and of the options of their proofs."""


def _by_name(document: Mapping[str, Any], raw: bytes) -> bool:
    """Tell whether all that is said in keywords of JSON-LD is one `@context`, and that a list of names."""
    named = document.get("@context")
    return isinstance(named, list) and all(isinstance(one, str) for one in named) and raw.count(b'"@') == 1


def _moulds(
    document: Mapping[str, Any], apart: _Apart, before: Sequence[bytes], *, general: bool
) -> tuple[_Shape | None, _Shape | None]:
    """Return what can be learned from a document, or what there was work for: its cohort, and all of its structure."""
    begun = spent()
    try:
        nquads = canonize(document).nquads
    except _FAULTS:
        return None, None
    said = _Said(nquads, spent() - begun)
    if len(nquads) > _LONGEST:
        return None, None
    cohort = _tried(document, apart, said, before) if before != apart.strings else None
    return cohort, _tried(document, apart, said) if general else None


class _Said(NamedTuple):
    """What a document says: its canonical N-Quads, and the units of work that it took to find them."""

    nquads: str
    work: int


def _tried(
    document: Mapping[str, Any], apart: _Apart, said: _Said, before: Sequence[bytes] | None = None
) -> _Shape | None:
    """Return what `_compiled` does, None where it cannot be."""
    try:
        return _compiled(document, apart, said, before)
    except _FAULTS:
        return None


def _compiled(
    document: Mapping[str, Any], apart: _Apart, found: _Said, before: Sequence[bytes] | None = None
) -> _Shape:
    """Compile a document in which what it says as one before it did is constant, or as little as can be.

    Raises `MouldError`, `AlikeError`, and what `canonize` does.
    """
    strings, nquads = apart.strings, found.nquads
    slots: dict[int, bytes] = {}  # place -> what an IRI there begins with, b"" for other texts
    for place, free in enumerate(_frees(document)):
        text = _whole(strings[place]).decode()
        spend(len(nquads) // _SEARCHED)
        iri, literal = f"<{text}>" in nquads, f'"{text}"' in nquads
        other = before[place] if before else b""
        if free and other != strings[place] and iri != literal:  # both, or neither: signed as something else
            slots[place] = _prefix(strings[place], other) if iri else b""
    statements = _statements(document, slots)
    said = _getter([place for place in range(len(strings)) if place not in slots])
    named = tuple((slot, prefix) for slot, prefix in enumerate(slots.values()) if slot in statements.named)
    shape = _Shape(said, said(strings), _getter(list(slots)), named, statements, apart.size, found.work)
    if shape.digest(apart) != hashlib.sha256(nquads.encode()).digest():
        raise MouldError("wanted what the general way makes of it, got another canonical form")
    return shape


def _statements(document: Mapping[str, Any], slots: dict[int, bytes]) -> Statements:
    """Compile `document` with these slots, taking out those that turn out to be none."""
    for _ in range(_MOST_TRIES):
        marks = {place: prefix.decode() + mark(slot) for slot, (place, prefix) in enumerate(slots.items())}
        try:
            return Statements(_marked(document, marks, itertools.count()), len(slots))
        except MouldError as error:
            if not error.slots:
                raise
            for place in [place for slot, place in enumerate(slots) if slot in error.slots]:
                del slots[place]
    raise MouldError(f"wanted a mould within {_MOST_TRIES} tries, got none")


def _frees(value: object, *, free: bool = True) -> Iterator[bool]:
    """Yield for every text of a document, as JSON writes them one after another, whether it may be another."""
    if isinstance(value, str):
        yield free
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield False
            yield from _frees(inner, free=free and name != "type" and not name.startswith("@"))
    elif isinstance(value, list):
        for inner in value:
            yield from _frees(inner, free=free)


def _marked(value: Any, marks: Mapping[int, str], places: Iterator[int]) -> Any:  # noqa: ANN401  any JSON
    """Return `value` with marks in the place of texts."""
    if isinstance(value, str):
        return marks.get(next(places), value)
    if isinstance(value, dict):
        return {name: _marked(inner, marks, places) for name, inner in value.items() if next(places) >= 0}
    if isinstance(value, list):
        return [_marked(inner, marks, places) for inner in value]
    return value


def _prefix(one: bytes, other: bytes) -> bytes:
    """Return what two IRIs begin with alike, up to a part's end; at least the scheme of the first."""
    scheme = _SCHEME.match(one)
    longest = scheme.group() if scheme else b""
    for end in _END.finditer(one):
        if not other.startswith(one[: end.end()]):
            break
        longest = max(longest, one[: end.end()], key=len)
    return longest


def _getter(places: Sequence[int]) -> Callable[[Sequence[bytes]], Any]:
    """Return what takes the texts at these places."""
    return itemgetter(*places) if len(places) > 1 else partial(_few, places)


def _few(places: Sequence[int], strings: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(strings[place] for place in places)
