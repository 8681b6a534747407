"""Awards: earned once, recorded for ever, made again byte for byte, and taken back."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
import pytest

from badges import BINDING, AwardFollower, Awards, Policy, Verdict, sign, unbake, verify
from badges.awarding import award
from ledger import Book, ErasedError, Opening, merkle_root, transparency
from projections import AWARDS, Standings, rebuild
from tests.projections.history_of import DAY
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from pathlib import Path

_CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "The Guild",
    "outcomes": [{"outcome": "make", "can": "Can make a thing."}],
    "badges": [
        {"badge": "maker", "name": "Maker", "description": "Made two things.", "outcomes": ["make"]},
        {"badge": "stayer", "name": "Stayer", "description": "Stayed.", "expires": "365d"},
    ],
    "rules": [
        {
            "rule": "maker",
            "version": 1,
            "grants": {"badge": "maker"},
            "all": [{"count": "contribution", "at_least": 2}],
        },
        {
            "rule": "stayer",
            "version": 1,
            "grants": {"badge": "stayer"},
            "all": [{"tenure": "joined", "at_least": "110d"}],
        },
    ],
}


@pytest.fixture
def guild(world: World) -> World:
    world.publish(_CHARTER)
    return world


def _follower(world: World) -> AwardFollower:
    return AwardFollower(world.book, world.views, world.standings, clock=world.clock)


def _award(world: World) -> None:
    """Let both followers draw their consequences."""
    _follower(world).run_once()
    world.follower.catch_up()


def _awards(world: World, base_url: str = "http://guild.example") -> Awards:
    return Awards(world.book, world.views, world.standings, base_url=base_url)


def _judged(world: World, awards: Awards, document: bytes) -> Verdict:
    lists = {url: awards.status_list(url.rpartition("/")[2]) for url in [awards.list_url(COMMUNITY, 0)]}
    did = awards.did(COMMUNITY)
    policy = Policy(documents={did: awards.did_document(COMMUNITY), **lists})
    return verify(document, policy=policy, at=world.clock.now).verdict


def test_a_badge_is_awarded_once_however_often_and_by_however_many_followers(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), guild.work("bo", 3))
    threads = [threading.Thread(target=_follower(guild).run_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    guild.follower.catch_up()
    _award(guild)
    guild.tell(guild.work("ada", 4))
    _award(guild)
    issued = _awards(guild).all(COMMUNITY)
    assert [(one.achievement, one.account) for one in issued] == [("maker", guild.account("ada"))]
    assert issued[0].earned == "2024-01-03T00:00:00Z"


def test_the_award_fact_binds_its_evidence(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    issued = _awards(guild).all(COMMUNITY)[0]
    sealed = guild.book.reveal(COMMUNITY, [issued.position])[0]
    assert len(sealed["evidence"]) == 2
    assert sealed["evidence_root"] == merkle_root(guild.book.leaves(COMMUNITY, sealed["evidence"])).hex()
    assert "evidence_root" not in guild.book.at(COMMUNITY, [issued.position])[0].open


def test_every_form_verifies_and_a_changed_letter_does_not(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    guild.clock.now += DAY
    awards = _awards(guild)
    issued = awards.all(COMMUNITY)[0]
    document = orjson.dumps(awards.document(issued))
    for form in (document, awards.jwt(issued).encode(), awards.png(issued), awards.svg(issued)):
        assert _judged(guild, awards, form) is Verdict.VALID
    assert orjson.loads(unbake(awards.png(issued))) == awards.document(issued)
    assert _judged(guild, awards, document.replace(b"Made two", b"Made ten")) is Verdict.FORGED


def test_a_badge_is_proved_to_be_in_the_log(guild: World) -> None:
    """Recorded, then sealed, then signed: by the log's key alone it is told when, and that the badge is that award."""
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    awards = _awards(guild)
    issued = awards.all(COMMUNITY)[0]
    key = guild.book.log.key(COMMUNITY)
    found = verify(orjson.dumps(awards.document(issued)), policy=Policy(logs={key.name: key}), at=guild.clock.now)
    (fact,) = guild.book.at(COMMUNITY, [issued.position])
    assert found.logged
    assert (found.logged.position, found.logged.recorded) == (issued.position, fact.recorded)
    proof = awards.proof(issued)
    assert awards.document(issued)["evidence"][1]["narrative"] == proof
    assert proof
    shown = Opening.parse(transparency.Proof.parse(proof).extra)
    assert shown.parts.keys() == {BINDING}  # not on which facts it rests
    assert shown.leaf() == guild.book.leaves(COMMUNITY, [issued.position])[0]


