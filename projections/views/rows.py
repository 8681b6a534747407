"""What stands in the views' rows, and how it is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import orjson

from projections.fold.holds import Derived
from projections.fold.subjects import Assigned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from projections.charters.language import Grant
    from projections.fold.people import Account
    from projections.fold.spans import Spans

NOTHING_HELD = ""
"""What stands in the table under a key of which nothing was held after all."""


class MemberRow(NamedTuple):
    """A member as projected: the accounts it has, its timelines, the position at which they were written."""

    community: str
    member: Account
    accounts: tuple[Account, ...]
    derived: Derived
    changed: int


class AwardRow(NamedTuple):
    """An award as recorded: which credential it is, and of which fact.

    `issued`: when it was recorded (µs). `revoked`: when, or None; `lost`: what it had lost then, "" where that was not
    why, or None. `upheld`: what it had lost when a person last let it stand, or None. `suspended`: since when it is, or
    None. `credential` is "" in the table, and not handed out, where the member was erased: its id died with her key.
    """

    community: str
    credential: str
    account: Account
    kind: str
    achievement: str
    renewal: int
    status: int
    earned: int
    position: int
    stream: str
    rule: str
    issued: int
    expires: int | None = None  # µs
    revoked: int | None = None
    lost: str | None = None
    upheld: str | None = None
    suspended: int | None = None


AWARDED = AwardRow._fields.index("revoked")
"""How many of its fields an award has from the beginning."""


class Holding(NamedTuple):
    """An award that was not revoked, the member it is by now, and which writing of her row that is."""

    award: AwardRow
    member: Account
    written: tuple[int, int]  # generation, and the position it was written at


class Flag(NamedTuple):
    """What a community's status lists say of one number: for what, from when to when (µs), by the fact at a position.

    `ended` is None while it holds.
    """

    purpose: str
    number: int
    began: int
    ended: int | None
    position: int


def member_row(row: Sequence[Any]) -> MemberRow:
    """Return a member as read: community, member, accounts, body, changed."""
    community, member, accounts, body, changed = row
    return MemberRow(community, member, tuple(orjson.loads(accounts)), read_derived(body), changed)


def written(row: MemberRow, due: int | None) -> tuple[object, ...]:
    """Return a member as the table has it."""
    accounts = orjson.dumps([*map(str, row.accounts)]).decode()
    return (row.community, row.member, accounts, _body(row.derived), row.changed, due)


def _body(derived: Derived) -> str:
    grants = [[*grant, spans] for grant, spans in derived.grants.items()]
    parts = {**derived._asdict(), "grants": grants, "assigned": [[*one] for one in derived.assigned]}
    return orjson.dumps(parts).decode()


def read_derived(body: str) -> Derived:
    """Return timelines as they were written."""
    parts = orjson.loads(body)
    return Derived(
        rules={rule: _pairs(spans) for rule, spans in parts["rules"].items()},
        grants={(kind, value): _pairs(spans) for kind, value, spans in parts["grants"]},
        levels=_pairs(parts["levels"]),
        affiliations=[(at, token) for at, token in parts["affiliations"]],
        first=parts["first"],
        last=parts["last"],
        acts=parts["acts"],
        assigned=[Assigned(*one) for one in parts["assigned"]],
    )


class _Grants(msgspec.Struct):
    """Of a member's timelines, when each grant held; the rest of the text is passed over."""

    grants: list[tuple[str, str, list[tuple[int, int]]]]


_grants = msgspec.json.Decoder(_Grants).decode


def read_grants(body: str, kinds: Collection[str]) -> dict[Grant, Spans]:
    """Return when each grant of these kinds was held, of timelines as they were written."""
    return {(kind, value): spans for kind, value, spans in _grants(body).grants if kind in kinds}


def _pairs(lists: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    return [(start, end) for start, end in lists]
