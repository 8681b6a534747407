"""Taking communities elsewhere: into a file, into another installation, another shard, another database."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    console,
    errors,
    fail,
    opened,
    plainly,
    steps,
)
from api.settings import Settings
from ledger import LedgerUnavailableError, operations
from projections import Follower, ProjectionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.installation import Installation

_TOGETHER = 20_000  # facts derived from in one turn
_FEW = 1_000  # facts that may be left to derive from when a community is closed
_PAUSE = 0.05  # seconds, while another process has the turn

Target = Annotated[Path, typer.Argument(help="The file to write, as guild.jsonl.gz. It must not exist.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (export, check, recipient, adopt, move):
        app.command()(command)
    app.command("move-book")(move_book)


def export(
    community: CommunityName,
    file: Target,
    keys: Annotated[Path | None, typer.Option(help="Write the keys too, to this file, for one recipient.")] = None,
    to: Annotated[str | None, typer.Option(help="Who may open them: gbr_..., as `guildbook recipient` says.")] = None,
    close: Annotated[bool, typer.Option("--close", help="First let nothing more be written of it here.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Write a community to one file: every fact as it is stored, and the root that tells whether it is whole.

    Anyone can derive the same standings from it, without a key; names and texts stay sealed. With --keys and --to
    another installation can take the community over (`guildbook adopt`). API keys and links are not in it.
    """
    with plainly():
        if (keys is None) != (to is None):
            fail("wanted --keys and --to together, or neither")
        settings = Settings.load()
        with operations.opened(settings.books) as shards, bar() as progress:
            number, is_open = operations.home(shards[0], community)
            source, told = shards[number], steps(progress)
            with operations.closed(source, [community], told) if close and is_open else nullcontext():
                whole = operations.export(source, community, file, partial(told, "Writing facts"))
                accounts = None
                if keys and to:
                    ring = operations.KeyRing(settings.data / "keys")
                    accounts = operations.hand_over(source, whole, ring=ring, to=to, file=keys)
    if as_json:
        answer({**_told(whole), "file": str(file), "accounts": accounts, "closed": close})
        return
    console.print(f"{whole.head:,} facts of [bold]{community}[/] are in {file}.", soft_wrap=True)
    console.print(f"  root {whole.root}", soft_wrap=True)
    if keys:
        console.print(f"The keys of {accounts:,} accounts are in {keys}: hand it over, then delete it.", soft_wrap=True)
    if close:
        console.print(f"It is closed here. To open it again: guildbook move {community} --to {number}", soft_wrap=True)


