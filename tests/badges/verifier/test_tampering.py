"""No value in any credential that verifies can be changed, emptied, made null, taken away or added to."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from badges import BadgeError, to_json
from badges.linked.canonical import canonize
from badges.proofs.proof import JCS
from ledger.transparency import VerifierKey
from tests.badges.samples import GOLDEN, LIST_URL, NOW, SHARED, vector, vector_bytes
from tests.badges.test_golden import ISSUER
from tests.badges.test_verify import ENTRIES, REFUSED, VECTORS_AT
from tests.badges.verifier.making import ask
from tests.badges.verifier.tampering import Path, tampered, tampered_claims

WEB = GOLDEN / "web"
BESIDE = {
    ISSUER: json.loads((WEB / "did.json").read_bytes()),
    LIST_URL: (WEB / "status-list.json").read_bytes(),
}
LOG = VerifierKey.parse((WEB / "log-key.txt").read_text())
OURS = (
    *("expiring.json", "full.json", "spare.json", "spare-level.json", "spare-term.json", "logged.json"),
    *("endorsement.json", "record.json", "jcs.json", "chain.json"),
)
EVERY = 1 if "GUILDBOOK_TEST_CASES" in os.environ else 6  # which of the changes are tried
TOKENS = {"eddsa.jwt": 1, "es256.jwt": 5, "rs256.jwt": 5}  # of how many changes one is tried: their claims are the same
THEIRS = [
    entry
    for entry in ENTRIES
    if entry["expected"] in {"valid", "proof-valid"} and entry["file"] not in REFUSED and "json" in entry["format"]
]

# What goes unnoticed, and why that is right.
ANOTHER_PROOF_STAYS = "of proofs side by side each holds alone, and so does what a chain begins with"
SAID_TWICE = "signed are statements, not JSON: that one is still there, made of the same thing in another place"
CONTEXTS_MAY_FOLLOW = (
    "VC-DI-EDDSA (eddsa-jcs-2022): further contexts may follow; whether they are known is another check"
)


def why(path: Path, before: dict[str, Any], after: dict[str, Any], policy: dict[str, Any]) -> str:
    """Return why a change of a document may go unnoticed; "" where it may not."""
    if path[0] == "proof" and len(after.get("proof", ())) < len(before["proof"]):
        return ANOTHER_PROOF_STAYS
    if path == ("@context",) and after["proof"].get("cryptosuite") == JCS and policy.get("checks") == {"proof"}:
        return CONTEXTS_MAY_FOLLOW
    try:
        same = said(before) == said(after)
    except BadgeError:
        same = False
    return SAID_TWICE if same else ""


def said(document: dict[str, Any]) -> str:
    return canonize({name: value for name, value in document.items() if name != "proof"}).nquads


def unnoticed(text: bytes, known: dict[str, object], at: int, **policy: Any) -> list[tuple[Path, str]]:
    """Return what can be done to a document that verifies, and it still does, without a reason."""
    assert ask(text, known, at=at, **policy).valid
    before, found = json.loads(text), []
    for what, path, after in list(tampered(before))[::EVERY]:
        if ask(to_json(after), known, at=at, **policy).valid and not why(path, before, after, policy):
            found.append((path, what))
    return found


@pytest.mark.parametrize("name", OURS)
def test_nothing_can_be_done_to_a_badge_of_ours(name: str) -> None:
    assert unnoticed((WEB / name).read_bytes(), BESIDE, NOW, logs={LOG.name: LOG}) == []


@pytest.mark.parametrize("name", TOKENS)
def test_nothing_can_be_done_to_a_token_of_ours(name: str) -> None:
    token = (WEB / name).read_text()
    assert ask(token.encode(), BESIDE).valid

    changed = list(tampered_claims(token))[:: TOKENS[name]]
    assert [what for what, other in changed if ask(other.encode(), BESIDE).valid] == []


def test_what_may_be_done_is_little() -> None:
    """In a badge whose issuer also made the achievement, what both say of it need not be said twice.

    Badges of the third edition say it once, so that nothing of them can be taken away.
    """
    creator = ("credentialSubject", "achievement", "creator")
    twice = [("issuer", "name"), ("issuer", "url"), (*creator, "name"), (*creator, "url")]
    for name, wanted in (("full.json", twice), ("spare.json", []), ("spare-level.json", []), ("spare-term.json", [])):
        document = json.loads((WEB / name).read_bytes())
        taken = [(path, after) for what, path, after in tampered(document) if what == "taken away"]
        paths = [path for path, after in taken if ask(to_json(after), BESIDE).valid]
        assert [path for path in paths if path[-1] in {"name", "url"}] == wanted, name
        if not wanted:
            assert paths == []


@pytest.mark.parametrize("entry", THEIRS, ids=lambda entry: entry["file"])
def test_nothing_can_be_done_to_published_ones(entry: dict[str, Any]) -> None:
    folder = SHARED / "fixtures" / "contexts"
    further = {
        url: json.loads((folder / name).read_text())
        for url, name in json.loads((folder / "map.json").read_text()).items()
    }
    more = {"checks": frozenset(entry["checks"])} if "checks" in entry else {}
    known = vector("offline-documents.json")["urls"]

    assert unnoticed(vector_bytes(entry["file"]), known, VECTORS_AT, contexts=further, **more) == []
