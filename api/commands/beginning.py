"""Beginning a community: what it is about, what its members will be able to do, where they act; then it is open."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from api.commands.charter import about
from api.commands.desk import AsJson, CommunityName, answer, console, fail, opened, plainly, shown
from ledger import SLUG
from projections import PRESETS, lint, parse_charter, preset, read_charter, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.installation import Installation

PLATFORM_SCOPES = ("events:write", "read")
MANAGER_SCOPES = ("manage", "identity", "read", "events:write")
_MOST_OUTCOMES = 5
_LONGEST_SLUG = 40
_HEAD = """\
# The charter of {name}, begun from the preset {preset}. Change it, and see what a change would do before it binds:
#   guildbook charter check {file} --for {community}
#   guildbook simulate {community} {file}
#   guildbook charter publish {community} {file}
"""


class Wishes(NamedTuple):
    """What somebody says of a community that is to begin; "" and () where she says nothing."""

    preset: str
    name: str
    domain: str = ""
    call: str = ""
    outcomes: tuple[str, ...] = ()  # each as "Can ..."
    platforms: tuple[str, ...] = ()


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(  # noqa: PLR0913, PLR0917  each is an option of the command line
    community: CommunityName,
    charter: Annotated[
        str | None, typer.Option("--preset", help=f"The charter to begin with: {', '.join(PRESETS)}.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the community calls itself.")] = None,
    domain: Annotated[str | None, typer.Option(help="What its practice is, in a sentence.")] = None,
    call: Annotated[str | None, typer.Option(help="What it asks of its members, in a sentence.")] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="What members will be able to do, as 'Can ...'; may be said again.")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="Where they act, as discord: it gets a key of its own; may be said again.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Where to write the charter, to go on with.", dir_okay=False)
    ] = None,
    ask: Annotated[
        bool | None, typer.Option("--ask/--no-ask", help="Ask for all this; in a terminal, where nothing is told.")
    ] = None,
    shard: Annotated[int | None, typer.Option(help="Which database keeps it; the emptiest, if not told.")] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Open a community: its keys, its charter, an API key for its platforms and one for its manager.

    In a terminal it asks what the community is about, what members will be able to do and where they act, and writes
    the charter to a file. Everything can be changed later. The server need not run. Keys are shown once and kept only
    as digests; `guildbook key add` makes more.
    """
    if not SLUG.fullmatch(community):
        fail(f"wanted a short name of a-z, 0-9 and -, as u-boot; got {community}")
    told = any((charter, name, domain, call, outcome, platform, file, as_json))
    wishes = Wishes(
        charter or "starter", name or community, domain or "", call or "", (*(outcome or ()),), (*(platform or ()),)
    )
    with opened() as here:
        if any(one.slug == community for one in here.book.communities()):
            fail(f"{community} is open already; another key: guildbook key add {community}")
        if ask or (ask is None and not told and sys.stdin.isatty()):
            wishes = _asked(community, wishes)
            file = file or Path(f"{community}.charter.yaml")
        with plainly():
            document = begun(wishes)
        if file is not None:
            _write(file, community, wishes, document)
        here.book.open_community(community, name=document["name"], shard=shard)
        here.book.publish_charter(community, document, effective=time.time_ns() // 1000, by="init")
        made = _keys(here, community, wishes.platforms)
    if as_json:
        answer(made)
    else:
        _tell(community, wishes, document, made, file)


def open_community(here: Installation, slug: str, charter: str, name: str | None, *, shard: int | None = None) -> None:
    """Open a community under a preset charter that bears its name."""
    document = begun(Wishes(charter, name or slug))
    here.book.open_community(slug, name=document["name"], shard=shard)
    here.book.publish_charter(slug, document, effective=time.time_ns() // 1000, by="init")


def begun(wishes: Wishes) -> dict[str, Any]:
    """Return a preset's charter with what somebody wishes in it. Raises `CharterError`.

    Her outcomes come before the preset's, which its badges and activities name; nothing is said yet of what shows
    hers, and the linter says so.
    """
    document: dict[str, Any] = read_charter(preset(wishes.preset))
    document["name"] = wishes.name
    said = {"statement": wishes.domain, "call_to_action": wishes.call}
    wanted = document.get("domain", {}) | {field: text for field, text in said.items() if text}
    if wanted:
        document["domain"] = wanted
    if wishes.outcomes:
        taken = {one["outcome"] for one in document.get("outcomes", ())}
        own = [{"outcome": slug, "can": text} for slug, text in _slugs(wishes.outcomes, taken)]
        document["outcomes"] = [*own, *document.get("outcomes", ())]
    if wishes.platforms:
        known = {one["source"] for one in document.get("sources", ())}
        new = [{"source": slug} for slug, _ in _slugs(wishes.platforms, set()) if slug not in known]
        document["sources"] = [*document.get("sources", ()), *new]
    parse_charter(document)
    return document


def _slugs(texts: Sequence[str], taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each text with a short name made of its words; none is given twice."""
    for text in texts:
        plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
        words = re.sub(r"^can-", "", re.sub(r"[^a-z0-9]+", "-", plain).strip("-"))
        slug = words if len(words) <= _LONGEST_SLUG else words[:_LONGEST_SLUG].rpartition("-")[0]
        slug, number = slug or "other", 2
        while slug in taken:
            slug, number = f"{slug.rstrip('0123456789').rstrip('-')}-{number}", number + 1
        taken.add(slug)
        yield slug, text


def _asked(community: str, wishes: Wishes) -> Wishes:
    """Ask for what was not told, one thing after another, in the order in which a charter is thought out."""
    console.print(f"[bold]{community}[/]: a few questions. Enter skips one; all of it can be changed later.\n")

    def ask(question: str, default: str = "") -> str:
        return str(typer.prompt(question, default=default, show_default=bool(default))).strip()

    name = ask("What does the community call itself?", wishes.name)
    domain = wishes.domain or ask("What is your practice, in a sentence?")
    call = wishes.call or ask("What do you ask of members? (Try one change this month, and tell us.)")
    outcomes = [*wishes.outcomes]
    while len(outcomes) < _MOST_OUTCOMES:
        words = ask("What will members be able to do? Can" if not outcomes else "And what else? Can")
        if not words:
            break
        outcomes.append(words if words.lower().startswith("can ") else f"Can {words[0].lower()}{words[1:]}")
    console.print("\nA ready charter to begin with:")
    for number, each in enumerate(PRESETS, 1):
        console.print(f"  {number:>2}  [bold]{each:<12}[/] {shown(about(preset(each)))}", soft_wrap=True)
    chosen = _chosen(ask("Which?", wishes.preset))
    platforms = ask("Where do members act? (discord, github, zoom; each gets a key of its own)")
    named = tuple(each.strip() for each in re.split(r"[,;\s]+", platforms) if each.strip())
    return Wishes(chosen, name or community, domain, call, (*outcomes,), (*wishes.platforms, *named))


def _chosen(text: str) -> str:
    """Return the preset meant by its name or its number in the list."""
    if text.isdigit() and 1 <= int(text) <= len(PRESETS):
        return PRESETS[int(text) - 1]
    if text not in PRESETS:
        fail(f"wanted a number from 1 to {len(PRESETS)} or a name: {', '.join(PRESETS)}; got {text}")
    return text


def _write(file: Path, community: str, wishes: Wishes, document: dict[str, Any]) -> None:
    """Write the charter where it can be changed. Ends the command where a file is there already, or cannot be made."""
    head = _HEAD.format(name=document["name"], preset=wishes.preset, file=file, community=community)
    try:
        with file.open("x", encoding="utf-8") as opened_file:
            opened_file.write(head + written(document))
    except FileExistsError:
        fail(f"{file} is there already; name another with --file, and nothing of it is lost")
    except OSError as error:
        fail(f"{file}: {error.strerror}")


def _keys(here: Installation, community: str, platforms: Sequence[str]) -> dict[str, Any]:
    add = here.book.vault.add_key
    made: dict[str, Any] = {
        "community": community,
        "api_key": add(community, label="platforms", scopes=PLATFORM_SCOPES),
        "manager_key": add(community, label="manager", scopes=MANAGER_SCOPES),
    }
    if platforms:
        named = {slug for slug, _ in _slugs(platforms, set())}
        made["platform_keys"] = {slug: add(community, label=slug, scopes=PLATFORM_SCOPES) for slug in sorted(named)}
    return made


def _tell(community: str, wishes: Wishes, document: dict[str, Any], made: dict[str, Any], file: Path | None) -> None:
    console.print(f"[bold]{community}[/] is open, under the charter [bold]{wishes.preset}[/].")
    for slug, key in made.get("platform_keys", {}).items():
        console.print(f"  {slug:<21} {key}", soft_wrap=True, markup=False)
    console.print(f"  platforms post with   {made['api_key']}", soft_wrap=True)
    console.print(f"  its manager asks with {made['manager_key']}", soft_wrap=True)
    console.print("They are shown this once.")
    if file is None:
        console.print("Next: guildbook serve")
        return
    console.print(f"Its charter is in [bold]{shown(file)}[/].")
    for one in lint(document)[:3]:
        console.print(f"  to think of: {shown(one.message)}", style="dim", soft_wrap=True)
    console.print("\nThe next three commands:")
    console.print("  guildbook serve                     the server, its pages and its doors")
    console.print(f"  guildbook link {community:<21}a link that signs you in as its manager, once")
    console.print(f"  guildbook charter check {shown(file)} --for {community}", soft_wrap=True)
