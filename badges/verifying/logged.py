"""A badge held against its community's transparency log: that it was recorded, as what, and when.

Its second Evidence (genre `c2sp.org/tlog-proof@v1`) has a proof in its `narrative` whose extra data is the opening of
the award's fact (`ledger.opening`), the first part shown. The log's head vouches for the leaf, the leaf for that
part, and the part says all that the badge says of whom it is for and what it rests on. So whoever has stolen an
issuer's key alone can sign what was never recorded, but cannot prove that it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from badges.documents.achievement import PAGES
from badges.documents.credential import PROOF_GENRE, RENEWAL_GENRE, AwardError, evidence_of, rule_evidence
from badges.documents.shape import id_of
from badges.errors import LogProofError, UnknownLogError
from badges.instants import InstantError, instant, written
from badges.verifying.verdict import Logged
from ledger import Opening, transparency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from badges.verifying.verdict import Policy
    from ledger.transparency import Proof, VerifierKey

BINDING = 1
"""The part of an award's fact that binds its credential."""

_ISSUED = "award.issued.v1"
_SECOND = 1_000_000  # µs
_ANEW = re.compile(r"/[1-9][0-9]{0,8}\Z")


def proof_in(document: Mapping[str, Any]) -> str | None:
    """Return the proof that a credential carries, unread; None where it carries none. Raises `LogProofError`."""
    ours = evidence_of(document, PROOF_GENRE)
    if not ours:
        return None
    if len(ours) > 1 or not isinstance(ours[0].get("narrative"), str):
        raise LogProofError(f"evidence: wanted one of genre {PROOF_GENRE} with a narrative, got {len(ours)}")
    return str(ours[0]["narrative"])


def check_logged(document: Mapping[str, Any], text: str, policy: Policy, signed: Iterable[int] = ()) -> Logged:
    """Verify that the log has `document`, a credential, by the proof `text` and the keys that `policy` has at hand.

    1. the proof and the opening in it can be read
    2. the opening is of an award that binds this very credential: its id, subject, achievement, rule, evidence, end
    3. the log is that of the credential's community
    4. by the log's key, the award's leaf is under a signed head, and `policy.quorum` of its witnesses saw that
    5. it was recorded before it was signed: by `validFrom`, and `signed`, what its signatures say (µs)

    Raises `LogProofError` with the first that is not so; `UnknownLogError` where all that can be told without the
    log's key is so, and the key is not at hand, or where the log is another's and so is the badge.
    """
    try:
        proof = transparency.Proof.parse(text)
        origin = proof.checkpoint.partition("\n")[0]
        key = policy.logs.get(origin)
        if key is None and rule_evidence(document) is None:
            raise UnknownLogError(f"wanted the key of the log {origin[:200]}, which is not at hand")
        opening = opened(proof)
        check_bound(document, opening)
        _check_log(document, origin, policy.logs)
        if key is None:
            raise UnknownLogError(f"wanted the key of the log {origin[:200]}, which is not at hand")
        proven = transparency.verify_proof(proof, opening.leaf(), key, witnesses=policy.witnesses, quorum=policy.quorum)
    except (transparency.TransparencyError, AwardError) as error:
        raise LogProofError(str(error)) from error
    _check_order(document, opening.recorded, signed)
    witnesses = tuple(sorted({each.key.name for each in proven.head.cosigned}))
    return Logged(origin, proven.index + 1, opening.recorded, witnesses)


def opened(proof: Proof) -> Opening:
    """Return the opening that is a proof's extra data. Raises `TransparencyError`."""
    return Opening.parse(proof.extra)


def check_bound(document: Mapping[str, Any], opening: Opening) -> None:
    """Raise `LogProofError` unless the opening is of the award that `document`, a credential, is of."""
    if (opening.place.topic, opening.place.version) != (_ISSUED, 1):
        raise LogProofError(f"wanted the opening of an award, got one of {ascii(opening.place.topic)[:60]}")
    try:
        bound, said = opening.content(BINDING), _said(document)
    except (transparency.TransparencyError, AwardError) as error:
        raise LogProofError(str(error)) from error
    differing = [name for name in said if not _same(said[name], bound.get(name), name)]
    if differing:
        raise LogProofError(f"wanted the award that this badge is of, got one that differs in {', '.join(differing)}")


