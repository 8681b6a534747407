"""`POST /xapi/statements` of a real server on PostgreSQL, beside Ralph, which checks as much and stores nothing.

Statements are as an LMS makes them; half of them become facts. Ours keeps each, sealed and durable, and appends the
facts, before it answers. CPU is of the server: Ralph has no database here, and what ours spends is its own affair.
"""

from __future__ import annotations

import contextlib
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from bench import books, cpu, ralph
from bench.harness import Benchmark, Pair, Side
from bench.load import Load, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.servers import Served

CLIENTS = 32  # that post one statement at a time
EACH = 16  # requests of each in one piece
SENDERS = 4  # clients that post many
PIECE = 8  # requests in one piece
PEOPLE = 200
LMS = "https://lms.example.org"
ADL = "http://adlnet.gov/expapi"
MIX = (
    ("http://id.tincanapi.com/verb/viewed", "viewed", f"{ADL}/activities/module"),
    (f"{ADL}/verbs/completed", "completed", f"{ADL}/activities/lesson"),
    ("http://id.tincanapi.com/verb/viewed", "viewed", f"{ADL}/activities/course"),
    ("http://id.tincanapi.com/verb/replied", "replied to", "http://id.tincanapi.com/activitytype/discussion"),
)
HEADERS = {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"}
_numbers = itertools.count(1)


class Store(NamedTuple):
    """Where statements are posted to: `spent` tells the CPU seconds of all that answer."""

    server: Served
    spent: Callable[[], float | None]
    path: str
    authorization: str


@contextlib.contextmanager
def statements(size: int) -> Iterator[Pair]:
    """Post `size` statements at once, one alone as one."""
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(ralph.served(stack.enter_context(books.folder())))
        database = stack.enter_context(books.postgres_database())
        server, key = stack.enter_context(books.served(database, stack.enter_context(books.folder())))
        ours = Store(server, cpu.of_trees(server.pid), "/xapi/statements", f"Bearer {key}")
        theirs = Store(peer, cpu.of_trees(peer.pid), ralph.PATH, ralph.AUTHORIZATION)
        yield Pair(_side(stack, ours, size), _side(stack, theirs, size))


def _side(stack: contextlib.ExitStack, store: Store, size: int) -> Side:
    clients, requests = (CLIENTS, CLIENTS * EACH) if size == 1 else (SENDERS, PIECE)
    load = Load(store.server.port, clients, wanted=b"HTTP/1.1 200 ")
    stack.enter_context(contextlib.closing(load))

    def make() -> list[bytes]:
        load.refresh()
        headers = HEADERS | {"Authorization": store.authorization}
        return [post(store.path, _body(size), headers) for _ in range(requests)]

    rest = partial(cpu.idle, store.spent)
    return Side(requests * size, make, load.send, others=store.spent, drives=True, rest=rest)


def _body(size: int) -> bytes:
    told = [_statement(number) for number in itertools.islice(_numbers, size)]
    return orjson.dumps(told[0] if size == 1 else told)


def _statement(number: int) -> Mapping[str, Any]:
    """Return a statement that was never made before, about 1.3 kB of JSON."""
    verb, display, kind = MIX[number % len(MIX)]
    person, course = number * 7 % PEOPLE, number % 12
    return {
        "id": str(UUID(int=number << 8 | 0x4000_8000 << 48, version=4)),
        "actor": {"name": f"Member {person}", "account": {"homePage": LMS, "name": str(person)}},
        "verb": {"id": verb, "display": {"en": display}},
        "object": {
            "id": f"{LMS}/mod/forum/view.php?id={number // 8}",
            "definition": {"type": kind, "name": {"en": f"How to prune an old apple tree, part {number // 8}"}},
        },
        "timestamp": f"2026-03-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z",
        "context": {
            "platform": "LMS",
            "language": "en",
            "contextActivities": {
                "grouping": [
                    {"id": LMS, "definition": {"type": f"{ADL}/activities/lms", "name": {"en": "The orchard school"}}},
                    {
                        "id": f"{LMS}/course/view.php?id={course}",
                        "definition": {"type": f"{ADL}/activities/course", "name": {"en": f"Orchards {course}"}},
                    },
                ],
                "category": [{"id": f"{LMS}/plugin", "definition": {"type": f"{ADL}/activities/source"}}],
            },
            "extensions": {
                f"{LMS}/extensions/event": "an event of the LMS by its long and qualified name",
                f"{LMS}/extensions/session": f"session-{person}",
            },
        },
    }


def _row(size: int, named: str) -> Benchmark:
    name = f"POST /xapi/statements, {named}, CPU / Ralph without storage"
    return Benchmark(name=name, at_least=3, size=size, opened=statements, by="cpu")


BENCHMARKS = (_row(1, "single"), _row(100, "batch of 100"))
