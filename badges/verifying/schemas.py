"""Whether a credential is as the schemas that it names have it (VC Data Model 2.0 "Data Schemas").

A schema is applied where it is at hand. 1EdTech's own say of a credential what our rules of shape say too, so for those
that stands in; of any other one that is not at hand nothing can be told. Whether that decides hangs on its kind: Open
Badges 3.0 makes its validator's schemas a part of verification; by VC JSON Schema what cannot be evaluated is
*indeterminate*, and is told.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents.shape import ENDORSEMENT_TYPE, OPEN_BADGE_TYPES, listed, type_names
from badges.errors import ForeignSchemaError
from badges.hand import absent, to_bytes
from badges.verifying.bundles import vouched
from badges.verifying.jsonschemas import schema_faults
from badges.verifying.steps import failed, step
from badges.verifying.verdict import Outcome, Verdict, worst
from schemas import english, joined, say, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.verifying.verdict import Step

MOST_SCHEMAS = 4
ONE_ED_TECH = "1EdTechJsonSchemaValidator2019"
_KINDS = frozenset({ONE_ED_TECH, "JsonSchema", "JsonSchemaValidator2018"})
_KNOWN = re.compile(
    r"https://purl\.imsglobal\.org/spec/(?:ob/v3p0|clr/v2p0)/schema/json(?:-ld)?/"
    r"(?:ob_v3p0|clr_v2p0)_(?:any)?(achievement|endorsement|clr)credential_schema\.json"
)
_OF = {
    "achievement": OPEN_BADGE_TYPES,
    "endorsement": frozenset({ENDORSEMENT_TYPE}),
    "clr": frozenset({"ClrCredential"}),
}
_DIGESTS = {"sha256", "sha384", "sha512"}


class _Told(NamedTuple):
    outcome: Outcome
    verdict: Verdict
    reason: str


_ORDER = (Outcome.FAILED, Outcome.UNREACHABLE, Outcome.PASSED)


def schema(document: Mapping[str, Any], documents: Mapping[str, object]) -> Step:
    """Return what each `credentialSchema` of a credential comes to; the worst of them is the answer.

    1EdTechJsonSchemaValidator2019 (OB 3.0 "CredentialSchema") and JsonSchema (VC JSON Schema "JsonSchema"), from
    `documents` (URL -> bytes, text or parsed). A schema inside a credential, and other kinds, are not followed.
    """
    named = listed(document.get("credentialSchema"))
    if len(named) > MOST_SCHEMAS:
        reason = say(
            "Its schemas were not looked at: wanted at most %(most)s, got %(count)s.",
            most=MOST_SCHEMAS,
            count=len(named),
        )
        return failed("schema", reason, Verdict.MALFORMED)
    told = [_read(one, document, documents) for one in named]
    outcome = min((one.outcome for one in told), key=_ORDER.index)
    those = [one for one in told if one.outcome is outcome]
    reason = joined(" ", dict.fromkeys(one.reason for one in those))
    return step("schema", outcome, reason, worst(one.verdict for one in those))


def _read(found: object, document: Mapping[str, Any], documents: Mapping[str, object]) -> _Told:
    kinds = type_names(found)
    name = found.get("id") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(name, str):
        return _faulty(say("It names a schema without saying which."))
    if not kinds & _KINDS:
        told = ", ".join(sorted(kinds))[:80]
        return _untold(
            say("its schema, %(name)s, is of a kind that is not applied here (%(kind)s)", name=name[:200], kind=told)
        )
    decides = Verdict.SCHEMA_UNREACHABLE if ONE_ED_TECH in kinds else Verdict.VALID
    raw = _at_hand(name, documents)
    if isinstance(raw, bytes):
        return _held_against(raw, name, found.get("digestSRI"), document, decides)
    known = _KNOWN.fullmatch(name) if ONE_ED_TECH in kinds else None
    if known is None:
        return _untold(english(raw), decides)
    if not type_names(document) & _OF[known.group(1)]:
        return _faulty(say("It names the schema of another kind of credential, %(name)s.", name=name))
    return _Told(Outcome.PASSED, Verdict.VALID, say("Its schema is 1EdTech's own, whose rules it was held against."))


def _at_hand(name: str, documents: Mapping[str, object]) -> bytes | str:
    """Return the schema's bytes, or in words why they are not at hand."""
    found = vouched(documents, name)
    if found is None:
        return f"wanted the schema at {absent(documents, name)}"
    try:
        return to_bytes(found)
    except TypeError as error:
        return f"wanted the schema at {name[:200]} as JSON, got {error}"


def _held_against(raw: bytes, name: str, digest: object, document: Mapping[str, Any], decides: Verdict) -> _Told:
    if digest is not None and not _is_of(digest, raw):
        return _untold(
            say("what stands at %(name)s is another schema than the one it was made by", name=name[:200]), decides
        )
    try:
        faults = schema_faults(document, raw)
    except ForeignSchemaError as error:
        return _untold(
            say("its schema, %(name)s, is not applied here: %(why)s", name=name[:200], why=words_of(error)), decides
        )
    if faults:
        told = "; ".join(str(fault) for fault in faults)
        return _faulty(
            say("It is not as its schema, %(name)s, asks: %(faults)s.", name=name[:200], faults=english(told))
        )
    return _Told(Outcome.PASSED, Verdict.VALID, say("It is as its schema, %(name)s, asks.", name=name[:200]))


def _is_of(digest: object, raw: bytes) -> bool:
    """Tell whether a `digestSRI` is that of some bytes (SRI "The integrity attribute")."""
    algorithm, _, written = digest.partition("-") if isinstance(digest, str) else ("", "", "")
    if algorithm not in _DIGESTS:
        return False
    return written.rstrip("=") == base64.b64encode(hashlib.new(algorithm, raw).digest()).decode().rstrip("=")


def _faulty(why: str) -> _Told:
    return _Told(Outcome.FAILED, Verdict.MALFORMED, why)


def _untold(why: str, decides: Verdict = Verdict.VALID) -> _Told:
    return _Told(
        Outcome.UNREACHABLE, decides, say("Whether it is as its schema asks cannot be told: %(why)s.", why=why)
    )
