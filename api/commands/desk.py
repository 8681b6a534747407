"""What every command needs: the installation, plain errors, and output for people or for scripts."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.commands.inlining import inlined
from api.errors import ApiError
from api.installation import Installation, migrate
from api.known.policies import PolicyError
from api.settings import Settings
from badges import BadgeError
from ledger import LedgerError
from projections import CharterError, ProjectionError
from schemas import SchemaError, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger import Community

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]
CommunityName = Annotated[str, typer.Argument(help="The community's short name, as u-boot.", metavar="COMMUNITY")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The moment asked about, as 2026-03-01T00:00:00Z.", metavar="INSTANT"),
]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="What had been recorded by then.", metavar="INSTANT")]

console = Console(highlight=False, emoji=False)  # a did:key: is no picture of a key
errors = Console(stderr=True, highlight=False, emoji=False)
_OURS = (ApiError, LedgerError, ProjectionError, BadgeError, SchemaError)


@contextmanager
def opened(settings: Settings | None = None, *, create: bool = True, status: int = 1) -> Iterator[Installation]:
    """Open the installation of this environment for one command; our errors end it with words, not a trace.

    `create`: make its tables where they are missing, as a command that begins something does. `status`: the exit
    status of such an end.
    """
    with plainly(status):
        settings = settings or Settings.load()
        if create:
            migrate(settings)
        elif "://" not in settings.book and not settings.book_file.exists():
            fail(f"there is no book at {settings.book} yet; begin with: guildbook init NAME")
        here = Installation.open(settings)
        try:
            yield here
        finally:
            here.close()


@contextmanager
def plainly(status: int = 1) -> Iterator[None]:
    """Turn our errors into lines on stderr and an exit status."""
    try:
        yield
    except (CharterError, PolicyError) as error:
        for fault in error.faults:
            place = "" if fault.line is None else f":{fault.line}:{fault.column}"
            pointer = f" ({shown(fault.pointer)})" if fault.pointer else ""
            errors.print(f"[red]{shown(error.name)}{place}[/]: {shown(fault.message)}{pointer}", soft_wrap=True)
        raise typer.Exit(status) from error
    except _OURS as error:
        fail(str(error), status)


@contextmanager
def reading(file: Path) -> Iterator[str]:
    """Give the text of a charter's file, with pictures that it names; faults are told under the file's name."""
    try:
        yield inlined(file.read_text(encoding="utf-8"), file.parent)
    except UnicodeDecodeError as error:
        fail(f"{file}: wanted UTF-8, got byte {error.object[error.start]:#04x} at offset {error.start}")
    except CharterError as error:
        error.name = str(file)
        raise


def fail(words: str, status: int = 1) -> NoReturn:
    """Say what was wanted and what came, and end."""
    errors.print(words, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(status)


def answer(found: Any) -> None:  # noqa: ANN401  JSON of any shape
    """Print JSON for a script."""
    sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")


def instant(text: str | None, name: str) -> int | None:
    """Return an instant given on the command line, in µs; a day stands for its beginning."""
    if text is None:
        return None
    try:
        return parse_time(text if "T" in text else f"{text}T00:00:00Z")
    except SchemaError as error:
        fail(f"{name}: {error}")


def community_of(here: Installation, slug: str) -> Community:
    """Return the community, or end with the names there are."""
    known = {one.slug: one for one in here.book.communities()}
    if slug not in known:
        fail(f"wanted a community of this book ({', '.join(known) or 'none yet'}), got {slug}")
    return known[slug]


def account_of(here: Installation, community: str, named: str | None) -> str:
    """Return the account meant by a member id, by `platform:id`, or by nothing: whoever stands highest."""
    if named is None:
        members = here.standings.members(community)
        if not members:
            fail(f"{community} has no members yet: no fact has been recorded")
        return str(members[0]["account"])
    platform, colon, name = named.partition(":")
    found = here.book.account(community, platform, name) if colon else here.book.account_of(community, named)
    if found is None:
        fail(f"wanted a member id, or platform:id as git:ada, known in {community}; got {named}")
    return str(here.standings.root(community, found))


def whoami() -> str:
    """Return who gives this command, for the record: the user's name, or uid where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def name_of(here: Installation, community: str, account: str) -> str:
    """Return what to call a member: her name or handle, else the platform and id she is known by."""
    handle = here.book.handle(community, account)
    if handle is None:
        return "(erased)"
    return str(handle.get("name") or handle.get("handle") or f"{handle['platform']}:{handle['id']}")


def shown(text: object) -> str:
    """Return text that others wrote, safe to print: no markup, and nothing that moves a terminal."""
    return escape(unmoving(text))


def unmoving(text: object) -> str:
    """Return text that others wrote without anything that moves a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))


def bar() -> Progress:
    """Return a progress bar; where nobody watches it draws nothing."""
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
    )


def steps(progress: Progress) -> Callable[[str, int, int], None]:
    """Return what hears of an errand's steps, and draws a bar for each."""
    tasks: dict[str, TaskID] = {}

    def told(name: str, done: int, of: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=of or None)
        progress.update(tasks[name], completed=done, total=of or None)

    return told


def catch_up(here: Installation, progress: Progress) -> int:
    """Bring standings and awards up to the ledger's end, under a bar each; return how many facts are counted."""
    head, projected = here.reach()
    standing = progress.add_task("Deriving standings", total=head - projected)
    for follower in here.background.followers:
        follower.catch_up(lambda done: progress.advance(standing, done))
    waiting = progress.add_task("Recording awards", total=None)
    looked = sum(each.run_once(lambda done: progress.advance(waiting, done)) for each in here.background.awarding)
    progress.update(waiting, total=looked, completed=looked)
    for follower in here.background.followers:
        follower.catch_up()
    sealing = progress.add_task("Sealing the log", total=None)
    here.background.seal(lambda done: progress.advance(sealing, done))
    return here.reach()[1]
