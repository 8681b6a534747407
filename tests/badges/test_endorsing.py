"""Endorsements: given once, signed as recorded, told to nobody who was not to know, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema import Draft201909Validator

from badges import Awards, EndorsementError, Endorsements, Issued, Policy, Thing, Verdict, verify
from ledger import ErasedError, UnknownEndorsementError
from projections import rebuild
from tests.badges import official
from tests.badges.test_award import _CHARTER, _award
from tests.projections.history_of import DAY
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from projections import EndorsementRow

BASE = "https://guild.example"


class Guild:
    """Ada has earned a badge, Bo is a member too; and what may be said of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.publish(_CHARTER)
        world.tell(world.work("ada", 1), world.work("ada", 2), world.work("bo", 3))
        _award(world)
        self.awards = Awards(world.book, world.views, world.standings, base_url=BASE)
        self.endorsements = Endorsements(world.book, world.views, world.standings, self.awards, base_url=BASE)
        world.clock.now += DAY

    @property
    def badge(self) -> Issued:
        return self.awards.all(COMMUNITY)[0]

    def give(self, thing: Thing, by: str | None = "bo", **more: Any) -> str:
        endorser = None if by is None else self.world.account(by)
        outcome = self.endorsements.give(
            COMMUNITY, thing, endorser=endorser, **{"comment": "She makes *good* chairs."} | more
        )
        self.world.follower.catch_up()
        return outcome.outcome

    def of(self, thing: Thing) -> EndorsementRow:
        (one,) = self.endorsements.of(COMMUNITY, thing)
        return one

    def judged(self, document: dict[str, Any] | str) -> Verdict:
        did, lists = self.awards.did(COMMUNITY), self.awards.list_url(COMMUNITY, 0)
        policy = Policy(
            documents={
                lists: self.awards.status_list(lists.rpartition("/")[2]),
                did: self.awards.did_document(COMMUNITY),
            },
        )
        raw = document.encode() if isinstance(document, str) else orjson.dumps(document)
        return verify(raw, policy=policy, at=self.world.clock.now).verdict


@pytest.fixture
def guild(world: World) -> Guild:
    return Guild(world)


def test_an_endorsement_is_a_credential_of_its_own_and_the_badge_stays_as_it_was(guild: Guild) -> None:
    thing, before = Thing(guild.badge), guild.awards.document(guild.badge)
    assert [guild.give(thing), guild.give(thing), guild.give(thing, None)] == ["stored", "claimed", "stored"]

    bo, us = guild.endorsements.of(COMMUNITY, thing)
    document, own = guild.endorsements.document(bo), guild.endorsements.document(us)
    said = document["credentialSubject"]
    assert said["id"] == guild.awards.url(guild.badge) == before["id"]
    assert said["endorsementComment"] == "A member of The Guild endorses this badge:\n\nShe makes *good* chairs."
    assert own["credentialSubject"]["endorsementComment"].startswith("The Guild endorses this badge:")
    assert guild.world.book.member_id(COMMUNITY, guild.world.account("bo")) not in orjson.dumps(document).decode()
    assert document == guild.endorsements.document(bo)
    places = {one["credentialStatus"]["statusListIndex"] for one in (before, document, own)}
    assert len(places) == 3
    for form in (document, guild.endorsements.jwt(bo), own):
        assert guild.judged(form) is Verdict.VALID
    assert guild.judged(document | {"name": "Endorsement of King"}) is Verdict.FORGED
    assert guild.awards.document(guild.badge) == before


def test_an_endorsed_badge_is_called_what_it_says_and_is_not_made_for_that(guild: Guild) -> None:
    """Though the charter calls it otherwise by now."""
    guild.world.publish({**_CHARTER, "badges": [each | {"name": "Another"} for each in _CHARTER["badges"]]})
    guild.give(Thing(guild.badge))
    document = guild.endorsements.document(guild.of(Thing(guild.badge)))
    assert not [key for key in guild.awards._kept if "json" in key]
    assert document["name"] == f"Endorsement of {guild.awards.document(guild.badge)['name']}" == "Endorsement of Maker"


def test_who_endorsed_is_told_by_her_public_id_and_with_her_consent_alone(guild: Guild) -> None:
    guild.give(Thing(guild.badge), named=True)
    one = guild.of(Thing(guild.badge))
    document = guild.endorsements.document(one)
    page = f"{BASE}/c/{COMMUNITY}/m/{guild.world.book.member_id(COMMUNITY, guild.world.account('bo'))}"
    assert document["evidence"][0]["id"] == page
    assert f"[A member of The Guild]({page})" in document["credentialSubject"]["endorsementComment"]
    assert guild.judged(document) is Verdict.VALID


