"""Two communities behind a real server, with mail: who lives there, what is told of them, and how they get in."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app as commands
from api.installation import migrate
from api.settings import Settings
from tests.api.conftest import opened
from tests.api.people import COMMUNITY, ELSEWHERE, SOURCE, event
from tests.api.posting import mail_server
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.api.conftest import Guild
    from tests.api.posting import MailServer
    from tests.api.sites import Authority

PEOPLE = {
    "ada": "Ada Quillfeather",
    "bo": "Bo Thistlewood",
    "cy": "Cy Umberwell",
    "di": "Di Marchbanks",
    "ed": "Ed Nightingale",
}
"""Members of the first community, by the word that their ids are made of; Cy allows that she is named."""

PATIENCE = 30.0  # seconds, on a machine that has much else to do
NEIGHBOUR = "Ivo Pemberthy"  # of the other community


def account(who: str, **more: str) -> dict[str, str]:
    """Return a person as her platform tells of her at times: all of it is hers."""
    return {"platform": "forum", "id": f"{who}-no-48151", **more}


def introduced(who: str, name: str = "") -> dict[str, str]:
    known = name or PEOPLE[who]
    return account(who, name=known, handle=f"{who}handle623", email=f"{who}@post48151.example")


def work(number: int, who: str, *, kind: str = "resource", name: str = "", **more: Any) -> dict[str, Any]:
    """Return a contribution, whose title and address are in nobody else's."""
    data = {
        "author": introduced(who, name),
        "item": f"{SOURCE}/{who}/works/{number}",
        "kind": kind,
        "title": f"{who.title()}stitle no {number}: of quiet hinges",
        "url": f"{SOURCE}/{who}/works/{number}",
    }
    return event("contribution", f"{who}-{number}", data, time=f"2026-03-0{number}T09:00:00Z") | more


def praise(by: str, of: str, number: int) -> dict[str, Any]:
    data = {
        "endorser": introduced(by),
        "endorsee": account(of),
        "item": f"{SOURCE}/{of}/works/{number}",
        "strength": "review",
        "comment": f"{by.title()}spraise of {of}: neatly dovetailed.",
    }
    return event("endorsement", f"{by}-{of}-{number}", data, time="2026-03-05T10:00:00Z")


def seat(who: str, kind: str, name: str) -> dict[str, Any]:
    """Return word that somebody began in a role, a team or a cohort."""
    data = {"member": account(who), "kind": kind, "value": name, "change": "started"}
    return event("assignment", f"{who}-{kind}-{name}", data, time="2026-02-02T10:00:00Z")


def consent(who: str, purpose: str, decision: str = "granted") -> dict[str, Any]:
    policy = {"uri": f"{SOURCE}/consent"}
    data = {"member": account(who), "purpose": purpose, "decision": decision, "policy": policy}
    return event("consent", f"{who}-{purpose}", data, time="2026-02-01T10:00:00Z")


def taken_back(number: int, who: str) -> dict[str, Any]:
    """Return word that a contribution was deleted where it stood."""
    data = {"retracts": f"contribution-{who}-{number}", "reason": "deleted_at_source"}
    return event("retraction", f"{who}-{number}", data, time="2026-04-01T10:00:00Z")


def now() -> str:
    """Return the hour before this one, for what pages tell of the present."""
    return (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_year() -> list[dict[str, Any]]:
    """Ada reaches level 2 and a badge; Bo lacks a resource; Cy and Di wrote today.

    Cy said that she may be named, Bo that he may not; Di holds a role, and both are in a team.
    """
    return [
        *(work(number, "ada") for number in (1, 2, 3)),
        *(praise(by, "ada", number) for number in (1, 2) for by in ("bo", "di")),
        work(1, "bo"),
        *(praise(by, "bo", 1) for by in ("di", "ada")),
        work(1, "ed", kind="post"),
        *(work(number, who, kind="post", time=now()) for number, who in ((1, "cy"), (1, "di"))),
        *(seat(who, "cohort", "spring") for who in ("ada", "bo")),
        seat("di", "role", "host"),
        *(seat(who, "team", "stewards") for who in ("bo", "di")),
        consent("cy", "spotlight"),
        consent("cy", "profile"),
        consent("bo", "spotlight", "withdrawn"),
    ]


OF_EACH = {
    who: {
        "name": name.split()[1],
        "id": f"{who}-no-48151",
        "handle": f"{who}handle623",
        "mail": f"{who}@post48151",
        "address": f"{who}/works/",
        "title": f"{who}stitle",
        "praise": f"{who}spraise",
    }
    for who, name in {**PEOPLE, "ivo": NEIGHBOUR}.items()
}
"""All that platforms told of each, by what it is: no page shows any of it to whoever may not read it."""


@dataclass(frozen=True)
class Town:
    """A server that runs: where, what is behind it, and the letters it sent."""

    base: str
    guild: Guild
    mail: MailServer
    environment: dict[str, str]

    def tell(self, *events: dict[str, Any]) -> int:
        """Post events as the forum does, and wait until they count."""
        return self.guild.tell(list(events))

    def member(self, who: str) -> str:
        return self.guild.member(f"{who}-no-48151")

    def page_of(self, who: str) -> str:
        return f"{self.base}/c/{COMMUNITY}/m/{self.member(who)}"

    def badge(self, who: str) -> str:
        """Return the id of somebody's first badge, as soon as it was awarded."""
        return self.guild.badge(f"{who}-no-48151").id

    def command(self, *words: str, status: int = 0) -> str:
        """Run `guildbook` as the operator, and return what it prints."""
        done = CliRunner().invoke(commands, list(words), env=self.environment | {"COLUMNS": "300"})
        assert done.exit_code == status, (done.output, done.exception)
        return done.output

    def letter(self) -> str:
        """Return the address in the next letter that goes out."""
        deadline = time.monotonic() + PATIENCE
        while not self.mail.took:
            assert time.monotonic() < deadline, "no letter came"
            time.sleep(0.02)
        body = self.mail.took.pop(0).get_body(("plain",))
        assert body is not None
        return next(word for word in str(body.get_content()).split() if word.startswith(self.base))

    def sign_in(self, page: Page, who: str, *, community: str = COMMUNITY) -> None:
        """Let a manager (`who` is "") or a member follow the link that the operator's command prints."""
        told = self.command("link", community, *(["--member", f"forum:{who}-no-48151"] if who else []))
        page.goto(re.sub(r"\s", "", told))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/m/" if who else "/manage/"))

    def heads(self) -> dict[str, int]:
        """Return how many facts each community has."""
        return {community: self.guild.here.book.head(community) for community in (COMMUNITY, ELSEWHERE)}


@contextlib.contextmanager
def a_town(folder: Path, authority: Authority, **more: Any) -> Iterator[Town]:
    """Give a town where nobody has done anything yet."""
    port = free_port()
    with mail_server(authority.context("localhost")) as mail:
        settings = Settings(
            data=folder / "data",
            port=port,
            smtp_url=mail.url,
            smtp_from="The Makers <book@makers.example>",
            smtp_ca=authority.file,
            log_level="error",
            **more,
        )
        environment = {"GUILDBOOK_DATA": str(settings.data), "GUILDBOOK_BASE_URL": settings.origin}
        environment |= {f"GUILDBOOK_{name.upper()}": str(value) for name, value in more.items()}
        migrate(settings)
        app = create_app(settings)
        with _serving(app, port):
            yield Town(settings.origin, opened(TestClient(app, base_url=settings.origin)), mail, environment)


@contextlib.contextmanager
def _serving(app: Any, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
