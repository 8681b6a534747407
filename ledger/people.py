"""The people in the vault: communities and accounts, each with a data key of its own.

Every key is wrapped (AES-256-GCM, bound to its row): a community's under a key-encryption key, an account's under
that of its bucket. An account is found by a keyed digest of what its platform calls it, or of its public member id;
what a person is called is sealed under her own data key. Destroying that key makes all of it unreadable for ever.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.buckets import Buckets
from ledger.contacts import TOLD
from ledger.errors import ElsewhereError, UnknownCommunityError
from ledger.forgetting import destroy, drop_ways_in, gone, public_digest
from ledger.keyring import community_keys
from ledger.lru import Lru
from ledger.shape import KEY_BYTES, joint_key
from ledger.tokens import AccountId, AccountIds, Tokens, digest_of, member_text
from ledger.vault import MOST_VALUES, many
from ledger.wrapping import box, derived_key, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ledger.draft import AccountRef
    from ledger.keyring import KeyRing
    from ledger.vault import Statements, VaultDatabase

REMEMBERED = 16_384
"""Accounts and ciphers held in memory at most, of each kind."""

FRESH_SECONDS = 0.5
"""For so long a community's people may be shown as they are remembered; then its epoch is looked at again."""

LIST = "SELECT slug, name FROM vault.communities ORDER BY slug"
COMMUNITY = "SELECT name, book_key, data_key, kek FROM vault.communities WHERE slug = ?"
OPEN = """INSERT INTO vault.communities (slug, name, opened, book_key, data_key, kek) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (slug) DO UPDATE SET name = excluded.name WHERE communities.open = 1 RETURNING slug"""
_ACCOUNTS = """accounts.account, accounts.key, accounts.contact, accounts.bucket, buckets.kek, buckets.key
    FROM vault.accounts AS accounts LEFT JOIN vault.buckets AS buckets ON buckets.id = accounts.bucket
    WHERE accounts.key IS NOT NULL AND accounts."""
FOUND = f"SELECT accounts.lookup, {_ACCOUNTS}lookup IN (:many)"
BY_ID = f"SELECT {_ACCOUNTS}account IN (:many)"
BY_SOME = f"SELECT accounts.community, {_ACCOUNTS}account > '' LIMIT ?"
BY_MEMBER = "SELECT account FROM vault.accounts WHERE member = ? AND key IS NOT NULL"
FREE = "UPDATE vault.accounts SET lookup = NULL WHERE key IS NULL AND lookup IN (:many)"
MINT = """INSERT INTO vault.accounts (account, community, lookup, member, key, contact, bucket)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
KNOWN = "SELECT account FROM vault.accounts WHERE community = ? AND account IN (:many)"
CONTACT = "UPDATE vault.accounts SET contact = ? WHERE account = ? AND key IS NOT NULL"

SLUG = re.compile("[a-z0-9][a-z0-9-]{0,63}")
"""A community's short name."""


@dataclass(frozen=True, slots=True)
class Community:
    """A community of this book."""

    slug: str
    name: str


class CommunityKeys(NamedTuple):
    """A community with its keys unwrapped and what is derived from them."""

    slug: str
    tokens: Tokens
    data_key: bytes
    cipher: AESGCM
    lookup_key: bytes  # of the digests that accounts are found by
    access_key: bytes  # of the digests of API keys and login links
    epoch: int  # of the community, when it was last looked at: who was erased before that is not remembered


class Account(NamedTuple):
    """A living account with its data key unwrapped."""

    id: AccountId
    key: bytes
    contact: Mapping[str, Any]  # platform, id, realm, and what was told: handle, name, email; seen (µs)