def test_an_achievement_and_the_community_are_endorsed_too(guild: Guild) -> None:
    maker, us = Thing(achievement="maker"), Thing()
    assert [guild.give(maker, "ada"), guild.give(us, "ada")] == ["stored", "stored"]
    of_maker, of_us = (guild.endorsements.document(guild.of(thing)) for thing in (maker, us))
    assert of_maker["credentialSubject"]["id"] == f"{BASE}/c/{COMMUNITY}/badges/maker"
    assert of_us["credentialSubject"]["id"] == guild.awards.did(COMMUNITY)
    assert guild.judged(of_maker) is guild.judged(of_us) is Verdict.VALID


def test_1edtech_s_own_schema_accepts_it(guild: Guild) -> None:
    schema = {"$ref": "#/$defs/EndorsementCredential", "$defs": official.schema(official.BADGE)["$defs"]}
    guild.give(Thing(guild.badge), named=True)
    document = guild.endorsements.document(guild.of(Thing(guild.badge)))
    found = Draft201909Validator(schema)
    assert [error.message for error in found.iter_errors(document)] == []
    assert not found.is_valid({name: value for name, value in document.items() if name != "credentialSubject"})


def test_what_may_not_be_endorsed_is_refused_before_anything_is_recorded(guild: Guild) -> None:
    head = guild.world.book.head(COMMUNITY)
    refused: list[tuple[Thing, str | None, str, str]] = [
        (Thing(guild.badge), "ada", "I am good.", "/of"),
        (Thing(achievement="king"), "bo", "Well.", "/of"),
        (Thing(), None, "We are good.", "/kind"),
        (Thing(guild.badge), "bo", "bell \x07", "/comment"),
        (Thing(guild.badge), "bo", "half \ud800", "/comment"),
    ]
    for thing, by, comment, pointer in refused:
        with pytest.raises(EndorsementError) as raised:
            guild.give(thing, by, comment=comment)
        assert [fault.pointer for fault in raised.value.faults] == [pointer]
    assert guild.world.book.head(COMMUNITY) == head


def test_one_that_was_withdrawn_is_revoked_and_can_be_given_again(guild: Guild) -> None:
    thing = Thing(guild.badge)
    guild.give(thing)
    one = guild.of(thing)
    document = guild.endorsements.document(one)
    ends = [guild.endorsements.withdraw(one, by="endorser", reason="I mistook her.").outcome for _ in range(2)]
    guild.world.follower.catch_up()
    assert ends == ["stored", "duplicate"]
    assert guild.endorsements.of(COMMUNITY, thing) == []
    assert guild.judged(document) is Verdict.REVOKED
    assert guild.judged(guild.awards.document(guild.badge)) is Verdict.VALID
    assert guild.give(thing) == "stored"
    assert guild.of(thing).id != one.id
    with pytest.raises(UnknownEndorsementError):
        guild.world.book.endorsing.withdraw(COMMUNITY, guild.badge.stream, by="manager")


def test_once_the_key_was_lost_its_successor_signs(guild: Guild) -> None:
    book, thing = guild.world.book, Thing(guild.badge)
    guild.give(thing)
    before, token = guild.endorsements.document(guild.of(thing)), guild.endorsements.jwt(guild.of(thing))
    book.issuers.rotate(COMMUNITY)
    assert guild.endorsements.document(guild.of(thing)) == before
    guild.world.clock.now += DAY
    book.issuers.revoke(COMMUNITY, before["proof"]["verificationMethod"].partition("#")[2], guild.world.clock.now - DAY)
    guild.world.follower.catch_up()
    after = guild.endorsements.document(guild.of(thing))
    assert after["id"] == before["id"]
    assert [guild.judged(each) for each in (before, token)] == [Verdict.ISSUER_UNKNOWN] * 2
    assert [guild.judged(each) for each in (after, guild.endorsements.jwt(guild.of(thing)))] == [Verdict.VALID] * 2


@pytest.mark.parametrize("who", ["ada", "bo"])
def test_erasing_either_of_the_two_ends_it(guild: Guild, who: str) -> None:
    thing = Thing(guild.badge)
    guild.give(thing)
    one = guild.of(thing)
    document, position = guild.endorsements.document(one), one.position
    world = guild.world
    world.book.erase(COMMUNITY, [world.account(who)])
    with pytest.raises(ErasedError):
        guild.endorsements.document(one)
    for _ in range(2):  # as it follows, and as it is rebuilt
        world.follower.catch_up()
        assert guild.endorsements.find(one.id) is None
        assert guild.endorsements.of(COMMUNITY, thing) == []
        assert world.book.reveal(COMMUNITY, [position]) == [{}]
        assert guild.judged(document) is Verdict.REVOKED
        rebuild(world.book, world.views)


def test_rules_read_no_endorsement_of_a_badge(guild: Guild) -> None:
    before = guild.world.timelines()
    guild.give(Thing(guild.badge))
    assert guild.world.timelines() == before
