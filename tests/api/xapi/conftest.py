"""A record store for each test: a community of its own in one installation, which takes long to start."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from api.settings import Settings
from tests.api.conftest import client_of
from tests.api.xapi.telling import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

_numbers = count(1)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give an installation."""
    data = tmp_path_factory.mktemp("records") / "data"
    with client_of(Settings(data=data, base_url="http://127.0.0.1:8700", log_level="error", renew=False)) as client:
        yield client


@pytest.fixture
def store(house: TestClient) -> Store:
    """Give the record store of a community that nothing was told of."""
    return opened(house)


def opened(house: TestClient) -> Store:
    """Open a community with keys of each kind that an LMS may have."""
    here: Any = house.app.state.installation  # type: ignore[attr-defined]
    community = f"school-{next(_numbers)}"
    here.book.open_community(community, name="The School")

    def key(*scopes: str) -> str:
        added: str = here.book.vault.add_key(community, label="moodle", scopes=scopes)
        return added

    return Store(house, here, community, key("events:write", "read"), key("events:write"), key("read"))


@pytest.fixture
def other(house: TestClient) -> Store:
    """Give the record store of another community of the same installation."""
    return opened(house)
