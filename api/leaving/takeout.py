"""Everything that the book holds of one member, and of nobody else, as an archive that she takes along.

Her facts are found by reading the community's once, from the first to the last, a page at a time. Each is then proved
to be in the log, one after another, which takes a millisecond or two.
"""

from __future__ import annotations

import base64
import time
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson

from api.awarding import awards
from api.issued.evidence import shown_fact
from api.people.members import accounts_of
from api.web.archive import zipped
from ledger import account_fields, named_in
from projections import UnknownMemberError
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from api.installation import Installation
    from api.people.members import Member
    from badges import Issued
    from ledger import Fact

PAGE = 2_000  # facts read at a time
ME = "me"
ANOTHER = "another member"
_SAID = frozenset({"v", "time"})  # of the open part, what a line says already
_VOIDED: dict[bool, dict[str, Any]] = {True: {"voided": True}, False: {}}
_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def takeout(here: Installation, member: Member, told: Callable[[int, int], None] | None = None) -> Iterator[bytes]:
    """Return a member's archive (ZIP) in pieces, made while they are taken. Both block.

    `told` hears how many of how many facts were read. Raises `ErasedError` at once where she was erased; where she is
    erased meanwhile, a piece raises it and the archive stays unfinished.
    """
    made = time.time_ns() // 1000
    own = accounts_of(here, member)
    upto = here.book.head(member.community)
    facts = _Facts(here, member, frozenset(own), upto)
    badges = _badges(here, member)
    about = _about(here, member, own, badges) | {"made": format_time(made), "upto": upto}

    def contents() -> Iterator[tuple[str, Iterable[bytes]]]:
        """Yield one file after another: its name, and its content in pieces."""
        yield "README.txt", [files("api").joinpath("templates", "takeout.txt").read_bytes()]
        yield "member.json", [orjson.dumps(about, option=_INDENTED)]
        yield "facts.ndjson", facts.lines(told or (lambda _done, _of: None))
        yield from _of_an_lms(here, member.community, own)
        for issued in badges:
            document = here.awards.document(issued)
            yield f"credentials/{issued.id}.json", [orjson.dumps(document, option=_INDENTED)]
        yield "log.vkey", [f"{here.book.log.key(member.community)}\n".encode()]
        for position in facts.positions:
            here.book.member_id(member.community, member.account)
            shown = shown_fact(here, member.community, position, of=own)
            yield f"proofs/{position}.json", [orjson.dumps(shown.document(), option=_INDENTED)]

    return zipped(contents(), made=made)


def _of_an_lms(here: Installation, community: str, own: Collection[str]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield what an LMS told of her alone, in its own words, and what it keeps of her; nothing where it does not."""
    book = here.book
    statements = (
        {**orjson.loads(kept.content or b"{}"), "stored": format_time(kept.stored), **_VOIDED[kept.voided]}
        for kept in book.statements.alone(community, frozenset(own))
    )
    documents = (
        {
            "id": each.id,
            "media": each.media,
            "updated": format_time(each.updated),
            "content": base64.b64encode(each.content).decode(),
        }
        for each in book.documents.hers(community, [*own])
    )
    for name, lines in (("statements.ndjson", statements), ("documents.ndjson", documents)):
        first = next(lines, None)
        if first is not None:
            yield name, (orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in chain([first], lines))


def _badges(here: Installation, member: Member) -> list[Issued]:
    """Return the awards of a member that are credentials, earliest first."""
    try:
        return here.awards.of(member.community, member.account)
    except UnknownMemberError:
        return []


def _about(here: Installation, member: Member, own: Collection[str], badges: Sequence[Issued]) -> dict[str, Any]:
    """Return who she is here, where she stands and why. Raises `ErasedError`."""
    community, book = here.book.community(member.community), here.book
    return {
        "member": book.member_id(community.slug, member.account),
        "community": {"slug": community.slug, "name": community.name},
        "accounts": [book.handle(community.slug, account) for account in own],
        **_standing(here, member),
        "badges": awards.told(here, community.slug, badges),
        "mail": _mail(here, community.slug, own),
    }


def _mail(here: Installation, community: str, own: Collection[str]) -> list[dict[str, str]]:
    """Return where she wants her mail, and whether she confirmed it."""
    boxes = here.book.mailboxes.of(community)
    return [{"address": box.address, "state": box.state} for box in boxes if box.account in own]


def _standing(here: Installation, member: Member) -> dict[str, Any]:
    """Return her standing, level history and verdicts; nothing of each where she is only named by others."""
    try:
        return {
            "standing": here.standing(member.community, member.account),
            "levels": here.standings.levels(member.community, member.account),
            "verdicts": here.standings.verdicts(member.community, member.account),
        }
    except UnknownMemberError:
        return {"standing": None, "levels": [], "verdicts": []}


class _Facts:
    """The facts in which one of a member's accounts stands, and what withdraws one of them."""

    def __init__(self, here: Installation, member: Member, own: Collection[str], upto: int) -> None:
        self._book = here.book
        self._member = member
        self._own = own
        self._upto = upto
        self.positions: list[int] = []  # of the facts that were given, in the order they were
        self._streams: set[str] = set()  # hers
        self._early: dict[str, list[int]] = {}  # stream -> the retractions that came before what they withdraw

    def lines(self, told: Callable[[int, int], None]) -> Iterator[bytes]:
        """Yield the lines of each page of facts. Raises `ErasedError` where she is erased meanwhile."""
        community, after = self._member.community, 0
        while after < self._upto and (facts := self._book.read(community, after, PAGE, upto=self._upto)):
            self._book.member_id(community, self._member.account)
            found = self._hers(facts)
            sealed = self._book.reveal(community, found, of=self._own)
            self.positions += [fact.position for fact in found]
            yield b"".join(map(self._line, found, sealed))
            after = facts[-1].position
            told(after, self._upto)

    def _hers(self, facts: Iterable[Fact]) -> list[Fact]:
        found: list[Fact] = []
        before: list[int] = []
        for fact in facts:
            withdrawn = fact.open["retracts"] if fact.topic.startswith("retraction.") else None
            if withdrawn is not None and withdrawn not in self._streams:
                self._early.setdefault(withdrawn, []).append(fact.position)
            elif withdrawn is not None:
                found.append(fact)
            elif not named_in(fact).isdisjoint(self._own):
                self._streams.add(fact.stream)
                before += self._early.pop(fact.stream, ())
                found.append(fact)
        found += self._book.at(self._member.community, before)
        return sorted(found, key=lambda fact: fact.position)

    def _line(self, fact: Fact, sealed: Mapping[str, Any]) -> bytes:
        line = {
            "position": fact.position,
            "topic": fact.topic,
            "stream": fact.stream,
            "version": fact.version,
            "time": format_time(fact.time),
            "recorded": format_time(fact.recorded),
            "open": self._masked(fact),
            "sealed": sealed,
        }
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)

    def _masked(self, fact: Fact) -> dict[str, Any]:
        """Return the open fields, with nobody's account in them."""
        people = account_fields(fact.topic.partition(".")[0])
        return {
            name: self._who(value) if name in people else value
            for name, value in fact.open.items()
            if name not in _SAID
        }

    def _who(self, value: str | list[str]) -> str | list[str]:
        if isinstance(value, list):
            return [ME if each in self._own else ANOTHER for each in value]
        return ME if value in self._own else ANOTHER
