"""A badge of ours is verified between two other requests: with the same answer, and as all stands that moment."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.known import looking
from api.known.documents import Documents
from api.known.looking import Looking
from api.known.policies import policy_of
from api.settings import Settings
from api.verifying.judging import judged, judged_briefly
from badges import BRIEF, Policy, SlowError
from ledger import FRESH_SECONDS
from tests.api.conftest import Guild, client_of, opened
from tests.api.people import COMMUNITY, a_spring, contribution
from tests.badges.verifier.tampering import tampered

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "https://guild.example"
LIST = f"{ORIGIN}/status/makers-0"
OTHERS = f"{ORIGIN}/status/bakers-0"
DID = "did:web:guild.example:communities:makers"
LOG = "guild.example/communities/makers/log"
NOBODYS = "https://elsewhere.example/schema"
EVERY = 2  # of so many changes one is tried


# --- the same answer -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["http://127.0.0.1:8700", ORIGIN], ids=["did:key", "did:web"])
def issuing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    """Give an installation that has issued a badge, whose shape its verifier knows."""
    settings = Settings(data=tmp_path_factory.mktemp("guild") / "data", base_url=request.param, log_level="error")
    with client_of(settings) as client:
        yield taught(opened(client))


def taught(guild: Guild) -> Guild:
    """Have some of a cohort earn the badge, so that the verifier knows its shape: nothing is learned of one alone."""
    guild.tell([*a_spring(), *(contribution(f"{name}{n}", name) for name in ("eve", "fay", "guy") for n in range(2))])
    for _ in range(2):
        for name in ("ada", "eve", "fay", "guy"):
            assert verified(guild.client, badge_of(guild, name))["verdict"] == "valid"
    return guild


def badge_of(guild: Guild, name: str = "ada") -> bytes:
    return guild.here.awards.json(guild.badge(name))


def verified(client: TestClient, badge: bytes) -> Any:
    return client.post("/credentials/verify", content=badge, headers={"Content-Type": "application/json"}).json()


def policy(guild: Guild, document: bytes) -> Policy | None:
    assert guild.client.portal
    return guild.client.portal.call(guild.here.looking.policy, document)


def test_a_badge_of_ours_is_verified_without_a_thread(issuing: Guild):
    badge = badge_of(issuing)
    known = policy(issuing, badge)
    assert known
    assert judged_briefly(badge, known) == judged(badge, policy_of(issuing.here.documents))


def test_whatever_is_changed_the_answer_is_that_of_the_other_way(issuing: Guild):
    """Or it is left to the other way: nothing is answered that it would not."""
    brief = 0
    for _, _, made in [*tampered(json.loads(badge_of(issuing)))][::EVERY]:
        changed = json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()
        known = policy(issuing, changed)
        if known is None:
            continue
        try:
            found = judged_briefly(changed, known)
        except SlowError:
            continue
        brief += 1
        assert found == judged(changed, policy_of(issuing.here.documents))
    assert brief > 15, "of many changes the shape is still known"


def test_both_ways_tell_it_in_the_same_bytes(issuing: Guild, monkeypatch: pytest.MonkeyPatch):
    badge = badge_of(issuing)
    forged = badge.replace(b"Sharer", b"Master")
    asked = [
        badge,
        forged,
        json.dumps({"verifiableCredential": json.loads(badge), "options": {"checks": ["proof"]}}).encode(),
        json.dumps({"verifiableCredential": json.loads(forged), "options": {"challenge": "1"}}).encode(),
    ]
    headers = {"Content-Type": "application/json"}

    def told() -> list[tuple[int, bytes]]:
        answers = [issuing.client.post("/credentials/verify", content=one, headers=headers) for one in asked]
        return [(answer.status_code, answer.content) for answer in answers]

    here = told()
    monkeypatch.setattr(looking, "BRIEF", 0)
    assert policy(issuing, badge) is None
    assert told() == here
    assert [status for status, _ in here] == [200, 422, 200, 422]


# --- as it stands --------------------------------------------------------------------------------


def asked(guild: Guild, badge: bytes) -> str:
    """Return what the verifier says, the same without a thread and with one."""
    known = policy(guild, badge)
    assert known
    told: str = judged(badge, known).verdict
    assert verified(guild.client, badge)["verdict"] == told
    with suppress(SlowError):  # a list that is new is verified in a thread, and then remembered
        assert judged_briefly(badge, known).verdict == told
    return told


@pytest.fixture(params=["http://127.0.0.1:8700", ORIGIN], ids=["did:key", "did:web"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guild]:
    with client_of(Settings(data=tmp_path / "data", base_url=request.param, log_level="error")) as client:
        yield taught(opened(client))


def test_what_becomes_of_a_badge_is_seen_at_once(fresh: Guild):
    issued, here = fresh.badge(), fresh.here
    badge, other = badge_of(fresh), badge_of(fresh, "eve")
    assert asked(fresh, badge) == "valid"

    here.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=time.time_ns() // 1_000)
    until(lambda: (now := here.awards.find(issued.id)) is not None and now.revoked is not None)
    assert asked(fresh, badge) == "revoked"
    assert asked(fresh, other) == "valid"


def test_a_key_that_is_revoked_is_relied_on_no_more(fresh: Guild):
    badge, keys = badge_of(fresh), fresh.here.book.issuers
    keys.revoke(COMMUNITY, keys.current(COMMUNITY).kid, time.time_ns() // 1_000 - 1_000_000)
    assert asked(fresh, badge) == ("issuer unknown" if fresh.here.settings.secure else "revoked")


def test_who_is_erased_has_no_badge(fresh: Guild):
    badge, other = badge_of(fresh), badge_of(fresh, "eve")
    path = f"/communities/{COMMUNITY}/members/{fresh.member()}"
    assert fresh.client.delete(path, headers={"Authorization": f"Bearer {fresh.manager}"}).status_code == 204
    until(lambda: asked(fresh, badge) == "revoked")
    assert asked(fresh, other) == "valid"


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# --- one look for all ----------------------------------------------------------------------------


class Book(Mapping[str, Any]):
    """Something that is asked by name, and answers when a test lets it: with how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.began = threading.Event()
        self.open: dict[str, threading.Event] = {}
        self.fault: Exception | None = None
        self.lost: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        self.began.set()
        if name in self.open:
            assert self.open[name].wait(10)
        if self.fault:
            raise self.fault
        if name in self.lost:
            raise KeyError(name)
        return len(self.asked)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def naming(*names: str) -> bytes:
    return json.dumps({"names": names}).encode()


