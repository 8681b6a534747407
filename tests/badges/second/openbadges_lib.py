"""openbadgeslib: Open Badges 3.0 as JSON, JWT, PNG and SVG.

It tells the time by the clock alone, and checks no signature of a status list but a token's.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
from openbadgeslib.verify import issuer_did_from_document, issuer_did_from_token, verify_badge

from tests.badges.second.answering import Offline, answer

OFFLINE = Offline()


def verify(document: Any, _at: str) -> None:
    """Verify a badge and its status."""
    if isinstance(document, str) and document.startswith("data:image/"):
        image = base64.b64decode(document.partition(",")[2])
        found = verify_badge(
            image, resolve_did=True, check_status=True, verify_status_list=False, download=OFFLINE.fetch
        )
        if not found.valid:
            raise ValueError(found.reason)
        return
    how: dict[str, Any] = {"check_status": True, "verify_status_list": False, "download": OFFLINE.fetch}
    if isinstance(document, str):
        OB3Verifier.for_issuer_did(issuer_did_from_token(document), OFFLINE.fetch).verify(document, **how)
    else:
        text = json.dumps(document)
        OB3LdpVerifier.for_issuer_did(issuer_did_from_document(text), OFFLINE.fetch).verify(text, **how)


if __name__ == "__main__":
    answer(verify)
