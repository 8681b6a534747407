"""Badges of a whole cohort: awarded, recorded, sealed, proven, signed and written, beside their bare signatures."""

from __future__ import annotations

import contextlib
import itertools
import zlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import Awards, status
from bench import books, cpu
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from bench.signing import floor
from ledger import NewAward, merkle_root
from projections import Standings
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger import Book
    from projections import Views

BASE = "https://badges.example.org"
BADGE = "helper"
COHORT = 10_000  # members
EVIDENCE = 1  # a fact of the ledger, whichever
CHARTER = {
    "charter": 1,
    "name": "The bench",
    "rules": [
        {"rule": BADGE, "version": 1, "grants": {"badge": BADGE}, "all": [{"count": "contribution", "at_least": 1}]}
    ],
    "badges": [{"badge": BADGE, "name": "Helper", "description": "Answers others, again and again."}],
}
EARNED = 1_772_323_200_000_000  # µs: 2026-03-01T00:00:00Z


@contextlib.contextmanager
def on_sqlite(size: int) -> Iterator[Pair]:
    """Make badges for `size` members, each once more every time."""
    with books.folder() as folder, _pair(str(folder / "book.sqlite"), folder, size, cpu.nobody) as pair:
        yield pair


@contextlib.contextmanager
def on_postgres(size: int) -> Iterator[Pair]:
    """Do the same on PostgreSQL."""
    with contextlib.ExitStack() as stack:
        url, folder = stack.enter_context(books.postgres_database()), stack.enter_context(books.folder())
        yield stack.enter_context(_pair(url, folder, size, cpu.of_postgres(url)))


@contextlib.contextmanager
def status_list(size: int) -> Iterator[Pair]:
    """From an award that ended, of `size`, to the signed list that says so; beside the list's gzip and signature."""
    with books.folder() as folder, _opened(str(folder / "book.sqlite"), folder) as (book, views, awards):
        accounts = accounts_of(book, size)
        follower, key = books.follower(book, views), Ed25519PrivateKey.generate()
        listed = f"{COMMUNITY}-0"

        def revoking() -> Iterator[bytes]:
            for renewal in itertools.count():
                book.award(cohort_of(book, accounts, renewal=renewal))
                follower.catch_up()
                for each in [one for one in awards.all(COMMUNITY) if not one.revoked]:
                    book.revoke(COMMUNITY, each.stream, reason="", at=EARNED)
                    follower.catch_up()
                    yield bits

        def least(raw: bytes) -> None:
            packer = zlib.compressobj(level=1, wbits=31)
            key.sign(packer.compress(raw) + packer.flush())

        bits = bytes(status.ENTRIES // 8)
        revoked = revoking()
        for _ in range(1 + size // 100):
            next(revoked)
        found = awards.status_list(listed) or {}
        bits = status.decode(found["credentialSubject"]["encodedList"])
        yield Pair(Side(1, lambda: next(revoked), lambda _: awards.status_list(listed)), Side(1, lambda: bits, least))


@contextlib.contextmanager
def _pair(database: str, folder: Path, size: int, others: Callable[[], float | None]) -> Iterator[Pair]:
    with _opened(database, folder) as (book, _, awards):
        accounts, times = accounts_of(book, size), itertools.count()

        def issue(some: list[NewAward]) -> None:
            positions = [outcome.position or 0 for outcome in book.award(some)]
            book.log.seal(COMMUNITY)
            with (folder / "badges.jsonl").open("wb") as file:
                written = sum(file.write(signed + b"\n") > 0 for signed in awards.all_json(COMMUNITY, positions))
            if written != len(some):
                raise AssertionError(f"wanted {len(some)} badges, got {written}")

        ours = Side(size, lambda: cohort_of(book, accounts, renewal=next(times)), issue, others)
        yield Pair(ours, floor(Ed25519PrivateKey.generate(), size))


@contextlib.contextmanager
def _opened(database: str, folder: Path) -> Iterator[tuple[Book, Views, Awards]]:
    with books.book(database, folder) as book, books.views(database, book) as views:
        book.publish_charter(COMMUNITY, CHARTER, effective=books.EFFECTIVE, by="bench")
        yield book, views, Awards(book, views, Standings(book, views), base_url=BASE)


def cohort_of(book: Book, accounts: list[str], *, renewal: int) -> list[NewAward]:
    """Return an award for each of these accounts."""
    root = merkle_root(book.leaves(COMMUNITY, [EVIDENCE]))
    return [_award(account, renewal, root) for account in accounts]


def _award(account: str, renewal: int, root: bytes) -> NewAward:
    return NewAward(
        community=COMMUNITY,
        account=account,
        achievement=BADGE,
        kind="badge",
        charter_version=1,
        rule=BADGE,
        rule_version=1,
        rule_hash="5a" * 32,
        earned=EARNED,
        evidence_root=root,
        evidence=(EVIDENCE,),
        renewal=renewal,
    )


def accounts_of(book: Book, size: int) -> list[str]:
    """Return so many accounts, each known by a fact."""
    found: list[str] = []
    for start in range(0, size, 1_000):
        some = [_event(number) for number in range(start, min(start + 1_000, size))]
        outcomes = book.append(some, community=COMMUNITY)
        facts = book.at(COMMUNITY, [outcome.position or 0 for outcome in outcomes])
        found += [str(fact.open["author"]) for fact in facts]
    return found


def _event(number: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"c-{number}",
        "source": "https://forum.example",
        "type": "org.guildbook.contribution.v1",
        "time": format_time(EARNED),
        "community": COMMUNITY,
        "data": {"author": {"platform": "forum", "id": f"m{number}"}, "item": f"i:{number}", "kind": "answer"},
    }


BENCHMARKS = (
    Benchmark(
        name="award, record, seal, prove, sign and write badges of a cohort, SQLite / raw Ed25519, OpenSSL",
        at_least=0.30,
        aim=0.50,
        size=COHORT,
        opened=on_sqlite,
    ),
    Benchmark(
        name="the same, PostgreSQL / raw Ed25519, OpenSSL",
        at_least=0.30,
        aim=0.50,
        size=COHORT,
        opened=on_postgres,
    ),
    Benchmark(
        name="an award ends, to the signed list that says so / its gzip and raw signature",
        at_least=0.05,
        aim=0.20,
        size=COHORT,
        opened=status_list,
    ),
)
