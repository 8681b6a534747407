"""One site for all tests of pages, and a browser's visitor to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.looking import Visitor
from tests.pages.site import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.pages.site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a server of the demo's year, in a process of its own."""
    with standing(tmp_path_factory.mktemp("pages") / "data") as found:
        yield found


@pytest.fixture(scope="session")
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """Give who visits it, signed in as whom a page is for."""
    found = Visitor(chromium, site)
    yield found
    found.close()