def _said(document: Mapping[str, Any]) -> dict[str, object]:
    """Return what a credential says, under the names and in the values of the part that binds it."""
    evidence = rule_evidence(document)
    if evidence is None:
        raise LogProofError("wanted a badge that says which recorded practice it rests on, got another")
    base, _, credential = str(document.get("id")).rpartition("/credentials/")
    home, _ = home_of(document)
    subject = document.get("credentialSubject")
    achievement = id_of(subject.get("achievement")) if isinstance(subject, dict) else None
    kind, page = _page(achievement, home)
    term = subject if isinstance(subject, dict) else {}
    return {
        "credential": credential if home.startswith(f"{base}/c/") else None,
        "member": _after(id_of(subject), f"{home}/m/"),
        "kind": kind,
        "achievement": page,
        "rule": evidence.rule,
        "rule_version": evidence.rule_version,
        "rule_hash": evidence.rule_hash.hex(),
        "charter_version": evidence.charter_version,
        "earned": _as_term(evidence.earned, term, "activityStartDate"),
        "evidence_root": evidence.evidence_root.hex(),
        "evidence_count": evidence.evidence_count,
        "expires": _as_term(_instant(document, "validUntil"), term, "activityEndDate"),
        "follows": _follows(document, base),
    }


def _as_term(said: int | None, term: Mapping[str, Any], name: str) -> int | None:
    """Return an instant (µs), or one that no award has where a leader's term says another."""
    return said if name not in term or _instant(term, name) == said else -1


def _follows(document: Mapping[str, Any], base: str) -> object:
    """Return which credential a renewal says that it follows, None where it says of none."""
    ours = evidence_of(document, RENEWAL_GENRE)
    if len(ours) > 1:
        raise LogProofError(f"evidence: wanted one of genre {RENEWAL_GENRE}, got {len(ours)}")
    return (_after(ours[0].get("id"), f"{base}/credentials/") or "") if ours else None


def _page(achievement: object, home: str) -> tuple[str, str | None]:
    """Return what kind of achievement has this page, and its name as it is written there."""
    for kind, path in PAGES.items():
        if (name := _after(achievement, f"{home}/{path}/")) is not None:
            return kind, name
    return "badge", None


def home_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the address of a badge's community, and its short name. Raises `LogProofError`."""
    issuer = document.get("issuer")
    home = issuer.get("url") if isinstance(issuer, dict) else None
    base, found, community = str(home).rpartition("/c/")
    if not found or not base or not community or "/" in community:
        raise LogProofError(f"wanted an issuer whose url is that of its community, .../c/NAME, got {ascii(home)[:80]}")
    return str(home), community


def _same(said: object, bound: object, name: str) -> bool:
    """Tell whether a credential says what is bound, which has finer instants and a hash that may name its kind."""
    if name in ("earned", "expires") and type(bound) is int:
        bound -= bound % _SECOND
    elif name == "rule_hash" and isinstance(bound, str):
        bound = bound.removeprefix("sha256:")
    elif name == "achievement" and isinstance(bound, str):
        bound = quote(bound, safe="")
    return type(said) is type(bound) and said == bound


def _check_log(document: Mapping[str, Any], origin: str, logs: Mapping[str, VerifierKey]) -> None:
    """Hold the log's name against the community's: the same, or an older one that this community's log began under.

    A log that had to be begun anew has a number after its name.
    """
    home, community = home_of(document)
    base = home.removesuffix(f"/c/{community}")
    wanted = transparency.origin_of(f"{base}/communities/{community}/log")
    name = _ANEW.sub("", origin)
    if not name.endswith(f"/communities/{community}/log") or (name != wanted and wanted in logs):
        raise LogProofError(
            f"wanted a proof from the log of its community, {wanted}, got one from {ascii(origin)[:80]}"
        )


def _check_order(document: Mapping[str, Any], recorded: int, signed: Iterable[int]) -> None:
    begins = _instant(document, "validFrom")
    for moment in [*([] if begins is None else [begins]), *signed]:
        if moment < recorded - recorded % _SECOND:  # credentials carry whole seconds
            raise LogProofError(
                f"wanted a badge that was recorded before it was signed, got one signed {written(moment)} "
                f"and recorded {written(recorded)}"
            )


def _instant(document: Mapping[str, Any], name: str) -> int | None:
    try:
        return instant(document[name]) if name in document else None
    except InstantError as error:
        raise LogProofError(f"{name}: {error}") from error


def _after(text: object, prefix: str) -> str | None:
    return text.removeprefix(prefix) if isinstance(text, str) and text.startswith(prefix) else None
