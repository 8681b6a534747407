"""An archive is sent while it is made, and is whole or plainly not."""

from __future__ import annotations

import io
import random
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.archive import zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE = 1_790_000_000_000_000  # 2026-09-21T14:13:20Z


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.json", fullmatch=True), st.lists(st.binary(max_size=3_000))
    )
)
def test_what_goes_in_comes_out(files: dict[str, list[bytes]]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zipped(files.items(), made=MADE))))
    assert archive.testzip() is None
    assert archive.namelist() == list(files)
    assert {name: archive.read(name) for name in files} == {name: b"".join(some) for name, some in files.items()}
    assert {each.date_time for each in archive.infolist()} <= {(2026, 9, 21, 14, 13, 20)}


def test_nothing_is_asked_for_before_what_came_earlier_was_taken() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(50):
            asked.append(number)
            yield random.Random(number).randbytes(100_000)  # noqa: S311  what cannot be packed any smaller

    def files() -> Iterator[tuple[str, Iterator[bytes]]]:
        yield "one", pieces()
        asked.append(-1)
        yield "two", iter([b"2"])

    archive = zipped(files(), made=MADE)
    seen, lengths = [], []
    for piece in archive:
        seen.append(len(asked))
        lengths.append(len(piece))
    assert seen[0] == 1
    assert all(after - before <= 2 for before, after in pairwise(seen))
    assert max(lengths) < 300_000


def test_an_archive_that_was_broken_off_is_none() -> None:
    def broken() -> Iterator[bytes]:
        yield b"all of it, nearly"
        raise LookupError("gone")

    archive, taken = zipped([("one", [b"1"]), ("two", broken())], made=MADE), io.BytesIO()
    with pytest.raises(LookupError, match="gone"):
        taken.writelines(archive)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(taken)
