"""Who may do what: one table, and nothing that it does not say.

A caller is anonymous, a key (`Authorization: Bearer gb_...`, of one community), or a session (a cookie, set by
signing in): of a member or a manager of one community, or of an operator of the installation. A leader is a member
who holds a leader role by the standings now; she may read her community's numbers, in which nobody is named. Who needs
support, who is next and why are about persons, and for managers. An operator sees that all is well, and nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Action = Literal[
    "public",  # what anyone may read: the front page, badge verification, DID documents, health
    "credential.read",  # whoever holds a badge's unguessable address
    "community.page",  # the charter's public face
    "events.write",
    "statements.write",  # as an LMS reports them, and its documents
    "statements.read",  # all of a community's, as they came: a platform's, and nobody's page
    "account.read",  # which member an account is
    "member.read",  # her standing, verdicts, page
    "member.nominate",  # another, for a badge
    "member.take_out",  # all that is hers, as one archive
    "member.erase",  # forget her for ever
    "badge.endorse",  # say something of a badge, as a member or for the community
    "charter.read",
    "charter.write",  # publish, or try out
    "community.numbers",  # how many stand where, by cohort, over time; nobody is named
    "community.manage",  # leaders, reviews, the manager's page
    "session.own",  # where she is signed in, and by what
    "installation.watch",  # whether all communities are well; nobody's page
]
ACTIONS: Final = get_args(Action)

Scope = Literal["events:write", "identity", "read", "manage"]
SCOPES: Final = get_args(Scope)

Role = Literal["manager", "member", "operator"]

ANYONE: Final = "anyone"
MANAGER: Final = "manager"
LEADER: Final = "leader"
OPERATOR: Final = "operator"
SELF: Final = "self"
SIGNED_IN: Final = "signed in"

TABLE: Final[Mapping[Action, frozenset[str]]] = {
    "public": frozenset({ANYONE}),
    "credential.read": frozenset({ANYONE}),
    "community.page": frozenset({ANYONE}),
    "events.write": frozenset({"events:write"}),
    "statements.write": frozenset({"events:write"}),
    "statements.read": frozenset({"read"}),
    "account.read": frozenset({"read", MANAGER}),
    "member.read": frozenset({"read", MANAGER, SELF}),
    "member.nominate": frozenset({MANAGER, SELF}),
    "member.take_out": frozenset({MANAGER, SELF}),
    "member.erase": frozenset({MANAGER, SELF}),
    "badge.endorse": frozenset({MANAGER, SELF}),
    "charter.read": frozenset({"read", MANAGER, SELF}),
    "charter.write": frozenset({MANAGER}),
    "community.numbers": frozenset({MANAGER, LEADER}),
    "community.manage": frozenset({MANAGER}),
    "session.own": frozenset({SIGNED_IN}),
    "installation.watch": frozenset({OPERATOR}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking, as far as it was proved.

    `member` is a public member id, `leads` whether she leads, where that was asked. `subject` is whose the session is:
    that id, or of a manager the id of her `ledger.Subject`, or "". `csrf` is the word that a form of this session must
    carry, `session` what it is listed by.
    """

    kind: Literal["anonymous", "key", "session"] = "anonymous"
    community: str | None = None
    scopes: frozenset[str] = frozenset()
    role: Role | None = None
    member: str | None = None
    leads: bool = False
    subject: str = ""
    label: str = ""
    csrf: str = ""
    session: str = ""

    @property
    def known_as(self) -> str:
        """What to call who asked, for the record: a key's label, else a role."""
        return self.label or self.role or self.kind


ANONYMOUS: Final = Principal()


def allowed(principal: Principal, action: Action, community: str | None, *, member: str | None = None) -> bool:
    """Return whether `principal` may do `action` in `community`, to `member` where it concerns one.

    `member` must be the public id of her root account, as must the principal's. Without `member`,
    an action open to oneself is open to any member of the community.
    """
    granted = TABLE[action]
    if ANYONE in granted:
        return True
    if principal.role == "operator":  # of no community
        return community is None and principal.community is None and bool(granted & {OPERATOR, SIGNED_IN})
    if community is None or principal.community != community:
        return False
    return bool(granted & _proofs(principal, member))


def _proofs(principal: Principal, member: str | None) -> frozenset[str]:
    """Return the words of the table that `principal` can show within her own community."""
    if principal.kind == "key":
        return principal.scopes | ({MANAGER} if "manage" in principal.scopes else frozenset())
    if principal.role == "manager":
        return frozenset({MANAGER, SIGNED_IN})
    if principal.role == "member" and principal.member:
        own = frozenset({SELF}) if member in {None, principal.member} else frozenset()
        return own | {SIGNED_IN} | ({LEADER} if principal.leads else frozenset())
    return frozenset()
