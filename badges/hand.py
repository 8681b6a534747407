"""What is at hand: documents by their URL or DID, in a mapping that may know why one of them is not.

A document is bytes, text, or what JSON was parsed to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 200  # characters of a name


def to_bytes(found: object) -> bytes:
    """Return the bytes of a document that is at hand. Raises `TypeError` for what no JSON can carry.

    Text that no UTF-8 can carry gives bytes that are no UTF-8, which whoever reads them refuses.
    """
    if isinstance(found, bytes):
        return found
    return found.encode("utf-8", "surrogatepass") if isinstance(found, str) else orjson.dumps(found)


def absent(documents: Mapping[str, object], name: str) -> str:
    """Return a name and why nothing is at hand under it: what the `why` of `documents` says, if they have one."""
    why = getattr(documents, "why", None)
    told = why(name) if callable(why) else None
    return f"{name[:_SHOWN]}, which {told or 'is not at hand'}"


def gone(documents: Mapping[str, object], name: str) -> bool:
    """Tell whether it is known that what stood under a name was taken away for good (RFC 9110 "410 Gone")."""
    asked = getattr(documents, "gone", None)
    return callable(asked) and asked(name) is True