def test_a_badge_stays_the_same_however_the_log_grows_and_whoever_makes_it(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), guild.work("bo", 1))
    _award(guild)
    readers = [_awards(guild) for _ in range(4)]
    issued = readers[0].all(COMMUNITY)[0]
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda by=by: made.append(orjson.dumps(by.document(issued)))) for by in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(3):
        guild.tell(guild.work("bo", 2 + n))
        guild.book.log.seal(COMMUNITY)
        made.append(orjson.dumps(_awards(guild).document(issued)))
    other = Book.open(guild.databases, data=guild.folder, clock=guild.clock)
    made.append(
        orjson.dumps(Awards(other, guild.views, guild.standings, base_url="http://guild.example").document(issued))
    )
    other.close()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_with_a_stolen_issuer_key_alone_nothing_is_in_the_log(guild: World) -> None:
    """Ada's proof in another's badge: well signed by the community's own key, and forged all the same."""
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    awards = _awards(guild)
    document = awards.document(awards.all(COMMUNITY)[0])
    guild.clock.now += DAY
    signer, method = guild.book.signer(COMMUNITY), document["proof"]["verificationMethod"]
    stolen = {name: value for name, value in document.items() if name != "proof"}
    subject = stolen["credentialSubject"] | {"id": f"http://guild.example/c/{COMMUNITY}/m/{'a' * 26}"}
    key = guild.book.log.key(COMMUNITY)
    policy = Policy(logs={key.name: key}, documents={awards.list_url(COMMUNITY, 0): awards.status_list("guild-0")})
    for changes, verdict in (({}, Verdict.VALID), ({"credentialSubject": subject}, Verdict.FORGED)):
        forged = sign(stolen | changes, signer, verification_method=method, created=guild.clock.now)
        assert verify(orjson.dumps(forged), policy=policy, at=guild.clock.now).verdict is verdict


def test_with_https_the_issuer_is_did_web(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    awards = _awards(guild, "https://guild.example")
    document = awards.document(awards.all(COMMUNITY)[0])
    assert document["issuer"]["id"] == f"did:web:guild.example:communities:{COMMUNITY}"
    guild.clock.now += DAY
    assert _judged(guild, awards, orjson.dumps(document)) is Verdict.VALID


def test_a_credential_is_made_again_byte_for_byte_even_when_every_view_was_lost(guild: World, tmp_path: Path) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    first = _awards(guild).all(COMMUNITY)[0]
    before = _awards(guild).document(first)
    guild.close()
    if "://" in guild.database:
        with psycopg.connect(guild.database, autocommit=True) as connection:
            connection.execute("DROP SCHEMA views CASCADE")
    for file in tmp_path.glob("*.views.sqlite*"):
        file.unlink()
    again = World(guild.database, guild.folder, guild.clock)
    again.clock.now += DAY
    again.follower.catch_up()
    _award(again)
    found = _awards(again).all(COMMUNITY)
    assert found == [first]
    assert _awards(again).document(found[0]) == before
    again.close()


def test_time_alone_awards_at_its_instant_and_not_before(guild: World) -> None:
    guild.tell(guild.work("ada", 1))
    _award(guild)
    assert _awards(guild).all(COMMUNITY) == []
    guild.clock.now += 9 * DAY
    _award(guild)
    assert _awards(guild).all(COMMUNITY) == []
    guild.clock.now += 3 * DAY
    _award(guild)
    issued = _awards(guild).all(COMMUNITY)
    assert [(one.achievement, one.earned) for one in issued] == [("stayer", "2024-04-21T00:00:00Z")]
    assert _awards(guild).document(issued[0])["validUntil"].startswith("2025-04-22")  # a year from when it was issued


def test_revoking_is_seen_by_verifiers_of_copies_already_downloaded(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), guild.work("bo", 1), guild.work("bo", 2))
    _award(guild)
    guild.clock.now += DAY
    awards = _awards(guild)
    ada, bo = awards.all(COMMUNITY)
    copies = [orjson.dumps(awards.document(one)) for one in (ada, bo)]
    guild.book.revoke(COMMUNITY, ada.stream, reason="made by mistake", at=guild.clock.now)
    guild.follower.catch_up()
    assert [_judged(guild, awards, copy) for copy in copies] == [Verdict.REVOKED, Verdict.VALID]
    found = awards.find(ada.id)
    assert found is not None
    assert found.revoked is not None


def test_linking_accounts_later_awards_nothing_twice(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), guild.work("ada2", 3), guild.work("ada2", 4))
    _award(guild)
    accounts = [{"platform": "forum", "id": name} for name in ("ada", "ada2")]
    guild.tell(guild.event("identity", 5, member=accounts[0], account=accounts[1], change="linked", method="admin"))
    _award(guild)
    assert len(_awards(guild).all(COMMUNITY)) == 2  # each was earned before the link; a person decides which stays
    assert len(_awards(guild).of(COMMUNITY, guild.account("ada2"))) == 2


def test_a_status_list_is_only_ours_to_name(guild: World) -> None:
    awards = _awards(guild)
    assert awards.status_list(f"{COMMUNITY}-0") is not None
    for name in ("", "guild", "guild-", "guild-x", "nobody-0", "guild-99999999", "guild-²"):
        assert awards.status_list(name) is None


