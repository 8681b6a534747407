"""Shelves: mappings of which the greater part rests on disk, and which are mappings all the same."""

from __future__ import annotations

import random
import sqlite3

import pytest

from projections.errors import ShelvesError
from projections.fold.shelves import Shelves


def test_a_shelf_is_a_mapping_wherever_its_values_are() -> None:
    rng = random.Random(5)  # noqa: S311  a story, not a secret
    shelves, plain = Shelves(keep=40), dict[str, list[int]]()
    shelf = shelves.shelf("numbers", list[int])
    for number in range(3_000):
        key = f"k{rng.randrange(400)}"
        match rng.randrange(5):
            case 0 | 1:
                plain.setdefault(key, []).append(number)
                if key in shelf:
                    shelf[key].append(number)  # in place, as a fold does
                else:
                    shelf[key] = [number]
            case 2:
                assert shelf.get(key) == plain.get(key)
            case 3 if key in plain:
                assert shelf[key] == plain[key]
            case 4 if rng.random() < 0.2:
                assert shelf.pop(key, None) == plain.pop(key, None)
        shelves.took(1)
    assert dict(shelf) == plain
    assert set(shelf) == set(plain)
    assert len(shelf) == len(plain)


def test_what_was_not_asked_for_leaves_memory() -> None:
    shelves = Shelves(keep=10)
    shelf = shelves.shelf("numbers", int)
    for number in range(1, 1_001):
        shelf[number] = number
        assert shelf[1] == 1
        shelves.took(1)
        assert shelves.resident <= 2 * 10 + 1
    assert [shelf[number] for number in range(1, 1_001)] == list(range(1, 1_001))


def test_without_a_limit_nothing_leaves_memory() -> None:
    shelves = Shelves()
    shelf = shelves.shelf("numbers", int)
    for number in range(1, 101):
        shelf[number] = number
        shelves.took(1_000_000)
    assert shelves.resident == 100


def test_a_constant_value_is_written_once() -> None:
    shelves = Shelves(keep=1)
    written: list[int] = []

    def dump(value: int) -> int:
        written.append(value)
        return value

    shelf = shelves.shelf("facts", int, constant=True, dump=dump)
    shelf["a"] = 7
    for _ in range(4):
        for _ in range(3):
            shelves.took(1)
        assert shelf["a"] == 7
    assert written == [7]


def test_a_shelf_in_the_place_of_another_is_empty() -> None:
    shelves = Shelves(keep=1)
    shelf = shelves.shelf("tallies", int)
    shelf["a"] = 7
    for _ in range(3):
        shelves.took(1)
    assert "a" not in shelves.shelf("tallies", int)
    assert "a" not in shelf


def test_values_that_are_no_plain_ones_come_back_as_they_were() -> None:
    shelves = Shelves(keep=1)
    shelf = shelves.shelf("sets", list[int], dump=sorted, load=set)
    shelf["a"] = {3, 1}
    for _ in range(3):
        shelves.took(1)
    assert shelf["a"] == {1, 3}
    with pytest.raises(KeyError):
        shelf["b"]


def test_a_disk_that_takes_no_more_is_said_so() -> None:
    shelves = Shelves(keep=1)
    shelf = shelves.shelf("texts", str)
    with shelves.database() as database:
        database.execute("PRAGMA max_page_count = 4")

    def fill() -> None:
        for number in range(400):
            shelf[f"k{number}"] = "x" * 1_000
            shelves.took(1)

    with pytest.raises(ShelvesError, match="wanted room for temporary files, got"):
        fill()


def test_the_database_goes_with_the_shelves() -> None:
    shelves = Shelves(keep=1)
    with shelves.database() as database:
        pass
    del shelves
    with pytest.raises(sqlite3.ProgrammingError):
        database.execute("SELECT 1")
