"""Mailboxes: where a member wants her mail, by her own word. The address is sealed under her key and ends with her."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.errors import ErasedError
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.people import CommunityKeys
    from ledger.shards import Shards

PUT = """INSERT INTO vault.mailboxes VALUES (?, ?, ?, ?, ?) ON CONFLICT (account)
    DO UPDATE SET since = excluded.since, state = excluded.state, sealed = excluded.sealed"""
STATE = "UPDATE vault.mailboxes SET state = ?, since = ? WHERE community = ? AND account = ?"
OF = "SELECT account, since, state, sealed FROM vault.mailboxes WHERE community = ? ORDER BY account"
DROP = "DELETE FROM vault.mailboxes WHERE community = ? AND account = ?"
_TOKEN = re.compile(r"([a-z]{1,12})\.([0-9a-z]{1,40})\.([0-9]{1,17})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A member's address. `state`: asked until she confirms it by a link, on, or left (she wants no more)."""

    account: str
    community: str
    since: int  # µs; nothing of before that is sent
    state: str
    address: str


class Mailboxes:
    """The mailboxes of every community, and the words in links that confirm or end one. Safe between threads."""

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock

    def ask(self, community: str, account: str, address: str) -> None:
        """Keep an address that a member gave; nothing is sent to it but the link that confirms it.

        Raises `ErasedError`, where her key is gone.
        """
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        cipher = shard.people.cipher(keys, (account,))
        if cipher is None:
            raise ErasedError(f"account: wanted a living one of {community!r}, got {account!r}")
        sealed = box(cipher, address.encode(), "mailbox", account)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(PUT, (account, community, self._clock(), "asked", sealed))

    def turn(self, community: str, account: str, state: str) -> None:
        """Let a mailbox be `on`, from now, or `left`."""
        with self._shards.of(community).vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(STATE, (state, self._clock(), community, account))

    def drop(self, community: str, account: str) -> None:
        """Forget an address."""
        with self._shards.of(community).vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(DROP, (community, account))

    def of(self, community: str) -> list[Mailbox]:
        """Return the mailboxes of a community; none of who was erased."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(OF, (community,))
        found = []
        for account, since, state, sealed in rows:
            cipher = shard.people.cipher(keys, (account,))
            text = unbox(cipher, bytes(sealed), "mailbox", account) if cipher else None
            if text is not None:
                found.append(Mailbox(account, community, since, state, text.decode()))
        return found

    def find(self, community: str, account: str) -> Mailbox | None:
        """Return the mailbox of an account, or None."""
        return next((each for each in self.of(community) if each.account == account), None)

    # Words in links

    def word(self, community: str, purpose: str, subject: str, address: str, expires: int) -> str:
        """Return a word that shows, until `expires` (µs), that somebody reads the mail of an address.

        `purpose`: what it lets her do (a-z); `subject`: a public member id, or a channel's.
        """
        keys = self._shards.of(community).people.community(community)
        return f"{purpose}.{subject}.{expires}.{_mac(keys, purpose, subject, address, expires)}"

    @staticmethod
    def read(word: str) -> tuple[str, str] | None:
        """Return purpose and subject that a word names, in its form; whether it holds is `holds`' to say."""
        found = _TOKEN.fullmatch(word)
        return (found[1], found[2]) if found else None

    def holds(self, community: str, word: str, address: str) -> bool:
        """Return whether a word is ours, of this address, and not too old."""
        found = _TOKEN.fullmatch(word)
        if found is None or int(found[3]) <= self._clock():
            return False
        keys = self._shards.of(community).people.community(community)
        return hmac.compare_digest(found[4], _mac(keys, found[1], found[2], address, int(found[3])))


def _mac(keys: CommunityKeys, *told: Any) -> str:  # noqa: ANN401  text and numbers
    text = "\0".join(["mail", *map(str, told)])
    return hmac.new(keys.access_key, text.encode(), hashlib.sha256).hexdigest()
