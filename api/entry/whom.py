"""As whom a provider's subject is known here, and making or ending that. Everything blocks.

Two things must hold for a member: that she herself let the subject sign in (a row of the vault, which no API key can
make), and that the account it stands for is still hers by the identity facts, which managers can part. For a manager
the row is all. An e-mail address says nothing here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from api.people import linking
from api.people.members import accounts_of, find_member, member_of, settled
from api.web.problems import ProblemError, gone
from ledger import ErasedError, UnknownCommunityError
from projections import Account

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member
    from api.web.auth import Principal
    from ledger import SignIn, Subject

PLATFORM: Final = "oidc"
"""What a provider's accounts are called in identity facts; its issuer is their realm."""

LONGEST_LABEL = 60  # characters
ANOTHERS = "this sign-in is another member's here already; if both are you, ask a manager to link the two"


def places(here: Installation, issuer: str, sub: str) -> list[Subject]:
    """Return as whom a subject may sign in now, each member by the public id that she has now."""
    found = []
    for each in here.book.subjects.find(issuer, sub):
        member = None if each.role == "manager" else _still_hers(here, each)
        if each.role == "manager" or member:
            found.append(replace(each, subject=member.id if member else ""))
    return found


def _still_hers(here: Installation, row: Subject) -> Member | None:
    try:
        member = find_member(here, row.community, row.subject)
        account = here.book.account(row.community, PLATFORM, row.sub, realm=row.issuer)
        holder = member_of(here, row.community, account) if account else None
    except UnknownCommunityError:
        return None
    return member if member and holder and holder.account == member.account else None


def use(here: Installation, asking: Principal, issuer: str, sub: str, label: str) -> Subject:
    """Let a subject sign in as whoever is asking. Raises a 409, 410 or 503 problem; then nothing was done."""
    assert asking.community  # noqa: S101  a member or manager has one
    if asking.role == "manager":
        told = {"role": "manager", "subject": "", "issuer": issuer, "sub": sub, "label": label}
        return here.book.subjects.add(asking.community, **told)
    member = _herself(here, asking)
    known = here.book.account(member.community, PLATFORM, sub, realm=issuer)
    holder = member_of(here, member.community, known) if known else None
    if holder and holder.account != member.account and accounts_of(here, holder) != (known,):
        raise ProblemError(409, ANOTHERS)
    if holder is None or holder.account != member.account:
        account = {"platform": PLATFORM, "realm": issuer, "id": sub}
        proof = {"decided": "link", "reason": "she signed in to both"}
        position = linking.joined(here, member.community, Account(member.account), account, proof)
        here.standings.wait(member.community, position, here.settings.limit_wait)
    told = {"role": "member", "subject": member.id, "issuer": issuer, "sub": sub, "label": label}
    return here.book.subjects.add(member.community, **told)


def used(here: Installation, asking: Principal) -> list[Subject]:
    """Return the subjects that may sign in as whoever is asking."""
    if asking.community is None:
        return []
    return here.book.subjects.of(asking.community, asking.role or "", ids(here, asking))


def works(here: Installation, row: Subject) -> bool:
    """Return whether a subject can sign in as whom it was made to: a member's account may have been parted from her."""
    return row.role == "manager" or _still_hers(here, row) is not None


def undo(here: Installation, asking: Principal) -> None:
    """Let no subject sign in any more as whoever is asking, part their accounts from her, and end such sign-ins."""
    assert asking.community  # noqa: S101  a member or manager has one
    for row in used(here, asking):
        here.book.subjects.drop(asking.community, row.id)
        if row.role == "member":
            _part(here, row)
    mine = own(here, asking)
    here.book.sign_ins.end(
        asking.community, [one.handle for one in mine if one.way == "oidc" and one.handle != asking.session]
    )


def _part(here: Installation, row: Subject) -> None:
    """Record that a subject's account is not hers any more, where it still is."""
    found = here.book.account(row.community, PLATFORM, row.sub, realm=row.issuer)
    links = linking.links_of(here, row.community)
    changes = links.parting(Account(found)) if found else []
    if changes:
        reason = {"decided": "unlink", "reason": "she signs in by it no more"}
        position = linking.recorded(here, row.community, links, changes, reason, "oauth").position
        here.standings.wait(row.community, position, here.settings.limit_wait)


def own(here: Installation, asking: Principal) -> list[SignIn]:
    """Return where whoever is asking is signed in. Managers who came by a link have no name, and see each other's."""
    return here.book.sign_ins.of(asking.community or "", asking.role or "", ids(here, asking))


def ids(here: Installation, asking: Principal) -> list[str]:
    """Return what the rows of whoever is asking are found by: of a member every public id of hers."""
    if asking.role != "member" or asking.community is None or asking.member is None:
        return [asking.subject]
    return ids_of(here, find_member(here, asking.community, asking.member))


def ids_of(here: Installation, member: Member | None) -> list[str]:
    """Return every public id of a member."""
    found = []
    for account in accounts_of(here, member) if member else ():
        try:
            found.append(here.book.member_id(member.community, account))  # type: ignore[union-attr]
        except ErasedError:
            continue
    return found


def _herself(here: Installation, asking: Principal) -> Member:
    member = find_member(here, asking.community or "", asking.member or "")
    if member is None:
        raise gone()
    return settled(here, member, seconds=here.settings.limit_wait)
