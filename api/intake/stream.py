"""Newline-delimited events, read as they arrive and never held whole.

Lines are appended a thousand at a time. The answer waits until the last line was read, because a
client that writes before it reads would otherwise wait for us while we wait for it; until then
the rows lie in a temporary file, not in memory.
"""

from __future__ import annotations

from io import SEEK_END
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

import orjson
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.intake.outcomes import Row, refused, rows_of
from api.web import bodies
from api.web.negotiate import best
from api.web.problems import ProblemError, busy
from ledger import LedgerUnavailableError
from schemas import Fault, MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from api.installation import Installation
    from api.web.auth import Principal

CHUNK_EVENTS = 1_000
CHUNK_BYTES = 4_194_304  # 4 MiB of lines: what one stream may hold
SPOOLED = 1_048_576  # 1 MiB of rows stay in memory
PIECE = 65_536  # 64 KiB of the answer at a time


async def receive_stream(request: Request, asking: Principal, here: Installation) -> Response:
    """Append every line of the body and return a row for each that is not blank."""
    if bodies.is_strict(request):
        raise ProblemError(422, "handling=strict: a stream is stored as it comes; send a JSON batch instead")
    as_lines = best(request.headers.get("accept"), ["application/json", bodies.NDJSON]) == bodies.NDJSON
    rows: IO[bytes] = SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - closed when the answer was sent
    try:
        await _append_all(request, asking, here, rows)
    except BaseException:
        rows.close()
        raise
    rows.seek(0)
    return StreamingResponse(
        iterate_in_threadpool(_pieces(rows, as_lines=as_lines)),
        media_type=bodies.NDJSON if as_lines else "application/json",
    )


async def _append_all(request: Request, asking: Principal, here: Installation, rows: IO[bytes]) -> None:
    chunk: list[tuple[int, bytes | None]] = []
    held, numbers = 0, count()
    async for line in bodies.lines(request, here.settings.limit_event):
        number = next(numbers)
        if line is not None and not line.strip():
            continue
        chunk.append((number, line))
        held += len(line or b"")
        if len(chunk) >= CHUNK_EVENTS or held >= CHUNK_BYTES:
            await _append(asking, here, chunk, rows)
            chunk, held = [], 0
    if chunk:
        await _append(asking, here, chunk, rows)


async def _append(
    asking: Principal, here: Installation, chunk: list[tuple[int, bytes | None]], rows: IO[bytes]
) -> None:
    async with here.bulk.turn(patient=True):
        await run_in_threadpool(_append_chunk, asking, here, chunk, rows)


def _append_chunk(
    asking: Principal, here: Installation, chunk: list[tuple[int, bytes | None]], rows: IO[bytes]
) -> None:
    """Append the lines of `chunk` and write their rows. Blocks."""
    read: list[tuple[int, object]] = []
    bad: list[Row] = []
    for number, line in chunk:
        try:
            read.append((number, _event(line, here.settings.limit_event)))
        except MalformedJSONError as error:
            bad.append(refused(number, None, [Fault("", str(error))]))
    community = asking.community or ""
    try:
        outcomes = here.book.append(
            [event for _, event in read], community=community, identity="identity" in asking.scopes
        )
    except LedgerUnavailableError as error:
        first = chunk[0][0]
        raise busy(
            f"the book cannot be reached just now; the {first:,} lines before were kept. "
            "Send all of it again: what was kept will answer as a duplicate"
        ) from error
    here.told(community, outcomes)
    good = rows_of((number, event, told) for (number, event), told in zip(read, outcomes, strict=True))
    for row in sorted(good + bad, key=lambda row: row["index"]):
        rows.write(orjson.dumps(row) + b"\n")


def _event(line: bytes | None, longest: int) -> object:
    if line is None:
        raise MalformedJSONError(f"an event: wanted at most {longest:,} bytes, got more")
    return loads(line)


def _pieces(rows: IO[bytes], *, as_lines: bool) -> Iterator[bytes]:
    """Yield the rows as lines, or as one JSON array, and close the file."""
    with rows:
        if as_lines:
            while piece := rows.read(PIECE):
                yield piece
            return
        rows.truncate(max(rows.seek(0, SEEK_END) - 1, 0))  # no comma after the last row
        rows.seek(0)
        yield b"["
        while piece := rows.read(PIECE):
            yield piece.replace(b"\n", b",")  # JSON text has no line ends of its own
        yield b"]"
