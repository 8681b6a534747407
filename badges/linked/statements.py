"""Documents of one mould, canonicalized by filling in: JSON-LD and RDFC-1.0 are gone through once, for all of them.

A mould is a document some of whose texts hold marks, each a place ("slot") for a value. Where every node has an IRI,
RDFC-1.0 is sorting, and most lines of N-Quads stand in an order that no value can change: they differ where both are
constant. Those become one template of bytes; lines whose order hangs on values are sorted when they are filled. Blank
nodes are told apart by their first-degree hashes (RDFC-1.0 "Hash First Degree Quads Algorithm"); where two hashes are
equal, `AlikeError` leaves them to `badges.linked.rdfc`.

What makes it sound: a text that comes out of JSON-LD as it went in, whole, as an IRI or as a literal, does so
whatever else is written in its slot, as long as an IRI stays an absolute one of the same scheme. Every mark is checked
for that; the fuller proof is that tests hold a thousand documents at every run against other implementations.
"""

from __future__ import annotations

import hashlib
import re
from operator import itemgetter
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from badges.errors import BadgeError
from badges.linked.canonical import escape, statements
from badges.work import spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from badges.linked.rdfc import Quad

Values: TypeAlias = tuple[bytes, ...]
"""What is written in the slots: UTF-8, escaped as in a canonical N-Quads literal, or as in an IRI."""

MOST_SLOTS = 1_024
MOST_LINES = 512  # they are all compared with one another, which takes a fifth of a second

_FIRST = 0x10E000  # marks are private-use characters that no known font has
_MARK = re.compile("[\U0010e000-\U0010efff]")
_PART = re.compile("([\U0010e000-\U0010efff])")
_LABEL = b"c14n%d"
_END = "\0"  # between what is said of nodes; in N-Quads it is written otherwise
_SCHEME = re.compile("<[A-Za-z][A-Za-z0-9+.-]*:")  # before any mark
_HIGH = bytes(range(0xEE, 0xF5))  # begin characters that UTF-16 sorts otherwise than Unicode does


class MouldError(BadgeError):
    """A document that is no mould. `slots` are those that are to blame, if any are."""

    def __init__(self, message: str, slots: Iterable[int] = ()) -> None:
        super().__init__(message)
        self.slots = frozenset(slots)


class AlikeError(BadgeError):
    """Values with which the order cannot be told by what stands here alone."""


def mark(slot: int) -> str:
    """Return the character that stands for the slot of that number, from 0 to `MOST_SLOTS` - 1."""
    if not 0 <= slot < MOST_SLOTS:
        raise MouldError(f"wanted at most {MOST_SLOTS} slots, got number {slot}")
    return chr(_FIRST + slot)


class Statements:
    """The canonical N-Quads of all documents of one mould. `named`: the slots that stand in IRIs."""

    def __init__(self, mould: Mapping[str, Any], slots: int) -> None:
        """Compile `mould`, which has the marks 0 to `slots` - 1.

        Raises `MouldError`, and what `canonize` does.
        """
        quads, _ = statements(mould)
        if len(quads) > MOST_LINES:
            raise MouldError(f"wanted at most {MOST_LINES} statements, got {len(quads)}")
        self.named = _check_whole(mould, quads, slots)
        blank = sorted({label for quad in quads for label in quad.blank_nodes()})
        labels: dict[str, int | bytes] = {label: slots + place for place, label in enumerate(blank)}
        if len(blank) == 1:
            labels = dict.fromkeys(labels, b"_:" + _LABEL % 0)
        self._nodes = _Nodes(quads, blank, labels) if len(blank) > 1 else None
        told = {quad.subject for quad in quads} & set(blank) if self._nodes else ()  # the others sort before them
        lines = [_line(quad, labels) for quad in quads if quad.subject not in told]
        self._constant, self._rest = _ordered(_of_each(lines, range(slots, slots + len(blank))))
        self._start = hashlib.sha256(self._constant)

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs; a hash that is begun cannot go there."""
        return {name: value for name, value in vars(self).items() if name != "_start"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin the hash anew."""
        vars(self).update(state)
        self._start = hashlib.sha256(self._constant)

    def digest(self, values: Values, *, issuing: bool = False) -> bytes:
        """Return the SHA-256 of the canonical N-Quads with these values in the slots.

        Raises `AlikeError` where only the general way can tell their order; with `issuing` also where established
        verifiers would not agree about it.
        """
        about = b""
        if self._nodes:
            values, about = self._nodes.filled(values, issuing=issuing)
        hashed = self._start.copy()
        for piece in self._rest:
            hashed.update(piece.filled(values, issuing=issuing))
        hashed.update(about)
        return hashed.digest()


