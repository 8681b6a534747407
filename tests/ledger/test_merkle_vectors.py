"""The vectors that transparency-dev/merkle tests itself with, where `GUILDBOOK_TEST_MERKLE_VECTORS` names their folder.

Each says whether a proof holds. They are data of that project's and are not kept here.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ledger.transparency import TransparencyError, verify_consistency, verify_inclusion

HASH_BYTES = 32


def vectors(kind: str) -> list[dict[str, Any]]:
    named = os.environ.get("GUILDBOOK_TEST_MERKLE_VECTORS")
    if not named:
        pytest.skip("no vectors of transparency-dev/merkle here (GUILDBOOK_TEST_MERKLE_VECTORS names their folder)")
    found = [json.loads(path.read_bytes()) for path in sorted((Path(named) / kind).rglob("*.json"))]
    assert found
    return found


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def holds(verify: Any, *given: Any) -> bool:
    try:
        verify(*given)
    except TransparencyError:
        return False
    return True


def judged(each: dict[str, Any], roots: list[bytes], found: bool) -> bool:  # noqa: FBT001 - what was found
    """Tell whether we agree; a root that is no hash we refuse on purpose, whatever is made of it there."""
    return found is not each["wantErr"] or any(len(root) != HASH_BYTES for root in roots)


def test_every_inclusion_vector_is_judged_alike():
    for each in vectors("inclusion"):
        leaf, root = raw(each["leafHash"]), raw(each["root"])
        proof = [raw(one) for one in each["proof"] or ()]
        found = holds(verify_inclusion, leaf, each["leafIdx"], each["treeSize"], proof, root)
        assert judged(each, [root], found), each["desc"]


def test_every_consistency_vector_is_judged_alike():
    for each in vectors("consistency"):
        roots = [raw(each["root1"]), raw(each["root2"])]
        proof = [raw(one) for one in each["proof"] or ()]
        found = holds(verify_consistency, each["size1"], each["size2"], proof, *roots)
        assert judged(each, roots, found), each["desc"]
