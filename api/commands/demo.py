"""`demo`: one year of a community, from its first event to a verified badge, and then its pages."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table

from api.commands.beginning import open_community
from api.commands.desk import bar, catch_up, console, fail, name_of, opened
from api.commands.keeping import sign_in_link
from api.demo import COMMUNITY, NAME, year
from api.settings import Settings
from api.verifying.judging import judge_with
from badges import Outcome

if TYPE_CHECKING:
    from api.installation import Installation
    from badges import Issued

_CHARTER = "care-circle"
_TOGETHER = 100  # events a delivery, as a platform would send them
_MARK = ".guildbook-demo"  # in a folder that a demo made and may make anew
_LINK_HOURS = 24
_PATIENCE = 30  # seconds until the server must answer
Counts = Counter[str]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    data: Annotated[Path, typer.Option(help="Where the demo's book is made; made anew each time.")] = Path("demo-data"),
    seed: Annotated[int, typer.Option(help="Another number, another year.")] = 7,
    port: Annotated[int, typer.Option(help="Where the pages are served; the next free one, if it is taken.")] = 8700,
    serve: Annotated[bool, typer.Option(help="Leave the server running, for at most 8 hours.")] = True,  # noqa: FBT002  a flag of the command line
    stop: Annotated[bool, typer.Option("--stop", help="Stop the server an earlier demo left running.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Play one year of a community of ward nurses in, and show what became of it.

    About 60 members and 6,000 events, late ones, withdrawn ones, duplicates and a conflict among them, go
    through the same doors as anybody's. Then the server is left running, and its pages are named.
    """
    _stop_server(data)
    if stop:
        console.print("No demo is running any more.")
        return
    _make_folder(data)
    port = _free(port)
    settings = Settings(data=data, database="", host="127.0.0.1", port=port, base_url=f"http://127.0.0.1:{port}")
    with opened(settings) as here:
        open_community(here, COMMUNITY, _CHARTER, NAME)
        with bar() as progress:
            counts = _play(here, year(seed, end=datetime.now(UTC)), progress)
            catch_up(here, progress)
        _summary(here, counts)
        pages = _pages(here)
    if serve:
        _start_server(settings)
        _addresses(pages, settings.origin)


def _play(here: Installation, events: list[dict[str, Any]], progress: Any) -> Counts:  # noqa: ANN401  rich's
    """Post the year's events in deliveries, in the order in which they arrived."""
    task = progress.add_task("Posting a year of events", total=len(events))
    counts: Counts = Counter()
    for start in range(0, len(events), _TOGETHER):
        delivery = events[start : start + _TOGETHER]
        outcomes = here.book.append(delivery, community=COMMUNITY, identity=True)
        counts.update(outcome.outcome for outcome in outcomes)
        progress.advance(task, len(delivery))
    return counts


# What became of it


def _summary(here: Installation, counts: Counts) -> None:
    told = f"{sum(counts.values()):,} events arrived: [green]{counts['stored']:,} stored[/], "
    told += f"{counts['duplicate']} were there already, [yellow]{counts['conflict']} conflict[/] kept for the manager"
    console.print()
    console.print(Panel(told, title=f"One year of {NAME}", expand=False))
    members = here.standings.members(COMMUNITY)
    console.print(_ladder(here, members))
    console.print(_ready(here))
    awards = here.awards.all(COMMUNITY)
    console.print(_badges(here, awards))
    if awards:
        _verified(here, awards[-1])