# --- lines ----------------------------------------------------------------------------------------

Part: TypeAlias = "bytes | int"
"""Of a line: bytes as they stand, or the number of a slot."""


class _Piece(NamedTuple):
    """Lines with slots, after one another as they stand, or to be sorted once they are filled."""

    template: bytes
    slots: Callable[[Values], Any] | None
    sort: bool

    def filled(self, values: Values, *, issuing: bool = False) -> bytes:
        text = self.template if self.slots is None else self.template % self.slots(values)
        if not self.sort:
            return text
        return _in_order(set(text.splitlines(keepends=True)), issuing=issuing)


def _in_order(lines: Iterable[bytes], *, issuing: bool) -> bytes:
    """Return lines as canonical N-Quads sort them, with `issuing` only where established verifiers do so too."""
    chosen = sorted(lines)
    text = b"".join(chosen)
    if issuing and len(text.translate(None, _HIGH)) < len(text) and chosen != sorted(chosen, key=_by_utf16):
        raise AlikeError("wanted values that every verifier sorts alike, got text beyond the basic plane")
    return text


def _by_utf16(line: bytes) -> bytes:
    return line.decode().encode("utf-16-be")


def _line(quad: Quad, labels: Mapping[str, int | bytes]) -> tuple[Part, ...]:
    """Return a line of N-Quads in parts; blank nodes as `labels` has them, a slot after `_:` or bytes."""
    parts: list[Part] = []
    for term in quad:
        if not term:
            continue
        if term in labels:
            label = labels[term]
            parts += [label] if isinstance(label, bytes) else [b"_:", label]
        else:
            parts += _split(term)
        parts.append(b" ")
    parts.append(b".\n")
    return tuple(_joined(parts))


def _split(text: str) -> Iterator[Part]:
    for place, piece in enumerate(_PART.split(text)):
        if place % 2:
            yield ord(piece) - _FIRST
        elif piece:
            yield piece.encode()


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    held = b""
    for part in parts:
        if isinstance(part, bytes):
            held += part
            continue
        if held:
            yield held
        held = b""
        yield part
    if held:
        yield held


def _ordered(lines: Sequence[tuple[Part, ...]]) -> tuple[bytes, list[_Piece]]:
    """Return what comes before the first slot, and the rest in pieces, each of which sorts after the one before it."""
    pieces: list[_Piece] = []
    plain: list[Part] = []
    constant = b""
    for run in _runs(sorted(lines, key=_as_marked)):
        parts = [part for line in run for part in line]
        if len(run) == 1:
            if not pieces and not plain and isinstance(head := parts[0], bytes):
                constant += head
                del parts[0]
            plain += parts
            continue
        pieces += [*_piece(plain), *_piece(parts, sort=True)]
        plain = []
    return constant, [*pieces, *_piece(plain)]


def _whole(lines: Sequence[tuple[Part, ...]]) -> list[_Piece]:
    """Return lines in pieces, the first bytes among them."""
    constant, pieces = _ordered(lines)
    if constant and pieces and pieces[0].slots and not pieces[0].sort:
        first, *rest = pieces
        return [first._replace(template=template([constant]) + first.template), *rest]
    return [_Piece(constant, None, sort=False), *pieces] if constant else pieces