class People:
    """The communities and accounts of one vault. Safe to share between threads."""

    def __init__(
        self, database: VaultDatabase, ring: KeyRing, clock: Callable[[], int], epoch: Callable[[str], int]
    ) -> None:
        """`ring`: the key-encryption keys. `clock` dates account ids (µs). `epoch` is the recorder's."""
        self._database = database
        self._ring = ring
        self._buckets = Buckets(ring)
        self._clock = clock
        self._ids = AccountIds()
        self._epoch = epoch
        self._lock = threading.Lock()
        self._communities: dict[str, tuple[CommunityKeys, float]] = {}  # and when they were looked at
        # By community and epoch: whoever still works under an earlier one adds nothing to what a later one remembers.
        self._by_ref: Lru[tuple[str, int, AccountRef], Account] = Lru(REMEMBERED)
        self._by_id: Lru[tuple[str, int, str], Account] = Lru(REMEMBERED)
        self._ciphers: Lru[tuple[str, int, tuple[str, ...]], AESGCM] = Lru(REMEMBERED)

    # Communities

    def open_community(self, slug: str, name: str) -> None:
        """Make a community with keys of its own; one that exists only takes the name. Raises `ElsewhereError`."""
        kek, wrapping = self._ring.current
        made = [box(wrapping, secrets.token_bytes(KEY_BYTES), kind, slug) for kind in ("book", "data")]
        with self._database.transaction(writing=True) as statements:
            if not statements.run(OPEN, (slug, name, self._clock(), *made, kek)):
                raise ElsewhereError(f"{slug}: wanted to give it a name, but it is being moved; try again")
        self._communities.pop(slug, None)

    def communities(self) -> list[Community]:
        """Return all communities, by slug."""
        with self._database.transaction(writing=False) as statements:
            return [Community(slug, name) for slug, name in statements.run(LIST)]

    def community(self, slug: str) -> CommunityKeys:
        """Return a community's keys. Raises `UnknownCommunityError`, `WrongKeyError`.

        Whoever was erased more than half a second ago is not remembered any more, whatever process erased her.
        """
        keys, looked = self._communities.get(slug) or (None, 0.0)
        return keys if keys and time.monotonic() - looked < FRESH_SECONDS else self.renewed(slug)

    def renewed(self, slug: str) -> CommunityKeys:
        """Return a community's keys under its epoch of now; where that is another, its people are forgotten."""
        looked = time.monotonic()
        known, _ = self._communities.get(slug) or (None, 0.0)
        epoch = self._epoch(slug)
        keys = known._replace(epoch=epoch) if known else self._load_community(slug, epoch)
        with self._lock:
            kept, at = self._communities.get(slug) or (None, 0.0)
            if kept and at > looked:  # another began to look after us
                return kept
            self._communities[slug] = keys, looked
        if kept and kept.epoch != epoch:
            self.forget()
        return keys

    def name(self, slug: str) -> str:
        """Return a community's name, which another process may have changed. Raises `UnknownCommunityError`."""
        name: str = self._row(slug)[0]
        return name

    def _row(self, slug: str) -> tuple[Any, ...]:
        found = []
        if "\0" not in slug:  # which PostgreSQL has no text for
            with self._database.transaction(writing=False) as statements:
                found = statements.run(COMMUNITY, (slug,))
        if not found:
            raise UnknownCommunityError(f"community: wanted one of this book, got {slug!r}")
        return found[0]

    def _load_community(self, slug: str, epoch: int) -> CommunityKeys:
        _, book, data, kek = self._row(slug)
        book_key, data_key = community_keys(self._ring, slug, book, data, kek)
        return CommunityKeys(
            slug,
            Tokens(book_key),
            data_key,
            AESGCM(data_key),
            derived_key(book_key, b"guildbook.lookup.1"),
            derived_key(book_key, b"guildbook.access.1"),
            epoch,
        )

    # Accounts

    def find(self, keys: CommunityKeys, refs: Iterable[AccountRef]) -> dict[AccountRef, Account]:
        """Return the living accounts among `refs`; mints none."""
        found, missing = self._remembered(keys, refs)
        if missing:
            with self._database.transaction(writing=False) as statements:
                loaded = self._load(statements, keys, missing)
            found |= self._remember(keys, loaded)
        return found

    def remembered(
        self, keys: CommunityKeys, told: Mapping[AccountRef, Mapping[str, Any]]
    ) -> dict[AccountRef, Account] | None:
        """Return what `find_or_mint` would, from memory; None where it would have to ask or to write."""
        found, missing = self._remembered(keys, told)
        return None if missing or _any_news(found, told) else found

    def find_or_mint(
        self, keys: CommunityKeys, told: Mapping[AccountRef, Mapping[str, Any]]
    ) -> dict[AccountRef, Account]:
        """Return an account for every ref, minted where there was none, and durable.

        `told`: what is known of each, as its contact is kept; what is newer by `seen` replaces the old.
        Raises `ElsewhereError` where there is something to write and the community is being moved.
        """
        found, missing = self._remembered(keys, told)
        if missing or _any_news(found, told):
            with self._database.transaction(writing=True) as statements:
                statements.hold(keys.slug)
                found |= self._load(statements, keys, missing)
                found |= self._mint(statements, keys, {ref: told[ref] for ref in missing if ref not in found})
                found |= _tell(statements, found, told)
            self._remember(keys, found)  # not before they are durable
        return found

    def _remembered(
        self, keys: CommunityKeys, refs: Iterable[AccountRef]
    ) -> tuple[dict[AccountRef, Account], list[AccountRef]]:
        found, missing = {}, []
        for ref in refs:
            account = self._by_ref.get((keys.slug, keys.epoch, ref))
            if account is None:
                missing.append(ref)
            else:
                found[ref] = account
        return found, missing

    def _remember(self, keys: CommunityKeys, found: dict[AccountRef, Account]) -> dict[AccountRef, Account]:
        for ref, account in found.items():
            self._by_ref.put((keys.slug, keys.epoch, ref), account)
            self._by_id.put((keys.slug, keys.epoch, account.id), account)
        return found

    def _load(
        self, statements: Statements, keys: CommunityKeys, refs: Iterable[AccountRef]
    ) -> dict[AccountRef, Account]:
        by_digest = {_lookup(keys, ref): ref for ref in refs}
        found = {}
        for some in _pieces(list(by_digest)):
            for digest, *row in statements.run(many(FOUND, len(some)), some):
                found[by_digest[bytes(digest)]] = self._account(keys.slug, row)
        return found

    def _mint(
        self, statements: Statements, keys: CommunityKeys, told: Mapping[AccountRef, Mapping[str, Any]]
    ) -> dict[AccountRef, Account]:
        if not told:
            return {}
        for some in _pieces([_lookup(keys, ref) for ref in told]):
            statements.run(many(FREE, len(some)), some)
        now, rows = self._clock(), []
        taken = self._buckets.take(statements, keys.slug, len(told))
        for (ref, contact), bucket in zip(told.items(), taken, strict=True):
            account = Account(self._ids.mint(now), secrets.token_bytes(KEY_BYTES), contact)
            wrapped = box(bucket.cipher, account.key, "account", keys.slug, account.id)
            member = public_digest(keys.lookup_key, member_id(account))
            contact_ = _sealed_contact(account)
            rows.append((account.id, keys.slug, _lookup(keys, ref), member, wrapped, contact_, bucket.id))
        rows.sort(key=lambda row: row[2])  # by lookup: two who mint the same people never wait for each other
        statements.run_many(MINT, rows)
        return self._load(statements, keys, told)  # another process may have been first

    def _account(self, slug: str, row: Sequence[Any]) -> Account:
        """Return the account in a row of `FOUND` or `BY_ID`."""
        account, wrapped, contact, bucket, kek, bucket_key = row
        key = self._buckets.key_of(slug, account, wrapped, bucket, kek, bucket_key)
        text = unbox(AESGCM(key), contact, "contact", account) if contact else None
        return Account(AccountId(account), key, orjson.loads(text) if text else {})

    def living(self, keys: CommunityKeys, accounts: Iterable[str]) -> dict[str, Account]:
        """Return those of `accounts` (ids) whose key has not been destroyed."""
        found, missing = {}, []
        for each in set(accounts):
            account = self._by_id.get((keys.slug, keys.epoch, each))
            if account is None:
                missing.append(each)
            else:
                found[each] = account
        if missing:
            with self._database.transaction(writing=False) as statements:
                for some in _pieces(missing):
                    for row in statements.run(many(BY_ID, len(some)), some):
                        account = self._account(keys.slug, row)
                        self._by_id.put((keys.slug, keys.epoch, account.id), account)
                        found[account.id] = account
        return found

    def account_of(self, keys: CommunityKeys, member: str) -> AccountId | None:
        """Return the account that a public member id is of."""
        with self._database.transaction(writing=False) as statements:
            found = statements.run(BY_MEMBER, (public_digest(keys.lookup_key, member),))
        return AccountId(found[0][0]) if found else None

    def known(self, slug: str, accounts: Sequence[str]) -> set[str]:
        """Return those of `accounts` (ids) that are of this community, living or erased."""
        with self._database.transaction(writing=False) as statements:
            pieces = [statements.run(many(KNOWN, len(some)), (slug, *some)) for some in _pieces(accounts)]
        return {account for rows in pieces for (account,) in rows}

    def cipher(self, keys: CommunityKeys, accounts: tuple[str, ...]) -> AESGCM | None:
        """Return what seals for `accounts` (sorted ids; none is the community), None where one is erased."""
        if not accounts:
            return keys.cipher
        cipher = self._ciphers.get((keys.slug, keys.epoch, accounts))
        if cipher is None:
            living = self.living(keys, accounts)
            if len(living) < len(accounts):
                return None
            parts = [living[each].key for each in accounts]
            cipher = AESGCM(parts[0] if len(parts) == 1 else joint_key(parts))
            self._ciphers.put((keys.slug, keys.epoch, accounts), cipher)
        return cipher

    # Forgetting

    def destroy(self, slug: str, accounts: Sequence[str], also: Iterable[bytes] = ()) -> None:
        """Destroy the keys of accounts of a community, and all that the vault knows of them, in one transaction.

        `also`: the digests (`forgetting.digests`) of public ids that end with them, besides their member ids. Safe to
        repeat, and for accounts that are destroyed or unknown. Raises `UnknownCommunityError`, `ElsewhereError`,
        `KeyFileError`.
        """
        keys = self.community(slug)
        with self._database.transaction(writing=True) as statements:
            statements.hold(slug, alone=True)
            ended = destroy(statements, keys, self._buckets, accounts, {*also})
            drop_ways_in(statements, keys, ended)
        self.forget()
        self._database.overwrite()

    def gone(self, slug: str | None, public_id: str) -> bool:
        """Return whether an erasure ended a public id: of a member, or of what was hers. Raises as `community` does.

        `slug` None: in whichever community of this vault.
        """
        return gone(self._database, slug, lambda known: self._kept_keys(known).lookup_key, public_id)

    def _kept_keys(self, slug: str) -> CommunityKeys:
        """Return a community's keys under whichever epoch."""
        kept = self._communities.get(slug)
        return kept[0] if kept else self.community(slug)

    def forget(self) -> None:
        """Let nothing of anybody be in memory any more; who still lives is read again."""
        for remembered in (self._by_ref, self._by_id, self._ciphers):
            remembered.clear()
        self._buckets.forget()


