"""Statements about statements: what refers to one is found by all that this one is found by, in either order.

xAPI 1.0.3 "Filter Conditions for StatementRefs": whoever asks for a statement is told of those that refer to it as
well, and of those that refer to these. And "Voiding": a statement that voids another takes effect whenever it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.statements.terms import apart, joined
from ledger.vault import MOST_VALUES, many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from ledger.statements.statements import Row
    from ledger.statements.terms import Terms
    from ledger.vault import Statements

PLAIN, VOIDED, VOIDS = 0, 1, 2
FARTHEST = 100  # references, from one statement to the next, that are followed
MOST_TERMS = 4_000  # that a statement is found by, with what it takes over

REFERRING = "SELECT term, stored FROM vault.statement_terms WHERE community = ? AND term IN (:many)"
ONE = "SELECT id, terms FROM vault.statements WHERE community = ? AND stored = ?"
BY_ID = "SELECT id, terms FROM vault.statements WHERE community = ? AND id IN (:many)"
VOID = "UPDATE vault.statements SET state = 1 WHERE community = ? AND id = ? AND state = 0"  # PLAIN to VOIDED
TERMS = "UPDATE vault.statements SET terms = ? WHERE community = ? AND stored = ?"
PUT_TERM = "INSERT INTO vault.statement_terms VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Referring:
    """What ties the statements of one transaction to those that are there, and among themselves.

    A reference is followed to the next and on, `FARTHEST` at most; what waits for a new statement is told once; and
    nothing is taken over by which one would be found by more than `MOST_TERMS`. So no chain is a burden without end.
    """

    def __init__(self, statements: Statements, community: str, terms: Terms) -> None:
        self._statements = statements
        self._community = community
        self._terms = terms

    def tie(self, rows: Sequence[tuple[int, Row]]) -> list[int]:
        """Return the state of each new statement; give each the terms it takes over, and pass on what it has."""
        refers = {self._terms.of("refers", row.id.hex()): row for _, row in rows}
        waiting = self._waiting([*refers])
        if not waiting and all(row.refers is None for _, row in rows):
            return [PLAIN] * len(rows)
        self._take_over([row for _, row in rows])
        for term, row in refers.items():
            self._pass_on(waiting.get(term, ()), row.terms)
        return self._states([row for _, row in rows])

    def _waiting(self, terms: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Return when those were stored that refer to these statements."""
        found: dict[bytes, list[int]] = {}
        for start in range(0, len(terms), MOST_VALUES):
            some = terms[start : start + MOST_VALUES]
            for term, stored in self._statements.run(many(REFERRING, len(some)), (self._community, *some)):
                found.setdefault(bytes(term), []).append(stored)
        return found

    def _take_over(self, rows: Sequence[Row]) -> None:
        """Give each new statement the terms of what it refers to, of what that one refers to, and so on."""
        here = {row.id: row for row in rows}
        own = {row.id: frozenset(row.terms) for row in rows}
        own |= self._kept({row.refers for row in rows if row.refers} - here.keys())
        for row in rows:
            target, met = row.refers, {row.id}
            while target is not None and target not in met and len(met) <= FARTHEST:
                met.add(target)
                _add(row.terms, own.get(target, frozenset()))
                target = here[target].refers if target in here else None

    def _kept(self, ids: Iterable[bytes]) -> dict[bytes, frozenset[bytes]]:
        """Return the terms of those of these statements that are there, what they took over included."""
        wanted, found = [*ids], {}
        for start in range(0, len(wanted), MOST_VALUES):
            some = wanted[start : start + MOST_VALUES]
            for digest, terms in self._statements.run(many(BY_ID, len(some)), (self._community, *some)):
                found[bytes(digest)] = frozenset(apart(bytes(terms)))
        return found

    def _pass_on(self, stored: Iterable[int], terms: set[bytes]) -> None:
        """Give terms to statements that are there already, to those that refer to these, and so on."""
        waiting, met = set(stored), set[int]()
        while waiting:
            met |= waiting
            grown = [digest for at in sorted(waiting) for digest in self._grown(at, terms)]
            referring = self._waiting([self._terms.of("refers", digest.hex()) for digest in grown])
            waiting = {at for some in referring.values() for at in some} - met

    def _grown(self, stored: int, terms: set[bytes]) -> Iterator[bytes]:
        """Give terms to a statement that is there; yield its id where some of them were new to it."""
        for digest, kept in self._statements.run(ONE, (self._community, stored)):
            known = set(apart(bytes(kept)))
            grown = set(known)
            _add(grown, terms)
            if grown != known:
                self._statements.run(TERMS, (joined(grown), self._community, stored))
                self._statements.run_many(PUT_TERM, [(self._community, term, stored) for term in sorted(grown - known)])
                yield bytes(digest)

    def _states(self, rows: Sequence[Row]) -> list[int]:
        """Return whether each new statement voids another, which it does here, or is voided by one that came before."""
        voids = {self._terms.of("voids", row.id.hex()): row.id for row in rows}
        voided = {row.refers for row in rows if row.voids} | {voids[term] for term in self._waiting([*voids])}
        states = []
        for row in rows:
            if row.voids and row.refers is not None:
                self._statements.run(VOID, (self._community, row.refers))
                states.append(VOIDS)
            else:
                states.append(VOIDED if row.id in voided else PLAIN)
        return states


def _add(to: set[bytes], terms: AbstractSet[bytes]) -> None:
    if len(to | terms) <= MOST_TERMS:
        to |= terms
