"""What goes of statements and documents with somebody who is erased: all that names her.

What refers to one that names her stays, and is not found by her any more. Of a statement its keyed id stays, so that
it is not taken for a new one where it is sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.statements.terms import Terms, apart, joined
from ledger.vault import MOST_VALUES, many

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.people import CommunityKeys
    from ledger.vault import Statements

NAMING = """SELECT stored, accounts, terms FROM vault.statements WHERE community = ? AND stored IN
    (SELECT stored FROM vault.statement_terms WHERE community = ? AND term IN (:many))"""
EMPTY = "UPDATE vault.statements SET sealed = NULL, accounts = '', terms = ? WHERE community = ? AND stored = ?"
TERMS = "UPDATE vault.statements SET terms = ? WHERE community = ? AND stored = ?"
DROP_TERM = "DELETE FROM vault.statement_terms WHERE community = ? AND term = ? AND stored = ?"
DROP_FILES = "DELETE FROM vault.statement_files WHERE community = ? AND stored = ?"
ENDED = "SELECT account FROM vault.accounts WHERE account IN (:many) AND key IS NULL"
DROP_DOCUMENTS = "DELETE FROM vault.documents WHERE community = ? AND account IN (:many)"


def forget(statements: Statements, keys: CommunityKeys, accounts: Sequence[str]) -> None:
    """Empty the statements that name one of `accounts`, and drop the documents of these. At most `MOST_VALUES`."""
    slug, terms, hers = keys.slug, Terms(keys.lookup_key), set(accounts)
    naming = [terms.of(kind, account) for account in accounts for kind in ("agent", "related")]
    digests = set(naming)
    for start in range(0, len(naming), len(accounts)):
        some = naming[start : start + len(accounts)]
        for stored, named, kept in statements.run(many(NAMING, len(some)), (slug, slug, *some)):
            held = set(apart(bytes(kept)))
            if hers.isdisjoint(named.split()):  # it refers to one that names her, and stays
                statements.run(TERMS, (joined(held - digests), slug, stored))
                statements.run_many(DROP_TERM, [(slug, term, stored) for term in held & digests])
                continue
            statements.run_many(DROP_TERM, [(slug, term, stored) for term in held])
            statements.run(DROP_FILES, (slug, stored))
            statements.run(EMPTY, (b"", slug, stored))
    statements.run(many(DROP_DOCUMENTS, len(accounts)), (slug, *accounts))


def living(statements: Statements, accounts: Iterable[str]) -> bool:
    """Tell whether none of `accounts` was erased: within a transaction that holds their community alone, for good."""
    some = [*accounts]
    pieces = (some[start : start + MOST_VALUES] for start in range(0, len(some), MOST_VALUES))
    return not any(statements.run(many(ENDED, len(piece)), piece) for piece in pieces)
