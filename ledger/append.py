"""Appending events: one outcome for each, the same on every store.

An event is the same event by its (source, id). It is checked and looked for; where it is new its people are
found or minted, it is drafted, sealed and written under the order lock; where it was there it is compared.
A chunk holds at most 1,000 events and no more is prepared at once, except in strict mode, which is one
transaction.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.compare import differences
from ledger.contacts import TOLD, told_by
from ledger.draft import account_ref, accounts_of, canonical, draft
from ledger.errors import EpochError, LedgerUnavailableError, StreamTakenError
from ledger.facts import Outcome
from ledger.rows import CHUNK, Met, NewRow, Row
from ledger.shape import Place, Randomness, pack
from schemas import Fault, examine_event, format_time

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from ledger.draft import AccountRef, Draft
    from ledger.people import Account, CommunityKeys, People
    from ledger.rows import FactRecorder

FIRST_VERSION = 1
FEW = 8  # events that are cheaper to prepare for nothing than to look for; so many tell of a whole batch
DRAWN = 64  # random bytes for a fact; most need 44
TRIES = 8  # one is undone only by another writer who gets in between, or an erasure


class _Given(msgspec.Struct, frozen=True):
    """A checked event of the batch."""

    number: int  # in the batch, from 0
    event: Mapping[str, Any]
    stream: bytes
    time: int  # µs
    filled: bool  # its time is ours


class Appending:
    """One call of `Book.append`: the events of one community."""

    def __init__(
        self,
        people: People,
        recorder: FactRecorder,
        keys: CommunityKeys,
        *,
        identity: bool,
        fill_time: bool,
        own: bool,
    ) -> None:
        self._people = people
        self._recorder = recorder
        self._keys = keys
        self._identity = identity
        self._fill_time = fill_time
        self._own = own
        self._random = Randomness()

    def append(self, events: Sequence[object]) -> list[Outcome]:
        """Return one outcome for each event, in order; good ones are stored whatever their neighbours are."""
        outcomes: list[Outcome] = []
        for start in range(0, len(events), CHUNK):
            outcomes += self._append_chunk(events[start : start + CHUNK])
        return outcomes

    def _append_chunk(self, events: Sequence[object]) -> list[Outcome]:
        given, outcomes = self._checked(events)
        self._random = Randomness(DRAWN * len(given))
        known, stored = self._stored(given)
        for each in given:
            position = stored.pop(each.stream, None)  # of the first of its stream in the batch
            if position:
                outcomes[each.number] = Outcome("stored", position)
        repeats = [each for each in given if each.number not in outcomes]
        known |= self._known({each.stream for each in repeats} - known.keys())  # here, or by another writer just now
        if repeats:
            outcomes |= self._compared(repeats, known)
        return [outcomes[number] for number in range(len(events))]

    def _stored(self, given: Sequence[_Given]) -> tuple[dict[bytes, Row], dict[bytes, int | None]]:
        """Store the events that are new; return what stood before, and the position of each that was tried.

        Where nobody is to be minted or learned of, what is likely new is written without looking first. Else
        it is looked for: nothing may be kept of people for an event that turns out to be known, since she may
        have been erased meanwhile.
        """
        people = self._people.remembered(self._keys, _told(given))
        if people is not None and self._likely_new(given):
            with contextlib.suppress(StreamTakenError):
                return {}, self._written(_firsts(given, ()), people, every=len(given) <= FEW)
        known = self._known({each.stream for each in given})
        new = _firsts(given, known)
        return known, self._written(new, self._people.find_or_mint(self._keys, _told(new)))

    def _likely_new(self, given: Sequence[_Given]) -> bool:
        """Return whether events are new, as far as a few of them tell: a batch that comes again is so as a whole."""
        return len(given) <= FEW or not self._recorder.first_rows(
            [each.stream for each in given[:: -(-len(given) // FEW)]]
        )

    def foretell(self, events: Sequence[object]) -> list[Outcome]:
        """Return the outcome that each event would have if it were appended alone, in order; nothing is written.

        What would be stored has no position.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(events), CHUNK):
            chunk = events[start : start + CHUNK]
            given, told = self._checked(chunk)
            known = self._recorder.first_rows([each.stream for each in given])
            told |= self._compared([each for each in given if each.stream in known], known, note=False)
            outcomes += [told.get(number, Outcome("stored")) for number in range(len(chunk))]
        return outcomes

    def append_all_or_none(self, events: Sequence[object]) -> list[Outcome]:
        """Return one outcome for each event; where one is refused or in conflict, nothing is stored.

        Raises `LedgerUnavailableError` where other writers keep getting in between.
        """
        given, refused = self._checked(events)
        outcomes = refused or self._all_or_conflicts(given)
        if len(outcomes) < len(events):
            told = f"wanted every event of the batch to hold (strict), got number {min(outcomes)} that does not"
            spared = Outcome("refused", None, (Fault("", told),))
            return [outcomes.get(number, spared) for number in range(len(events))]
        return [outcomes[number] for number in range(len(events))]

    def _all_or_conflicts(self, given: Sequence[_Given]) -> dict[int, Outcome]:
        """Store all events and return their outcomes, or store none and return the conflicts alone."""
        for _ in range(TRIES):
            known = self._known({each.stream for each in given})
            outcomes = self._compared([each for each in given if each.stream in known], known)
            if conflicts := _conflicts(outcomes):
                return conflicts  # before anybody is minted
            new = _firsts(given, known)
            rows = list(self._rows(new, self._people.find_or_mint(self._keys, _told(new))))
            unwritten = {row.stream: self._row(row, 0, 0) for row in rows}
            firsts = {each.number for each in new}
            repeats = [each for each in given if each.number not in outcomes.keys() | firsts]
            if conflicts := _conflicts(self._compared(repeats, unwritten)):
                return conflicts
            try:
                positions = self._write(rows, every=True) if rows else []
            except StreamTakenError:
                continue
            except EpochError:
                self._keys = self._people.renewed(self._keys.slug)
                continue
            stored = {each.stream: position for each, position in zip(new, positions, strict=True)}
            outcomes |= {each.number: Outcome("stored", stored[each.stream]) for each in new}
            return outcomes | {each.number: Outcome("duplicate", stored[each.stream]) for each in repeats}
        raise LedgerUnavailableError(f"strict batch: wanted to write once in {TRIES} tries, others did")

    def _checked(self, events: Sequence[object]) -> tuple[list[_Given], dict[int, Outcome]]:
        """Return the events that hold to their schema, and the refusals of the others by number."""
        slug, stream = self._keys.slug, self._keys.tokens.event_stream
        now = format_time(self._recorder.clock()) if self._fill_time else ""
        given: list[_Given] = []
        refused: dict[int, Outcome] = {}
        for number, each in enumerate(events):
            filled = self._fill_time and isinstance(each, dict) and each.get("time") is None
            event: Any = {**each, "time": now} if filled and isinstance(each, dict) else each
            faults, instant = examine_event(event, community=slug, own=self._own)
            if faults:
                refused[number] = Outcome("refused", None, faults)
            else:
                given.append(_Given(number, event, stream(event["source"], event["id"]), instant, filled))
        return given, refused

    def _known(self, streams: Iterable[bytes]) -> dict[bytes, Row]:
        """Return what stands under these ids, durably: `duplicate` is an acknowledgement too."""
        wanted = list(streams)
        known: dict[bytes, Row] = {}
        for start in range(0, len(wanted), CHUNK):
            known |= self._recorder.first_rows(wanted[start : start + CHUNK])
        if known:
            self._recorder.flush()
        return known

    def _rows(self, new: Sequence[_Given], people: Mapping[AccountRef, Account]) -> Iterator[NewRow]:
        """Return the rows of new events, sealed as they are taken; their accounts are durable."""
        ids = {ref: account.id for ref, account in people.items()}
        ciphers: dict[tuple[str, ...], AESGCM] = {}
        for each in new:
            drafted = self._draft(each, ids)
            parts = []
            if drafted.sealed:
                under = drafted.under
                cipher = ciphers.get(under) or ciphers.setdefault(under, self._cipher(under))
                parts.append((under, cipher, canonical(drafted.sealed)))
            place = Place(each.stream, FIRST_VERSION, drafted.kind.topic)
            yield NewRow(*place, pack(place, canonical(drafted.open), parts, self._random))

    def _cipher(self, under: tuple[str, ...]) -> AESGCM:
        cipher = self._people.cipher(self._keys, under)
        if cipher is None:
            raise LedgerUnavailableError("event: wanted living accounts, got one erased meanwhile; repeat it")
        return cipher

    def _draft(self, given: _Given, ids: Mapping[AccountRef, str]) -> Draft:
        drafted = draft(given.event, given.time, tokens=self._keys.tokens, accounts=ids)
        if given.filled:
            drafted.open["time_is_ours"] = True
        if drafted.kind.name == "identity" and not self._identity:
            drafted.open["proposed"] = True
        return drafted

    def _written(
        self, new: Sequence[_Given], people: Mapping[AccountRef, Account], *, every: bool = False
    ) -> dict[bytes, int | None]:
        """Write new events, sealed as they are sent, and return where each stands; None where it stood before.

        Where somebody is erased meanwhile, those that are left are prepared anew.
        """
        written: dict[bytes, int | None] = {}
        for _ in range(TRIES):
            left: Sequence[_Given] = ()
            try:
                positions = self._write(self._rows(new, people), every=every) if new else ()
            except EpochError as error:
                positions, left = error.positions, new[len(error.positions) :]
            written |= {each.stream: position for each, position in zip(new, positions, strict=False)}
            if not left:
                return written
            self._keys = self._people.renewed(self._keys.slug)
            known = self._known({each.stream for each in left})
            written |= dict.fromkeys(known)
            new = _firsts(left, known)
            people = self._people.find_or_mint(self._keys, _told(new))
        raise LedgerUnavailableError(f"events: wanted to write once in {TRIES} tries, got an erasure each time")

    def _write(self, rows: Iterable[NewRow], *, every: bool) -> Sequence[int | None]:
        return self._recorder.write(self._keys.slug, rows, epoch=self._keys.epoch, every=every)

    def _row(self, row: NewRow, position: int, recorded: int) -> Row:
        return Row(position, self._keys.slug, row.stream, row.version, row.topic, recorded, row.state)

    def _compared(
        self, given: Sequence[_Given], known: Mapping[bytes, Row], *, note: bool = True
    ) -> dict[int, Outcome]:
        """Hold events against what is stored under their ids. Mints no account: it may have been erased.

        `note`: a conflict is kept for the manager to look into.
        """
        refs = {account_ref(account) for each in given for account in accounts_of(each.event)}
        ids = {ref: account.id for ref, account in self._people.find(self._keys, refs).items()}
        outcomes = {}
        conflicts = []
        for each in given:
            row = known[each.stream]
            faults = differences(row, self._draft(each, ids), self._people, self._keys)
            outcomes[each.number] = Outcome("conflict" if faults else "duplicate", row.position or None, faults)
            if faults and row.position:
                conflicts.append(Met(row.stream, row.position, tuple(fault.pointer for fault in faults)))
        if conflicts and note:
            self._recorder.note_conflicts(self._keys.slug, conflicts)
        return outcomes


def _told(given: Sequence[_Given]) -> dict[AccountRef, dict[str, Any]]:
    """Return what events tell of each account in them; the later in time prevails."""
    told: dict[AccountRef, dict[str, Any]] = {}
    last: dict[AccountRef, dict[str, Any]] = {}  # what prevails, as it came: mostly the next is the same
    for each in given:
        time = each.time
        for account in accounts_of(each.event):
            ref = account_ref(account)
            known = told.get(ref)
            if known is None:
                told[ref], last[ref] = told_by(account, time), account
            elif last[ref] == account:
                known["seen"] = max(time, known["seen"])
            elif not TOLD.isdisjoint(account):
                if time >= known["seen"]:
                    told[ref], last[ref] = known | told_by(account, time), account
                else:
                    told[ref] = told_by(account, time) | known
    return told


def _conflicts(outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
    return {number: each for number, each in outcomes.items() if each.outcome == "conflict"}


def _firsts(given: Sequence[_Given], known: Container[bytes]) -> list[_Given]:
    """Return the first event of each stream that is not known yet, in order."""
    firsts: dict[bytes, _Given] = {}
    for each in given:
        if each.stream not in known:
            firsts.setdefault(each.stream, each)
    return list(firsts.values())
