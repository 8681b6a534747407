"""Badges from the shell, anyone's: verified from files, folders or standard input, under a policy."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from api.commands.desk import AsJson, answer, bar, console, fail, opened, plainly, shown
from api.commands.online import Online, reaching
from api.issued.addresses import own_name
from api.known.documents import Documents, documents_of
from api.known.policies import Asked, read_policy
from api.known.registries import read_registry
from api.settings import Settings
from api.verifying.claims import named
from api.verifying.judging import answered, judge_with
from api.verifying.rulings import is_notice, told
from badges import Policy, VerificationError, Verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.installation import Installation
    from api.network.fetched import Reach

    Reaching = Callable[[], Reach | None]

NOT_VALID, USAGE, UNDECIDED = 1, 2, 3  # exit statuses; the least that holds of any file, but for 0
LARGEST = 2 * 1024 * 1024  # bytes
SUFFIXES = {".json", ".jsonld", ".jwt", ".jws", ".png", ".svg", ".pdf", ".zip", ".txt"}  # read of a folder
_STDIN = Path("-")
_MARKS = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "unreachable": "[yellow]unreachable[/]"}
_TONES = {"valid": "green", "doubt": "yellow"}

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Badges: .json, .jwt, .png, .svg, .pdf, a bundle (.zip); a folder is read through; - is standard input.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", exists=True, dir_okay=False, help="What must hold, and who is known: JSON or YAML."),
]
Recipient = Annotated[
    str | None, typer.Option(help="Whom it should be for: a DID, a URL or an e-mail address.", metavar="WHO")
]
RegistryFile = Annotated[
    list[Path] | None,
    typer.Option("--registry", exists=True, dir_okay=False, help="A registry of issuers; more than once for several."),
]
Checks = Annotated[
    str | None, typer.Option(help="The steps that decide, as proof,issuer; the others are told.", metavar="A,B")
]
TrustBundle = Annotated[
    bool, typer.Option("--trust-bundle", help="Let what comes with a badge in a bundle (.zip) vouch for its issuer.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing: the exit status says it.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


class Hand(NamedTuple):
    """What is at hand: documents and, where there is a book, the installation."""

    documents: Documents
    here: Installation | None = None


class Found(NamedTuple):
    """A file, what its verification came to, and which community of ours issued it."""

    file: str
    verified: Verified
    ours: str | None


def verify(  # noqa: PLR0913, PLR0917  options of a command line
    files: Files,
    policy: PolicyFile = None,
    registry: RegistryFile = None,
    checks: Checks = None,
    recipient: Recipient = None,
    trust_bundle: TrustBundle = False,  # noqa: FBT002  a flag of the command line
    online: Online = False,  # noqa: FBT002  likewise
    as_json: AsJson = False,  # noqa: FBT002  likewise
    quiet: Quiet = False,  # noqa: FBT002  likewise
) -> None:
    """Check badges, ours or anybody's, step by step.

    What is at hand: this installation's own keys and status lists, the folder GUILDBOOK_DOCUMENTS, and what the policy
    names. Nothing is fetched, unless with --online; GUILDBOOK_FETCH_ALSO names servers of your own that may then be
    asked, too.

    Exit status: 0 all are valid; 1 one is not (forged, revoked, expired, no badge at all, ...); 2 the command, the
    policy or a setting cannot be used; 3 nothing speaks against any, but of one it could not be decided, because its
    issuer is unknown here, or what it names is not at hand.
    """
    for file in files:
        if file != _STDIN and not file.exists():
            fail(f"wanted a file, a folder, or - for standard input, got {file}", USAGE)
    with plainly(USAGE):
        asked = _asked(policy, registry or [], checks, recipient)
        asked = replace(asked, trust_bundle=asked.trust_bundle or trust_bundle)
        settings = Settings.load()
        reach = reaching(settings, online=online)
    with _hand(settings) as hand:
        try:
            asking = asked.policy(hand.documents)
        except VerificationError as error:
            fail(str(error), USAGE)
        several = len(files) > 1 or any(file.is_dir() for file in files)
        found = list(_judged(list(_listed(files)), hand, asked, reach))
    if not quiet:
        _said(found, asking, several=several, as_json=as_json)
    raise typer.Exit(status_of(found))


def status_of(found: list[Found]) -> int:
    """Return the exit status of what was found: the worst of all files."""
    faulty = [each.verified.verdict for each in found if not each.verified.valid]
    if not faulty:
        return 0
    return UNDECIDED if all(verdict.undecided for verdict in faulty) else NOT_VALID


def _asked(policy: Path | None, registries: list[Path], checks: str | None, recipient: str | None) -> Asked:
    asked = read_policy(policy) if policy else Asked()
    if registries:
        asked = replace(asked, registries=(*asked.registries, *map(read_registry, registries)))
    if checks is not None:
        asked = replace(asked, checks=frozenset(filter(None, map(str.strip, checks.split(",")))))
    return asked if recipient is None else replace(asked, recipient=recipient)


@contextmanager
def _hand(settings: Settings) -> Iterator[Hand]:
    """Give what is at hand: with a book here, its own, too."""
    if "://" in settings.book or settings.book_file.exists():
        with opened(settings, status=USAGE) as here:
            yield Hand(here.documents, here)
    else:
        with plainly(USAGE):
            yield Hand(documents_of(settings))


def _listed(files: list[Path]) -> Iterator[Path]:
    """Yield the files, and those of folders that may be badges."""
    for file in files:
        if file.is_dir():
            yield from sorted(each for each in file.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        else:
            yield file


def _judged(files: list[Path], hand: Hand, asked: Asked, reach: Reaching) -> Iterator[Found]:
    """Yield what each file comes to, under a bar where they are many."""
    if not files:
        fail("wanted at least one badge, got a folder without any", USAGE)
    with bar() as progress:
        task = progress.add_task("Verifying", total=len(files), visible=len(files) > 1)
        for file in files:
            verified = judge_with(hand.documents, _read(file), asked=asked, reach=reach())
            yield Found(str(file), verified, own_name(hand.here, verified) if hand.here else None)
            progress.advance(task)


def _read(file: Path) -> bytes:
    """Return a file's bytes; of one too large as many as say so."""
    if file == _STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(LARGEST + 1)
    except OSError as error:
        fail(f"{file}: wanted a file that can be read, got: {error.strerror}", USAGE)


