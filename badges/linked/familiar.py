"""Contexts that credentials name again and again: processed once for all threads, and free to every document.

What a list of contexts makes of words hangs on nothing but the list, and so does what a type in it makes of them. So
what PyLD found is kept for the lists that issuers write, as they stand in a document, or in one that stands in another;
they are so few that all of it is kept for good. Nothing else is: a document can name contexts in more orders than any
memory holds, and each has to be paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING, Any

from pyld.jsonld import JsonLdProcessor

from badges.work import unpaid
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Callable

_BADGES = [f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{minor}.json" for minor in (1, 2, 3)]
_DATA_MODELS = [contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1]
_EITHER = [(), (contexts.OPEN_BADGES_EXTENSIONS,), (contexts.DATA_INTEGRITY_V2,)]

LISTS = frozenset(
    {(model,) for model in _DATA_MODELS}
    | {(model, badge, *more) for model, badge, more in product(_DATA_MODELS, _BADGES, _EITHER)}
    | {(contexts.CREDENTIALS_V2, contexts.LEARNER_RECORDS, *more) for more in ((), *((badge,) for badge in _BADGES))}
    | {
        (contexts.CREDENTIALS_V2, contexts.LEARNER_RECORDS, badge, contexts.OPEN_BADGES_EXTENSIONS)
        for badge in _BADGES
    }
)  # fmt: skip
"""As issuers write them; what stands in a document, and in one inside it."""

_NOWHERE, _TOP, _INSIDE, _OF_TYPE, _OF_TERM = range(5)  # how a context came about
_NEXT_LIST = {_NOWHERE: _TOP, _TOP: _INSIDE}
_NEXT_SCOPED = {_TOP: _OF_TYPE, _INSIDE: _OF_TYPE, _OF_TYPE: _OF_TERM}


class Familiar:
    """The contexts that are kept. Safe to share between threads: what PyLD makes is frozen."""

    def __init__(self, initial: str) -> None:
        """`initial`: the name that PyLD gave to the context in which nothing is defined."""
        self._kinds = {initial: _NOWHERE}
        self._made: dict[tuple[object, ...], tuple[object, Any]] = {}
        self._lock = Lock()

    def find(self, active: Any, local: object, how: Mapping[str, Any], make: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what the context `local` makes of `active`, where that is kept; `make` makes it. Else None."""
        kind = self._kinds.get(active["_uuid"])
        named = names(local)
        if kind is None:
            return None
        if named is not None and not how:
            kind = _NEXT_LIST.get(kind) if named in LISTS else None
        else:
            kind = _NEXT_SCOPED.get(kind) if isinstance(local, Mapping) and how else None
        if kind is None or (kind == _OF_TERM and how.get("propagate") is False):  # of two types: too many pairs
            return None
        key = (active["_uuid"], named or id(local), *sorted(how.items()))
        if key not in self._made:
            with self._lock:
                if key not in self._made:
                    with unpaid():
                        made = make()
                    self._kinds[made["_uuid"]] = kind
                    self._made[key] = local, made  # what it is of is kept, so that no other gets its id
        return self._made[key][1]


def names(local: object) -> tuple[str, ...] | None:
    """Return the URLs of what is a list of them, or one; None for any other context."""
    named = [local] if isinstance(local, str) else local
    if isinstance(named, list) and named and all(isinstance(one, str) for one in named):
        return tuple(named)
    return None


def _initial() -> str:
    context = JsonLdProcessor()._get_initial_context({"processingMode": "json-ld-1.1"})  # noqa: SLF001  no other way
    return str(context["_uuid"])


INITIAL = _initial()
"""What PyLD calls the context in which nothing is defined."""

FAMILIAR = Familiar(INITIAL)
"""Those of this process."""