def member_id(account: Account) -> str:
    """Return the public id of an account: 26 characters that die with its data key."""
    return member_text(digest_of(account.id, key=account.key, person=b"member"))


def _tell(
    statements: Statements, found: Mapping[AccountRef, Account], told: Mapping[AccountRef, Mapping[str, Any]]
) -> dict[AccountRef, Account]:
    """Keep what is new about people; what a platform no longer tells stays."""
    renewed = {
        ref: account._replace(contact={**account.contact, **told[ref]})
        for ref, account in found.items()
        if _is_news(account, told[ref])
    }
    news = sorted(renewed.values(), key=lambda account: account.id)
    if news:
        statements.run_many(CONTACT, [(_sealed_contact(account), account.id) for account in news])
    return renewed


def _any_news(found: Mapping[AccountRef, Account], told: Mapping[AccountRef, Mapping[str, Any]]) -> bool:
    return any(_is_news(account, told[ref]) for ref, account in found.items())


def _is_news(account: Account, told: Mapping[str, Any]) -> bool:
    known = account.contact
    return told["seen"] >= known.get("seen", 0) and any(name in told and told[name] != known.get(name) for name in TOLD)


def _sealed_contact(account: Account) -> bytes:
    return box(AESGCM(account.key), orjson.dumps(account.contact), "contact", account.id)


def _lookup(keys: CommunityKeys, ref: AccountRef) -> bytes:
    return digest_of(*ref, key=keys.lookup_key, person=b"account", size=32)


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), MOST_VALUES):
        yield values[start : start + MOST_VALUES]