def _said(found: list[Found], policy: Policy, *, several: bool, as_json: bool) -> None:
    if as_json:
        rows = [{"file": each.file, **answered(each.verified, policy)} for each in found]
        counts = dict(Counter(each.verified.verdict.value for each in found))
        answer({"status": status_of(found), "counts": counts, "files": rows} if several else rows[0])
    elif several:
        for each in found:
            _line(each, policy)
        counts = Counter(each.verified.verdict.value for each in found)
        console.print(f"{len(found):,} files: " + ", ".join(f"{n:,} {verdict}" for verdict, n in counts.most_common()))
    else:
        _steps(found[0], policy)


def _line(found: Found, policy: Policy) -> None:
    """Print what a file comes to, in one line."""
    ruling = told(found.verified, policy, ours=found.ours)
    name = shown(named(found.verified) or "")
    why = next((each["words"] for each in ruling["checks"] if each["decided"]), "")
    tone = _TONES.get(ruling["tone"], "red")
    console.print(
        f"[{tone}]{found.verified.verdict.value:<18}[/] {shown(found.file)}  {name}{'  ' if name and why else ''}"
        f"[dim]{shown(why)}[/]",
        soft_wrap=True,
    )


def _steps(found: Found, policy: Policy) -> None:
    """Print what a badge comes to, and every step of it."""
    verified = found.verified
    ruling: dict[str, Any] = told(verified, policy, ours=found.ours)
    console.print(f"[bold]{ruling['title']}[/]. {shown(ruling['words'])}", soft_wrap=True)
    if ruling["aside"]:
        console.print(shown(ruling["aside"]), style="dim", soft_wrap=True)
    for step in verified.steps:
        mark = _MARKS.get(step.outcome.value, f"[dim]{step.outcome.value.replace('_', ' ')}[/]")
        aside = " [dim](decides nothing)[/]" if is_notice(step, policy) else ""
        console.print(f"  {step.number:>2}. {step.name:<12} {mark}{aside}  {shown(step.reason)}", soft_wrap=True)
    for inside in verified.contents:
        console.print(
            f"  inside: [bold]{inside.verdict.value}[/]  {shown(named(inside) or 'a credential')}", soft_wrap=True
        )
