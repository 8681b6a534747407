"""Signing, beside the bare Ed25519 signature that any proof of this kind must make.

The bare one is by OpenSSL, through `cryptography`, as most would make it; ours are by libsodium, which takes less. So
one row is beside libsodium's as well: what we add to a signature is told by that one.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import AwardFacts, Mint, achievement
from badges.linked.template import Template
from badges.proofs.seal import Seal
from bench.harness import Benchmark, Pair, Side
from ledger import ed25519
from ledger.keys import FileSigner
from tests.badges.generated import cohort

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITIES = 11
HASHES_BYTES = 64  # what a Data Integrity proof signs: two SHA-256 digests
PIECE = 100  # bare signatures timed at once
MARCH = 1_772_323_200_000_000  # µs: 2026-03-01T00:00:00Z
BASE = "https://badges.example.org"
ISSUER = "did:web:badges.example.org:communities:bench"

BADGE = {
    "badge": "helper",
    "name": "Helper",
    "description": "Answers others, again and again, and is thanked for it.",
    "criteria": "Twenty answers on ten different days, endorsed by five members at level 2 or above.",
    "tags": ["helping", "community", "gardening"],
    "outcomes": ["help-others", "explain-plainly"],
}

ACHIEVEMENT = achievement(BADGE, base_url=BASE, community="bench")
_numbers = itertools.count()


@contextlib.contextmanager
def bare(size: int) -> Iterator[Pair]:
    """Sign `size` messages by the signer that keeps a community's key."""
    key = Ed25519PrivateKey.generate()
    ours = FileSigner(key)

    def signatures(messages: list[bytes]) -> None:
        for message in messages:
            ours.sign(message)

    yield Pair(Side(size, lambda: _messages(size), signatures), floor(key, size))


@contextlib.contextmanager
def badges(size: int, *, beneath: bool = False) -> Iterator[Pair]:
    """From an award to its signed badge (eddsa-rdfc-2022), each of another member, and `size` bare signatures."""
    key = Ed25519PrivateKey.generate()
    signer = FileSigner(key)
    method = f"{ISSUER}#{signer.kid}"

    mint = Mint()

    def issue(awards: list[AwardFacts]) -> None:
        for each in awards:
            mint.sign(each, signer, verification_method=method, created=each.valid_from)

    yield Pair(Side(size, lambda: [award() for _ in range(size)], issue), floor(key, size, beneath=beneath))


@contextlib.contextmanager
def blank_nodes(size: int) -> Iterator[Pair]:
    """The same with people told by eleven IdentityObjects, for which Open Badges has no ids: blank nodes."""
    key = Ed25519PrivateKey.generate()
    signer = FileSigner(key)
    chosen = random.Random(12)  # noqa: S311 - the same badges each time
    some = cohort(chosen, identities=IDENTITIES, plain=True)
    template = Template(some.make, some.draw())
    seal = Seal(signer, verification_method=f"{ISSUER}#{signer.kid}", context=template.context)

    def issue(drawn: list[dict[str, str]]) -> None:
        for said in drawn:
            values = template.filled(said)
            seal.sign(template.json(values), template.digest(values), created=MARCH)

    yield Pair(Side(size, lambda: [some.draw() for _ in range(size)], issue), floor(key, size))


def floor(key: Ed25519PrivateKey, size: int, *, beneath: bool = False) -> Side:
    """Return the floor: `size` bare signatures by OpenSSL, or by the library that is beneath ours."""
    sign = ed25519.signing(key) if beneath else key.sign

    def signatures(messages: list[bytes]) -> None:
        for message in messages:
            sign(message)

    return Side(size, lambda: _messages(size), signatures)


def _messages(count: int) -> list[bytes]:
    return [os.urandom(HASHES_BYTES) for _ in range(count)]


def award(issuer: str = ISSUER) -> AwardFacts:
    """Return an award like no other."""
    number = next(_numbers)
    return AwardFacts(
        credential_id=f"{BASE}/credentials/{number:026}",
        subject_id=f"{BASE}/c/bench/m/{number:026}",
        community_name="The bench",
        community_url=f"{BASE}/c/bench",
        issuer=issuer,
        achievement=ACHIEVEMENT,
        awarded=MARCH + number * 1_000_000,
        earned=MARCH,
        valid_from=MARCH,
        status_list=f"{BASE}/status/bench",
        status_index=number,
        rule="helper",
        rule_version=1,
        rule_hash="sha256:" + "5a" * 32,
        evidence_root=os.urandom(32),
        evidence_count=17,
        charter_version=1,
        narrative="Twenty answers between January and March, endorsed by six members.",
    )


BENCHMARKS = (
    Benchmark(
        name="signed badge with eleven blank nodes / raw Ed25519, OpenSSL",
        at_least=0.45,
        aim=0.60,
        size=PIECE,
        opened=blank_nodes,
    ),
    Benchmark(name="sign 64 bytes by a community's key / raw Ed25519, OpenSSL", at_least=0.90, size=PIECE, opened=bare),
    Benchmark(
        name="award to signed badge, eddsa-rdfc-2022 / raw Ed25519, OpenSSL",
        at_least=0.70,
        aim=0.80,
        size=PIECE,
        opened=badges,
    ),
    Benchmark(
        name="the same / raw Ed25519, libsodium",
        at_least=0.35,
        size=PIECE,
        opened=partial(badges, beneath=True),
    ),
)
