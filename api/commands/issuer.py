"""`guildbook issuer`: a community's issuer keys, shown, changed, brought along; and what to do when one was stolen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    errors,
    fail,
    instant,
    opened,
    steps,
)
from badges import Compromise
from ledger.key_files import read_private
from ledger.keys import read_foreign
from schemas import format_time

if TYPE_CHECKING:
    from badges import Damage, Repaired
    from ledger import Algorithm, KnownKey

issuer = typer.Typer(help="The keys that a community issues its badges with.", no_args_is_help=True)

_KINDS: dict[str, Algorithm] = {"ed25519": "EdDSA", "p256": "ES256", "rsa": "RS256"}
LONGEST_NAME = 48  # of a key
_MOST_PASSPHRASE = 1_024  # bytes

Kind = Annotated[
    str,
    typer.Option(help="ed25519, which signs badges; p256 or rsa, which sign tokens for whoever asks for such."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(issuer, name="issuer")


@issuer.command(name="list")
def list_(
    community: CommunityName,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Show every issuer key that a community has or had, what became of it, and where its private half is kept."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        keys = here.book.issuers.history(slug).keys
        told = [_told(each) | {"kept": here.book.issuers.kept_in(slug, each.kid)} for each in keys]
    if as_json:
        answer({"community": slug, "keys": told})
        return
    for one in told:  # no table: a name that is cut short cannot be given to another command
        since = f"since {one['added'][:10]}" if one["added"] else "not used yet"
        where = f"kept in {one['kept']}" if one["kept"] else "[red]kept nowhere[/]"
        line = f"{one['key']:<{LONGEST_NAME}}  {one['algorithm']}  {since}, {_state(one)}, {where}"
        console.print(line, soft_wrap=True)


@issuer.command()
def rotate(
    community: CommunityName,
    kind: Kind = "ed25519",
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Let a new key sign what is new. Badges that the former signed stay as they are, and verify as before.

    Once a year is a good habit. Keep the former key too: with it a badge is made again byte for byte. Every server
    signs with the new key by the time this ends.
    """
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        new = here.book.issuers.rotate(slug, _algorithm(kind)).kid
    _said(as_json, {"community": slug, "key": new}, f"{slug} signs with {new} now.")


