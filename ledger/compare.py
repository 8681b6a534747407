"""Is an incoming event what is stored under its id? Pointers to what differs, never values.

There is no fingerprint to go by: an erasure would leave it behind. The event is drafted again and held
against the open part and, through salt and commitment, against each sealed part; what was erased is skipped.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ledger.draft import canonical
from ledger.shape import SALT_BYTES, State, content, open_fields, open_part, unpack
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ledger.draft import Draft
    from ledger.people import CommunityKeys, People
    from ledger.rows import Row

_NAMES = {"time": "/time", "scopedSource": "/data/source", "id": "/id"}


def differences(row: Row, draft: Draft, people: People, keys: CommunityKeys) -> tuple[Fault, ...]:
    """Return a fault for each field in which `draft` differs from the fact in `row`; () is the same."""
    if row.topic != draft.kind.topic:
        return (_fault("/type"),)
    state = unpack(row.state)
    fields = set(_open_differences(open_fields(state), draft, people, keys))
    fields.update(_sealed_differences(row, state, draft, people, keys))
    return tuple(_fault(_NAMES.get(field, f"/data/{field}")) for field in sorted(fields))


def _fault(pointer: str) -> Fault:
    return Fault(pointer, "wanted what is stored under this source and id already, got something else")


def _open_differences(stored: dict[str, Any], draft: Draft, people: People, keys: CommunityKeys) -> Iterator[str]:
    given = dict(draft.open)
    if stored.pop("time_is_ours", False) | given.pop("time_is_ours", False):
        given["time"] = stored["time"]
    for opened in (stored, given):
        opened.pop("proposed", None)
    if given == stored:
        return
    _skip_erased(stored, given, draft, people, keys)
    for field in stored.keys() | given.keys():
        if stored.get(field) != given.get(field):
            yield field


def _skip_erased(
    stored: Mapping[str, Any], given: dict[str, Any], draft: Draft, people: People, keys: CommunityKeys
) -> None:
    """Take over the stored ids of erased accounts: nobody can tell any more whose they were."""
    kind = draft.kind
    ids = {stored[field] for field in kind.account if field in stored}
    ids.update(each for field in kind.accounts for each in stored.get(field, ()))
    living = people.living(keys, ids)
    for field in kind.account:
        if field in given and field in stored and stored[field] not in living:
            given[field] = stored[field]
    for field in kind.accounts:
        if len(given.get(field, ())) == len(stored.get(field, ())) > 0:
            given[field] = [new if old in living else old for old, new in zip(stored[field], given[field], strict=True)]


def _sealed_differences(row: Row, state: State, draft: Draft, people: People, keys: CommunityKeys) -> Iterable[str]:
    if not state.parts:
        return draft.sealed.keys()
    fields: set[str] = set()
    for number, part in enumerate(state.parts, start=1):
        cipher = people.cipher(keys, tuple(part.accounts))
        opened = open_part(row.place(), number, part, cipher) if cipher else None
        if opened is None:
            continue  # destroyed
        given = opened[:SALT_BYTES] + canonical(draft.sealed)
        if hashlib.sha256(given).digest() != part.commitment:
            old, new = content(opened), draft.sealed
            fields |= {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return fields
