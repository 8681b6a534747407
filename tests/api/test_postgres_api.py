"""The same surface over a real PostgreSQL: from an event to a verified badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.settings import Settings
from tests.api.conftest import client_of, opened
from tests.api.people import COMMUNITY, a_spring, contribution

if TYPE_CHECKING:
    from pathlib import Path


def test_the_whole_path_on_postgresql(tmp_path: Path, postgres_database: str):
    settings = Settings(data=tmp_path / "data", database=postgres_database, log_level="error")
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell(a_spring())
        assert guild.post(contribution(1, time="2026-03-01T09:00:00Z")).json()["outcome"] == "duplicate"
        assert guild.post(contribution(1, kind="talk")).status_code == 409
        standing = guild.get(f"/communities/{COMMUNITY}/members/{guild.member()}/standing").json()
        assert (standing["level"], standing["level_name"]) == (2, "Maker")
        badge = client.get(f"/credentials/{guild.badge().id}.png").content
        told = client.post("/credentials/verify", content=badge, headers={"Content-Type": "image/png"})
        assert told.json()["verified"] is True
        assert "How to bend ash" in guild.get(f"/c/{COMMUNITY}/m/{guild.member()}").text
        assert "Ada of the Forum" in guild.get(f"/manage/{COMMUNITY}/members").text
        for odd in ("/c/%00", f"/c/{COMMUNITY}/m/%00", "/status/%00", f"/communities/{COMMUNITY}/accounts/forum/%00"):
            assert guild.get(odd).status_code in {200, 404}
        assert client.get("/readyz").json()["status"] == "ok"
