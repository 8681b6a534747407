"""Bitstring Status List v1.0: whether a credential was revoked, without telling the issuer who asks.

An entry's place in its list is a keyed permutation of the number it was issued under, so neighbours in
the list are not neighbours in time. The list itself is a pure function of the revoked places. Of others also
StatusList2021 is read, as it was called before, and 1EdTechRevocationList (OB 3.0 "RevocationList"), which names what
was revoked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.errors import StatusListError
from badges.instants import written
from badges.work import spend_once
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENTRIES = 131_072  # "Bitstring Generation Algorithm": the least, 16 KiB, for the sake of herd privacy
TTL = 60_000  # ms that a copy of a list of ours may be kept
LARGEST_LIST = 2 * 1024 * 1024  # bytes when unpacked: 16 million entries
PURPOSES = ("revocation", "suspension")
KNOWN_PURPOSES = (*PURPOSES, "refresh", "message")
"""Of the lists that we publish; and of those whose meaning Bitstring Status List gives."""
MOST_STATUS_BITS = 8  # of an entry with messages, which has one for each value


class Form(NamedTuple):
    """How lists of one specification are called: the credential, its subject; and the fewest entries."""

    credential: str
    subject: str
    entries: int


BITSTRING = "BitstringStatusListEntry"
STATUS_2021 = "StatusList2021Entry"
FORMS: Mapping[str, Form] = {
    BITSTRING: Form("BitstringStatusListCredential", "BitstringStatusList", ENTRIES),
    STATUS_2021: Form("StatusList2021Credential", "StatusList2021", 1),  # its "Validate Algorithm" asks for no more
}
"""By the type of an entry. StatusList2021 is read only: `Verifiable Credentials Status List v2021`, W3C CCG."""

_ROUNDS = 8
_UNPACKED = 8  # lists whose bits are remembered: they are asked for again and again
_PLACES = 32_768  # that are remembered: each takes some 20 µs to find
_PACKED, _BITS = 64, 400  # bytes, packed and unpacked, that cost a unit of work
_GZIP = 16 + zlib.MAX_WBITS
_HEX = re.compile("0x[0-9a-fA-F]{1,2}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a type in `FORMS`. `size` is the bits an entry takes (1 unless it says otherwise).

    `messages` says what each value means, where the entry does.
    """

    purpose: str
    index: int
    list_url: str
    size: int = 1
    messages: tuple[tuple[int, str], ...] = ()
    kind: str = BITSTRING

    @property
    def known(self) -> bool:
        """Whether its specification says what its purpose means."""
        return self.purpose in (KNOWN_PURPOSES if self.kind == BITSTRING else PURPOSES)


def index(sequence: int, key: bytes, size: int = ENTRIES) -> int:
    """Return the place of entry number `sequence` in a list of `size`: a permutation keyed by `key`.

    `key` has 16 to 64 bytes. Raises `StatusListError` unless 0 <= sequence < size.
    """
    if not 0 <= sequence < size:
        raise StatusListError(f"sequence: wanted 0 to {size - 1}, got {sequence}")
    half = (max(size - 1, 1).bit_length() + 1) // 2
    place = _permuted(sequence, half, key)
    while place >= size:  # cycle walking: outside the list, go on to where that place leads
        place = _permuted(place, half, key)
    return place


@lru_cache(maxsize=_PLACES)
def place(sequence: int, key: bytes) -> tuple[int, int]:
    """Return the number of the list (0, 1, ...) and the place in it of the entry numbered `sequence`."""
    number, within = divmod(sequence, ENTRIES)
    return number, index(within, hashlib.blake2b(number.to_bytes(8), key=key, digest_size=32).digest())


