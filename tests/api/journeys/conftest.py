"""A town for all stories that change nothing in it, one for each file of others, and further people's browsers."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests import browser
from tests.api.journeys.town import NEIGHBOUR, a_town, a_year, work
from tests.api.people import ELSEWHERE
from tests.api.sites import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.journeys.town import Town


@pytest.fixture(scope="package")
def quiet_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give the town of those files whose stories change nothing that another of them reads."""
    with a_town(tmp_path_factory.mktemp("quiet"), Authority(tmp_path_factory.mktemp("authority"))) as found:
        yield settled(found)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Town]:
    """Give the town of this file's stories, after a year."""
    with a_town(tmp_path_factory.mktemp("town"), authority) as found:
        yield settled(found)


def settled(found: Town) -> Town:
    """Return the town after a year."""
    found.tell(*a_year())
    theirs = work(1, "ivo", name=NEIGHBOUR, community=ELSEWHERE)
    assert found.guild.post(theirs, key=found.guild.stranger).status_code == 201
    found.badge("ada")
    return found


@pytest.fixture
def another(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Give what opens the browser of one more person; it knows nothing of the others'."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(browser.opened(chromium, **how))
