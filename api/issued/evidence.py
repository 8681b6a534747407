"""Single facts, made ready to be shown to somebody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from api.installation import Installation
from badges import BadgeError, EvidencePath, Issued, ShownFact


class EvidenceError(BadgeError):
    """A fact that cannot be shown as it was asked for."""


def shown_fact(
    here: Installation,
    community: str,
    position: int,
    *,
    issued: Issued | None = None,
    parts: Collection[int] | None = None,
    of: Collection[str] | None = None,
) -> ShownFact:
    """Return a fact with its place in the log, and in the evidence of `issued`. Blocks.

    `parts` are the sealed ones to open, all whose keys still live where it is None; `of`: only those that are sealed
    for one of these accounts. Raises `EvidenceError` where the
    award does not rest on the fact, and `LedgerError` where there is no such fact.
    """
    opening = here.book.opening(community, position, of=of)
    if parts is not None:
        opening = opening.only(parts)
    path = None
    if issued is not None:
        evidence = here.book.reveal(issued.community, [issued.position])[0].get("evidence", [])
        if issued.community != community or position not in evidence:
            raise EvidenceError(f"wanted a fact that the badge {issued.id} rests on, got {community}/{position}")
        leaves = here.book.leaves(community, evidence)
        path = EvidencePath.of(here.awards.url(issued), leaves, evidence.index(position))
    return ShownFact(opening, here.book.log.prove(community, position).text, path)


def proof_of(here: Installation, community: str, position: int) -> str:
    """Return a fact's tlog-proof, whose extra data is what its leaf is made of; no part is opened. Blocks."""
    opening = here.book.opening(community, position).only([])
    return replace(here.book.log.prove(community, position), extra=opening.encode()).text