def _runs(lines: Sequence[tuple[Part, ...]]) -> Iterator[Sequence[tuple[Part, ...]]]:
    """Yield lines that may change places, together; the order of all others is that in which they are given."""
    first = end = 0
    for place, line in enumerate(lines):
        spend(len(lines) - place)
        if place and place >= end:
            yield lines[first:place]
            first = place
        last = max((after for after in range(place + 1, len(lines)) if _order(line, lines[after]) != -1), default=place)
        end = max(end, last + 1)
    if lines:
        yield lines[first:]


def _as_marked(line: tuple[Part, ...]) -> bytes:
    return b"".join(part if isinstance(part, bytes) else chr(_FIRST + part).encode() for part in line)


def _piece(parts: Sequence[Part], *, sort: bool = False) -> Iterator[_Piece]:
    slots = [part for part in parts if isinstance(part, int)]
    if slots:
        yield _Piece(template(parts), itemgetter(*slots), sort)
    elif parts:
        yield _Piece(b"".join(part for part in parts if isinstance(part, bytes)), None, sort)


def template(parts: Iterable[Part]) -> bytes:
    """Return parts as a template of `%b`."""
    return b"".join(part.replace(b"%", b"%%") if isinstance(part, bytes) else b"%b" for part in parts)


def parts_of(text: bytes) -> list[Part]:
    """Return a text with marks in parts."""
    return list(_split(text.decode()))


def _order(one: tuple[Part, ...], other: tuple[Part, ...]) -> int | None:
    """Return -1 where `one` sorts before `other` whatever is in the slots, 1 after it, None where they decide."""
    left, right = list(one), list(other)
    while left and right:
        here, there = left.pop(0), right.pop(0)
        if isinstance(here, bytes) and isinstance(there, bytes):
            size = min(len(here), len(there))
            if here[:size] != there[:size]:
                return -1 if here[:size] < there[:size] else 1
            if here[size:]:
                left.insert(0, here[size:])
            if there[size:]:
                right.insert(0, there[size:])
        elif here != there:
            return None
    return 0 if not left and not right else -1 if right else 1


# --- blank nodes ----------------------------------------------------------------------------------


class _Nodes:
    """Two or more blank nodes: what names them, and what is said of each."""

    def __init__(self, quads: Sequence[Quad], blank: Sequence[str], labels: Mapping[str, int | bytes]) -> None:
        masked = [{other: b"_:a" if other == label else b"_:z" for other in blank} for label in blank]
        self._hashed = _Texts(
            [_line(quad, masks) for quad in quads if label in quad.blank_nodes()]
            for label, masks in zip(blank, masked, strict=True)
        )
        self._said = _Texts([_line(quad, labels) for quad in quads if quad.subject == label] for label in blank)
        self._labels = [_LABEL % rank for rank in range(len(blank))]
        self._ranks = sorted(range(len(blank)), key=str)  # as labels sort that end in numbers

    def filled(self, values: Values, *, issuing: bool) -> tuple[Values, bytes]:
        """Return the values with the nodes' names as further ones, and what is said of the nodes, in order.

        RDFC-1.0 "Canonicalization Algorithm", its steps 3 and 4, where no two hashes are equal.
        """
        ranked = self._by_rank(values, issuing=issuing)
        labels = dict(zip(ranked, self._labels, strict=True))
        values += tuple([labels[node] for node in range(len(ranked))])
        head, tails = self._said.filled(values, issuing=issuing)
        return values, b"".join([head + tails[ranked[rank]] for rank in self._ranks])

    def _by_rank(self, values: Values, *, issuing: bool) -> list[int]:
        """Return the nodes in the order of what RDFC-1.0 "Hash First Degree Quads Algorithm" gives for them."""
        head, tails = self._hashed.filled(values, issuing=issuing)
        begun, hashes = hashlib.sha256(head), list[bytes]()
        for tail in tails:
            each = begun.copy()
            each.update(tail)
            hashes.append(each.digest())
        if len(set(hashes)) < len(hashes):
            raise AlikeError("wanted blank nodes that their own statements tell apart, got two alike")
        return sorted(range(len(hashes)), key=hashes.__getitem__)


