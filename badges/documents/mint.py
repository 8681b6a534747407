"""Signing awards: by a template where there is one, in the general way where there is none.

Every badge of an achievement has the same template, compiled at the first of them. That takes some 50 ms and goes
through every check; after it a badge costs little more than its Ed25519 signature.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from badges.documents.credential import document, shared, slots, to_json
from badges.linked.statements import AlikeError, MouldError
from badges.linked.template import Template
from badges.proofs.proof import sign
from badges.proofs.seal import Seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from badges.documents.credential import AwardFacts
    from ledger.keys import Signer

    Compiled = tuple[Mapping[str, Any], Template | None]

MOST_TEMPLATES = 512  # some 20 kB each
MOST_SEALS = 512


class Mint:
    """Makes signed badges of awards. Safe to share between threads."""

    def __init__(self) -> None:
        self._templates: OrderedDict[tuple[object, ...], Compiled] = OrderedDict()
        self._seals: OrderedDict[tuple[str, ...], Seal] = OrderedDict()
        self._lock = Lock()

    def sign(self, award: AwardFacts, signer: Signer, *, verification_method: str, created: int) -> bytes:
        """Return the signed badge of `award` (eddsa-rdfc-2022) as compact JSON, what `sign(credential(award))` is.

        `created` is in µs. Nobody may change `award.achievement` from now on. Raises `AwardError`, and
        `UnsafeDocumentError` where verifiers might read the badge otherwise.
        """
        said = slots(award)
        template = self._template(award, said)
        if template is not None:
            try:
                values = template.filled(said)
                digest = template.digest(values)
            except (AlikeError, MouldError):
                pass
            else:
                seal = self._seal(signer, verification_method, template.context)
                return seal.sign(template.json(values), digest, created=created)
        made = document(award, said)
        return to_json(sign(made, signer, verification_method=verification_method, created=created))

    def _template(self, award: AwardFacts, said: Mapping[str, str]) -> Template | None:
        key = (*shared(award), *said)
        known = self._templates.get(key)
        if known is not None:
            return known[1]
        try:
            made = Template(lambda texts: document(award, texts), said)
        except (AlikeError, MouldError):
            made = None
        with self._lock:
            self._templates[key] = award.achievement, made  # it must last, since its identity is in the key
            while len(self._templates) > MOST_TEMPLATES:
                self._templates.popitem(last=False)
        return made

    def _seal(self, signer: Signer, method: str, context: Sequence[str]) -> Seal:
        key = (signer.kid, method, *context)
        known = self._seals.get(key)
        if known is not None:
            return known
        made = Seal(signer, verification_method=method, context=context)
        with self._lock:
            self._seals[key] = made
            while len(self._seals) > MOST_SEALS:
                self._seals.popitem(last=False)
        return made
