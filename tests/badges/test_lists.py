"""Status lists as awards live: suspended, resumed, revoked; as they stand, and as they stood at any instant."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import Awards, Endorsements, Policy, Thing, Verdict, status, verify
from badges.awarding import lists
from badges.documents.status import decode
from ledger import NewAward, UnknownCommunityError, merkle_root
from projections import rebuild
from tests.projections.history_of import DAY
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from badges import Issued
    from tests.world import World

_CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "The Guild",
    "badges": [{"badge": "maker", "name": "Maker", "description": "Made a thing.", "suspendable": True}],
    "rules": [],
}
SECOND = 1_000_000  # µs


def awarded(world: World, count: int) -> list[Issued]:
    """Let so many members have a badge, and return them."""
    world.publish(_CHARTER)
    world.append(*(world.work(f"m{n}", 1) for n in range(count)))
    root = merkle_root(world.book.leaves(COMMUNITY, [2]))
    world.book.award(
        [
            NewAward(
                community=COMMUNITY,
                account=world.account(f"m{n}"),
                achievement="maker",
                kind="badge",
                charter_version=1,
                rule="maker",
                rule_version=1,
                rule_hash="ab" * 32,
                earned=world.clock.now - 30 * DAY,
                evidence_root=root,
                evidence=(2,),
            )
            for n in range(count)
        ]
    )
    world.follower.catch_up()
    return awards_of(world).all(COMMUNITY)


def awards_of(world: World) -> Awards:
    return Awards(world.book, world.views, world.standings, base_url="http://guild.example")


def judged(world: World, awards: Awards, issued: Issued, at: int | None = None) -> Verdict:
    """Hold a badge against the lists that it names, as they stand, or stood."""
    document = awards.document(issued)
    urls = [entry["statusListCredential"] for entry in document["credentialStatus"]]
    listed = {url: awards.status_list(url.rpartition("/")[2], at=at) for url in urls}
    return verify(orjson.dumps(document), policy=Policy(documents=listed), at=at or world.clock.now).verdict


def decide(world: World, act: str, issued: Issued) -> int:
    """Let a second pass, decide, and return when that was (µs)."""
    world.clock.now += SECOND
    decision = {"suspend": world.book.suspend, "resume": world.book.resume, "revoke": world.book.revoke}[act]
    assert decision(COMMUNITY, issued.stream, reason="so", at=world.clock.now).outcome == "stored"
    world.follower.catch_up()
    return world.clock.now


def test_what_is_suspended_holds_again_when_it_is_resumed_and_every_day_is_remembered(world: World):
    ada, bo = awarded(world, 2)
    awards = awards_of(world)
    begun = world.clock.now
    told = [(decide(world, act, ada), judged(world, awards, ada)) for act in ("suspend", "resume", "suspend", "revoke")]
    verdicts = [Verdict.SUSPENDED, Verdict.VALID, Verdict.SUSPENDED, Verdict.REVOKED]
    assert [verdict for _, verdict in told] == verdicts
    assert judged(world, awards, bo) is Verdict.VALID
    again = awards.find(ada.id)
    assert again
    assert (again.suspended, again.revoked) == ("2024-04-10T00:00:03Z", "2024-04-10T00:00:04Z")

    for reader in (awards, awards_of(world)):
        assert [judged(world, reader, ada, at + SECOND // 2) for at, _ in told] == verdicts
        assert judged(world, reader, ada, begun) is Verdict.VALID
        assert reader.status_list("guild-0", at=begun - SECOND) is None
    then = [awards.of(COMMUNITY, ada.account, at=at)[0] for at in (begun, *(at for at, _ in told))]
    assert [one.suspended and one.suspended[-3:] for one in then] == [None, "01Z", None, "03Z", "03Z"]
    assert [one.revoked for one in then] == [None, None, None, None, again.revoked]
    assert awards.of(COMMUNITY, ada.account, at=begun - SECOND) == []
    now = [awards_of(world).status_list(name) for name in ("guild-0", "guild-0-suspension")]
    rebuild(world.book, world.views)
    assert [awards_of(world).status_list(name) for name in ("guild-0", "guild-0-suspension")] == now
    assert [awards.status_list(name) for name in ("guild-0", "guild-0-suspension")] == now
    assert now[0] == awards.status_list("guild-0", at=world.clock.now)


def test_the_two_lists_show_no_number_that_is_in_both(world: World):
    ada, bo = awarded(world, 2)
    places = [
        {
            entry["statusPurpose"]: int(entry["statusListIndex"])
            for entry in awards_of(world).document(one)["credentialStatus"]
        }
        for one in (ada, bo)
    ]
    assert len({place for each in places for place in each.values()}) == 4


def test_lists_that_move_on_say_what_lists_made_anew_say(world: World):
    """Every list that a reader moved on, fact by fact, is the list that another makes at once."""
    some = awarded(world, 12)
    awards = awards_of(world)
    for n, act in enumerate(["suspend", "suspend", "revoke", "resume", "suspend", "revoke"]):
        decide(world, act, some[0 if act == "resume" else n])
        names = ("guild-0", "guild-0-suspension")
        assert [awards.status_list(name) for name in names] == [awards_of(world).status_list(name) for name in names]
    held = awards.status_list("guild-0-suspension")
    assert held
    bits = decode(held["credentialSubject"]["encodedList"])
    assert sum(byte.bit_count() for byte in bits) == 2
    assert held["credentialSubject"]["statusPurpose"] == "suspension"


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_flip_in_a_large_list_takes_little(world: World):
    """From a revocation that the views know to the signed list: a few milliseconds of one core, whatever the list."""
    some = awarded(world, 1_000)
    awards = awards_of(world)
    for one in some[:300]:
        world.book.revoke(COMMUNITY, one.stream, reason="so", at=world.clock.now)
    world.follower.catch_up()
    awards.status_list("guild-0")
    spent = []
    for one in some[300:310]:
        decide(world, "revoke", one)
        before = time.thread_time()
        awards.status_list("guild-0")
        spent.append(time.thread_time() - before)
    assert min(spent) < 0.006  # s; 0.5 ms where nobody else computes, but this machine is shared


def test_what_does_not_hold_is_known_without_the_rest(world: World):
    ada, bo, cy, *_ = awarded(world, 6)
    awards = awards_of(world)
    for act, one in (("suspend", cy), ("suspend", bo), ("resume", bo), ("revoke", ada)):
        decide(world, act, one)
    assert awards.not_holding(COMMUNITY) == [awards.url(ada), awards.url(cy)]
    decide(world, "revoke", cy)
    assert awards.not_holding(COMMUNITY) == [awards.url(ada), awards.url(cy)]
    world.book.erase(COMMUNITY, [ada.account])
    world.follower.catch_up()
    assert awards.not_holding(COMMUNITY) == [awards.url(cy)]


def test_where_only_endorsements_are_the_list_of_any_day_is_there(world: World):
    """One that is withdrawn before the first award is listed then as it is today."""
    world.publish(_CHARTER)
    awards, begun = awards_of(world), world.clock.now
    endorsements = Endorsements(world.book, world.views, world.standings, awards, base_url="http://guild.example")
    endorsements.give(COMMUNITY, Thing(achievement="maker"), endorser=None, comment="Well made.")
    world.follower.catch_up()
    (one,) = endorsements.of(COMMUNITY, Thing(achievement="maker"))
    world.clock.now += SECOND
    endorsements.withdraw(one, by="manager", reason="")
    world.follower.catch_up()
    for reader in (awards, awards_of(world)):
        assert reader.status_list("guild-0", at=world.clock.now) == reader.status_list("guild-0")
        before = reader.status_list("guild-0", at=begun)
        assert before
        assert not any(decode(before["credentialSubject"]["encodedList"]))
        assert reader.status_list("guild-0", at=begun - SECOND) is None


def test_asking_for_lists_of_nobody_forgets_none_that_is_there(world: World, monkeypatch: pytest.MonkeyPatch):
    awarded(world, 1)
    monkeypatch.setattr(lists, "_COMMUNITIES", 1)
    kept = lists.StatusLists(world.book, world.views)
    kept.now(lists.Named(COMMUNITY, 0, 0, "revocation"))
    with pytest.raises(UnknownCommunityError):
        kept.now(lists.Named("nobody", 0, 0, "revocation"))
    assert list(kept._known) == [COMMUNITY]


def test_a_list_of_another_purpose_is_none(world: World):
    awarded(world, 1)
    for name in ("guild-0-refresh", "guild-suspension", "-0-suspension", "guild-0-suspension-suspension", "guild-1"):
        assert awards_of(world).status_list(name) is None
    assert status.PURPOSES == ("revocation", "suspension")
