"""Four verifiers that others wrote, and 1EdTech's own schemas: they say of our badges what we say."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from badges import (
    Awards,
    Policy,
    badge_png,
    badge_svg,
    bake_png,
    bake_svg,
    credential,
    design_of,
    did,
    sign,
    sign_jwt,
    status,
    to_json,
    verify,
)
from badges.instants import instant
from badges.proofs.proof import JCS
from ledger.keys import FileSigner, PublicKey, new_key
from tests.badges import official, second
from tests.badges.samples import (
    DAY,
    HELPER,
    ISSUER,
    PLACE,
    SIGNER,
    STRANGER,
    facts,
    opening,
    proof,
    record,
    said,
    weavers,
)
from tests.badges.test_achievement import BASE, KINDS, told
from tests.badges.test_award import _CHARTER, _award
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from collections.abc import Iterator

# Some of them know no time but the clock's: what must hold begins long ago and ends late.
LONG_AGO = instant("2020-03-01T10:00:00Z")
LATE = instant("2120-03-01T10:00:00Z")
AT = instant(second.AT)

WEB = "did:web:guild.example:communities:weavers"
KEY, OTHER = ISSUER, did.did_key(STRANGER.public_key)
TIMES = {"awarded": LONG_AGO, "earned": LONG_AGO - DAY, "valid_from": LONG_AGO}
RECORDED = opening(recorded=LONG_AGO, earned=LONG_AGO - DAY, expires=None)
LOG = weavers(RECORDED)
FORMER, LOST = FileSigner(new_key("EdDSA")), FileSigner(new_key("EdDSA"))
P256, RSA = (FileSigner(new_key(algorithm)) for algorithm in ("ES256", "RS256"))


@dataclass(frozen=True)
class Case:
    """A badge, whether it holds, and what a verifier must know to judge it: `form` and `suite`."""

    name: str
    document: object
    holds: bool
    form: str = "json"  # json, jwt or image
    suite: str = "eddsa-rdfc-2022"


def list_url(issuer: str, kind: str = "good") -> str:
    return f"https://guild.example/status/{kind}-{issuer[4:7]}"


def badge(issuer: str = KEY, listed: str = "good", **changes: Any) -> dict[str, Any]:
    what = {**TIMES, "expires": None, "issuer": issuer, "status_list": list_url(issuer, listed)}
    return credential(facts(**what | changes))


def signed(document: dict[str, Any], signer: FileSigner = SIGNER, **how: Any) -> dict[str, Any]:
    issuer = document["issuer"] if isinstance(document["issuer"], str) else document["issuer"]["id"]
    method = did.verification_method(issuer, signer.public_key)
    return sign(document, signer, verification_method=method, created=LONG_AGO, **how)


def plain_cases() -> Iterator[Case]:
    """Yield badges that hold: each edition and issuer, with each thing a badge may have."""
    for edition in (1, 2, 3):
        for issuer in (KEY, WEB):
            which: dict[str, Any] = {"edition": edition, "issuer": issuer}
            for name, more in (
                ("plain", {"status_list": None, "status_index": None}),
                ("listed", {}),
                ("expiring", {"expires": LATE}),
                ("logged", {"log_proof": proof(RECORDED, LOG)}),
            ):
                document = signed(badge(**which, **more))
                yield Case(f"{name} {edition} {issuer[:7]}", document, holds=True)
    for kind, name in KINDS:
        for edition in (2, 3):
            also: dict[str, Any] = {
                "status_list": list_url(KEY),
                "expires": LATE,
                "follows": f"{BASE}/credentials/1",
                **TIMES,
            }
            what = told(kind, name, edition=edition, **also)
            yield Case(f"{kind} {name} in full {edition}", signed(credential(what)), holds=True)
    yield Case("former key", signed(badge(WEB), FORMER), holds=True)


def spoilt_cases() -> Iterator[Case]:
    """Yield badges that do not hold, each for one reason."""
    yield Case("lost key", signed(badge(WEB), LOST), holds=False)
    for issuer in (KEY, WEB):
        kind = issuer[:7]
        yield Case(f"revoked {kind}", signed(badge(issuer, "revoked")), holds=False)
        altered = signed(badge(issuer=issuer))
        altered["credentialSubject"]["achievement"]["name"] = "Grand Master"
        yield Case(f"altered {kind}", altered, holds=False)
        yield Case(f"expired {kind}", signed(badge(issuer=issuer, expires=LONG_AGO + DAY)), holds=False)
        early = badge(issuer=issuer, valid_from=LATE, awarded=LATE, earned=LATE)
        yield Case(f"not yet valid {kind}", signed(early), holds=False)
        forged = sign(badge(issuer), STRANGER, verification_method=f"{issuer}#{SIGNER.kid}", created=LONG_AGO)
        yield Case(f"another's signature {kind}", forged, holds=False)
        yield Case(f"another's status list {kind}", signed(badge(issuer, "stolen")), holds=False)


def other_forms() -> Iterator[Case]:
    """Yield the same as tokens, as pictures, and under the other suite."""
    for issuer in (KEY, WEB):
        for expires, holds in ((LATE, True), (LONG_AGO + DAY, False)):
            words = f"{'good' if holds else 'expired'} {issuer[:7]}"
            document = badge(issuer=issuer, expires=expires)
            jcs = signed(document, suite=JCS)
            yield Case(f"jcs {words}", jcs, holds, suite=JCS)
            for signer in (SIGNER, P256, RSA) if issuer == WEB else (SIGNER,):
                token = sign_jwt(document, signer, kid=f"{issuer}#{signer.kid}")
                yield Case(f"{signer.algorithm} {words}", token, holds, form="jwt")
            text = to_json(signed(document)).decode()
            png, svg = badge_png(design_of(HELPER), 128), badge_svg(design_of(HELPER))
            for media, image in (("png", bake_png(png, text)), ("svg+xml", bake_svg(svg, text))):
                yield Case(f"{media} {words}", data_url(media, image), holds, form="image")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Case], dict[str, object]]]:
    """Give what an installation with https and one without give: a badge that holds, and one that was revoked."""
    folder = tmp_path_factory.mktemp("installation")
    world = World(str(folder / "book.sqlite"), folder / "data")
    world.publish(_CHARTER)
    world.tell(*(world.work(who, at) for who in ("ada", "bo") for at in (1, 2)))
    _award(world)
    revoked = Awards(world.book, world.views, world.standings, base_url="").all(COMMUNITY)[1]
    world.book.revoke(COMMUNITY, revoked.stream, reason="made by mistake", at=world.clock.now)
    world.follower.catch_up()
    cases: list[Case] = []
    offline: dict[str, object] = {}
    for scheme in ("http", "https"):
        awards = Awards(world.book, world.views, world.standings, base_url=f"{scheme}://{scheme}.example")
        cases += given_by(awards, "EdDSA", *(["ES256", "RS256"] if scheme == "https" else []))
        url = awards.list_url(COMMUNITY, 0)
        offline[url] = awards.status_list(url.rpartition("/")[2])
        if scheme == "https":
            offline |= second.web_addresses(awards.did_document(COMMUNITY))
    yield cases, offline
    world.close()


def given_by(awards: Awards, *algorithms: Any) -> Iterator[Case]:
    """Yield every form of each badge."""
    for issued in awards.all(COMMUNITY):
        holds, who = issued.revoked is None, awards.did(COMMUNITY)[:7]
        words = f"{'given' if holds else 'taken back'} {who}"
        yield Case(f"json {words}", awards.document(issued), holds)
        for algorithm in algorithms:
            yield Case(f"{algorithm} {words}", awards.jwt(issued, algorithm), holds, form="jwt")
        yield Case(f"png {words}", data_url("png", awards.png(issued)), holds, form="image")
        yield Case(f"svg {words}", data_url("svg+xml", awards.svg(issued)), holds, form="image")


def data_url(media: str, image: bytes) -> str:
    return f"data:image/{media};base64,{base64.b64encode(image).decode()}"


@pytest.fixture(scope="module")
def cases(installed: tuple[list[Case], dict[str, object]]) -> list[Case]:
    return [*plain_cases(), *spoilt_cases(), *other_forms(), *installed[0]]


@pytest.fixture(scope="module")
def offline(installed: tuple[list[Case], dict[str, object]]) -> dict[str, object]:
    """Give what lies at addresses: the DID document, and for each issuer a status list of each kind."""
    tokens = [PublicKey(signer.algorithm, signer.public_key) for signer in (P256, RSA)]
    keys = [FORMER.public_key, SIGNER.public_key, LOST.public_key]
    document = did.did_document(WEB, keys, tokens=tokens, revoked={LOST.kid: LONG_AGO + DAY})
    found = second.web_addresses(document) | installed[1]
    for issuer in (KEY, WEB):
        for kind, places, who, signer in (
            ("good", [1], issuer, SIGNER),
            ("revoked", [PLACE], issuer, SIGNER),
            ("stolen", [], OTHER, STRANGER),
        ):
            url = list_url(issuer, kind)
            found[url] = signed(status.status_list(url, who, places, valid_from=LONG_AGO), signer)
    return found


def test_ours_says_what_the_cases_claim(cases: list[Case], offline: dict[str, object]) -> None:
    policy = Policy(documents=offline, logs={LOG.key.name: LOG.key})
    for case in cases:
        match case.document:
            case str() as text if case.form == "image":
                raw = base64.b64decode(text.partition(",")[2])
            case str() as text:
                raw = text.encode()
            case found:
                raw = json.dumps(found).encode()
        answer = verify(raw, policy=policy, at=AT)
        assert answer.valid == case.holds, (case.name, [step.reason for step in answer.steps])


# What each reads, and which of the spoilt cases it does not notice.
READS = {
    "digitalbazaar": {"json": "eddsa-rdfc-2022 eddsa-jcs-2022"},
    "verifier-core": {"json": "eddsa-rdfc-2022"},
    # of tokens it takes only those of VC Data Model 1.1
    "openvc_core": {"json": "eddsa-rdfc-2022 eddsa-jcs-2022"},
    "openbadges_lib": {"json": "eddsa-rdfc-2022", "jwt": "eddsa-rdfc-2022", "image": "eddsa-rdfc-2022"},
}
BLIND = {
    "verifier-core": ("another's status list",),  # anyone's will do
    "openbadges_lib": ("another's status list", "lost key"),  # it checks no list but tokens, and any key listed will do
}


def disagreed(name: str, cases: list[Case], offline: dict[str, object]) -> dict[str, str]:
    """Return the cases of which a verifier says otherwise, and why; skip where it is not to be had."""
    asked = [case for case in cases if case.suite in READS[name].get(case.form, "").split()]
    asked = [case for case in asked if case.name.partition(" did:")[0] not in BLIND.get(name, ())]
    try:
        answers = second.ask(name, [case.document for case in asked], offline)
    except second.NotHadError as error:
        pytest.skip(str(error))
    return {case.name: answer.why for case, answer in zip(asked, answers, strict=True) if answer.verified != case.holds}


@pytest.mark.parametrize("name", second.NAMES)
def test_another_verifier_says_the_same(name: str, cases: list[Case], offline: dict[str, object]) -> None:
    assert disagreed(name, cases, offline) == {}


def test_another_verifier_finds_the_official_schema_met(cases: list[Case], offline: dict[str, object]) -> None:
    """The Digital Credentials Consortium's holds every badge against 1EdTech's schema, where that is at hand."""
    schemas = official.at_their_addresses()
    assert disagreed("verifier-core", cases, offline | schemas) == {}
    (least,) = (case for case in cases if case.name == f"plain 2 {KEY[:7]}")
    bare = badge(status_list=None, status_index=None, edition=2)
    del bare["credentialSubject"]["achievement"]["criteria"]
    spoilt = Case(least.name, signed(bare), holds=True)
    assert disagreed("verifier-core", [spoilt], offline) == {}
    assert "schema: " in disagreed("verifier-core", [spoilt], offline | schemas)[least.name]


# By the context of CLR 2.0 no record is "compacted", which the second asks of what it reads.
READS_ALSO = {"digitalbazaar": ("endorsement", "record"), "openvc_core": ("endorsement",)}


@pytest.mark.parametrize("name", READS_ALSO)
def test_another_verifier_reads_what_is_no_badge(name: str, offline: dict[str, object]) -> None:
    made = {
        (kind, listed): signed(document)
        for listed in ("good", "revoked")
        for kind, document in (
            ("endorsement", said(WEB, valid_from=LONG_AGO, status_list=list_url(WEB, listed), status_index=PLACE)),
            ("record", record(signed(badge(WEB, listed)), issuer=WEB, valid_from=LONG_AGO)),
        )
        if kind in READS_ALSO[name]
    }
    made["endorsement", "altered"] = made["endorsement", "good"] | {"name": "Endorsement of King"}
    try:
        answers = second.ask(name, list(made.values()), offline)
    except second.NotHadError as error:
        pytest.skip(str(error))

    for ((kind, listed), _), answer in zip(made.items(), answers, strict=True):
        assert answer.verified == (listed == "good" or (kind, listed) == ("record", "revoked")), (kind, listed, answer)


def test_the_official_schema_takes_all_that_we_issue(cases: list[Case]) -> None:
    found = {case.name: official.faults(case.document) for case in cases if case.form == "json"}

    assert {name: faults for name, faults in found.items() if faults} == {}
