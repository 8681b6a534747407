"""A whole installation on SQLite in a temporary folder, and callers of every kind."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from starlette.testclient import TestClient

from api.app import create_app
from api.installation import migrate
from api.settings import Settings
from tests.api.people import CHARTER, COMMUNITY, ELSEWHERE, a_spring
from tests.api.sites import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from api.installation import Installation
    from badges import Issued

HOUR = 3_600_000_000  # µs


@dataclass(frozen=True)
class Guild:
    """A running installation with two communities, and a key of every kind for the first."""

    client: TestClient
    here: Installation
    poster: str
    linker: str
    reader: str
    manager: str
    stranger: str  # a manager of the other community

    def post(self, body: Any, *, key: str | None = None, media: str = "", **headers: str) -> Response:
        """Post to /events: bytes as they are, else as JSON; a list as a batch."""
        kind = media or f"application/cloudevents{'-batch' if isinstance(body, list) else ''}+json"
        sent = {"Content-Type": kind, "Authorization": f"Bearer {key or self.poster}", **headers}
        if isinstance(body, bytes):
            return self.client.post("/events", content=body, headers=sent)
        return self.client.post("/events", json=body, headers=sent)

    def get(self, path: str, key: str | None = None, **headers: str) -> Response:
        """Get `path`, as the manager unless another key is given; "" is nobody."""
        presented = self.manager if key is None else key
        bearer = {"Authorization": f"Bearer {presented}"} if presented else {}
        return self.client.get(path, headers=bearer | headers, follow_redirects=False)

    def tell(self, events: list[dict[str, Any]]) -> int:
        """Post `events`, wait until they count, and return the last position."""
        rows = self.post(events).json()
        assert {row["outcome"] for row in rows} == {"stored"}, rows
        last: int = max(row["position"] for row in rows)
        assert self.here.standings.wait(COMMUNITY, last)
        return last

    def member(self, name: str = "ada") -> str:
        """Return the public member id of a forum account."""
        return str(self.get(f"/communities/{COMMUNITY}/accounts/forum/{name}").json()["member"])

    def badge(self, name: str = "ada") -> Issued:
        """Return the first badge of a forum account, as soon as it was awarded."""
        account = self.here.book.account(COMMUNITY, "forum", name)
        assert account
        deadline = time.monotonic() + 60
        while not (found := self.here.awards.of(COMMUNITY, account)):
            assert time.monotonic() < deadline, "no badge was awarded"
            time.sleep(0.02)
        return found[0]

    def sign_in(self, role: str = "manager", subject: str = "", *, community: str = COMMUNITY) -> TestClient:
        """Return a client that signed in by a link; `community` is "" for an operator."""
        vault = self.here.book.vault
        expires = time.time_ns() // 1_000 + HOUR
        token = vault.add_link(community, role=role, subject=subject, expires=expires)
        browser = TestClient(self.client.app, base_url=str(self.client.base_url))
        word = browser.get(f"/enter/{token}").text.split('name="csrf" value="')[1].split('"')[0]
        answer = browser.post(f"/enter/{token}", data={"csrf": word}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return browser


def opened(client: TestClient) -> Guild:
    """Open the communities and keys in the installation of `client`, which has started."""
    here: Installation = client.app.state.installation  # type: ignore[attr-defined]
    here.book.open_community(COMMUNITY, name="Makers")
    here.book.open_community(ELSEWHERE, name="Bakers")
    here.book.publish_charter(COMMUNITY, yaml.safe_load(CHARTER), effective=0, by="test")

    def key(community: str, *scopes: str) -> str:
        return here.book.vault.add_key(community, label="+".join(scopes), scopes=scopes)

    return Guild(
        client,
        here,
        poster=key(COMMUNITY, "events:write"),
        linker=key(COMMUNITY, "events:write", "identity"),
        reader=key(COMMUNITY, "read"),
        manager=key(COMMUNITY, "manage"),
        stranger=key(ELSEWHERE, "manage", "read", "events:write"),
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give who vouches for the servers that stand for others'."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give the settings of a fresh installation."""
    return Settings(
        data=tmp_path / "data", base_url="http://127.0.0.1:8700", limit_wait=2, log_level="error", renew=False
    )


def client_of(settings: Settings) -> TestClient:
    """Return a client of a fresh installation, which starts with its block."""
    migrate(settings)
    return TestClient(create_app(settings), base_url=settings.origin, raise_server_exceptions=False)


@pytest.fixture
def guild(settings: Settings) -> Iterator[Guild]:
    """Give a fresh installation, started."""
    with client_of(settings) as client:
        yield opened(client)


@pytest.fixture(scope="session")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    """Give an installation after one spring, shared by tests that only read."""
    settings = Settings(data=tmp_path_factory.mktemp("spring") / "data", base_url="http://127.0.0.1:8700", renew=False)
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        guild.badge()
        yield guild
