"""What pages count agrees with what measures count, on the whole invented year."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from api.demo.year import COMMUNITY, year
from ledger import Book, migrate
from projections import Commons, migrate_views, open_views
from projections.commons.works import BUILDING
from projections.measures.kept import Sheets
from projections.measures.sheet import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Commons]]:
    """Give a book that the year was played into."""
    folder: Path = tmp_path_factory.mktemp("year")
    database = str(folder / "book.sqlite")
    migrate([database])
    migrate_views([database])
    book, views = Book.open(database, data=folder), open_views([database], lambda _: 0)
    book.open_community(COMMUNITY, name="Northlight")
    events = year(end=datetime(2026, 11, 20, 12, tzinfo=UTC))
    for start in range(0, len(events), 1_000):
        book.append(events[start : start + 1_000], community=COMMUNITY, identity=True)
    yield book, Commons(book, views)
    views.close()
    book.close()


def test_who_came_to_each_session(played: tuple[Book, Commons]) -> None:
    book, commons = played
    record = Sheets(book).record(COMMUNITY, book.head(COMMUNITY))
    counted = {one.key: len(one.seats) for one in record.sessions}
    found = {digest(one.key): one.came for one in commons.sessions(COMMUNITY) if one.came}
    assert len(found) > 40
    assert found == counted


def test_how_often_each_work_was_built_on(played: tuple[Book, Commons]) -> None:
    book, commons = played
    record = Sheets(book).record(COMMUNITY, book.head(COMMUNITY))
    acts = record.acts(0, 2**62)
    used: dict[int, set[int]] = {}
    for act in acts:
        built = act.shape.get("kind") in BUILDING and act.shape.kind == "contribution"
        items = (act.about,) if built and act.about else ()
        if act.shape.kind == "impact":
            items = record.sheet.more.get(act.row, ((),))[-1]
        for item in items:
            if item in record.authors and record.authors[item][0] != act.who:
                used.setdefault(item, set()).add(act.on if built else act.row)
    found = {digest(one.item): one.uses for one in commons.works(COMMUNITY)}
    assert len(found) > 100
    assert sum(found.values()) > 10
    assert found == {item: len(used.get(item, ())) for item in found}
