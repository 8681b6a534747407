"""Asking a witness to cosign a checkpoint (C2SP tlog-witness "add-checkpoint"), over any means of posting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ledger.errors import TransparencyError
from ledger.transparency.checkpoint import Checkpoint
from ledger.transparency.lines import base64_of, decimal_of, shown, text_of
from ledger.transparency.notes import Kind, Verified, VerifierKey, signature_lines, split, verify_lines

SIZE_TYPE = "text/x.tlog.size"  # the content type of an answer that tells a size

_OK, _CONFLICT = 200, 409
_REFUSALS = {
    400: "the request is malformed",
    403: "it knows no key that signed this checkpoint for the log's origin",
    404: "it does not know the log's origin",
    422: "the tree does not go on from the one it cosigned before",
}

Post = Callable[[str, bytes], tuple[int, Mapping[str, str], bytes]]
"""Posts a body to a URL; returns the status, the headers and the body. What it raises is the caller's own."""


class Witness(NamedTuple):
    """A witness as a log knows it."""

    url: str  # its submission prefix
    keys: Sequence[VerifierKey]  # of kind COSIGNATURE


class Behind(NamedTuple):
    """The witness cosigned a tree of another size before than was said."""

    size: int


def submission(old: int, proof: Sequence[bytes], checkpoint: str) -> bytes:
    """Return the body that asks to cosign: the size that the witness has, the proof from there, the signed note."""
    lines = [f"old {old}", *map(base64_of, proof), "", checkpoint]
    return "\n".join(lines).encode()


def read_answer(
    witness: Witness, checkpoint: str, status: int, headers: Mapping[str, str], body: bytes
) -> tuple[Verified, ...] | Behind:
    """Return the cosignatures that a witness gave over `checkpoint`, or what size it has.

    Raises `TransparencyError` where it refused, saying why, and where its answer is not what it must be.
    """
    if status == _CONFLICT:
        return Behind(_size(witness, headers, body))
    if status != _OK:
        reason = _REFUSALS.get(status, "no answer of this protocol")
        said = shown(body.decode(errors="replace").strip())
        raise TransparencyError(f"witness {witness.url}: wanted a cosignature, got {status}: {reason}; it says {said}")
    what = f"witness {witness.url}"
    lines = signature_lines(text_of(body, what))
    text, _ = split(checkpoint)
    cosigned = verify_lines(text, lines, [key for key in witness.keys if key.kind is Kind.COSIGNATURE])
    if not cosigned:
        raise TransparencyError(f"{what}: wanted a cosignature by a key we know it by, got none")
    return cosigned


def request_cosignatures(
    post: Post, witness: Witness, checkpoint: str, *, old: int, prove: Callable[[int, int], Sequence[bytes]]
) -> tuple[Verified, ...]:
    """Return a witness's cosignatures over the signed note `checkpoint`; their lines may be put at its end.

    `old` is the size it last cosigned, 0 where that is not known: where it says another, it is asked once more.
    `prove` gives the consistency proof between two sizes. Raises `TransparencyError`: it refused, its answer is
    not what it must be, or it has seen a larger tree than ours, so that ours is an old copy or a fork.
    """
    size = Checkpoint.parse(split(checkpoint)[0]).size
    for _ in range(2):
        if old > size:
            raise TransparencyError(
                f"witness {witness.url}: wanted one that saw at most our {size} leaves, got one that cosigned {old}: "
                "our tree is an old copy, or another than it was"
            )
        proof = prove(old, size) if 0 < old < size else []
        answer = post(f"{witness.url.rstrip('/')}/add-checkpoint", submission(old, proof, checkpoint))
        found = read_answer(witness, checkpoint, *answer)
        if not isinstance(found, Behind):
            return found
        old = found.size
    raise TransparencyError(f"witness {witness.url}: wanted a cosignature, got another size at each try, now {old}")


def _size(witness: Witness, headers: Mapping[str, str], body: bytes) -> int:
    """Return the size that a witness says it last cosigned."""
    types = [value for name, value in headers.items() if name.lower() == "content-type"]
    if [value.partition(";")[0].strip().lower() for value in types] != [SIZE_TYPE]:
        raise TransparencyError(f"witness {witness.url}: wanted its size as {SIZE_TYPE}, got {types}")
    text = text_of(body, f"witness {witness.url}")
    if not text.endswith("\n"):
        raise TransparencyError(f"witness {witness.url}: wanted its size and a newline, got {shown(text)}")
    return decimal_of(text[:-1], f"size that the witness {witness.url} has")
