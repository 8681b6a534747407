"""A request's JSON taken apart: what is to be verified stays as it came, and only what is around it is read here.

So a credential is read once, by whom it is read strictly, and nobody waits while somebody's 64 kB of brackets are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.problems import ProblemError
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_REST = 8_192  # bytes of a request beside its document

_HOLE = b"null"
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parted(raw: bytes, name: str) -> tuple[Mapping[str, object], bytes | None]:
    """Return a JSON object without what its member `name` has, and that, as it came and unread; None where it has none.

    Without such a member, nothing is read at all: the object is empty. Raises a 400 problem.
    """
    try:
        inner = _MEMBERS.decode(raw).get(name)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProblemError(400, f"not JSON as we read it: wanted an object, got: {error}", verified=False) from error
    if inner is None:
        return {}, None
    part = bytes(inner)
    rest = raw.replace(part, _HOLE, 1)
    if len(rest) > LARGEST_REST:
        words = f"wanted at most {LARGEST_REST:,} bytes beside `{name}`, got {len(rest):,}"
        raise ProblemError(400, words, verified=False)
    try:
        found = loads(rest)  # where the name comes twice, it does so here, too
    except MalformedJSONError as error:
        raise ProblemError(400, f"not JSON as we read it: {error}", verified=False) from error
    if not isinstance(found, dict) or found.get(name, ...) is not None:
        raise ProblemError(400, f"not JSON as we read it: wanted `{name}` once, got it twice", verified=False)
    return found, part
