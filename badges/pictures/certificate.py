"""A badge to print: one page as PDF, with the credential itself attached to it.

Nothing on the page is signed but what is attached, so whoever doubts the page verifies the file, or follows the code
on it to the badge's page. The same badge gives the same bytes: the page bears the award's time, not the printer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

import orjson
import segno

from badges.documents.credential import rule_evidence, to_json
from badges.instants import instant
from badges.pictures.painting import EMOJI, PRINTED
from badges.pictures.typesetting import page_of, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

Paper = Literal["a4", "letter"]
Kind = Literal["badge", "level", "role"]
PAPERS: dict[Paper, tuple[float, float]] = {"a4": (297, 210), "letter": (279.4, 215.9)}  # mm, landscape

LONGEST_DESCRIPTION, LONGEST_CRITERIA = 420, 640  # characters; the rest is on the badge's page

# What is said between the name and what it is for, and of a member who is not named.
_EARNS: dict[Kind, tuple[str, str]] = {
    "badge": ("who has earned the badge", "earned by member"),
    "level": ("who has reached the level", "reached by member"),
    "role": ("who was entrusted with the role", "entrusted to member"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate shows beside its signed `credential`.

    `name` is the recipient's, None where it may not be shown. `page` is the address of the badge's page, `picture` its
    picture as SVG, `accent` a colour `#rrggbb` dark enough to read on white; `issued` says when, `revoked` and
    `suspended` since when (RFC 3339).
    """

    credential: Mapping[str, Any]
    name: str | None
    page: str
    picture: bytes
    accent: str
    kind: Kind = "badge"
    issued: str | None = None
    revoked: str | None = None
    suspended: str | None = None


def certificate(shown: Certificate, paper: Paper = "a4") -> bytes:
    """Return the certificate as PDF, `credential.json` in it. Raises `DesignError` where no font has its characters."""
    inputs = {
        "facts": orjson.dumps(_facts(shown, paper)).decode(),
        "picture": EMOJI.sub("", shown.picture.decode()),
        "code": _code(shown.page),
        "credential": to_json(shown.credential).decode(),
    }
    return page_of("certificate.typ", inputs, at=instant(shown.credential["awardedDate"]))


def _facts(shown: Certificate, paper: Paper) -> dict[str, Any]:
    document = shown.credential
    earned, community = document["credentialSubject"]["achievement"], _named(document["issuer"], "url")
    badge, name = _named(earned, "id"), printable(shown.name or "") or None
    (named, unnamed), (width, height) = _EARNS[shown.kind], PAPERS[paper]
    member = document["credentialSubject"]["id"].rpartition("/")[2]
    return {
        "width": width,
        "height": height,
        "drawn": PRINTED,
        "accent": shown.accent,
        "language": "en",
        "title": f"{badge} · {community}" if name is None else f"{badge} · {name} · {community}",
        "summary": f"{community} recognises a member with the badge {badge}.",
        "keywords": ["Open Badges 3.0", document["id"]],
        "community": community,
        "kicker": f"{community} recognises",
        "name": name,
        "earns": f"{unnamed} {member}" if name is None else named,
        "badge": badge,
        "description": _shortened(earned["description"], LONGEST_DESCRIPTION),
        "sections": _sections(document, earned),
        "rows": _rows(shown, community),
        "small": _small(document),
        "page": shown.page,
        "shown_page": shown.page.partition("://")[2],
        "check": "Verify it",
        "alt": f"The badge “{badge}”",
        "code": f"QR code that leads to {shown.page}",
        "attached": "The credential, signed: Open Badges 3.0, as JSON",
    }


def _sections(document: Mapping[str, Any], earned: Mapping[str, Any]) -> list[tuple[str, str]]:
    criteria, description = earned.get("criteria", {}).get("narrative", ""), earned["description"]
    found = [("What it took", _shortened(criteria, LONGEST_CRITERIA))] if criteria not in {"", description} else []
    evidence = document.get("evidence", [])
    if evidence and evidence[0].get("description"):
        found.append(("What it rests on", _shortened(evidence[0]["description"], LONGEST_DESCRIPTION)))
    return found


def _rows(shown: Certificate, community: str) -> list[tuple[str, str, bool]]:
    """Return what stands in a row at the foot: its name, what it says, and whether it warns."""
    document = shown.credential
    begun = document["credentialSubject"].get("activityStartDate")  # of a leader's term
    earned = _day(begun or document["awardedDate"])
    rows = [("From" if begun else "Earned", earned, False)]
    if shown.issued is not None and _day(shown.issued) != earned:
        rows.append(("Issued", _day(shown.issued), False))
    ended = (("Revoked", shown.revoked), ("Suspended", shown.suspended))
    rows += [(name, _day(since), True) for name, since in ended if since is not None]
    if "validUntil" in document:
        rows.append(("Until" if begun else "Good until", _day(document["validUntil"]), False))
    return [*rows, ("Issued by", _shortened(community, 44), False)]


def _small(document: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return the lines of small print: what stands before an address, the address or words, and whether it leads."""
    told = rule_evidence(document)
    lines = [("Credential", document["id"], True), ("Issuer", document["issuer"]["id"], False)]
    if told is not None:
        rule = f"{told.rule}, version {told.rule_version}; charter version {told.charter_version}"
        lines.append(("Rule", f"{rule}; evidence {told.evidence_root.hex()[:16]}…", False))
    signed = "The signed credential is attached to this file (credential.json). Only what is in it is signed."
    return [*lines, ("", signed, False)]


def _code(address: str) -> str:
    file = BytesIO()
    segno.make(address, error="m", micro=False).save(file, kind="svg", border=0, xmldecl=False, omitsize=True)
    return file.getvalue().decode()


def _day(written: str) -> str:
    moment = datetime.fromtimestamp(instant(written) // 1_000_000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def _shortened(text: str, longest: int) -> str:
    text = printable(text)
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rpartition(" ")[0] if " " in cut[longest // 2 :] else cut).rstrip(" ,;:.") + "…"


def _named(one: Mapping[str, Any], address: str) -> str:
    """Return the name of a badge or community; where that has no words, what its address ends with, its slug."""
    return printable(one["name"]) or unquote(urlsplit(one[address]).path.rpartition("/")[2])