def encode(places: Iterable[int], size: int = ENTRIES) -> str:
    """Return the `encodedList` in which exactly `places` are set ("Bitstring Encoding").

    The first entry is the leftmost bit. Raises `StatusListError` for a place outside the list, and
    where `size` is under 131,072 or no whole number of bytes.
    """
    if size < ENTRIES or size % 8:
        raise StatusListError(f"size: wanted at least {ENTRIES} and whole bytes, got {size}")
    bits = bytearray(size // 8)
    for one in places:
        if not 0 <= one < size:
            raise StatusListError(f"place: wanted 0 to {size - 1}, got {one}")
        bits[one // 8] |= 0x80 >> one % 8
    return packed(bytes(bits), level=6)


def packed(bits: bytes, *, level: int = 1) -> str:
    """Return the `encodedList` of bits ("Bitstring Encoding"): quickly, or at a higher level a fifth shorter."""
    packer = zlib.compressobj(level=level, wbits=_GZIP)
    return "u" + base64url_encode(packer.compress(bits) + packer.flush())


def decode(encoded: object) -> bytes:
    """Return the bits of an `encodedList` ("Bitstring Expansion"), up to 2 MiB. Raises `StatusListError`."""
    if not isinstance(encoded, str) or not encoded.startswith("u"):
        raise StatusListError(f"encodedList: wanted multibase beginning with u, got {ascii(encoded)[:40]}")
    return _paid(_packed(encoded))


@lru_cache(maxsize=_UNPACKED)
def _packed(encoded: str) -> bytes:
    try:
        return base64url_decode(encoded[1:])
    except MultibaseError as error:
        raise StatusListError(f"encodedList: wanted gzip in base64url, got {error}") from error


def decode_2021(encoded: object) -> bytes:
    """Return the bits of the `encodedList` of a StatusList2021, up to 2 MiB. Raises `StatusListError`.

    Its text says base64, its authors wrote base64url without padding: either is read.
    """
    if not isinstance(encoded, str) or not encoded:
        raise StatusListError(f"encodedList: wanted text, got {ascii(encoded)[:40]}")
    text = encoded.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise StatusListError(f"encodedList: wanted gzip in base64, got {error}") from error
    return _paid(raw)


def _paid(packed: bytes) -> bytes:
    """Unpack a list; what is unpacked is paid for, once for all who are in it."""
    spend_once(packed, len(packed) // _PACKED)
    bits = _unpacked(packed)
    spend_once(bits, len(bits) // _BITS)
    return bits


@lru_cache(maxsize=_UNPACKED)
def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        bits = unpacker.decompress(packed, LARGEST_LIST + 1)
    except zlib.error as error:
        raise StatusListError(f"encodedList: wanted gzip, got {error}") from error
    if len(bits) > LARGEST_LIST or not unpacker.eof:
        raise StatusListError(f"encodedList: wanted at most {LARGEST_LIST} bytes, whole, got more or a part")
    return bits


def read_entry(entry: Mapping[str, Any]) -> Entry:
    """Return what a `credentialStatus` of a type in `FORMS` says. Raises `StatusListError`.

    StatusList2021 knows neither sizes nor messages.
    """
    types = entry.get("type")
    old = STATUS_2021 in (types if isinstance(types, list) else [types])
    number, size = entry.get("statusListIndex"), 1 if old else entry.get("statusSize", 1)
    text = str(number) if isinstance(number, (str, int)) and not isinstance(number, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_LIST * 8))):
        raise StatusListError(f"statusListIndex: wanted a number, got {ascii(number)[:40]}")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 64:  # noqa: PLR2004  more is no status
        raise StatusListError(f"statusSize: wanted 1 to 64, got {ascii(size)[:40]}")
    for name in ("statusPurpose", "statusListCredential"):
        if not isinstance(entry.get(name), str):
            raise StatusListError(f"{name}: wanted text, got {ascii(entry.get(name))[:40]}")
    messages = _messages(entry["statusMessage"], size) if "statusMessage" in entry and not old else ()
    kind = STATUS_2021 if old else BITSTRING
    return Entry(entry["statusPurpose"], int(text), entry["statusListCredential"], size, messages, kind)


def _messages(found: object, size: int) -> tuple[tuple[int, str], ...]:
    """Return what `statusMessage` says that each value means; it must say so of every value."""
    if size > MOST_STATUS_BITS:
        raise StatusListError(f"statusSize: wanted at most {MOST_STATUS_BITS} with messages, got {size}")
    read: dict[int, str] = {}
    for one in found if isinstance(found, list) else [found]:
        value, message = (one.get("status"), one.get("message")) if isinstance(one, dict) else (None, None)
        if not isinstance(value, str) or not _HEX.fullmatch(value) or not isinstance(message, str):
            raise StatusListError(f"statusMessage: wanted a status as 0x0 and a message, got {ascii(one)[:60]}")
        read[int(value, 16)] = message
    if read.keys() != set(range(1 << size)):
        raise StatusListError(f"statusMessage: wanted all {1 << size} values, got {len(read)} or others")
    return tuple(sorted(read.items()))


def lookup(entry: Entry, credential: Mapping[str, Any]) -> int:
    """Return the status (0 = none) that a status list credential gives `entry` ("Validate Algorithm").

    The credential's own proof and dates are the caller's to check. Raises `StatusListError`.
    """
    form = FORMS[entry.kind]
    types, subject = credential.get("type"), credential.get("credentialSubject")
    if form.credential not in (types if isinstance(types, list) else [types]):
        raise StatusListError(f"wanted a {form.credential}, got another credential")
    if not isinstance(subject, dict) or subject.get("type") not in (form.subject, [form.subject]):
        raise StatusListError(f"wanted a credentialSubject of type {form.subject}, got another")
    purposes = subject.get("statusPurpose")
    if entry.purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise StatusListError(f"statusPurpose: wanted {entry.purpose[:40]}, got {ascii(purposes)[:40]}")
    encoded = subject.get("encodedList")
    bits = decode(encoded) if entry.kind == BITSTRING else decode_2021(encoded)
    if len(bits) * 8 // entry.size < form.entries:
        raise StatusListError(f"wanted a list of at least {form.entries} entries, got {len(bits) * 8 // entry.size}")
    first = entry.index * entry.size
    if first + entry.size > len(bits) * 8:
        raise StatusListError(f"statusListIndex: wanted less than {len(bits) * 8 // entry.size}, got {entry.index}")
    value = 0
    for one in range(first, first + entry.size):
        value = value << 1 | bits[one // 8] >> 7 - one % 8 & 1
    return value


def revoked_in(found: Mapping[str, Any], credential: str, issuer: object) -> bool:
    """Tell whether a 1EdTechRevocationList document of `issuer` names a credential, by its id, as revoked.

    OB 3.0 "RevocationList" and "Verification": one that it names without `revoked` is. Raises `StatusListError`.
    """
    by = found.get("issuer")
    by = by.get("id") if isinstance(by, dict) else by
    if by != issuer:
        raise StatusListError(f"wanted a revocation list of its issuer, {issuer}, got one of {ascii(by)[:200]}")
    named = found.get("revokedCredential", [])
    named = named if isinstance(named, list) else [named]
    for one in named:
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            raise StatusListError(f"revokedCredential: wanted objects with an id, got {ascii(one)[:60]}")
        if not isinstance(one.get("revoked", True), bool):
            raise StatusListError(f"revoked: wanted true or false, got {ascii(one['revoked'])[:40]}")
    return any(one["id"] == credential and one.get("revoked", True) for one in named)


def entry(list_url: str, place: int | str, *, purpose: str = "revocation") -> dict[str, str]:
    """Return the `credentialStatus` of a credential whose place in the list at `list_url` is `place`."""
    return {
        "id": f"{list_url}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(place),
        "statusListCredential": list_url,
    }


def status_list(
    list_url: str,
    issuer: str,
    places: Iterable[int],
    *,
    valid_from: int,
    valid_until: int | None = None,
    ttl: int | None = None,
    purpose: str = "revocation",
    size: int = ENTRIES,
) -> dict[str, Any]:
    """Return the unsigned BitstringStatusListCredential in which `places` are set.

    Dates in µs, `ttl` in milliseconds (how long a copy may be kept). The same input gives the same bytes.
    """
    document: dict[str, Any] = {
        "@context": [contexts.CREDENTIALS_V2],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": written(valid_from),
    }
    if valid_until is not None:
        document["validUntil"] = written(valid_until)
    subject: dict[str, Any] = {
        "id": f"{list_url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": encode(places, size),
    }
    if ttl is not None:
        subject["ttl"] = ttl
    return document | {"credentialSubject": subject}


def _permuted(number: int, half: int, key: bytes) -> int:
    """Run a balanced Feistel network over 2 * `half` bits."""
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for turn in range(_ROUNDS):
        message = bytes([turn, half]) + right.to_bytes(8)
        digest = hashlib.blake2b(message, key=key, digest_size=8, person=b"status").digest()
        left, right = right, left ^ (int.from_bytes(digest) & mask)
    return left << half | right
