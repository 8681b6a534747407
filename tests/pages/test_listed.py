"""No page is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.app import create_app
from api.settings import Settings
from tests.pages.listed import NONE, PAGES, routes

if TYPE_CHECKING:
    from pathlib import Path


def test_every_route_that_answers_with_a_page_is_listed(tmp_path: Path):
    there = set(routes(create_app(Settings(data=tmp_path))))
    listed = {one.route for one in PAGES}
    missing = "wanted a line in tests/pages/listed.py: in PAGES, or in NONE with the reason"
    assert sorted(there - listed - NONE.keys()) == [], missing
    assert sorted((listed | NONE.keys()) - there) == [], "listed, but not there"
    assert listed.isdisjoint(NONE)


def test_names_are_each_of_one_page():
    names = [one.name for one in PAGES]
    assert len(names) == len(set(names))
