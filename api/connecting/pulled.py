"""What a connector file says of a platform that does not post: what is asked of it, or listened to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from api.connecting.expressions import Expression

INTERVAL = 900  # seconds, where a file says nothing
PAUSE = 1_000  # milliseconds
MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Stream:
    """A list that is asked for, page by page: the members of `streams` (schemas/connector.json)."""

    name: str
    address: str
    items: Expression
    first: int
    more: Expression | None
    most: int  # pages
    cursor: Expression | None
    overlap: int  # seconds
    under: str  # another stream, or nothing
    parent: Expression | None


@dataclass(frozen=True, slots=True)
class Poll:
    """What is asked of a platform from time to time. `header`, `prefix`: where its key goes."""

    base: str
    interval: int  # seconds
    pause: int  # milliseconds
    headers: Mapping[str, str]
    header: str
    prefix: str
    streams: Sequence[Stream]


@dataclass(frozen=True, slots=True)
class Relay:
    """What is listened to: by which protocol, where it begins, and what is asked for."""

    protocol: str
    address: str
    intents: Sequence[str] = field(default_factory=list)


class PulledReading:
    """These parts of a file being read; `fault` is told what is wrong, `expression` reads one."""

    def __init__(
        self,
        document: Mapping[str, Any],
        fault: Callable[[str, str], None],
        expression: Callable[[str, str], Expression | None],
    ) -> None:
        self._document, self._fault, self._expression = document, fault, expression

    def relay(self) -> Relay | None:
        """Return what is listened to; None where nothing is."""
        said = self._document.get("relay")
        return None if said is None else Relay(said["protocol"], said["address"], said["intents"])

    def poll(self) -> Poll | None:
        """Return what is asked; None where nothing is, or where there are faults."""
        said = self._document.get("poll")
        if said is None:
            return None
        streams = [self._stream(f"/poll/streams/{place}", each) for place, each in enumerate(said["streams"])]
        self._in_order(said["streams"])
        return Poll(
            base=said.get("base", ""),
            interval=said.get("interval", INTERVAL),
            pause=said.get("pause", PAUSE),
            headers=said.get("headers", {}),
            header=said["auth"]["header"],
            prefix=said["auth"].get("prefix", ""),
            streams=[each for each in streams if each is not None],
        )

    def _stream(self, pointer: str, said: Mapping[str, Any]) -> Stream | None:
        read = {
            name: self._expression(f"{pointer}/{name}", said[name])
            for name in ("items", "more", "cursor", "parent")
            if name in said
        }
        if ("under" in said) != ("parent" in said) or ("under" in said) != ("{parent}" in said["address"]):
            self._fault(pointer, "wanted under, parent, and {parent} in the address together, or none of them")
        if ("more" in said) != ("{page}" in said["address"]):
            self._fault(pointer, "wanted more, and {page} in the address together, or neither")
        items = read["items"]
        if items is None:
            return None
        return Stream(
            name=said["name"],
            address=said["address"],
            items=items,
            first=said.get("first", 1),
            more=read.get("more"),
            most=said.get("most", MOST_PAGES),
            cursor=read.get("cursor"),
            overlap=said.get("overlap", 0),
            under=said.get("under", ""),
            parent=read.get("parent"),
        )

    def _in_order(self, streams: Sequence[Mapping[str, Any]]) -> None:
        known: set[str] = set()
        for place, each in enumerate(streams):
            if each["name"] in known:
                self._fault(f"/poll/streams/{place}/name", f"wanted each stream once, got {each['name']} again")
            if each.get("under", "") not in {"", *known}:
                self._fault(f"/poll/streams/{place}/under", f"wanted a stream before this one, got {each['under']}")
            known.add(each["name"])