def played(story: Callable[[Book, Looking], Awaitable[Any]], *, noticed: Noticed | None = None) -> None:
    book = Book()

    async def within() -> None:
        async with asyncio.timeout(20):
            await story(book, Looking(Documents(book, book), Documents({NOBODYS: {"a": 1}}), ORIGIN, noticed))

    asyncio.run(within())


class Noticed:
    """What tells whether the book was changed, as a test says."""

    def __init__(self) -> None:
        self.now: object = 1
        self.renewed: list[str] = []

    def version(self) -> object:
        return self.now

    def renew(self, communities: Collection[str]) -> None:
        self.renewed += communities


async def until_asked(book: Book) -> None:
    assert await asyncio.to_thread(book.began.wait, 10)


def test_who_comes_while_somebody_looks_waits_for_the_next_look():
    async def story(book: Book, looks: Looking) -> None:
        book.open[LIST] = threading.Event()
        first = [asyncio.create_task(looks.policy(naming(LIST))) for _ in range(3)]
        await until_asked(book)
        later = [asyncio.create_task(looks.policy(naming(LIST))) for _ in range(5)]
        await asyncio.sleep(0.01)
        book.open[LIST].set()
        told = [known.documents[LIST] for known in await asyncio.gather(*first, *later) if known]
        assert told == [1, 1, 1, 2, 2, 2, 2, 2]
        assert [known.documents[LIST] for known in [await looks.policy(naming(LIST))] if known] == [3]

    played(story)


