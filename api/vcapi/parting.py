"""A request's JSON taken apart: what is to be verified stays as it came, and only what is around it is read here.

So a credential is read once, by whom it is read strictly, and nobody waits while somebody's 64 kB of brackets are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_REST = 8_192  # bytes of a request beside its document

_HOLE = b"null"
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parted(raw: bytes, name: str, *, unless: str) -> tuple[Mapping[str, object], bytes] | None:
    """Return a JSON object without what its member `name` has, and that, as it came and unread.

    None where there is no such member, or one called `unless`. Raises `MalformedJSONError`.
    """
    try:
        members = _MEMBERS.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedJSONError(f"wanted a JSON object, got: {error}") from error
    if name not in members or unless in members:
        if len(raw) <= LARGEST_REST:  # no credential, as a rule: then this says what is wrong
            loads(raw)
        return None
    part = bytes(members[name])
    rest = raw.replace(part, _HOLE, 1)
    if len(rest) > LARGEST_REST:
        raise MalformedJSONError(f"wanted at most {LARGEST_REST:,} bytes beside {name}, got {len(rest):,}")
    found = loads(rest)  # where the name comes twice, it does so here, too
    if not isinstance(found, dict) or found.get(name, ...) is not None:
        raise MalformedJSONError(f"wanted {name} once, got the same elsewhere, too")
    return found, part
