"""Status lists that were found good, so that a list is not verified anew for each badge that is in it.

What is remembered is that the signature over these very bytes fits these keys. Whether they are still the issuer's, and
whether list and proof are within their dates, is asked anew each time.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents.shape import listed
from badges.errors import ProofError
from badges.instants import InstantError, instant
from badges.proofs.proof import Proof, proof_expired, read_proofs
from badges.work import spend_once
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from badges.proofs.keys import Key

MOST = 64
LARGEST = 262_144  # bytes of one that is remembered; ours have 22,000 at most


class GoodList(NamedTuple):
    """A list, and the keys that its proofs fit."""

    raw: bytes
    credential: Mapping[str, Any]
    proofs: list[Proof]
    keys: list[Key]
    work: int  # units that it took to verify it


class GoodLists:
    """The lists that were found good last. Safe to share between threads. `tell` hears of each."""

    def __init__(self) -> None:
        self.tell: Callable[[GoodList], object] | None = None
        self._known: OrderedDict[bytes, GoodList] = OrderedDict()
        self._lock = Lock()

    def find(self, raw: bytes, key_of: Callable[[str], Key], at: int) -> Mapping[str, Any] | None:
        """Return the credential that `raw` is, where it would be found good `at` (µs) again; paid for as if it was.

        `key_of` resolves a verification method, as it stands then; it may raise `ProofError`.
        """
        with self._lock:
            good = self._known.get(raw)
            if good is None:
                return None
            self._known.move_to_end(raw)
        try:
            keys = [key_of(proof.method) for proof in good.proofs]
            if keys != good.keys or any(proof_expired(proof, at) for proof in good.proofs):
                return None
            if not _within(good.credential, at):
                return None
        except (ProofError, InstantError):
            return None
        spend_once(raw, good.work)
        return good.credential

    def keep(self, raw: bytes, credential: Mapping[str, Any], key_of: Callable[[str], Key], work: int) -> None:
        """Remember what was just found good, and took so much work.

        No token, and nothing that wants other contexts than the bundled ones.
        """
        named = listed(credential.get("@context"))
        bundled = all(isinstance(one, str) and one in contexts.urls() for one in named)
        if len(raw) > LARGEST or "proof" not in credential or not bundled or raw.count(b'"@context"') != 1:
            return
        try:
            proofs = read_proofs(credential)
            keys = [key_of(proof.method) for proof in proofs]
        except ProofError:  # what is at hand changed meanwhile
            return
        spend_once(raw, 0)
        good = GoodList(raw, credential, proofs, keys, work)
        self.taught(good)
        if self.tell:
            self.tell(good)

    def taught(self, good: GoodList) -> None:
        """Take in what others found good."""
        with self._lock:
            self._known[good.raw] = good
            while len(self._known) > MOST:
                self._known.popitem(last=False)


LISTS = GoodLists()
"""What this process knows."""


def _within(credential: Mapping[str, Any], at: int) -> bool:
    """Tell whether a credential is within its dates (VCDM 2.0 "Validity Period"). Raises `InstantError`."""
    begins = [instant(credential[name]) for name in ("validFrom", "issuanceDate") if name in credential]
    ends = [instant(credential[name]) for name in ("validUntil", "expirationDate") if name in credential]
    return all(moment <= at for moment in begins) and all(at <= moment for moment in ends)
