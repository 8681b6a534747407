"""Statements about statements: what refers to one is found by all that this one is found by, in either order.

xAPI 1.0.3 "Filter Conditions for StatementRefs": whoever asks for a statement is told of those that refer to it as
well, and of those that refer to these. And "Voiding": a statement that voids another takes effect whenever it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.statements.terms import apart, joined
from ledger.vault import MOST_VALUES, many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.statements.statements import Row
    from ledger.statements.terms import Terms
    from ledger.vault import Statements

PLAIN, VOIDED, VOIDS = 0, 1, 2

REFERRING = "SELECT term, stored FROM vault.statement_terms WHERE community = ? AND term IN (:many)"
ONE = "SELECT id, terms FROM vault.statements WHERE community = ? AND stored = ?"
BY_ID = "SELECT terms, state FROM vault.statements WHERE community = ? AND id = ?"
VOID = "UPDATE vault.statements SET state = 1 WHERE community = ? AND id = ? AND state = 0"  # PLAIN to VOIDED
TERMS = "UPDATE vault.statements SET terms = ? WHERE community = ? AND stored = ?"
PUT_TERM = "INSERT INTO vault.statement_terms VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Referring:
    """What ties the statements of one transaction to those that are there, and among themselves."""

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
        here = {row.id: row for _, row in rows}
        for _, row in rows:
            self._take_over(row, here, set())
        for term, row in refers.items():
            for stored in waiting.get(term, ()):
                self._pass_on(stored, row.terms, set())
        return [self._state(row, here) for _, row in rows]

    def _waiting(self, terms: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Return when those were stored that refer to these statements."""
        found: dict[bytes, list[int]] = {}
        for start in range(0, len(terms), MOST_VALUES):
            some = terms[start : start + MOST_VALUES]
            for term, stored in self._statements.run(many(REFERRING, len(some)), (self._community, *some)):
                found.setdefault(bytes(term), []).append(stored)
        return found

    def _take_over(self, row: Row, here: dict[bytes, Row], met: set[bytes]) -> None:
        if row.refers is None or row.id in met:
            return
        met.add(row.id)
        target = here.get(row.refers)
        if target is not None:
            self._take_over(target, here, met)
            row.terms |= target.terms
        for terms, _ in self._statements.run(BY_ID, (self._community, row.refers)):
            row.terms |= set(apart(bytes(terms)))

    def _pass_on(self, stored: int, terms: set[bytes], met: set[int]) -> None:
        """Give terms to a statement that is there already, and to those that refer to it."""
        if stored in met:
            return
        met.add(stored)
        for digest, kept in self._statements.run(ONE, (self._community, stored)):
            known = set(apart(bytes(kept)))
            if terms <= known:
                continue
            self._statements.run(TERMS, (joined(known | terms), self._community, stored))
            self._statements.run_many(PUT_TERM, [(self._community, term, stored) for term in sorted(terms - known)])
            referring = self._waiting([self._terms.of("refers", bytes(digest).hex())])
            for others in referring.values():
                for other in others:
                    self._pass_on(other, terms, met)

    def _state(self, row: Row, here: dict[bytes, Row]) -> int:
        """Return whether a new statement voids another, which it does here, or is voided by one that came before."""
        if row.voids and row.refers is not None:
            self._statements.run(VOID, (self._community, row.refers))
            return VOIDS
        voids = self._terms.of("voids", row.id.hex())
        told = any(each.voids and each.refers == row.id for each in here.values())
        return VOIDED if told or self._waiting([voids]) else PLAIN
