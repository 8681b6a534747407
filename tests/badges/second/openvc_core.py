"""openvc-core: Data Integrity and JWT, with status lists. It knows no pictures, and of JWTs the time by the clock."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from openvc import VerificationPolicy, verify_credential
from openvc.cache import cached_resolve
from openvc.did.base import DidResolverRegistry
from openvc.did.did_key import DidKeyResolver
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_resolver

from tests.badges.second.answering import Offline, answer

OFFLINE = Offline()
RESOLVER = DidResolverRegistry([DidKeyResolver(), DidWebResolver(fetch=lambda url: json.loads(OFFLINE.fetch(url)))])
CONTEXTS = {url: found for url, found in OFFLINE.documents.items() if isinstance(found, dict) and "@context" in found}
LISTS = cached_resolve(
    default_status_list_resolver(
        resolver=RESOLVER, extra_contexts=CONTEXTS, fetch=lambda url: OFFLINE.fetch(url).decode()
    )
)


def verify(document: Any, at: str) -> None:
    """Verify a credential, its status list and that both are the issuer's."""
    policy = VerificationPolicy(now=datetime.fromisoformat(at), require_status_issuer_binding=True)
    verify_credential(document, policy=policy, resolver=RESOLVER, resolve_status_list=LISTS, extra_contexts=CONTEXTS)


if __name__ == "__main__":
    answer(verify)
