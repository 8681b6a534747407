"""What is remembered of a community is never another's, nobody's own, nor older than the book."""

from __future__ import annotations

import gc
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import yaml

from api.remembered import FRESH, LATELY, MOST, SHARE, STILL, Remembered
from ledger import Book, LedgerUnavailableError, UnknownCommunityError
from projections import AWARDS
from schemas import format_time
from tests.api.people import CHARTER, a_spring, contribution
from tests.api.people import COMMUNITY as MAKERS
from tests.api.people import ELSEWHERE as BAKERS
from tests.world import COMMUNITY, ELSEWHERE

if TYPE_CHECKING:
    from tests.api.conftest import Guild
    from tests.world import World

ROOMS = ("", "/members", "/leaders", "/review", "/measures", "/quarters/2026-Q1", "/trail", "/sources", "/charter")


class Counted:
    """Says how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked


@pytest.fixture
def now() -> list[float]:
    return [1_000.0]


@pytest.fixture
def wall() -> list[float]:
    return [1_790_000_000.0]


@pytest.fixture
def remembered(world: World, now: list[float], wall: list[float]) -> Remembered:
    return Remembered(world.book, world.views, world.standings, clock=lambda: now[0], wall=lambda: wall[0])


def test_it_is_made_once_until_a_fact_comes_and_again_when_that_counts(world: World, remembered: Remembered):
    made = Counted()
    assert [remembered.told(COMMUNITY, "all", made) for _ in range(3)] == [1, 1, 1]
    world.append(world.work("ada", 1))
    assert [remembered.told(COMMUNITY, "all", made) for _ in range(2)] == [2, 2]
    world.follower.catch_up()
    assert [remembered.told(COMMUNITY, "all", made) for _ in range(2)] == [3, 3]


def test_an_erasure_makes_it_anew(world: World, remembered: Remembered):
    made = Counted()
    world.tell(world.work("ada", 1))
    assert remembered.told(COMMUNITY, "all", made) == 1
    world.book.erase(COMMUNITY, [world.account("ada")])
    assert remembered.told(COMMUNITY, "all", made) == 2


def test_what_comes_while_it_is_made_makes_it_anew(world: World, remembered: Remembered):
    def slowly() -> str:
        world.append(world.work("ada", 1))
        return "without Ada"

    assert remembered.told(COMMUNITY, "all", slowly) == "without Ada"
    assert remembered.told(COMMUNITY, "all", lambda: "with Ada") == "with Ada"


def test_what_another_process_records_or_publishes_is_seen_at_once(world: World, remembered: Remembered):
    other = Book.open(world.databases, data=world.folder, clock=world.clock)

    def stands() -> tuple[int, str]:
        return world.book.head(COMMUNITY), world.standings.charter(COMMUNITY).name

    for number in range(1, 4):
        name = f"Guild {number}"
        other.publish_charter(
            COMMUNITY, {"charter": 1, "name": name, "rules": []}, effective=world.clock.now, by="test"
        )
        assert remembered.told(COMMUNITY, "stands", stands) == (2 * number - 1, name)
        other.append([world.work("ada", number)], community=COMMUNITY)
        assert remembered.told(COMMUNITY, "stands", stands) == (2 * number, name)
        assert world.standings.charter(COMMUNITY).version == number
    other.close()


def test_who_asks_while_it_is_made_waits_and_it_is_made_once(remembered: Remembered):
    made, begun, go_on = Counted(), Event(), Event()

    def slowly() -> int:
        begun.set()
        assert go_on.wait(30)
        return made()

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(remembered.told, COMMUNITY, "all", slowly)
        assert begun.wait(30)
        others = [pool.submit(remembered.told, COMMUNITY, "all", made) for _ in range(3)]
        assert remembered.told(COMMUNITY, "else", Counted()) == 1, "nothing else waits"
        go_on.set()
        assert [each.result(30) for each in (first, *others)] == [1] * 4


def test_where_it_fails_who_waited_makes_it(remembered: Remembered):
    begun, go_on = Event(), Event()

    def fails() -> int:
        begun.set()
        assert go_on.wait(30)
        raise LedgerUnavailableError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(remembered.told, COMMUNITY, "all", fails)
        assert begun.wait(30)
        other = pool.submit(remembered.told, COMMUNITY, "all", Counted())
        go_on.set()
        assert other.result(30) == 1
        with pytest.raises(LedgerUnavailableError):
            first.result(30)


def test_time_makes_it_anew(remembered: Remembered, now: list[float]):
    made = Counted()
    assert remembered.told(COMMUNITY, "all", made) == 1
    now[0] += FRESH - 1
    assert remembered.told(COMMUNITY, "all", made) == 1
    now[0] += 1
    assert remembered.told(COMMUNITY, "all", made) == 2


def test_the_next_day_makes_it_anew_wherever_it_begins(remembered: Remembered, wall: list[float]):
    made = Counted()
    for zone in ("Pacific/Chatham", "Asia/Kathmandu", "America/St_Johns", "UTC"):
        midnight = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone)).timestamp()
        wall[0] = midnight - 1
        before = remembered.told(COMMUNITY, "today", made)
        assert remembered.told(COMMUNITY, "today", made) == before
        wall[0] = midnight
        assert remembered.told(COMMUNITY, "today", made) == before + 1, zone


def test_a_charter_that_was_announced_makes_it_anew_when_it_binds(world: World, remembered: Remembered):
    world.publish({"charter": 1, "name": "Guild", "rules": []})
    announced = {"charter": 1, "name": "Guild of the Spring", "rules": []}
    world.book.publish_charter(COMMUNITY, announced, effective=world.clock.now + 1_000_000, by="test")
    world.follower.catch_up()

    def name() -> str:
        return world.standings.charter(COMMUNITY).name

    assert [remembered.told(COMMUNITY, "name", name), remembered.settled(COMMUNITY, "name", name)] == ["Guild"] * 2
    world.clock.now += 1_000_000
    assert remembered.told(COMMUNITY, "name", name) == "Guild of the Spring"
    assert remembered.settled(COMMUNITY, "name", name) == "Guild of the Spring"


def test_what_few_look_at_pushes_out_nothing_that_all_do(remembered: Remembered):
    made = Counted()
    assert remembered.told(COMMUNITY, "all", made) == 1
    for number in range(MOST + 1):
        remembered.apart(COMMUNITY, number, made)
    assert remembered.told(COMMUNITY, "all", made) == 1
    assert remembered.apart(COMMUNITY, MOST, made) == MOST + 2
    assert remembered.apart(COMMUNITY, "all", made) == MOST + 3, "it is beside, under whatever name"


def test_a_closed_past_is_kept_whatever_comes_until_somebody_is_erased(
    world: World, remembered: Remembered, now: list[float]
):
    made = Counted()
    assert remembered.settled(COMMUNITY, "2025", made) == 1
    world.tell(world.work("ada", 1))
    now[0] += 2 * FRESH
    assert remembered.settled(COMMUNITY, "2025", made) == 1
    world.book.erase(COMMUNITY, [world.account("ada")])
    assert remembered.settled(COMMUNITY, "2025", made) == 2


class Beheld:
    """Something that can be gone."""


def test_nothing_made_before_an_erasure_stays_in_memory(world: World, remembered: Remembered):
    world.tell(world.work("ada", 1))
    kept = remembered.told(COMMUNITY, "all", Beheld), remembered.apart(COMMUNITY, "ada", Beheld)
    gone = [weakref.ref(each) for each in kept]
    del kept
    world.book.erase(COMMUNITY, [world.account("ada")])
    remembered.told(COMMUNITY, "other", Counted())
    gc.collect()
    assert [each() for each in gone] == [None, None]


def settle(world: World) -> None:
    """Let all be counted, and no award be due."""
    world.follower.catch_up()
    world.views.at(COMMUNITY).pass_over(AWARDS, {COMMUNITY: world.book.head(COMMUNITY)})


def test_what_is_dear_is_made_again_before_anybody_asks(world: World, remembered: Remembered, now: list[float]):
    made, cheap = Counted(), Counted()
    settle(world)
    assert remembered.told(COMMUNITY, "measures", made, dear=True) == 1
    assert remembered.told(COMMUNITY, "name", cheap) == 1
    assert remembered.renew() == 0, "it stands"
    world.append(world.work("ada", 1))
    now[0] += STILL
    assert [remembered.renew(), made.asked] == [0, 1], "the fact is not counted"
    settle(world)
    assert [remembered.renew(), made.asked] == [0, 1], "it is new"
    now[0] += STILL
    assert [remembered.renew(), made.asked, cheap.asked] == [1, 2, 1]
    assert remembered.told(COMMUNITY, "measures", made, dear=True) == 2, "nobody waited for it"
    assert remembered.renew() == 0


def test_while_facts_come_nothing_is_made_again_and_then_it_rests(
    world: World, remembered: Remembered, now: list[float]
):
    def slowly() -> None:
        now[0] += 2

    settle(world)
    for name in ("measures", "review"):
        remembered.told(COMMUNITY, name, slowly, dear=True)
    for number in range(5):
        world.append(world.work("ada", number + 1))
        settle(world)
        now[0] += STILL / 2
        assert remembered.renew() == 0
    now[0] += STILL
    assert remembered.renew() == 1
    now[0] += SHARE * 2 - 1
    assert remembered.renew() == 0, "it rests for as long as its share wants"
    now[0] += 1
    assert remembered.renew() == 1, "then the other"


def test_what_nobody_looked_at_lately_or_fails_is_not_made_again(
    world: World, remembered: Remembered, now: list[float]
):
    asked: list[str] = []

    def fails() -> None:
        asked.append("it")
        if len(asked) > 1:
            raise LedgerUnavailableError

    settle(world)
    remembered.told(COMMUNITY, "review", fails, dear=True)
    remembered.renew()
    now[0] += FRESH
    assert [remembered.renew() for _ in range(3)] == [1, 0, 0]
    assert len(asked) == 2, "what fails is not tried again before somebody asks"
    made = Counted()
    remembered.told(COMMUNITY, "measures", made, dear=True)
    now[0] += LATELY + 1
    assert [remembered.renew(), made.asked] == [0, 1]


def test_another_community_or_question_is_another(world: World, remembered: Remembered):
    world.open_community(ELSEWHERE)
    made = Counted()
    asked = [(COMMUNITY, "all"), (ELSEWHERE, "all"), (COMMUNITY, ("all", None)), (COMMUNITY, ("all", 1))]
    assert [remembered.told(*each, made) for each in asked * 2] == [1, 2, 3, 4] * 2
    with pytest.raises(UnknownCommunityError):
        remembered.told("nowhere", "all", made)


def test_what_is_raised_is_not_kept_and_no_more_than_so_many_are(remembered: Remembered):
    def fails() -> int:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  any
        remembered.told(COMMUNITY, "all", fails)
    made = Counted()
    for number in range(MOST + 1):
        remembered.told(COMMUNITY, number, made)
    assert remembered.told(COMMUNITY, MOST, made) == MOST + 1, "the last is kept"
    assert remembered.told(COMMUNITY, 0, made) == MOST + 2, "the first is not"


def test_the_desk_follows_at_once_and_shows_no_manager_what_is_anothers(guild: Guild):
    guild.tell(a_spring())
    one, other = guild.sign_in(), guild.sign_in()
    pages = {room: one.get(f"/manage/{MAKERS}{room}") for room in ROOMS}
    assert {page.status_code for page in pages.values()} == {200}
    assert "Newly come" not in pages["/members"].text
    room = f"/manage/{MAKERS}/sources"
    words = {browser.get(room).text.split('name="csrf" value="')[1][:20] for browser in (one, other)}
    assert len(words) == 2, "a session's own word is in no page of another's"
    for room in ROOMS:
        assert guild.client.get(f"/manage/{MAKERS}{room}").status_code == 401
        assert guild.sign_in("member", guild.member()).get(f"/manage/{MAKERS}{room}").status_code == 403
        elsewhere = guild.sign_in(community=BAKERS).get(f"/manage/{BAKERS}{room}")
        assert "Ada of the Forum" not in elsewhere.text
    newcomer = contribution("new", "eve")
    newcomer["data"]["author"]["name"] = "Newly come"
    guild.tell([newcomer])
    assert "Newly come" in one.get(f"/manage/{MAKERS}/members").text
    assert "Newly come" in other.get(f"/manage/{MAKERS}/members").text


def test_who_is_outside_is_never_shown_what_was_made_for_those_inside(guild: Guild):
    guild.tell(a_spring())
    path = f"/c/{MAKERS}"
    inside = guild.sign_in("member", guild.member()).get(path).text
    outside = guild.client.get(path).text
    assert "1 member" in inside
    assert "1 member" not in outside
    assert guild.client.get(path).text == outside
    assert guild.sign_in().get(path).text.count("1 member") == inside.count("1 member")


def test_the_desk_forgets_whoever_was_erased(guild: Guild):
    guild.tell(a_spring())
    manager = guild.sign_in()
    assert "Ada of the Forum" in manager.get(f"/manage/{MAKERS}/members").text
    for room in ROOMS:
        manager.get(f"/manage/{MAKERS}{room}")
    path = f"/communities/{MAKERS}/members/{guild.member()}"
    gone = guild.client.delete(path, headers={"Authorization": f"Bearer {guild.manager}"})
    assert gone.status_code == 204
    for room in ROOMS:
        assert "Ada of the Forum" not in manager.get(f"/manage/{MAKERS}{room}").text, room


OF_HER = ("", "/week", "/profile")


def test_a_members_pages_follow_a_fact_a_charter_and_an_erasure_at_once(guild: Guild):
    guild.tell(a_spring())
    ada, manager = guild.member(), guild.sign_in()
    herself = guild.sign_in("member", ada)
    pages = [f"/c/{MAKERS}/m/{ada}{page}" for page in OF_HER]
    others = [f"/c/{MAKERS}/charter", f"/c/{MAKERS}/celebrations?period=month", f"/manage/{MAKERS}/members?find=ada"]
    others += [f"/manage/{MAKERS}/cohorts", f"/manage/{MAKERS}/links"]
    for page in (*pages, *others):
        assert manager.get(page).status_code == 200, page
        assert manager.get(page).text == manager.get(page).text, page
    assert herself.get(pages[0]).text != manager.get(pages[0]).text, "what a manager may do there is hers"

    week = manager.get(pages[1]).text
    guild.tell([contribution("news", "ada") | {"time": format_time(time.time_ns() // 1_000)}])
    acts = guild.get(f"/communities/{MAKERS}/members/{ada}/standing").json()["acts"]
    assert f"{acts} acts" in manager.get(pages[0]).text
    assert manager.get(pages[1]).text != week, "what she did just now is in her week"

    charter = yaml.safe_load(CHARTER) | {"name": "Makers of the Spring"}
    guild.here.book.publish_charter(MAKERS, charter, effective=0, by="test")
    for page in (*pages[:2], *others):
        assert "Makers of the Spring" in manager.get(page).text, page

    path = f"/communities/{MAKERS}/members/{ada}"
    assert guild.client.delete(path, headers={"Authorization": f"Bearer {guild.manager}"}).status_code == 204
    for page in pages:
        assert manager.get(page).status_code == 410, page
    for page in others:
        assert "Ada of the Forum" not in manager.get(page).text, page
