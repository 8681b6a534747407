"""`guildbook charter`: beginning a charter, checking it, comparing it with another, and publishing it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.charter.picturing import to_publish
from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    fail,
    instant,
    opened,
    plainly,
    reading,
    shown,
)
from projections import PRESETS, Advice, Charter, diff, lint, look, parse_charter, preset, read_charter, written
from projections import simulate as simulated
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.installation import Installation

CharterFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A charter, YAML or JSON.")]
_MARKS = {"added": "[green]+[/]", "removed": "[red]-[/]", "changed": "[yellow]~[/]"}
_charter = typer.Typer(
    help="Charters: begin with a preset, check it, compare, publish. docs/charter.md tells the whole language.",
    no_args_is_help=True,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_charter, name="charter")
    app.command("publish")(publish_at_once)


@_charter.command()
def presets(as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """List the ready charters. `guildbook charter show NAME > charter.yaml` begins with one."""
    told = [{"preset": name, "about": about(preset(name))} for name in PRESETS]
    if as_json:
        answer(told)
        return
    for one in told:
        console.print(f"[bold]{one['preset']:<12}[/] {shown(one['about'])}", soft_wrap=True)


def about(text: str) -> str:
    """Return the first sentence of a preset's first comment."""
    lines = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    return " ".join(lines).partition(". ")[0].partition(": ")[0].rstrip(".")