def _ladder(here: Installation, members: list[dict[str, Any]]) -> Table:
    charter = here.standings.charter(COMMUNITY)
    table = Table(title="Who stands where", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("Level", "Members", "", "Among them"):
        table.add_column(column, justify="right" if column == "Members" else "left")
    for level in sorted(charter.by("ladder", "level"), reverse=True):
        there = [one for one in members if one["level"] == level]
        names = ", ".join(name_of(here, COMMUNITY, one["account"]) for one in there[:4])
        table.add_row(charter.level_name(level), str(len(there)), "[cyan]" + "█" * len(there) + "[/]", names)
    return table


def _ready(here: Installation) -> Table:
    """Who is ready to lead, and the numbers that say so."""
    found = here.standings.leaders(COMMUNITY)["eligible"]
    table = Table(title=f"Ready to lead: {len(found)}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("Who", "Role", "Since", "Why"):
        table.add_column(column)
    for one in found[:6]:
        why = _why(here, one["account"], one["role"])
        table.add_row(name_of(here, COMMUNITY, one["account"]), one["role"], one["since"][:10], why)
    return table


def _why(here: Installation, account: str, role: str) -> str:
    charter = here.standings.charter(COMMUNITY)
    rule = next(rule for rule in charter.rules if rule.grants == ("eligible", role))
    tree = here.standings.verdict(COMMUNITY, account, rule.slug)["tree"]
    leaves = [leaf for leaf in tree["of"] if "label" in leaf and leaf["measure"] != "holds"]
    return "; ".join(f"{leaf['label'][0].lower()}{leaf['label'][1:]}: {leaf['have']}" for leaf in leaves)


def _badges(here: Installation, awards: list[Issued]) -> Table:
    badges = here.standings.charter(COMMUNITY).by("badges", "badge")
    table = Table(title=f"Badges awarded: {len(awards)}", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("Badge", "Awarded", "For"):
        table.add_column(column, justify="right" if column == "Awarded" else "left")
    for slug, count in Counter(award.achievement for award in awards).most_common():
        table.add_row(badges[slug]["name"], str(count), badges[slug]["description"])
    return table


def _verified(here: Installation, issued: Issued) -> None:
    """Verify one badge as a stranger would: from the picture alone."""
    verified = judge_with(here.documents, here.awards.png(issued))
    apply = [step for step in verified.steps if step.outcome is not Outcome.NOT_APPLICABLE]
    passed = sum(step.outcome is Outcome.PASSED for step in apply)
    who = name_of(here, COMMUNITY, issued.account)
    console.print(
        f"One badge verified from its picture: {issued.achievement} of {who} "
        f"is [bold green]{verified.verdict.value}[/], {passed} of {len(apply)} steps that apply passed.",
        soft_wrap=True,
    )


# The server that is left running


def _pages(here: Installation) -> list[tuple[str, str]]:
    link = sign_in_link(here, COMMUNITY, None, _LINK_HOURS).removeprefix(here.settings.origin)
    member = here.book.member_id(COMMUNITY, here.standings.members(COMMUNITY)[0]["account"])
    awards = here.awards.all(COMMUNITY)
    return [
        ("Sign in as its manager (this link works once)", link),
        ("The community", f"/c/{COMMUNITY}"),
        ("A member, once signed in", f"/c/{COMMUNITY}/m/{member}"),
        *([("A badge", f"/b/{awards[-1].id}")] if awards else []),
        ("Verify any badge", "/verify"),
    ]


def _addresses(pages: list[tuple[str, str]], origin: str) -> None:
    console.print()
    for words, path in pages:
        console.print(f"  [bold]{words}[/]\n    {origin}{path}", soft_wrap=True)
    console.print("\nThe server goes on without this window. To stop it: make stop, or guildbook demo --stop")


def _start_server(settings: Settings) -> None:
    """Start the server in a session of its own, and wait until it answers."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("GUILDBOOK_")}
    chosen = {
        "DATA": str(settings.data),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "BASE_URL": settings.base_url,
    }
    environment = known | {f"GUILDBOOK_{name}": value for name, value in chosen.items()}
    log = settings.data / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "api.cli", "serve", "--for", str(8 * 3600)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (settings.data / "server.pid").write_text(str(server.pid))
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{settings.origin}/healthz", timeout=2).close()  # noqa: S310  our own address
            return
        time.sleep(0.1)
    fail(f"the server did not come up; it says why in {log}")


def _stop_server(data: Path) -> None:
    """Stop the server that an earlier demo of this folder left running, if it is still that."""
    pid_file = data / "server.pid"
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        if b"api.cli" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                os.kill(pid, 0)
                time.sleep(0.1)
    with contextlib.suppress(OSError):
        pid_file.unlink()


def _make_folder(data: Path) -> None:
    if data.exists():
        if not (data / _MARK).exists():
            fail(f"{data} is there already and no demo made it; --data names another folder")
        shutil.rmtree(data)
    data.mkdir(parents=True)
    (data / _MARK).touch()


def _free(port: int) -> int:
    """Return the port, or the next that nobody listens on."""
    for candidate in range(port, port + 50):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", candidate))
            return candidate
    return fail(f"wanted a free port from {port} on, got none of 50")
