"""Statements: kept as they came, found by what they are about, until somebody they name is erased.

Of a statement `stored` (µs) is its own in its community, and grows: who has seen all up to one will not find another
below it later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ledger.contacts import told_by
from ledger.errors import LedgerUnavailableError
from ledger.lru import Lru
from ledger.statements.forgetting import living
from ledger.statements.referring import VOIDED, Referring
from ledger.statements.terms import Terms, joined
from ledger.vault import MOST_VALUES, many
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ledger.draft import AccountRef
    from ledger.people import CommunityKeys, People
    from ledger.shards import Shards
    from ledger.vault import Statements as VaultStatements

REMEMBERED = 64  # communities
KNOWN = "SELECT id, stored, accounts, sealed, state FROM vault.statements WHERE community = ? AND id IN (:many)"
LAST = "SELECT max(stored) FROM vault.statements WHERE community = ?"
STATEMENTS = ("vault.statements", ("text", "bigint", "bytea", "integer", "text", "bytea", "bytea"))
ATTACHED = ("vault.statement_files", ("text", "bigint", "integer", "bytea"))
PUT_TERMS = """WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO vault.statement_terms
    SELECT community, substr(terms, 16 * n + 1, 16), stored FROM vault.statements
      JOIN numbers ON 16 * n < length(terms) WHERE community = ? AND stored BETWEEN ? AND ?"""  # 16: terms.TERM_BYTES
FILES = "SELECT number, sealed FROM vault.statement_files WHERE community = ? AND stored = ? ORDER BY number"
WEIGHTS = """SELECT stored, sum(length(sealed)) FROM vault.statement_files
    WHERE community = ? AND stored IN (:many) GROUP BY stored"""
ASKED = """SELECT id, stored, accounts, sealed, state FROM vault.statements WHERE community = ? AND stored > ?
    AND stored <= ? AND state <> 1 AND sealed IS NOT NULL"""  # not VOIDED
AMONG = """ AND stored IN (SELECT stored FROM vault.statement_terms WHERE community = ? AND term IN (:many)
    AND stored > ? AND stored <= ?)"""


HERS = """SELECT id, stored, accounts, sealed, state FROM vault.statements WHERE community = ? AND stored IN
    (SELECT stored FROM vault.statement_terms WHERE community = ? AND term IN (:many) AND stored > ?)
    AND sealed IS NOT NULL ORDER BY stored LIMIT ?"""
PAGE = 500  # statements of somebody, read at a time


class TakenError(LedgerUnavailableError):
    """Another kept a statement with one of these ids just now, or somebody was erased whom one names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A statement to keep: `content` is its JSON.

    `agents` and `related` are whom it names, as actor or object and else, each with her account object. `terms` are
    further kinds and values that it is asked for by (`terms.KINDS`). `refers`: the id of the statement that is its
    object, which it may void. `files`: what is attached, by number.
    """

    id: str
    content: bytes
    agents: Mapping[AccountRef, Mapping[str, Any]]
    related: Mapping[AccountRef, Mapping[str, Any]]
    terms: Sequence[tuple[str, str]]
    refers: str = ""
    voids: bool = False
    files: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement that is kept. `content` is None once somebody was erased whom it named."""

    stored: int  # µs
    content: bytes | None
    voided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which statements are asked for: those that have one of the terms of each group, and one of the people.

    After `since` and up to `until` (µs). `agent`, `related`: whom it names, and whether in any part; `authority`: her
    words there.
    """

    groups: Sequence[Sequence[tuple[str, str]]] = ()
    agent: AccountRef | None = None
    related: bool = False
    authority: str = ""
    since: int = 0
    until: int = 2**62
    ascending: bool = False


class Statements:
    """The statements of every community. Safe to share between threads.

    Whatever writes raises `LedgerUnavailableError` for a community that is just being moved.
    """

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock
        self._terms: Lru[bytes, Terms] = Lru(REMEMBERED)

    def known(self, community: str, ids: Sequence[str]) -> dict[str, Kept]:
        """Return those of these statements that are kept, or were until an erasure."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        terms = self._of(keys)
        wanted = {terms.of("id", each): each for each in ids}
        found = {}
        with shard.vault.transaction(writing=False) as statements:
            for some in _pieces([*wanted]):
                for row in statements.run(many(KNOWN, len(some)), (community, *some)):
                    found[wanted[bytes(row[0])]] = row
        return {each: _kept(shard.people, keys, row) for each, row in found.items()}

    def keep(self, community: str, new: Sequence[New]) -> list[int]:
        """Keep statements whose ids are not known; return when each was stored (µs).

        All are kept or none. Raises `TakenError` where one is known by now, or names somebody erased just
        now, and `UnknownCommunityError`.
        """
        if not new:
            return []
        shard = self._shards.of(community)
        people, keys = shard.people, shard.people.community(community)
        terms, seen = self._of(keys), self._clock()
        named = {ref: one for each in new for ref, one in (*each.related.items(), *each.agents.items())}
        told = {ref: told_by(one, seen) for ref, one in named.items()}
        ids = {ref: str(account.id) for ref, account in people.find_or_mint(keys, told).items()}
        rows = [_row(people, keys, terms, ids, each) for each in new]
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community, alone=True)
            if not living(statements, {*ids.values()}):
                people.forget()
                raise TakenError("statement: wanted the keys of whom it names, one was erased just now; try again")
            for some in _pieces([row.id for row in rows]):
                if statements.run(many(KNOWN, len(some)), (community, *some)):
                    raise TakenError("statement: wanted an id that is not known, another was quicker; try again")
            ((last,),) = statements.run(LAST, (community,))
            first = max(self._clock(), (last or 0) + 1)  # under the lock: see `complete_through`
            stored = list(range(first, first + len(rows)))
            _put(statements, community, terms, list(zip(stored, rows, strict=True)))
        return stored

    def ask(self, community: str, question: Question, limit: int) -> list[Kept]:
        """Return at most `limit` statements, the newest first unless `ascending`; none that was voided."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        groups = self._groups(shard.people, keys, question)
        if groups is None:
            return []
        window = (question.since, question.until)
        statement, parameters = ASKED, [community, *window]
        for group in groups:
            statement += many(AMONG, len(group))
            parameters += [community, *group, *window]
        statement += f" ORDER BY stored {'ASC' if question.ascending else 'DESC'} LIMIT ?"
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(statement, (*parameters, limit))
        return [_kept(shard.people, keys, row) for row in rows]

    def alone(self, community: str, accounts: frozenset[str]) -> Iterator[Kept]:
        """Yield the statements that name these accounts and nobody else, voided ones too, as they were stored."""
        shard = self._shards.of(community)
        keys, after = shard.people.community(community), 0
        terms = [self._of(keys).of(kind, account) for account in accounts for kind in ("agent", "related")]
        while terms:
            rows = []
            with shard.vault.transaction(writing=False) as statements:
                for some in _pieces(terms):
                    rows += statements.run(many(HERS, len(some)), (community, community, *some, after, PAGE))
            by_time = {row[1]: row for row in rows}  # one may have several of the terms
            page = sorted(by_time)[:PAGE]
            for row in (by_time[stored] for stored in page):
                kept, named = _kept(shard.people, keys, row), {*row[2].split()}
                if kept.content is not None and named and named <= accounts:  # else it refers to one that names them
                    yield kept
            if len(page) < PAGE:
                return
            after = page[-1]

    def complete_through(self, community: str) -> int:
        """Return an instant (µs) up to which every statement is to be seen that ever will be."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:  # whoever is just writing has done
            statements.hold(community)
            return self._clock()

    def files(self, community: str, id: str) -> dict[int, bytes]:  # noqa: A002 - the standard's word
        """Return what is attached to a statement, by number."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        digest = self._of(keys).of("id", id)
        with shard.vault.transaction(writing=False) as statements:
            found = statements.run(many(KNOWN, 1), (community, digest))
            rows = statements.run(FILES, (community, found[0][1])) if found else []
        cipher = shard.people.cipher(keys, tuple(found[0][2].split())) if found else None
        opened = {
            number: unbox(cipher, bytes(sealed), "file", digest.hex(), str(number)) if cipher else None
            for number, sealed in rows
        }
        return {number: content for number, content in opened.items() if content is not None}

    def weights(self, community: str, kept: Sequence[Kept]) -> dict[int, int]:
        """Return how many bytes are attached to statements, by when they were stored; nothing of those with none."""
        found: dict[int, int] = {}
        with self._shards.of(community).vault.transaction(writing=False) as statements:
            for some in _pieces([each.stored for each in kept]):
                found |= {at: int(size) for at, size in statements.run(many(WEIGHTS, len(some)), (community, *some))}
        return found

    def _of(self, keys: CommunityKeys) -> Terms:
        terms = self._terms.get(keys.lookup_key)
        if terms is None:
            terms = Terms(keys.lookup_key)
            self._terms.put(keys.lookup_key, terms)
        return terms

    def _groups(self, people: People, keys: CommunityKeys, question: Question) -> list[list[bytes]] | None:
        """Return the digests of each group; None where nobody is known as the one who is asked for."""
        terms = self._of(keys)
        groups = [[terms.of(*each) for each in group] for group in question.groups]
        if question.agent is not None:
            found = people.find(keys, [question.agent])
            hers = [terms.of(kind, account.id) for account in found.values() for kind in _kinds(question)]
            if question.authority and question.related:
                hers.append(terms.of("authority", question.authority))
            if not hers:
                return None
            groups.append(hers)
        return groups


def _kinds(question: Question) -> tuple[str, ...]:
    return ("agent", "related") if question.related else ("agent",)


@dataclass(slots=True)
class Row:
    """A statement as its row will be: `terms` may still grow by those of the statement it refers to."""

    id: bytes
    accounts: str
    terms: set[bytes]
    sealed: bytes
    files: dict[int, bytes]
    refers: bytes | None
    voids: bool


def _row(people: People, keys: CommunityKeys, terms: Terms, ids: Mapping[AccountRef, str], new: New) -> Row:
    digest = terms.of("id", new.id)
    accounts = tuple(sorted({ids[ref] for ref in (*new.agents, *new.related)}))
    cipher = people.cipher(keys, accounts)
    if cipher is None:
        raise LedgerUnavailableError("statement: wanted the keys of whom it names, one is just being erased; try again")
    found = {terms.of(kind, value) for kind, value in new.terms}
    found |= {terms.of("agent", ids[ref]) for ref in new.agents}
    found |= {terms.of("related", ids[ref]) for ref in new.related if ref not in new.agents}
    refers = terms.of("id", new.refers) if new.refers else None
    if refers:
        found.add(terms.of("refers", refers.hex()))
        found |= {terms.of("voids", refers.hex())} if new.voids else set()
    name = digest.hex()
    return Row(
        id=digest,
        accounts=" ".join(accounts),
        terms=found,
        sealed=box(cipher, new.content, "statement", name),
        files={number: box(cipher, content, "file", name, str(number)) for number, content in new.files.items()},
        refers=refers,
        voids=new.voids,
    )


def _kept(people: People, keys: CommunityKeys, row: Sequence[Any]) -> Kept:
    digest, stored, accounts, sealed, state = row
    cipher = people.cipher(keys, tuple(accounts.split())) if sealed is not None else None
    content = unbox(cipher, bytes(sealed), "statement", bytes(digest).hex()) if cipher else None
    return Kept(stored, content, state == VOIDED)


def _put(statements: VaultStatements, community: str, terms: Terms, rows: Sequence[tuple[int, Row]]) -> None:
    """Put rows, each with when it is stored: one statement for each table, however many there are."""
    states = Referring(statements, community, terms).tie(rows)
    statements.put(
        *STATEMENTS,
        [
            (community, at, row.id, state, row.accounts, joined(row.terms), row.sealed)
            for (at, row), state in zip(rows, states, strict=True)
        ],
    )
    most = max(len(row.terms) for _, row in rows)
    statements.run(PUT_TERMS, (most - 1, community, rows[0][0], rows[-1][0]))
    statements.put(
        *ATTACHED, [(community, at, number, content) for at, row in rows for number, content in row.files.items()]
    )


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), MOST_VALUES):
        yield values[start : start + MOST_VALUES]