@_charter.command()
def show(
    named: Annotated[str, typer.Argument(help="A preset, or COMMUNITY or COMMUNITY@VERSION.", metavar="NAME")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Print a charter: a preset as it was written, with its comments, or one a community has published."""
    with plainly():
        text = preset(named) if named in PRESETS else None
        document = _document(named) if text is None else read_charter(text)
    if as_json:
        answer(document)
    else:
        typer.echo(text or written(document), nl=False)


@_charter.command()
def check(
    file: CharterFile,
    community: Annotated[
        str | None,
        typer.Option("--for", help="Hold it against this community's charter and facts, too.", metavar="COMMUNITY"),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Check a charter before anybody depends on it: every fault, and advice on what would not do what you mean.

    With --for, also whether the community's recorded facts ever held what its rules count. Ends with 1 where it has
    faults: it cannot be published then.
    """
    with plainly(), reading(file) as text:
        to_publish(text, parse_charter(text))
        if community is None:
            found = lint(text)
        else:
            with opened(create=False) as here:
                community_of(here, community)
                found = _advised(here, community, text)
    if as_json:
        answer([one.told() for one in found])
        return
    _advise(found, str(file))
    if not found:
        console.print("Sound: no faults, and nothing to advise.")


def _advised(here: Installation, community: str, text: str) -> tuple[Advice, ...]:
    """Return the linter's advice, with the charter in force and all recorded facts at hand."""
    wanted = parse_charter(text)
    current = here.standings.charter(community)
    with bar() as progress:
        task = progress.add_task("Looking through the facts", total=here.book.head(community))
        seen = look(here.book, community, wanted.document, lambda done: progress.advance(task, done))
    before = current if current.version and current.document != wanted.document else None
    return lint(text, before=before, seen=seen)


@_charter.command("diff")
def show_diff(
    before: Annotated[str, typer.Argument(help="A file, a preset, COMMUNITY or COMMUNITY@VERSION.")],
    after: Annotated[str, typer.Argument(help="The one to compare it with, named likewise.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show what changed between two charters: rule by rule, what each asks now, tighter or looser, and for whom."""
    with plainly():
        changes = diff(_document(before), _document(after))
    if as_json:
        answer(changes)
    else:
        _differ(changes)


@_charter.command()
def publish(
    community: CommunityName,
    file: CharterFile,
    effective: Annotated[
        str | None, typer.Option(help="In force from, as 2026-09-01; now, if not told.", metavar="INSTANT")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Publish a community's next charter, after showing what changes, what to think of, and who gains or loses.

    A picture may stand in a file beside the charter's: `image: {file: ./helper.svg}`; it is put in as it is now.
    """
    with opened(create=False) as here:
        community_of(here, community)
        since = instant(effective, "--effective") or time.time_ns() // 1000
        with reading(file) as text:
            _published(here, community, text, since, previewed=not as_json, asked=not (yes or as_json), as_json=as_json)


def publish_at_once(community: CommunityName, file: CharterFile, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Publish a community's next charter, in force from now: `guildbook charter publish --yes`, showing nothing.

    `guildbook simulate` shows beforehand what it would change.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with reading(file) as text:
            _published(here, community, text, time.time_ns() // 1000, as_json=as_json)


def _published(
    here: Installation,
    community: str,
    text: str,
    since: int,
    *,
    as_json: bool,
    previewed: bool = False,
    asked: bool = False,
) -> None:
    """Publish a charter, in force since an instant (µs), and say so; first `previewed`, and `asked` whether to."""
    document = to_publish(text, parse_charter(text))
    current = here.standings.charter(community)
    if current.version and current.document == document:
        fail(f"this very charter is in force already, as version {current.version}")
    if previewed:
        _preview(here, community, current, text)
    if asked and not typer.confirm(f"Publish it, in force from {format_time(since)[:10]}?"):
        fail("nothing was published")
    fact = here.book.publish_charter(community, document, effective=since, by="command line")
    with bar() as progress:
        catch_up(here, progress)
    made = {"community": community, "version": fact.open["charter_version"], "position": fact.position}
    if as_json:
        answer(made)
    else:
        day = format_time(since)[:10]
        console.print(f"Charter {made['version']} of {community} is published, in force from {day}.")


def _preview(here: Installation, community: str, current: Charter, text: str) -> None:
    """Show what publishing a charter would change, what the linter says of it, and how many gain and lose."""
    _differ(diff(current.document, parse_charter(text).document))
    _advise(_advised(here, community, text), "advice")
    with bar() as progress:
        progress.add_task("Replaying the history", total=None)
        found = simulated(here.book, community, text, at=time.time_ns() // 1000)
    gaining, losing = ({one["account"] for one in found[part]} for part in ("gains", "losses"))
    console.print(
        f"Of {found['members']:,} members, {len(gaining):,} would gain something and {len(losing):,} lose something; "
        f"{len(found['levels']):,} would stand on another level. Who: guildbook simulate {community} FILE"
    )


def _document(named: str) -> dict[str, Any]:
    """Return the charter of a file, a preset or a community. Raises `CharterError`."""
    file = Path(named)
    if file.is_file():
        with reading(file) as text:
            return dict(parse_charter(text).document)
    if named in PRESETS:
        return read_charter(preset(named))
    slug, _, version = named.partition("@")
    with opened(create=False) as here:
        if slug not in {one.slug for one in here.book.communities()}:
            fail(f"wanted a file, a preset ({', '.join(PRESETS)}) or a community of this book, got {named}")
        found = here.book.charters(slug)
        number = version or str(len(found))
        if not number.isdigit() or not 1 <= int(number) <= len(found):
            fail(f"wanted a version of {slug}'s charter from 1 to {len(found)}, got {version or 'none published'}")
        document: dict[str, Any] = found[int(number) - 1].open["document"]
        return document


def _advise(found: Sequence[Advice], name: str) -> None:
    for one in found:
        place = "" if one.line is None else f":{one.line}:{one.column}"
        colour = "yellow" if one.severity == "warning" else "dim"
        console.print(f"{shown(name)}{place}: [{colour}]{one.severity}[/] {shown(one.message)}", soft_wrap=True)
        console.print(f"    {shown(one.todo)}", style="dim", soft_wrap=True)


def _differ(changes: list[dict[str, Any]]) -> None:
    if not changes:
        console.print("They say the same.")
    for one in changes:
        verdict = f", {one['verdict']}" if one.get("verdict") in ("tighter", "looser") else ""
        console.print(f"{_MARKS[one['change']]} {one['part']}: [bold]{shown(one['name'])}[/]{verdict}", soft_wrap=True)
        for words in [*one["words"], *([one["binding"]] if "binding" in one else [])]:
            console.print(f"    {shown(words)}", soft_wrap=True)
