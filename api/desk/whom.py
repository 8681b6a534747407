"""Whom a manager means in a form: by her page or id, by an account of hers, or by a name that nobody shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.installation import MEMBER_ID
from api.people.members import PLATFORM, find_member, member_of
from api.words.wording import name_of
from ledger import ErasedError
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.installation import Installation
    from api.people.members import Member

Context = dict[str, Any]
LONGEST = 300  # characters
_MOST_NAMED = 3  # of one name, who are told apart in the words for it


def whom(here: Installation, community: str, text: str, faults: list[Fault], field: str = "member") -> Member | None:
    """Return the member that a form's text means; else None, with the fault noted under `field`. Blocks."""
    found = _meant(here, community, text.strip().rstrip("/"))
    if not isinstance(found, str):
        return found
    words = f"wanted her name, her account as forum:ada, or her page\u2019s address; got {found}"
    faults.append(Fault(f"/{field}", words))
    return None


def _meant(here: Installation, community: str, text: str) -> Member | str:
    """Return the member, or in words what came instead."""
    last = text.rpartition("/")[2]
    if MEMBER_ID.fullmatch(last):
        gone = "somebody who was erased" if here.gone(last, community) else "an id that is nobody\u2019s here"
        return find_member(here, community, last) or gone
    if not text or len(text) > LONGEST or "\0" in text:
        return "something else" if text else "nothing"
    platform, colon, known_as = text.partition(":")
    if colon and PLATFORM.fullmatch(platform):
        account = here.book.account(community, platform, known_as)
        return (member_of(here, community, account) if account else None) or f"{text[:80]}, which is no account here"
    return _named(here, community, text)


def _named(here: Installation, community: str, text: str) -> Member | str:
    """Return the one member who is called so, in capitals or not; or in words why there is none."""
    rows = here.views.members(community)
    handles = here.book.handles(community, [account for row in rows for account in row.accounts])
    wanted = text.casefold()
    called = [
        row.member
        for row in rows
        if any(_is_called(handles[account], wanted) for account in row.accounts if account in handles)
    ]
    if len(called) == 1:
        return member_of(here, community, called[0]) or "somebody who was erased"
    if not called:
        return f"{text[:80]}, as nobody here is called"
    known = [handles[account] for account in called[:_MOST_NAMED] if account in handles]
    accounts = ", ".join(f"{one['platform']}:{one['id']}" for one in known)
    return f"{text[:80]}, as {len(called)} members are called: say {accounts}"


def _is_called(handle: dict[str, Any], wanted: str) -> bool:
    return wanted in {str(handle[key]).casefold() for key in ("name", "handle") if handle.get(key)}


def people(here: Installation, community: str, accounts: Iterable[str]) -> dict[str, Context]:
    """Return the public id and the name of each member of these root accounts; without who was erased. Blocks."""
    some = [*accounts]
    handles = here.book.handles(community, some)
    found = {}
    for account in some:
        try:
            member = here.book.member_id(community, account)
        except ErasedError:
            continue
        found[account] = {"member": member, "name": name_of(handles.get(account))}
    return found
