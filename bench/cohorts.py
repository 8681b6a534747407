"""Badges of a whole cohort: awarded, recorded, sealed, proven, signed and written, beside their bare signatures."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import Awards
from bench import books
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from bench.signing import floor
from ledger import NewAward, merkle_root
from projections import Standings
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger import Book

BASE = "https://badges.example.org"
BADGE = "helper"
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
    with books.folder() as folder:
        database = str(folder / "book.sqlite")
        with books.book(database, folder) as book, books.views(database, book) as views:
            book.publish_charter(COMMUNITY, CHARTER, effective=books.EFFECTIVE, by="bench")
            accounts, times = _accounts(book, size), itertools.count()
            awards = Awards(book, views, Standings(book, views), base_url=BASE)
            root = merkle_root(book.leaves(COMMUNITY, [EVIDENCE]))

            def cohort() -> list[NewAward]:
                renewal = next(times)
                return [_award(account, renewal, root) for account in accounts]

            def issue(some: list[NewAward]) -> None:
                positions = [outcome.position or 0 for outcome in book.award(some)]
                book.log.seal(COMMUNITY)
                with (folder / "badges.jsonl").open("wb") as file:
                    written = sum(file.write(signed + b"\n") > 0 for signed in awards.all_json(COMMUNITY, positions))
                if written != len(some):
                    raise AssertionError(f"wanted {len(some)} badges, got {written}")

            yield Pair(Side(size, cohort, issue), floor(Ed25519PrivateKey.generate(), size))


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


def _accounts(book: Book, size: int) -> list[str]:
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
        size=10_000,
        opened=on_sqlite,
    ),
)
