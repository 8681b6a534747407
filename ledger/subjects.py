"""Who may sign in by an OpenID Connect provider: as whom, in which community, the provider's subject counts here.

A row is made by whoever is signed in already, for herself, and by nobody else: no API key can. The vault keeps a keyed
digest of issuer and subject to find it by, and the rest sealed. It dies with an erasure.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from ledger.errors import UnknownCommunityError
from ledger.forgetting import public_digest
from ledger.sign_ins import holder_of
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ledger.entrance import Entrance, EntranceKeys

ID_BYTES = 6
ADD_SUBJECT = """INSERT INTO vault.subjects (id, community, lookup, holder, sealed) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (lookup) DO UPDATE SET holder = excluded.holder, sealed = excluded.sealed"""
SUBJECTS = "SELECT id, sealed FROM vault.subjects WHERE community = ? ORDER BY id"
SUBJECTS_OF = "SELECT id, sealed FROM vault.subjects WHERE community = ? AND holder = ? ORDER BY id"
SUBJECT = "SELECT id, sealed FROM vault.subjects WHERE community = ? AND lookup = ?"
THAT_HAVE_SOME = "SELECT DISTINCT community FROM vault.subjects"
DROP_SUBJECT = "DELETE FROM vault.subjects WHERE community = ? AND id = ?"
ROLES = ("member", "manager")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """That whoever a provider knows by `sub` may sign in as a member or manager of a community."""

    id: str
    community: str
    role: str
    subject: str  # a public member id; of a manager ""
    issuer: str
    sub: str
    label: str  # what she wants to be told by, among managers
    made: int  # µs


class Subjects:
    """Who may sign in by a provider, in every community of one book. Safe to share between threads."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    def add(self, community: str, *, role: str, subject: str, issuer: str, sub: str, label: str) -> Subject:
        """Let a provider's subject sign in, in place of whom it could in this role before."""
        keys = self._entrance.keys(community)
        lookup = _lookup(keys, role, issuer, sub)
        told: dict[str, Any] = {"role": role, "subject": subject, "issuer": issuer, "sub": sub, "label": label}
        told["made"] = self._entrance.clock()
        with self._entrance.writing(community) as statements:
            known = statements.run(SUBJECT, (community, lookup))
            row_id: str = known[0][0] if known else secrets.token_hex(ID_BYTES)
            sealed = box(keys.cipher, orjson.dumps(told), "subject", row_id)
            holder = holder_of(keys, role, subject or row_id)
            statements.run(ADD_SUBJECT, (row_id, community, lookup, holder, sealed))
        return Subject(id=row_id, community=community, **told)

    def find(self, issuer: str, sub: str) -> list[Subject]:
        """Return as whom a provider's subject may sign in, by community; the manager of one first."""
        found = []
        for number, shard in enumerate(self._entrance.shards):
            with shard.vault.transaction(writing=False) as statements:
                names = sorted(name for (name,) in statements.run(THAT_HAVE_SOME))
            for name in names:
                with contextlib.suppress(UnknownCommunityError):
                    if self._entrance.shards.number_of(name) == number:
                        found += self._in(name, issuer, sub)
        return sorted(found, key=lambda one: (one.community, one.role))

    def _in(self, community: str, issuer: str, sub: str) -> list[Subject]:
        keys = self._entrance.keys(community)
        lookups = [_lookup(keys, role, issuer, sub) for role in ROLES]
        rows = [row for one in lookups for row in self._entrance.rows(community, SUBJECT, community, one)]
        return self._told(community, rows)

    def of(self, community: str, role: str, subjects: Iterable[str]) -> list[Subject]:
        """Return those of a role of a community under any of these subjects."""
        keys = self._entrance.keys(community)
        holders = sorted({holder_of(keys, role, subject) for subject in subjects})
        rows = [row for one in holders for row in self._entrance.rows(community, SUBJECTS_OF, community, one)]
        return self._told(community, rows)

    def managers(self, community: str) -> list[Subject]:
        """Return the managers of a community who sign in by a provider."""
        found = self._told(community, self._entrance.rows(community, SUBJECTS, community))
        return [one for one in found if one.role == "manager"]

    def drop(self, community: str, row_id: str) -> None:
        """Let a subject sign in no more."""
        with self._entrance.writing(community) as statements:
            statements.run(DROP_SUBJECT, (community, row_id))

    def _told(self, community: str, rows: Iterable[tuple[Any, ...]]) -> list[Subject]:
        cipher = self._entrance.keys(community).cipher
        opened = ((row_id, unbox(cipher, bytes(sealed), "subject", row_id)) for row_id, sealed in rows)
        return [Subject(id=row_id, community=community, **orjson.loads(told)) for row_id, told in opened if told]


def _lookup(keys: EntranceKeys, role: str, issuer: str, sub: str) -> bytes:
    return public_digest(keys.lookup_key, f"{role}\0{issuer}\0{sub}")
