"""What is remembered of a community is never another's, nobody's own, nor older than the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.remembered import FRESH, MOST, Remembered
from ledger import UnknownCommunityError
from tests.api.people import COMMUNITY as MAKERS
from tests.api.people import ELSEWHERE as BAKERS
from tests.api.people import a_spring, contribution
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
def remembered(world: World, now: list[float]) -> Remembered:
    return Remembered(world.book, world.views, world.standings, clock=lambda: now[0])


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


def test_time_makes_it_anew(remembered: Remembered, now: list[float]):
    made = Counted()
    assert remembered.told(COMMUNITY, "all", made) == 1
    now[0] += FRESH - 1
    assert remembered.told(COMMUNITY, "all", made) == 1
    now[0] += 1
    assert remembered.told(COMMUNITY, "all", made) == 2


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
