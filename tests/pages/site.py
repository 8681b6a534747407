"""A server on loopback with the demo's year behind it, somebody of each role, and one of everything to be seen."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api.celebrating.told import celebration
from api.demo import COMMUNITY
from api.holding.claiming import CLAIM, CLAIMED
from api.installation import Installation
from api.settings import Settings
from bench.servers import running
from tests.pages.added import COHORT, add
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOUR = 3_600_000_000  # µs
NOWHERE = "smtp+plain://127.0.0.1:1"  # so that the pages offer mail; nobody listens there
_SEEN = "everything-to-be-seen"  # the file that says the data has one of everything


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, the book behind it, and what the addresses of `listed` have in braces."""

    origin: str
    here: Installation
    names: Mapping[str, str]

    def link(self, role: str) -> str:
        """Return the address of a link that signs somebody of a role in, once."""
        community = "" if role == "operator" else COMMUNITY
        subject = self.names["member"] if role == "member" else ""
        expires = time.time_ns() // 1_000 + HOUR
        token = self.here.book.vault.add_link(community, role=role, subject=subject, expires=expires)
        return f"{self.origin}/enter/{token}"


@contextlib.contextmanager
def standing(data: Path) -> Iterator[Site]:
    """Serve the year in `data`, which is made where it is not there. Raises `bench.harness.NotHereError`."""
    if not (data / _SEEN).exists():
        _make(data)
    port = free_port()
    settings = _settings(data, port)
    environment = {
        "GUILDBOOK_DATA": str(data),
        "GUILDBOOK_DATABASE": "",
        "GUILDBOOK_PORT": str(port),
        "GUILDBOOK_SMTP_URL": NOWHERE,
        "GUILDBOOK_SMTP_FROM": "circle@ward.example",
        "GUILDBOOK_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--for", "3600"]
    with running(command, port, environment, data), contextlib.closing(Installation.open(settings)) as here:
        yield Site(settings.origin, here, _names(here))


def _settings(data: Path, port: int) -> Settings:
    return Settings(data=data, database="", port=port, log_level="error", limit_wait=0)


def _make(data: Path) -> None:
    """Play the demo's year in, as `make demo` does, and add what it has none of."""
    subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", "--data", str(data), "--no-serve"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with contextlib.closing(Installation.open(_settings(data, 8700))) as here:
        add(here)
    (data / _SEEN).touch()


def _names(here: Installation) -> dict[str, str]:
    people = here.standings.members(COMMUNITY)
    public = [here.book.member_id(COMMUNITY, one["account"]) for one in people]
    awards = [one for one in here.awards.all(COMMUNITY) if one.kind == "badge"]
    today = datetime.now(UTC)
    mailboxes, expires = here.book.mailboxes, time.time_ns() // 1_000 + HOUR
    box = mailboxes.of(COMMUNITY)[0]
    subject = here.book.member_id(COMMUNITY, box.account)
    return {
        "community": COMMUNITY,
        "member": public[0],
        "guest": public[-1],
        "cohort": COHORT,
        "badge": awards[-1].id,
        "own": here.awards.of(COMMUNITY, people[0]["account"])[0].id,
        "revoked": next(one.id for one in awards if one.revoked),
        "earnable": awards[-1].achievement,
        "level": "3",
        "role": "facilitator",
        "quarter": f"{today.year - (today.month < 4)}-Q{(today.month - 1) // 3 or 4}",
        "present": f"{today.year}-Q{(today.month + 2) // 3}",
        "month": str(celebration(here, COMMUNITY, "month").number - 1),
        "word": mailboxes.word(COMMUNITY, "confirm", subject, box.address, expires),
        **{
            name: here.book.vault.add_link(COMMUNITY, role=role, subject=public[0], expires=expires)
            for name, role in (("link", "member"), ("claim", CLAIM), ("claimed", CLAIMED))
        },
    }