def _of_each(lines: Iterable[tuple[Part, ...]], nodes: range) -> list[tuple[Part, ...]]:
    """Return lines in which what is said of every node alike has the nodes' names, whichever node each name is of."""
    made: list[tuple[Part, ...]] = []
    alike: dict[tuple[Part | None, ...], list[tuple[Part, ...]]] = {}
    for line in lines:
        alike.setdefault(tuple(None if part in nodes else part for part in line), []).append(line)
    for form, those in alike.items():
        if form.count(None) == 1 and len(set(those)) == len(nodes):
            made += [tuple(_LABEL % rank if part is None else part for part in form) for rank in range(len(nodes))]
        else:
            made += those
    return made


class _Texts:
    """Lines about each of some nodes, filled in all at once."""

    def __init__(self, nodes: Iterable[Sequence[tuple[Part, ...]]]) -> None:
        texts: list[str] = []
        self._unsettled: list[tuple[int, int]] = []  # where values decide, and of how many lines
        for place, given in enumerate(nodes):
            lines = sorted(given, key=_as_marked)
            if len(list(_runs(lines))) < len(lines):
                self._unsettled.append((place, len(set(lines))))
            texts.append(b"".join(map(_as_marked, lines)).decode())
        head = "" if self._unsettled else commonprefix(texts)  # noqa: RUF071  characters are what is meant
        self._head = _settled(head)
        self._tails = _settled(_END.join(text[len(head) :] for text in texts))

    def filled(self, values: Values, *, issuing: bool) -> tuple[bytes, list[bytes]]:
        """Return what is said of all of them first, and how each goes on.

        Raises `AlikeError` where values make one line of two, which the general way may count once or twice.
        """
        tails = self._tails.filled(values).split(_END.encode())
        for place, size in self._unsettled:
            lines = tails[place].splitlines(keepends=True)
            if len(set(lines)) < size:
                raise AlikeError("wanted statements that differ, got two that became one")
            tails[place] = _in_order(lines, issuing=issuing)
        return self._head.filled(values), tails


def _settled(text: str) -> _Piece:
    """Return lines whose order no value changes."""
    return next(_piece(list(_split(text))), _Piece(b"", None, sort=False))


# --- what is a mould ------------------------------------------------------------------------------


def _check_whole(mould: Mapping[str, Any], quads: Iterable[Quad], slots: int) -> frozenset[int]:
    """Check that every marked text came out as it went in; return the slots that stand in IRIs."""
    texts = {text for text in _texts(mould) if _MARK.search(text)}
    literals = {escape(text) for text in texts}
    named: set[int] = set()
    seen: set[int] = set()
    for quad in quads:
        for term in quad:
            marks = {ord(found) - _FIRST for found in _MARK.findall(term)}
            if not marks:
                continue
            seen |= marks
            if term.startswith("<"):
                named |= marks
                whole = term[1:-1] in texts and _SCHEME.match(term) is not None
            else:
                text, _, kind = term[1:].rpartition('"')
                whole = text in literals and not _MARK.search(kind)
            if not whole:
                raise MouldError(f"wanted values that are signed as they stand, got {ascii(term)[:80]}", marks)
    if missing := set(range(slots)) - seen:
        raise MouldError(f"wanted every slot in a statement, got none for {min(missing)}", missing)
    if seen - set(range(slots)):
        raise MouldError("wanted no private-use characters but marks, got some")
    return frozenset(named)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
