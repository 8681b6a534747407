"""`guildbook log open`, `prove` and `check`: single facts shown to others, and checked by them without a book."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer

from api.commands.desk import AsJson, answer, community_of, console, errors, fail, opened, plainly, shown
from api.issued.evidence import proof_of, shown_fact
from api.known.documents import Documents, read_folder, read_keys
from api.settings import Settings
from api.verifying.judging import judge_with
from badges import AwardError, LogProofError, ShownFact, Verdict
from ledger.transparency import TransparencyError, VerifierKey
from schemas import format_time

Where = Annotated[
    str, typer.Argument(help="A fact: its community and its position, as u-boot/17.", metavar="COMMUNITY/POSITION")
]
BROKEN, UNKNOWN = 1, 3
"""Exit statuses of `check`, beside 0: it does not hold; it cannot be told. (2 is a command written wrongly.)"""

_LARGEST = 2 * 1024 * 1024
_REFUTED = {Verdict.FORGED, Verdict.MALFORMED}


def add_to(log: typer.Typer) -> None:
    """Add the commands."""
    log.command("open")(open_)
    log.command()(prove)
    log.command()(check)


def open_(
    where: Where,
    credential: Annotated[
        str | None, typer.Option(help="A badge that rests on the fact: its id, or its address.", metavar="ID")
    ] = None,
    part: Annotated[
        list[int] | None, typer.Option(help="A sealed part to open, from 1. Left out: all that can be.")
    ] = None,
) -> None:
    """Print a fact as it may be shown to somebody: what is sealed in it, opened, and the proof that it was recorded.

    With a badge, also the way from the fact to the badge's evidence root, so that whoever has the badge sees that it
    rests on this fact. Nothing of other facts is shown, and never the account ids. Texts that are about a person
    are hers: ask her first.
    """
    with opened(create=False) as here:
        community, position = _place(where)
        community_of(here, community)
        issued = None
        if credential is not None:
            issued = here.awards.find(credential.rstrip("/").rpartition("/")[2])
            if issued is None:
                fail(f"wanted the id of a credential of this book, got {credential}")
        answer(shown_fact(here, community, position, issued=issued, parts=part).document())


def prove(where: Where) -> None:
    """Print the proof that a fact is in the community's log, and nothing of what it says (C2SP tlog-proof)."""
    with opened(create=False) as here:
        community, position = _place(where)
        community_of(here, community)
        sys.stdout.write(proof_of(here, community, position))


def check(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="What `open` or `prove` printed, or a badge's proof.txt."),
    ],
    key: Annotated[
        str | None,
        typer.Option(help="The log's key, name+hash+key, or a file of it. Left out: those in GUILDBOOK_DOCUMENTS."),
    ] = None,
    badge: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A badge that rests on the fact, or is that award."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Check a fact that somebody shows, without network and without a book.

    Exit status 0: it holds. 1: it does not: cut, changed, of another log, or of another badge. 3: it cannot be told,
    because the key of the log, or of the badge's issuer, is not at hand.
    """
    with plainly():
        known = _known(key)
        for given in (file, *([badge] if badge else [])):
            if given.stat().st_size > _LARGEST:
                fail(f"{given.name}: wanted at most {_LARGEST:,} bytes, got {given.stat().st_size:,}")
        try:
            found = ShownFact.parse(file.read_bytes())
            log = known.logs.get(found.origin)
            if log is None:
                _end(UNKNOWN, f"wanted the key of the log {found.origin}, which is not at hand", as_json=as_json)
            proven = found.check(log)
            told = _told(found, proven.index + 1)
            if badge is not None:
                told["badge"] = _badge(found, badge, known, as_json=as_json).value
        except (LogProofError, AwardError, TransparencyError) as error:
            _end(BROKEN, str(error), as_json=as_json)
    if as_json:
        answer(told)
    else:
        _print(told)


def _place(where: str) -> tuple[str, int]:
    community, _, position = where.rpartition("/")
    if not community or not (position.isascii() and position.isdigit()) or len(position) > len(str(2**63)):
        fail(f"wanted COMMUNITY/POSITION, as u-boot/17, got {where}")
    return community, int(position)


def _known(key: str | None) -> Documents:
    """Return what is at hand: the folder of documents, and of logs the one whose key is given."""
    known = read_folder(Settings.load().documents)
    if key is None:
        return known
    try:
        given = read_keys(Path(key)) if "+" not in key else [VerifierKey.parse(key)]
    except TransparencyError as error:
        fail(str(error))
    return Documents(known.published, {each.name: each for each in given}, known.witnesses)


def _badge(found: ShownFact, badge: Path, known: Documents, *, as_json: bool) -> Verdict:
    """Hold the fact against a badge; return what the badge itself comes to."""
    verified = judge_with(known, badge.read_bytes())
    if verified.verdict in _REFUTED or verified.credential is None:
        reason = next((step.reason for step in verified.steps if step.verdict is verified.verdict), "")
        _end(BROKEN, f"the badge is {verified.verdict}: {reason}", as_json=as_json)
    found.check_badge(verified.credential)
    if verified.verdict is Verdict.ISSUER_UNKNOWN:
        _end(UNKNOWN, "the key of the badge's issuer is not at hand", as_json=as_json)
    return verified.verdict


def _told(found: ShownFact, position: int) -> dict[str, Any]:
    opening = found.opening
    told: dict[str, Any] = {
        "holds": True,
        "log": found.origin,
        "position": position,
        "topic": opening.place.topic,
        "recorded": format_time(opening.recorded),
        "shown": {str(number): opening.content(number) for number in sorted(opening.parts)},
    }
    if found.path is not None:
        told["evidence_of"] = found.path.credential
        told["evidence"] = f"{found.path.index + 1} of {found.path.count}"
    return told


def _print(told: dict[str, Any]) -> None:
    place = f"fact {told['position']:,} of {told['log']}"
    console.print(f"[bold green]It holds.[/] {shown(place)} is a {shown(told['topic'])}, recorded {told['recorded']}.")
    for fields in told["shown"].values():
        for name, value in fields.items():
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            console.print(f"  {shown(name)}: {shown(text)}", soft_wrap=True)
    if "evidence_of" in told:
        console.print(f"  It is evidence {told['evidence']} of {shown(told['evidence_of'])}.")
    if "badge" in told:
        console.print(f"  The badge itself is {told['badge']}; `guildbook verify` says it step by step.")


def _end(status: int, words: str, *, as_json: bool) -> NoReturn:
    if as_json:
        answer({"holds": False if status == BROKEN else None, "why": words})
    else:
        title = "[bold red]It does not hold.[/]" if status == BROKEN else "[bold yellow]It cannot be told.[/]"
        errors.print(f"{title} {shown(words)}.", soft_wrap=True)
    raise typer.Exit(status)
