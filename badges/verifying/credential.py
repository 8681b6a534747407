"""What a verification looks at in a credential: a badge, an endorsement, a learner record, a status list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from badges.documents.credential import AwardError, rule_evidence
from badges.documents.related import related_faults
from badges.documents.shape import credential_faults, id_of, listed, type_names
from badges.errors import LogProofError, StatusListError, UnknownLogError
from badges.hand import absent, to_bytes
from badges.instants import InstantError, instant, shown
from badges.verifying import enclosed, recipients, refreshing, schemas
from badges.verifying.agreement import disagreements
from badges.verifying.bundles import LIFE, SKEW, Beside, lent, trusted, vouched
from badges.verifying.lists import LISTS
from badges.verifying.logged import check_logged, proof_in
from badges.verifying.signed import Signed
from badges.verifying.statuses import read_status
from badges.verifying.steps import failed, passed, step, unreachable
from badges.verifying.verdict import CONFORMANCE, ISSUER, PROOF, VALIDITY, Outcome, Policy, Verdict, worst
from badges.work import spent
from schemas import counted, english, grouped, joined, marked, say, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from badges.verifying.course import Judge
    from badges.verifying.reading import Reading
    from badges.verifying.verdict import Step
    from schemas import Fault

MOST_STATUSES = 8
LARGEST_LIST = 1024 * 1024  # bytes of a status list, which says something of very many
_ENDS = {Verdict.VALID: Outcome.PASSED, Verdict.STATUS_UNREACHABLE: Outcome.UNREACHABLE}

_RECORDED = marked("It was recorded %(date)s, before it was signed, as fact %(number)s of %(log)s.")
_SEEN = marked(
    "It was recorded %(date)s, before it was signed, as fact %(number)s of %(log)s; %(witnesses)s saw that it stood "
    "there."
)


class Credential(Signed):
    """A course over one credential."""

    kind = "credential"

    def __init__(self, reading: Reading, policy: Policy, at: int, judge: Judge) -> None:
        super().__init__(reading, policy, at, judge)
        self.listed_at: int | None = None  # µs, of the oldest status list that came with it
        issuer = id_of(self.document.get("issuer"))
        self.issued_by = issuer if isinstance(issuer, str) else None

    def faults(self) -> Iterable[Fault]:
        """VC Data Model 2.0 and 1.1; Open Badges 3.0 for its own types."""
        return [*credential_faults(self.document), *related_faults(self.document)]

    def disagreements(self, node: Mapping[str, Any]) -> list[Fault]:
        """See `agreement.disagreements`."""
        return disagreements(self.document, node)

    def issuer(self) -> Step:
        """VC Data Model 2.0 "Issuer"."""
        return self.binding(self.issued_by)

    def status(self) -> Step:
        """Read each `credentialStatus`; the worst of them is the answer."""
        entries = listed(self.document.get("credentialStatus"))
        if not entries and self.in_part:
            reason = say("Whether it can be revoked is not shown: what is shown of it names no status list.")
            return step("status", Outcome.NOT_APPLICABLE, reason)
        if not entries:
            return step("status", Outcome.NOT_APPLICABLE, say("It cannot be revoked: it names no status list."))
        if len(entries) > MOST_STATUSES:
            reason = say(
                "Its status cannot be told: wanted at most %(most)s entries, got %(count)s.",
                most=MOST_STATUSES,
                count=len(entries),
            )
            return failed("status", reason, Verdict.MALFORMED)
        told = [read_status(one, self.document, at_hand=self.unsigned_list, signed=self.status_list) for one in entries]
        found = worst(one.verdict for one in told)
        reasons = list(dict.fromkeys(one.reason for one in told if one.verdict is found))
        if found is Verdict.VALID and self.listed_at is not None:
            date = shown(self.listed_at)
            reasons.append(say("That list came with it, and is of %(date)s: of later it says nothing.", date=date))
        return step("status", _ENDS.get(found, Outcome.FAILED), joined(" ", reasons), found)

    def at_hand(self, url: str) -> bytes:
        """Return the list read from `url`, or raise `StatusListError`."""
        found = self.policy.documents.get(url)
        if found is None:
            raise StatusListError(say("wanted the list at %(what)s", what=english(absent(self.policy.documents, url))))
        try:
            raw = to_bytes(found)
        except TypeError as error:
            raise StatusListError(
                say("wanted a status list as bytes, text or JSON, got %(why)s", why=words_of(error))
            ) from error
        if len(raw) > LARGEST_LIST:
            raise StatusListError(
                say("wanted a list of at most %(most)s bytes, got %(size)s", most=LARGEST_LIST, size=len(raw))
            )
        return raw

    def unsigned_list(self, url: str) -> bytes:
        """Return a list that is not signed, read from `url`, or raise `StatusListError`."""
        if self.policy.documents.get(url) is not None and vouched(self.policy.documents, url) is None:
            raise StatusListError(
                say("the list that came with it is not signed, so that anybody could have written it")
            )
        return self.at_hand(url)

    def status_list(self, url: str) -> Mapping[str, Any]:
        """Return the status list credential read from `url`, itself verified, or raise `StatusListError`."""
        raw = self.at_hand(url)
        alone = not isinstance(self.policy.documents, Beside)  # else its keys may have come with it
        found = LISTS.find(raw, self.known_key, self.at) if alone else None
        if found is None:
            begun = spent()
            found = self.verified_list(raw)
            if alone:
                LISTS.keep(raw, found, self.known_key, spent() - begun)
        if (issuer := id_of(found.get("issuer"))) != self.issued_by:
            raise StatusListError(
                say(
                    "wanted a list of its issuer, %(issuer)s, got one of %(other)s", issuer=self.issued_by, other=issuer
                )
            )
        if lent(self.policy.documents, url):
            self.believe(found)
        return found

    def verified_list(self, raw: bytes) -> Mapping[str, Any]:
        """Return the status list credential that `raw` is, verified, or raise `StatusListError`."""
        policy = Policy(
            checks=frozenset({CONFORMANCE, PROOF, ISSUER, VALIDITY}),
            documents=self.policy.documents,
            contexts=self.policy.contexts,
        )
        answer = self.judge(raw, policy, most=LARGEST_LIST)
        if not answer.valid or answer.credential is None:
            told = next((one.reason for one in answer.steps if one.verdict is answer.verdict), "")
            raise StatusListError(
                say("its status list is %(verdict)s: %(why)s", verdict=answer.verdict.words, why=told)
            )
        return answer.credential

    def believe(self, found: Mapping[str, Any]) -> None:
        """Note of when a list is that came with it. Raises `StatusListError` where that is too long ago.

        It was signed when the first of its proofs was made; whoever likes may have added others.
        """
        proofs = [one["created"] for one in listed(found.get("proof")) if isinstance(one, dict) and "created" in one]
        try:
            signed = min((instant(date) for date in proofs), default=None)
            begins = instant(found["validFrom"]) if "validFrom" in found else signed
        except InstantError as error:
            raise StatusListError(say("the list that came with it does not say of when it is")) from error
        if begins is None:
            raise StatusListError(say("the list that came with it does not say of when it is"))
        written = max(begins, signed or begins)
        if not trusted(self.policy.documents) and not written - SKEW <= self.at <= written + LIFE:
            raise StatusListError(
                say("the list that came with it is of %(date)s, and is believed for a month", date=shown(written))
            )
        self.listed_at = min(written, self.listed_at or written)

    def schema(self) -> Step:
        """VC Data Model 2.0 "Data Schemas"."""
        if not listed(self.document.get("credentialSchema")):
            return super().schema()
        return schemas.schema(self.document, self.policy.documents)

    def refresh(self) -> Step:
        """OB 3.0 "RefreshService"."""
        if not listed(self.document.get("refreshService")):
            return super().refresh()
        return refreshing.refresh(self.document, self.policy, self.judge)

    def contents(self) -> Step:
        """CLR 2.0 "ClrSubject"."""
        if "ClrCredential" not in type_names(self.document):
            return super().contents()
        found, self.enclosed = enclosed.in_record(self.document, self.policy, self.judge)
        return found

    def endorsements(self) -> Step:
        """OB 3.0 "EndorsementCredential"."""
        if b'"endorsement' not in self.written:  # as a name is written, or begins
            return super().endorsements()
        if self.unclear is not None:
            return unreachable(
                "endorsements", say("What it carries was not looked at: its words have no certain meaning.")
            )
        return enclosed.endorsements(self.document, self.policy, self.judge) or super().endorsements()

    def meant_for(self, who: str) -> Step:
        """OB 3.0 "Verify Recipient"."""
        return recipients.recipient(self.document, who)

    def evidence(self) -> Step:
        """Read the Evidence by which our own badges name rule and facts."""
        try:
            self.rests_on = found = rule_evidence(self.document)
        except AwardError as error:
            return failed(
                "evidence", say("What it rests on cannot be read: %(why)s.", why=words_of(error)), Verdict.MALFORMED
            )
        if found is None:
            return super().evidence()
        return passed(
            "evidence",
            say(
                "It rests on %(facts)s, by rule %(rule)s version %(version)s of charter version %(charter)s.",
                facts=counted(found.evidence_count, "recorded fact", "recorded facts"),
                rule=found.rule,
                version=found.rule_version,
                charter=found.charter_version,
            ),
        )

    def log(self) -> Step:
        """See `logged.check_logged`."""
        try:
            text = proof_in(self.document)
            if text is None:
                return super().log()
            signed = [instant(proof.options["created"]) for proof in self.proofs if "created" in proof.options]
            self.logged = found = check_logged(self.document, text, self.policy, signed)
        except UnknownLogError as error:
            return unreachable("log", say("Whether it was recorded cannot be told: %(why)s.", why=words_of(error)))
        except (LogProofError, InstantError) as error:
            return failed("log", say("The log does not have this badge: %(why)s.", why=words_of(error)), Verdict.FORGED)
        values = {"date": shown(found.recorded), "number": grouped(found.position), "log": found.origin}
        if found.witnesses:
            return passed("log", say(_SEEN, **values, witnesses=", ".join(found.witnesses)))
        return passed("log", say(_RECORDED, **values))
