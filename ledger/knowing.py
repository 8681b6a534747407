"""Who the people of a community are: their accounts, what is known of them, and their public ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.errors import ErasedError
from ledger.people import member_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.people import Account
    from ledger.shards import Shards
    from ledger.tokens import AccountId


class Knowing:
    """What a book says of people, as far as they are not erased."""

    _shards: Shards

    def account(
        self,
        community: str,
        platform: str,
        id: str,  # noqa: A002 - the event's own word
        realm: str | None = None,
    ) -> AccountId | None:
        """Return the account that a platform knows by `id`, or None."""
        ref = (platform, realm or "", id)
        people = self._shards.of(community).people
        found = people.find(people.community(community), [ref])
        return found[ref].id if ref in found else None

    def member_id(self, community: str, account: str) -> str:
        """Return the public id of an account, 26 characters. Raises `ErasedError` when its key is gone."""
        return member_id(self._living(community, account))

    def account_of(self, community: str, member: str) -> AccountId | None:
        """Return the account that a public member id is of, or None."""
        people = self._shards.of(community).people
        return people.account_of(people.community(community), member)

    def handle(self, community: str, account: str) -> dict[str, Any] | None:
        """Return what is known of a person, None when she is erased.

        `platform` and `id`, and where they were told `realm`, `handle`, `name`, `email`.
        """
        return self.handles(community, [account]).get(account)

    def handles(self, community: str, accounts: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what is known of those of these accounts that are not erased, as `handle` does."""
        people = self._shards.of(community).people
        found = people.living(people.community(community), accounts).values()
        return {one.id: {name: told for name, told in one.contact.items() if name != "seen"} for one in found}

    def _living(self, community: str, account: str) -> Account:
        people = self._shards.of(community).people
        found = people.living(people.community(community), [account]).get(account)
        if found is None:
            raise ErasedError(f"account: wanted a living one of {community!r}, got {account!r}")
        return found