def test_another_reader_sees_the_same_badges(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    other = Awards(guild.book, guild.views, Standings(guild.book, guild.views), base_url="http://guild.example")
    issued = other.of(COMMUNITY, guild.account("ada"))
    assert other.document(issued[0]) == _awards(guild).document(issued[0])


def test_time_awards_in_every_community_and_nobody_is_looked_at_again_without_a_reason(world: World) -> None:
    names = [f"c{n}" for n in range(5)]
    world.open_community(*names)
    for name in names:
        world.publish(_CHARTER, name)
        world.tell(world.work("ada", 1), community=name)
    follower = _follower(world)
    assert follower.run_once() == 0
    assert world.views.positions(0, AWARDS) == world.views.positions(0)
    world.clock.now += 12 * DAY
    assert follower.run_once() == 5
    assert follower.run_once() == 0
    world.follower.catch_up()
    assert [len(_awards(world).all(name)) for name in names] == [1] * 5
    assert follower.run_once() == 0


def test_many_members_are_awarded_some_at_a_time(guild: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(award, "_TOGETHER", 3)
    guild.tell(*(guild.work(f"m{n}", day) for n in range(8) for day in (1, 2)))
    seen: list[int] = []
    assert _follower(guild).run_once(seen.append) == 8
    assert seen == [3, 3, 2]
    guild.follower.catch_up()
    assert len(_awards(guild).all(COMMUNITY)) == 8
    assert guild.views.position(COMMUNITY, AWARDS) <= guild.views.position(COMMUNITY)


def test_whoever_dies_after_recording_and_before_saying_so_has_awarded_nothing_twice(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    views, follower = guild.views.at(COMMUNITY), _follower(guild)
    members = views.due_members(COMMUNITY, guild.clock.now, 10)
    follower._award(COMMUNITY, members, guild.clock.now, lambda: None)
    head = guild.book.head(COMMUNITY)
    assert _follower(guild).run_once() == 1
    assert guild.book.head(COMMUNITY) == head
    guild.follower.catch_up()
    assert len(_awards(guild).all(COMMUNITY)) == 1


def test_a_community_whose_key_is_spoilt_is_left_out_and_the_others_are_awarded(guild: World) -> None:
    guild.open_community("other")
    guild.publish(_CHARTER, "other")
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), community="other")
    guild.book.signer("other")
    (guild.folder / "keys" / f"{COMMUNITY}.issuer.pem").write_bytes(b"no key")
    follower = _follower(guild)
    assert follower.run_once() == 1
    guild.follower.catch_up()
    assert set(follower.left_out) == {COMMUNITY}
    assert [len(_awards(guild).all(name)) for name in (COMMUNITY, "other")] == [0, 1]
    (guild.folder / "keys" / f"{COMMUNITY}.issuer.pem").unlink()
    _award(guild)
    assert len(_awards(guild).all(COMMUNITY)) == 1


def test_a_rebuild_awards_nothing_again_and_keeps_what_was_awarded(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2), guild.work("bo", 1), guild.work("bo", 2))
    _award(guild)
    before, head = _awards(guild).all(COMMUNITY), guild.book.head(COMMUNITY)
    rebuild(guild.book, guild.views)
    assert _awards(guild).all(COMMUNITY) == before
    assert guild.views.position(COMMUNITY, AWARDS) == head - 3  # two awards, and before them their key
    _award(guild)
    assert guild.book.head(COMMUNITY) == head


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_what_was_revoked_stays_revoked_when_its_holder_is_erased(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    _award(guild)
    issued = _awards(guild).all(COMMUNITY)[0]
    guild.book.revoke(COMMUNITY, issued.stream, reason="made by mistake", at=guild.clock.now)
    guild.follower.catch_up()
    ended = guild.views.at(COMMUNITY).flags(COMMUNITY)
    assert len(ended) == 1
    guild.close()
    with closing(sqlite3.connect(guild.database.replace(".sqlite", ".vault.sqlite"))) as vault, vault:
        vault.execute("DELETE FROM accounts")
    again = World(guild.database, guild.folder, guild.clock)
    rebuild(again.book, again.views)
    assert _awards(again).all(COMMUNITY) == []
    assert _awards(again).find(issued.id) is None
    assert _awards(again).find("") is None
    assert again.views.at(COMMUNITY).flags(COMMUNITY) == ended
    again.close()


def test_no_document_is_kept_of_whom_another_process_erased(guild: World) -> None:
    guild.tell(*(guild.work(who, number) for who in ("ada", "bo") for number in (1, 2)))
    _award(guild)
    awards = _awards(guild)
    ada, bo = awards.all(COMMUNITY)
    forms = (awards.document, awards.jwt, awards.png, awards.svg)
    before = [form(bo) for form in forms]
    assert all(form(ada) for form in forms)

    with closing(Book.open(guild.databases, data=guild.folder, clock=guild.clock)) as another:
        another.erase(COMMUNITY, [ada.account])

    for form in forms:
        with pytest.raises(ErasedError):
            form(ada)
    assert [form(bo) for form in forms] == before
    assert not [key for key in awards._kept if ada.id in key]
    _award(guild)
    assert [one.id for one in awards.all(COMMUNITY)] == [bo.id]
    assert awards.find(ada.id) is None
    assert guild.book.erased(COMMUNITY, ada.id)
    ended = awards.status_list(awards.list_url(COMMUNITY, 0).rpartition("/")[2])
    assert ended
    assert _judged(guild, awards, orjson.dumps(before[0])) is Verdict.VALID