def test_nobody_looks_again_while_nothing_changed(monkeypatch: pytest.MonkeyPatch):
    noticed = Noticed()

    async def story(book: Book, looks: Looking) -> None:
        async def looked(*names: str) -> int:
            assert await looks.policy(naming(*names))
            return len(book.asked)

        assert [await looked(LIST, LOG) for _ in range(3)] == [2, 2, 2]
        assert noticed.renewed == ["makers"]
        noticed.now = 2
        assert [await looked(LIST, LOG) for _ in range(3)] == [4, 4, 4]
        noticed.now = None
        assert [await looked(LIST, LOG) for _ in range(3)] == [6, 8, 10]
        noticed.now = 3
        assert await looked(LIST, LOG) == 12
        monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + FRESH_SECONDS)
        assert await looked(LIST, LOG) == 14, "keys may have changed, or somebody was erased"
        assert [await looked(LIST) for _ in range(2)] == [15, 16], "whose it is cannot be told"

    played(story, noticed=noticed)


def test_what_changes_during_a_look_is_looked_up_again():
    noticed = Noticed()

    async def story(book: Book, looks: Looking) -> None:
        book.open[LOG] = threading.Event()
        first = asyncio.create_task(looks.policy(naming(LOG)))
        await until_asked(book)
        noticed.now = 2
        book.open[LOG].set()
        assert await first
        assert await looks.policy(naming(LOG))
        assert len(book.asked) == 2

    played(story, noticed=noticed)


def test_what_was_not_there_is_looked_for_again():
    async def story(book: Book, looks: Looking) -> None:
        book.lost.add(LOG)
        assert [await looks.policy(naming(LOG)) is not None for _ in range(2)] == [True, True]
        assert len(book.asked) == 2

    played(story, noticed=Noticed())


def test_nobody_waits_for_what_another_names():
    async def story(book: Book, looks: Looking) -> None:
        book.open[LIST] = threading.Event()
        stuck = asyncio.create_task(looks.policy(naming(LIST)))
        await until_asked(book)
        known = await looks.policy(naming(OTHERS))
        assert known
        assert known.documents[OTHERS] == 2
        assert not stuck.done()
        book.open[LIST].set()
        assert await stuck

    played(story)


def test_what_goes_wrong_is_told_to_all_and_forgotten():
    async def story(book: Book, looks: Looking) -> None:
        book.fault = OSError("not now")
        told = await asyncio.gather(*(looks.policy(naming(LIST)) for _ in range(3)), return_exceptions=True)
        assert told == [book.fault] * 3
        book.fault = None
        assert await looks.policy(naming(LIST))

    played(story)


def test_who_gives_up_leaves_the_others_their_look():
    async def story(book: Book, looks: Looking) -> None:
        book.open[LIST] = threading.Event()
        gone, stays = (asyncio.create_task(looks.policy(naming(LIST))) for _ in range(2))
        await until_asked(book)
        gone.cancel()
        book.open[LIST].set()
        known = await stays
        assert known
        assert known.documents[LIST] == 1
        assert gone.cancelled()

    played(story)


def test_what_is_ours_and_was_not_looked_up_is_left_to_who_may_wait():
    async def story(book: Book, looks: Looking) -> None:
        known = await looks.policy(naming(LIST, DID, LOG))
        assert known
        assert sorted(book.asked) == sorted([LIST, DID, LOG])
        assert known.documents.get(NOBODYS) == {"a": 1}
        assert known.documents.get("https://elsewhere.example/other") is None
        for name in (OTHERS, f"{ORIGIN}/credentials/1", "did:web:elsewhere.example"):
            with pytest.raises(SlowError):
                known.documents.get(name)
        with pytest.raises(SlowError):
            known.logs.get("guild.example/communities/bakers/log")
        assert len(book.asked) == 3

    played(story)


@pytest.mark.parametrize(
    "document",
    [
        b"eyJhbGciOiJFZERTQSJ9.e30.c2ln",
        naming(NOBODYS, "did:web:elsewhere.example:communities:makers"),
        naming(LIST, "x" * BRIEF),
        naming(*(f"{ORIGIN}/status/makers-{n}" for n in range(5))),
        b'{"refreshService":{},"status":"%b"}' % LIST.encode(),
        b'{"verifiableCredential":[],"status":"%b"}' % LIST.encode(),
        b'{"endorsement":[],"status":"%b"}' % LIST.encode(),
    ],
    ids=["a token", "another's", "large", "many names", "renewed", "with others in it", "with praise in it"],
)
def test_what_is_not_a_small_badge_of_ours_is_not_looked_up(document: bytes):
    async def story(book: Book, looks: Looking) -> None:
        assert await looks.policy(document) is None
        assert not book.asked

    played(story)