@issuer.command(context_settings={"ignore_unknown_options": True})  # a key's name may begin with a hyphen
def retire(
    community: CommunityName,
    name: Annotated[str, typer.Argument(help="The key, as `guildbook issuer list` shows it.", metavar="KEY")],
    lost: Annotated[bool, typer.Option("--lost", help="It is gone for good.")] = False,  # noqa: FBT002  a flag
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Let a key for tokens (p256, rsa) sign nothing new; what it signed holds. It is followed when one is asked for.

    With --lost any key that is kept nowhere any more, as in a broken token: badges that it signed are signed by the
    one that followed it from now on, whenever they are made again; files that members have verify as before.
    """
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        new = here.book.issuers.retire(slug, name, lost=lost)
    words = "signs nothing new any more" if new else "was retired already"
    _said(as_json, {"community": slug, "key": name, "retired": new}, f"{name} {words}.")


@issuer.command(name="import")
def import_(
    community: CommunityName,
    file: Annotated[Path, typer.Argument(help="An encrypted PKCS #8 key (PEM), mode 0600.")],
    passphrase: Annotated[
        Path | None,
        typer.Option("--passphrase-file", help="Where its passphrase is, mode 0600; asked for when absent."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Let a key that the community brings along sign what is new: Ed25519; or P-256 or RSA, for tokens.

    It is kept in the keys folder, under the passphrase there. Delete FILE afterwards, or keep it where nobody comes by.
    """
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        if passphrase:
            words = _passphrase(passphrase, file)
        else:
            words = str(typer.prompt(f"Passphrase of {file.name}", hide_input=True, err=True)).encode()
        new = here.book.issuers.bring(slug, read_foreign(file, words)).kid
    _said(as_json, {"community": slug, "key": new}, f"{slug} signs with {new} now.")


@issuer.command()
def compromised(
    community: CommunityName,
    since: Annotated[str, typer.Option(help="Since when others may have it, as 2026-03-01T00:00:00Z.")],
    name: Annotated[
        str | None,
        typer.Option("--key", help="Which key, as `guildbook issuer list` shows it; else the current one."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """End a key that others may have: shows what that means, and asks; then does it, and reports.

    The key is revoked in the DID document and a new one takes over. What was recorded before SINCE is issued again,
    under the same ids: the files that members have are refused from now on, so ask them to download theirs again.
    What was recorded since is revoked; who has earned it still gets it anew. The same command goes on where it was
    broken off.
    """
    at = instant(since, "since") or 0
    now = time.time_ns() // 1000
    if at > now:
        fail(f"since: wanted an instant that has come, got {since}")
    with opened(create=False) as here, bar() as progress:
        slug = community_of(here, community).slug
        catch_up(here, progress)
        drill = Compromise(here.book, here.awards, slug, since=at, kid=name)
        damage = drill.damage()
        progress.stop()
        _shown(slug, damage)
        if not yes and not typer.confirm("Do it?", err=True):
            raise typer.Exit(1)
        progress.start()
        started = time.monotonic()
        done = drill.repair(at=now, catch_up=lambda: catch_up(here, progress), told=steps(progress))
        catch_up(here, progress)
        seconds = time.monotonic() - started
        progress.stop()
    if as_json:
        answer({"community": slug, **done._asdict(), "since": format_time(at), "seconds": round(seconds, 1)})
    else:
        _reported(slug, done, seconds)


def _passphrase(path: Path, key: Path) -> bytes:
    try:
        return read_private(path, _MOST_PASSPHRASE).strip()
    except OSError as error:
        fail(f"{path}: wanted the passphrase of {key.name}, got {error.strerror}")


def _algorithm(kind: str) -> Algorithm:
    if kind not in _KINDS:
        fail(f"kind: wanted {', '.join(_KINDS)}, got {kind}")
    return _KINDS[kind]


def _told(one: KnownKey) -> dict[str, Any]:
    instants = {"added": one.added, "retired": one.retired, "revoked": one.revoked}
    return {
        "key": one.kid,
        "algorithm": one.public.algorithm,
        **{name: None if at is None else format_time(at) for name, at in instants.items()},
        "why": one.why or None,
    }


def _state(one: dict[str, Any]) -> str:
    if one["revoked"]:
        return f"[red]revoked[/] as of {one['revoked'][:19]}Z"
    if one["retired"]:
        return f"retired {one['retired'][:10]}, {one['why']}"
    return "[green]current[/]"


def _said(as_json: bool, told: dict[str, Any], words: str) -> None:  # noqa: FBT001  a flag of the command line
    if as_json:
        answer(told)
    else:
        console.print(words, soft_wrap=True)


def _shown(community: str, damage: Damage) -> None:
    begins = "Goes on with ending" if damage.begun else "Ends"
    for line in (
        f"{begins} the key {damage.kid} of {community}, as of {_day(damage.since)}. Of the badges under it:",
        f"  {damage.before:>7,} were recorded before: they are issued again under a new key",
        f"  {damage.after:>7,} were recorded since: they are revoked",
        f"  {damage.ended:>7,} were recorded since, and are revoked already",
    ):
        errors.print(line, soft_wrap=True)


def _reported(community: str, done: Repaired, seconds: float) -> None:
    for line in (
        f"{done.kid} is revoked as of {_day(done.since)}; {community} signs with {done.successor}.",
        f"{done.reissued:,} badges are issued again; {done.revoked:,} are revoked. {seconds:.1f} s.",
        "Now tell members to download theirs again, and look at who could reach the keys folder.",
    ):
        console.print(line, soft_wrap=True)


def _day(at: int) -> str:
    return f"{format_time(at)[:19]}Z"
