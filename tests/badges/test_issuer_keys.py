"""Rotation leaves every badge as it was; a key in other hands ends, and what was honestly awarded is issued again."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import Awards, BadgeError, Compromise, Policy, Verdict, verify
from ledger import Book, KeyUnavailableError, LedgerError
from tests.badges.test_award import _CHARTER, _award, _follower
from tests.ledger.test_issuer_keys import Token
from tests.projections.history_of import DAY
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from pathlib import Path

    from badges import Issued

WEB, HTTP = "https://guild.example", "http://guild.example"
HOUR = DAY // 24


@pytest.fixture
def guild(world: World) -> World:
    world.publish(_CHARTER)
    earns(world, "ada", 1)
    return world


def earns(world: World, who: str, day: int) -> None:
    """Let somebody earn a badge, and get it."""
    world.tell(world.work(who, day), world.work(who, day + 1))
    _award(world)
    world.clock.now += HOUR


def awards_of(world: World, base_url: str = WEB) -> Awards:
    return Awards(world.book, world.views, world.standings, base_url=base_url)


def first(awards: Awards) -> Issued:
    return awards.all(COMMUNITY)[0]


def judged(world: World, awards: Awards, document: bytes) -> Verdict:
    """Verify by what is published now, as a verifier does who asks for it."""
    lists = {url: awards.status_list(url.rpartition("/")[2]) for url in listed(document)}
    log = world.book.log.key(COMMUNITY)
    own = {awards.did(COMMUNITY): awards.did_document(COMMUNITY)}
    policy = Policy(documents={**lists, **own}, logs={log.name: log})
    return verify(document, policy=policy, at=world.clock.now).verdict


def listed(document: bytes) -> list[str]:
    if document.startswith(b"ey"):
        document = base64.urlsafe_b64decode(document.split(b".")[1] + b"==")
    return [orjson.loads(document)["credentialStatus"]["statusListCredential"]]


@pytest.mark.parametrize("base_url", [WEB, HTTP])
def test_a_badge_from_before_a_rotation_stays_what_it_was_and_good(guild: World, base_url: str) -> None:
    awards = awards_of(guild, base_url)
    badge = first(awards)
    before = orjson.dumps(awards.document(badge))
    old_key = guild.book.signer(COMMUNITY).kid
    guild.book.issuers.rotate(COMMUNITY)
    earns(guild, "bo", 5)
    again, (_, new) = awards_of(guild, base_url), awards.all(COMMUNITY)
    after = orjson.dumps(awards.document(new))

    assert orjson.dumps(awards.document(badge)) == orjson.dumps(again.document(badge)) == before
    assert old_key.encode() in before
    assert old_key.encode() not in after
    for document in (before, after, awards.jwt(badge).encode(), awards.jwt(new).encode()):
        assert judged(guild, awards, document) is Verdict.VALID
    guild.book.revoke(COMMUNITY, badge.stream, reason="taken back", at=guild.clock.now)
    guild.follower.catch_up()
    assert judged(guild, awards, before) is Verdict.REVOKED
    assert judged(guild, awards, after) is Verdict.VALID


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_the_did_document_lists_every_key_and_what_each_may(guild: World) -> None:
    awards, issuers = awards_of(guild), guild.book.issuers
    old, since = guild.book.signer(COMMUNITY).kid, guild.clock.now
    former = issuers.rotate(COMMUNITY).kid
    token = guild.book.signer(COMMUNITY, "RS256")
    current = issuers.rotate(COMMUNITY).kid
    issuers.revoke(COMMUNITY, old, since)

    document = awards.did_document(COMMUNITY)
    methods: dict[str, Any] = {each["id"].partition("#")[2]: each for each in document["verificationMethod"]}
    assert list(methods) == [old, former, current, token.kid]
    assert methods[old]["revoked"] == "2024-04-10T01:00:00Z"
    assert methods[token.kid]["type"] == "JsonWebKey"
    assert methods[token.kid]["publicKeyJwk"] == token.public_jwk()
    assert document["assertionMethod"] == [f"{awards.did(COMMUNITY)}#{kid}" for kid in (former, current, token.kid)]
    assert "https://w3id.org/security/jwk/v1" in document["@context"]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_tokens_of_other_kinds_name_a_key_of_their_kind(guild: World) -> None:
    awards = awards_of(guild)
    badge = first(awards)
    made = [awards.jwt(badge, "ES256"), awards.jwt(badge, "RS256")]
    guild.clock.now += DAY
    guild.book.issuers.rotate(COMMUNITY, "RS256")

    assert [awards.jwt(badge, "ES256"), awards.jwt(badge, "RS256")] == made
    for token in made:
        assert judged(guild, awards, token.encode()) is Verdict.VALID
    first_rsa = next(key for key in guild.book.issuers.history(COMMUNITY).keys if key.public.algorithm == "RS256")
    guild.book.issuers.revoke(COMMUNITY, first_rsa.kid, guild.clock.now - DAY)
    assert [judged(guild, awards, token.encode()) for token in made] == [Verdict.VALID, Verdict.ISSUER_UNKNOWN]
    assert judged(guild, awards, awards.jwt(badge, "RS256").encode()) is Verdict.VALID
    with pytest.raises(BadgeError, match="alg: wanted EdDSA, as the issuer is a did:key and has one key, got RS256"):
        awards_of(guild, HTTP).jwt(badge, "RS256")


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_without_the_store_of_a_key_nothing_of_its_badges_is_signed_by_another(guild: World, tmp_path: Path) -> None:
    """Neither the badges nor, where each key has a list of its own (did:key), that list: the settings are wanting."""
    store = Token(tmp_path / "token")
    with_token = Book.open(guild.databases, data=guild.folder, clock=guild.clock, store=store)
    kid = with_token.issuers.rotate(COMMUNITY).kid
    guild.standings._book = guild.book = with_token
    earns(guild, "bo", 5)
    awards = awards_of(guild, HTTP)
    _, badge = awards.all(COMMUNITY)
    document = orjson.dumps(awards.document(badge))
    assert judged(guild, awards, document) is Verdict.VALID

    guild.standings._book = guild.book = Book.open(guild.databases, data=guild.folder, clock=guild.clock)
    guild.book.issuers.rotate(COMMUNITY)
    without = awards_of(guild, HTTP)
    for ask in (lambda: without.document(badge), lambda: judged(guild, without, document)):
        with pytest.raises(KeyUnavailableError, match=f"wanted {kid} in the store pkcs11"):
            ask()
    assert orjson.dumps(awards.document(badge)) == document
    with_token.close()


@pytest.mark.parametrize("base_url", [WEB, HTTP])
def test_a_drill(guild: World, base_url: str) -> None:
    """A key is stolen: what was awarded before holds, anew; what came since is ended; the thief's files are refused."""
    awards = awards_of(guild, base_url)
    badge = first(awards)
    old = [orjson.dumps(awards.document(badge)), awards.jwt(badge).encode()]
    stolen, since = guild.book.signer(COMMUNITY), guild.clock.now
    guild.clock.now += HOUR
    earns(guild, "bo", 5)
    later = orjson.dumps(awards.document(awards.all(COMMUNITY)[1]))
    guild.clock.now += HOUR

    drill = Compromise(guild.book, awards, COMMUNITY, since=since)
    assert drill.damage() == (stolen.kid, since, False, 1, 1, 0)
    heard: list[str] = []
    done = drill.repair(
        at=guild.clock.now, catch_up=guild.follower.catch_up, told=lambda words, *_: heard.append(words)
    )
    guild.clock.now += HOUR

    current = guild.book.signer(COMMUNITY).kid
    assert done == (stolen.kid, current, since, 1, 1)
    assert {"Revoking what came since", "Issuing again"} <= {*heard}
    new = awards.document(badge)
    assert new["id"] == orjson.loads(old[0])["id"]
    assert new["proof"]["verificationMethod"].endswith(current)
    assert new["validFrom"] > orjson.loads(old[0])["validFrom"]  # so that a wallet takes it for the newer one
    assert judged(guild, awards, orjson.dumps(new)) is Verdict.VALID
    assert judged(guild, awards, awards.jwt(badge).encode()) is Verdict.VALID
    for file in (*old, later):
        assert judged(guild, awards, file) is (Verdict.ISSUER_UNKNOWN if base_url == WEB else Verdict.REVOKED)
    _award(guild)
    _, ended, again = awards.all(COMMUNITY)
    assert judged(guild, awards, orjson.dumps(awards.document(ended))) is Verdict.REVOKED
    assert judged(guild, awards, orjson.dumps(awards.document(again))) is Verdict.VALID  # bo earned it, and has it back
    topics = [fact.topic for fact in guild.book.read(COMMUNITY, 0, 100) if fact.topic.startswith("key.")]
    assert topics == ["key.added.v1", "key.revoked.v1", "key.added.v1"]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_drill_that_was_broken_off_goes_on(guild: World) -> None:
    awards, since = awards_of(guild), guild.clock.now
    stolen = guild.book.signer(COMMUNITY).kid
    for day, who in enumerate(("bo", "cy"), start=5):
        earns(guild, who, day)

    def cut(words: str, done: int, _: int) -> None:
        if words == "Revoking what came since" and done == 1:
            raise KeyboardInterrupt

    drill = Compromise(guild.book, awards, COMMUNITY, since=since)
    with pytest.raises(KeyboardInterrupt):
        drill.repair(at=guild.clock.now, catch_up=guild.follower.catch_up, told=cut)
    guild.follower.catch_up()
    current = guild.book.signer(COMMUNITY).kid

    again = Compromise(guild.book, awards_of(guild), COMMUNITY, since=since)
    assert again.damage() == (stolen, since, True, 1, 1, 1)
    done = again.repair(at=guild.clock.now, catch_up=guild.follower.catch_up, told=lambda *_: None)
    assert done == (stolen, current, since, 1, 1)
    with pytest.raises(LedgerError, match="since: wanted"):
        Compromise(guild.book, awards, COMMUNITY, since=since + 1, kid=stolen)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_key_that_stood_in_for_another_and_one_for_tokens_can_be_ended_too(guild: World) -> None:
    awards, issuers = awards_of(guild), guild.book.issuers
    first_key, since = guild.book.signer(COMMUNITY).kid, guild.clock.now
    issuers.revoke(COMMUNITY, first_key, since)
    second, token = guild.book.signer(COMMUNITY).kid, guild.book.signer(COMMUNITY, "ES256").kid
    guild.clock.now += HOUR

    def repaired(kid: str | None = None) -> tuple[Any, ...]:
        drill = Compromise(guild.book, awards, COMMUNITY, since=guild.clock.now, kid=kid)
        return drill.repair(at=guild.clock.now, catch_up=guild.follower.catch_up, told=lambda *_: None)

    done = repaired()  # ada's badge, which the first key was to sign, is signed by the second until now
    third = guild.book.signer(COMMUNITY).kid
    assert done == (second, third, guild.clock.now, 1, 0)
    assert awards.document(first(awards))["proof"]["verificationMethod"].endswith(third)
    ended = repaired(token)
    assert ended == (token, guild.book.signer(COMMUNITY, "ES256").kid, guild.clock.now, 0, 0)
    assert ended[1] != token


def test_a_running_process_learns_of_a_drill(guild: World) -> None:
    awards, since = awards_of(guild), guild.clock.now
    badge = first(awards)
    old = awards.document(badge)
    other = Book.open(guild.databases, data=guild.folder, clock=guild.clock)
    other.issuers.revoke(COMMUNITY, guild.book.signer(COMMUNITY).kid, since)
    other.close()

    assert awards.document(badge)["proof"] != old["proof"]
    assert _follower(guild).run_once() == 0
