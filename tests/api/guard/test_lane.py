"""A route is found among its like, and it is the one that the router would have found."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.app import create_app
from api.guard.doors import Lane
from api.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.types import Scope

    from tests.api.conftest import Guild

WORDS = ("makers", "ada.svg", "2026-Q1.pdf", "none", "embed", "x\n", "")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder: Path = tmp_path_factory.mktemp("lane")
    return create_app(Settings(data=folder, vc_api_issuer=True))


def _asked(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def test_whatever_is_asked_the_router_would_have_found_the_same(app: FastAPI):
    lane = Lane(_nowhere, app.routes)
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    found = 0
    for route, word in itertools.product(routes, WORDS):
        path = re.sub(r"\{[^}]*\}", word, route.path)
        for method in (*(route.methods or ()), "PATCH"):
            scope = _asked(method, path)
            full = [one for one in routes if one.matches(_asked(method, path))[0] is Match.FULL]
            near = lane.found(scope)
            if near is not None:
                assert near is full[0], (method, path)
                found += 1
            else:
                assert not full or ":path}" in full[0].path, (method, path, full)
    assert found > len(routes)


async def _nowhere(scope: Scope, receive: object, send: object) -> None:
    """Serve nothing."""


def test_few_are_tried(app: FastAPI):
    lane = Lane(_nowhere, app.routes)
    assert max(map(len, lane.near.values())) <= len(app.routes) / 5


def test_what_is_nowhere_or_asked_otherwise_is_answered_as_ever(guild: Guild):
    for path, method, status in (
        ("/nowhere", "GET", 404),
        ("/manage/makers/nowhere", "GET", 404),
        ("/verify", "DELETE", 405),
        ("/manage/makers/links", "DELETE", 405),
    ):
        assert guild.client.request(method, path).status_code == status, path
    assert guild.client.head("/verify").status_code == 200
    slashed = guild.client.get("/verify/", follow_redirects=False)
    assert (slashed.status_code, slashed.headers["location"]) == (307, "http://127.0.0.1:8700/verify")
