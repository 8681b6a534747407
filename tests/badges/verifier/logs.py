"""Badges whose proof is of another log, another fact or another badge, or was not seen by whom the policy wants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from badges import Verdict
from ledger.transparency import Kind, Proof, cosign, verifier_key
from tests.badges.samples import AWARD_INDEX, AWARDED, DAY, LOG_ORIGIN, NOW, opening, proof, weavers
from tests.badges.verifier.archives import NOTHING, bundle, zipped
from tests.badges.verifier.making import Case, bare, put, signed
from tests.ledger.logs import Log, signer

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGED, VALID = Verdict.FORGED, Verdict.VALID
SHOWN = opening()
LOG = weavers(SHOWN)
PROOF = proof(SHOWN, LOG)
KEYS = {"logs": {LOG_ORIGIN: LOG.key}}
RAVENS = "guild.example/communities/ravens/log"
WITNESSES = {name: verifier_key(name, signer(name), Kind.COSIGNATURE) for name in ("one.example", "two.example")}


def logged(text: str, **changes: Any) -> bytes:
    """Return Ada's badge with a proof from a log."""
    return signed(bare(log_proof=text, **changes))


def spoilt(**changes: Any) -> str:
    return replace(Proof.parse(PROOF), **changes).text


def witnessed(*names: str) -> str:
    """Return the proof with cosignatures."""
    made = Proof.parse(PROOF)
    text = made.checkpoint.partition("\n\n")[0] + "\n"
    lines = "".join(cosign(text, name, signer(name), time=NOW // 1_000_000) for name in names)
    return replace(made, checkpoint=made.checkpoint + lines).text


def of_badges() -> Iterator[Case]:
    """Yield badges that the log does not have, or has otherwise."""
    control = logged(PROOF)
    whole = Proof.parse(PROOF)
    other = opening(member="a2b3c4d5e6f7a2b3c4d5e6f7a2")
    ravens = weavers(SHOWN, origin=RAVENS)
    longer = weavers(SHOWN, 1_001)
    for words, text in (
        ("no proof", "x"),
        ("an empty one", ""),
        ("half of one", PROOF[: len(PROOF) // 2]),
        ("one of another award", proof(other, weavers(other))),
        ("the opening of another award", spoilt(extra=other.encode())),
        ("no opening", spoilt(extra=b"")),
        ("an opening of nothing", spoilt(extra=b"{}")),
        ("another place", spoilt(index=AWARD_INDEX + 1)),
        ("a place beyond its end", spoilt(index=10**6)),
        ("no path", spoilt(hashes=())),
        ("half the path", spoilt(hashes=whole.hashes[:-1])),
        ("a path that is longer", spoilt(hashes=(*whole.hashes, bytes(32)))),
        ("a path with one hash exchanged", spoilt(hashes=(bytes(32), *whole.hashes[1:]))),
        ("the path backwards", spoilt(hashes=whole.hashes[::-1])),
        ("a checkpoint of another length", spoilt(checkpoint=longer.head())),
        ("a checkpoint with another root", spoilt(checkpoint=Log(1_000, LOG_ORIGIN, of="other").head())),
        ("a checkpoint that nobody signed", spoilt(checkpoint=whole.checkpoint.partition("\n\n")[0] + "\n\n")),
        ("another log's proof", proof(SHOWN, ravens)),
        ("a log that another signs under this name", proof(SHOWN, resigned())),
        ("recorded after it was signed", late()),
    ):
        yield Case(f"log: {words}", logged(text), FORGED, "log", control, more=KEYS)
    for words, change in (
        ("another subject", {"subject_id": "https://guild.example/c/weavers/m/a2b3c4d5e6f7a2b3c4d5e6f7a2"}),
        ("another rule", {"rule": "leader"}),
        ("more evidence", {"evidence_count": 50}),
        ("another root of its evidence", {"evidence_root": bytes(32)}),
        ("a later end", {"expires": AWARDED + 900 * DAY}),
        ("an earlier day", {"earned": AWARDED - 9 * DAY}),
        ("another community", {"community_url": "https://guild.example/c/ravens"}),
    ):
        made: dict[str, Any] = change
        yield Case(f"log: a badge that says {words}", logged(PROOF, **made), FORGED, "log", control, more=KEYS)
    twice = bare(log_proof=PROOF)
    twice["evidence"].append(twice["evidence"][-1] | {"id": "urn:proof:2"})
    yield Case("log: two proofs", signed(twice), FORGED, "log", control, more=KEYS)
    silent = put(bare(log_proof=PROOF), "/evidence/1/narrative", "c2sp.org/tlog-proof@v1")
    yield Case("log: the name of a proof alone", signed(silent), FORGED, "log", control, more=KEYS)
    yield Case("log: its key is not at hand", control, VALID, "log", control, more={}, lenient=KEYS)
    ours = {"logs": {LOG_ORIGIN: ravens.key}}
    yield Case("log: another key at hand under its name", control, FORGED, "log", control, more=ours, lenient=KEYS)


def late() -> str:
    shown = opening(recorded=AWARDED + DAY)
    return proof(shown, weavers(shown))


def resigned() -> Log:
    """Return a log of the same name and facts, signed by another."""
    log = weavers(SHOWN)
    log.signer = signer("another")
    return log


def of_witnesses() -> Iterator[Case]:
    """Yield badges under a head that too few of the policy's witnesses have seen."""
    both = {"witnesses": tuple(WITNESSES.values()), "quorum": 2}
    control, one = logged(witnessed(*WITNESSES)), logged(witnessed("one.example"))
    wanted = KEYS | both
    for words, text in (
        ("none", PROOF),
        ("one of two", witnessed("one.example")),
        ("one twice", witnessed("one.example", "one.example")),
        ("one and a stranger", witnessed("one.example", "three.example")),
        ("one, and another in the other's name", witnessed("one.example") + impostor()),
    ):
        yield Case(f"log: seen by {words}", logged(text), FORGED, "log", control, more=wanted)
    needs = KEYS | {"witnesses": (WITNESSES["two.example"],), "quorum": 1}
    yield Case("log: seen by another than the policy's", one, FORGED, "log", one, more=needs,
               lenient=KEYS | {"witnesses": (WITNESSES["one.example"],), "quorum": 1})  # fmt: skip


def impostor() -> str:
    text = Proof.parse(PROOF).checkpoint.partition("\n\n")[0] + "\n"
    return cosign(text, "two.example", signer("three.example"), time=NOW // 1_000_000)


def of_bundles() -> Iterator[Case]:
    """Yield bundles that came with the key of a log: it counts only where the bundle does."""
    badge = logged(PROOF)
    files = bundle(badge) | {"log.vkey": f"{LOG.key}\n".encode()}
    control, trusting = zipped(files), {"trust_bundle": True}
    ravens = weavers(SHOWN, origin=RAVENS)
    yield Case("bundle, its log's key not trusted", control, VALID, "log", control, known=NOTHING, lenient=trusting)
    for words, found, verdict in (
        ("left out", None, VALID),
        ("empty", b"", VALID),
        ("of another log", f"{ravens.key}\n".encode(), VALID),
        ("another's under its name", f"{verifier_key(LOG_ORIGIN, signer('another'))}\n".encode(), FORGED),
        ("of a witness", f"{WITNESSES['one.example']}\n".encode(), VALID),
    ):
        made = files | {"log.vkey": found}
        spoilt = zipped({name: content for name, content in made.items() if content is not None})
        yield Case(f"bundle, its log's key {words}", spoilt, verdict, "log", control, known=NOTHING, more=trusting)
    swapped = zipped(files | {"badge.json": logged(proof(SHOWN, ravens)), "log.vkey": f"{ravens.key}\n".encode()})
    yield Case("bundle, a log of another community", swapped, FORGED, "log", control, known=NOTHING, more=trusting)
    at_hand = trusting | {"logs": {LOG_ORIGIN: ravens.key}}
    yield Case("bundle, the log's key at hand is another", control, FORGED, "log", control, known=NOTHING, more=at_hand,
               lenient=trusting)  # fmt: skip


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from of_badges()
    yield from of_witnesses()
    yield from of_bundles()