def check(
    path: Annotated[Path, typer.Argument(exists=True, help="The file of an export, or the folder of a backup.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Check an export or a backup without any key: whole, unchanged, nothing missing. Exit status 0 only then."""
    with plainly(), bar() as progress:
        if path.is_dir():
            manifest = operations.checked_backup(path, steps(progress))
            communities = {name: tip for shard in manifest.shards for name, tip in shard.communities.items()}
            found: dict[str, Any] = {"kind": "backup", "facts": manifest.facts, "communities": sorted(communities)}
            words = f"A whole backup: {manifest.facts:,} facts of {operations.of_communities(len(communities))}."
        else:
            whole = operations.checked(path, partial(steps(progress), "Checking"))
            found = {"kind": "export", **_told(whole)}
            words = f"A whole export of {whole.community}: {whole.head:,} facts, root {whole.root}."
    if as_json:
        answer(found)
    else:
        console.print(words, markup=False, soft_wrap=True)


def recipient() -> None:
    """Print what others seal a community's keys to, so that only this installation can open them.

    It is public: send it to whoever runs `guildbook export --keys FILE --to` there.
    """
    with plainly():
        settings = Settings.load()
        text = operations.Recipient(settings.data / "keys").text
    console.print(text, soft_wrap=True, markup=False)


def adopt(
    file: Annotated[str, typer.Argument(help="The export; with --undo, the community's short name.")],
    keys: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="The keys that go with it.")] = None,
    shard: Annotated[int | None, typer.Option(help="Which database is to keep it; the emptiest, if not told.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take away what an adoption left that was broken off.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Take over a community that another installation exported: its facts, positions, people and standings.

    All of it, or nothing that anyone sees; where it was broken off, the same command begins again. It gets an issuer
    key of this installation, and no API keys: make new ones with `guildbook key add`.
    """
    with plainly():
        settings = Settings.load()
        if undo:
            operations.undo(settings.books, file)
            console.print(f"Nothing is left of {file}.", markup=False)
            return
        if keys is None or not Path(file).is_file():
            fail(f"wanted a file and its --keys, got {file}{'' if keys else ' and no keys'}")
        with opened(settings) as here:
            with bar() as progress:
                whole = operations.adopt(
                    settings.books,
                    Path(file),
                    keys,
                    recipient=operations.Recipient(settings.data / "keys"),
                    ring=operations.KeyRing(settings.data / "keys"),
                    shard=shard,
                    told=steps(progress),
                )
                catch_up(here, progress)
            issuer = here.awards.did(whole.community)
    if as_json:
        answer({**_told(whole), "issuer": issuer})
        return
    console.print(f"[bold]{whole.community}[/] is here, with {whole.head:,} facts as they were.")
    console.print(f"  from now on its badges are issued by {issuer}", markup=False, soft_wrap=True)
    console.print(f"Next: guildbook key add {whole.community}, then delete {keys}.", markup=False, soft_wrap=True)


def move(
    community: CommunityName,
    to: Annotated[int, typer.Option(help="The number of the shard: 0 is GUILDBOOK_DATABASE, 1 the first of SHARDS.")],
    wait: Annotated[
        float, typer.Option(help="Seconds until the old place is cleared, for readers who remember it.", min=0)
    ] = operations.GRACE_SECONDS,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Move a community to another shard. It is closed for a moment only, and others go on all the while.

    Where it was broken off, the same command finishes it; with the number of the shard that keeps the community
    now, it undoes it, and opens the community again.
    """
    with opened(create=False) as here, bar() as progress:
        told = steps(progress)
        ready = _derive(here, community, told)
        try:
            moved = operations.move(here.settings.books, community, to, told=told, ready=ready, grace=wait)
        except LedgerUnavailableError as error:
            fail(f"{error}; the same command goes on, and `guildbook doctor` says how {community} stands")
        _forget(here, community, to)
        catch_up(here, progress)
    if as_json:
        answer(moved._asdict())
    elif moved.before == to:
        console.print(f"[bold]{community}[/] is in shard {to}, open; nothing of it is left elsewhere.")
    else:
        console.print(f"[bold]{community}[/] is in shard {to} now, with {moved.facts:,} facts as they were.")
        console.print(f"Nothing could be written of it for {moved.closed_seconds:.1f} s.")


def move_book(
    to: Annotated[str, typer.Option(help="The postgresql:// address of an empty database.")],
    undo: Annotated[bool, typer.Option("--undo", help="Go back to the file, while nothing new was written.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Move the whole book from its SQLite file to PostgreSQL. The keys folder stays as it is.

    When all is copied and compared the file is closed: a server on it answers 503 from then on, until it is started
    again with the setting that this command names. Where it was broken off, the same command finishes it.
    """
    with plainly():
        settings = Settings.load()
        if undo:
            communities = operations.back(settings.book, to)
            console.print(f"The file has the book again: {', '.join(communities)}.", markup=False, soft_wrap=True)
            return
        with bar() as progress:
            heads = None if settings.heads else settings.data / "heads.sqlite"
            moved = operations.rehouse(settings.book, to, heads=heads, told=steps(progress))
            with opened(settings.model_copy(update={"database": to, "shards": ""})) as there:
                counted = catch_up(there, progress)
    if as_json:
        answer({"facts": moved.facts, "counted": counted, "database": operations.without_secret(to)})
        return
    moved_facts = f"{sum(moved.facts.values()):,} facts of {operations.of_communities(len(moved.facts))}"
    console.print(f"{moved_facts} are in PostgreSQL, as they were.")
    console.print("Now set GUILDBOOK_DATABASE to the address you gave, and start the server again.")
    console.print(f"{settings.book} is closed, and can be kept as a copy of today.", markup=False, soft_wrap=True)


def _told(whole: operations.Whole) -> dict[str, Any]:
    return {**whole._asdict(), "issuers": [issuer._asdict() for issuer in whole.issuers]}


def _derive(here: Installation, community: str, told: Callable[[str, int, int], None]) -> Callable[[int], None]:
    """Return what derives a community's standings where it is about to be, from the facts where it still is."""

    def derive(shard: int) -> None:
        follower, views = Follower(here.book, here.views, shard), here.views.shards[shard]
        while True:
            head = here.book.head(community)
            with views.turn(community) as batch:
                if batch is not None:
                    told("Deriving standings", batch.position, head)
                    if head - batch.position <= _FEW:
                        return
                    follower.project(batch, _TOGETHER)
            if batch is None:
                time.sleep(_PAUSE)

    def ready(shard: int) -> None:
        try:
            derive(shard)
        except ProjectionError as error:  # it was stuck where it is, and will be there
            errors.print(f"standings of {community}: {error}", style="yellow", markup=False, soft_wrap=True)

    return ready


def _forget(here: Installation, community: str, home: int) -> None:
    """Drop the standings that were derived where the community is not."""
    try:
        for number, shard in enumerate(here.views.shards):
            if number != home:
                shard.generations.forget(community)
    except LedgerUnavailableError as error:
        words = f"standings in the old place were left, until the next rebuild: {error}"
        errors.print(words, style="yellow", markup=False, soft_wrap=True)
