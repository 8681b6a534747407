"""The community's pages for every kind of caller: names, works, sessions and counts, to whom each is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.celebrating.test_celebrations import consent, stamp
from tests.api.celebrating.test_reminders import planned
from tests.api.guard.test_auth import CALLERS, INSIDERS, callers, inside
from tests.api.people import COMMUNITY, SOURCE, account, contribution, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx2 import Response

    from tests.api.conftest import Guild

    Ask = Callable[[str, str, str], Response]

__all__ = ["callers", "inside"]  # fixtures: Di holds the role Host
PAGE = f"/c/{COMMUNITY}"
OUTSIDERS = set(CALLERS) - INSIDERS - {"forger"}


def shared(who: str, title: str, **more: Any) -> dict[str, Any]:
    return contribution(title.replace(" ", "-").lower(), who, title=title, **more)


def was_there(who: str, session: str) -> dict[str, Any]:
    told = {"session": session, "mode": "sync", "setting": "collaborative", "format": "workshop", "state": "attended"}
    return event("attendance", f"{who}-{session}", told | {"attendee": account(who)}, time=stamp(days=3))


@pytest.fixture(scope="module")
def told(inside: Guild) -> Guild:
    """Let Ada allow that she is named, and Cy take it back; Bo and Di say nothing."""
    team = {"member": account("bo"), "kind": "team", "value": "lending-library", "change": "started"}
    inside.tell(
        [
            shared("ada", "Steam box"),
            shared("bo", "Clamp rack"),
            shared("cy", "Quiet jig"),
            consent("ada"),
            consent("cy", "withdrawn"),
            planned(20),
            was_there("ada", "s:9"),
            was_there("bo", "s:9"),
            event("assignment", "team", team, time=stamp(days=2)),
        ]
    )
    return inside


def seen(callers: Ask, path: str) -> dict[str, str]:
    """Return what every caller but the forger reads."""
    answers = {caller: callers(caller, "GET", PAGE + path) for caller in CALLERS}
    assert answers.pop("forger").status_code == 401
    assert {answer.status_code for answer in answers.values()} == {200}
    return {caller: answer.text for caller, answer in answers.items()}


def who_reads(pages: dict[str, str], words: str) -> set[str]:
    return {caller for caller, page in pages.items() if words in page}


EVERYBODY = INSIDERS | OUTSIDERS


@pytest.mark.usefixtures("told")
def test_the_toolkit(callers: Ask) -> None:
    pages = seen(callers, "/toolkit")
    assert who_reads(pages, "Steam box") == EVERYBODY
    assert who_reads(pages, "Ada of the Forum") == EVERYBODY
    for words in ("Clamp rack", f"{SOURCE}/p/clamp-rack", ">Bo<", "Quiet jig"):
        assert who_reads(pages, words) == INSIDERS, words
    assert who_reads(pages, "Cy of the Forum") == set(), "she took it back"


@pytest.mark.usefixtures("told")
def test_who_holds_a_role(callers: Ask) -> None:
    pages = seen(callers, "")
    assert who_reads(pages, ">Di<") == INSIDERS
    assert who_reads(pages, "One member holds it.") == OUTSIDERS
    for words in ("Lending library", "1 member is ready", "Clamp rack"):
        assert who_reads(pages, words) == INSIDERS, words
    assert who_reads(pages, "Steam box") == EVERYBODY


@pytest.mark.parametrize("path", ["", "/sessions"])
@pytest.mark.usefixtures("told")
def test_sessions(callers: Ask, path: str) -> None:
    pages = seen(callers, path)
    for words in ("Bending ash", "https://meet.example/secret-door", "2 came"):
        assert who_reads(pages, words) == INSIDERS, words
    assert who_reads(pages, "Monthly workshop") == EVERYBODY


def test_who_was_named_no_more_is_a_member(guild: Guild) -> None:
    role = {"member": account("di"), "kind": "role", "value": "host", "change": "started"}
    guild.tell([contribution("d", "di"), event("assignment", "di", role, time=stamp(days=9))])
    outside = lambda: guild.get(PAGE, "").text  # noqa: E731  asked again and again
    inside_ = lambda: guild.get(PAGE).text  # noqa: E731
    assert "Di of the Forum" not in outside()
    assert "One member holds it." in outside()
    guild.tell([consent("di")])
    assert "Di of the Forum" in outside()
    guild.tell([consent("di", "withdrawn")])
    assert "Di of the Forum" not in outside() + inside_()
    assert "One member holds it." in inside_()


def test_who_took_back_her_profile_is_named_nowhere(guild: Guild) -> None:
    guild.tell([shared("ada", "Steam box"), consent("ada"), consent("ada", "withdrawn", "profile")])
    assert "Steam box" not in guild.get(f"{PAGE}/toolkit", "").text
    assert "Steam box" in guild.get(f"{PAGE}/toolkit").text
    assert "Ada of the Forum" not in guild.get(f"{PAGE}/toolkit").text


def test_the_erased_are_nowhere_and_neither_are_their_works(guild: Guild) -> None:
    role = {"member": account("ada"), "kind": "role", "value": "host", "change": "started"}
    guild.tell([shared("ada", "Steam box"), consent("ada"), event("assignment", "ada", role, time=stamp(days=9))])
    for path in ("", "/toolkit"):
        assert "Ada of the Forum" in guild.get(PAGE + path, "").text
    headers = {"Authorization": f"Bearer {guild.manager}"}
    assert guild.client.delete(f"/communities/{COMMUNITY}/members/{guild.member()}", headers=headers).is_success
    for path in ("", "/toolkit"):
        for key in ("", guild.manager):
            page = guild.get(PAGE + path, key).text
            assert "Ada" not in page
            assert "Steam box" not in page


def test_what_moderation_hides_leaves_at_once(guild: Guild) -> None:
    guild.tell([shared("ada", "Steam box"), consent("ada")])
    assert "Steam box" in guild.get(f"{PAGE}/toolkit", "").text
    case = {"case": "c:1", "item": f"{SOURCE}/p/steam-box", "action": "hidden"}
    guild.tell([event("moderation", 1, case, time=stamp(days=0))])
    for path in ("", "/toolkit"):
        assert "Steam box" not in guild.get(PAGE + path).text
