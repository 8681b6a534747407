"""The trail says what people decided, by whom and why; what rules grant by themselves is not in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from api.desk import trail
from tests.api.desk.test_deciding import post, trouble
from tests.api.people import COMMUNITY, a_spring, contribution

if TYPE_CHECKING:
    import pytest

    from tests.api.conftest import Guild

TRAIL = f"/manage/{COMMUNITY}/trail"


def lines(page: str) -> list[str]:
    told = re.findall(r"<li>(.*?)</li>", page.split('class="trail"')[1], re.DOTALL) if 'class="trail"' in page else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each)).strip() for each in told]


def decided(guild: Guild) -> None:
    guild.tell(a_spring())
    badge = guild.badge()
    guild.tell(trouble())
    browser = guild.sign_in()
    assert post(guild, browser, "awards", member=guild.member("bo"), badge="sharer", reason="on paper").is_redirect
    assert post(guild, browser, f"reviews/{badge.id}", decision="revoke", reason="both were copies").is_redirect
    assert post(guild, browser, "identity/link", one="git:ada", other="forum:ada", reason="she said so").is_redirect


def test_decisions_stand_with_who_and_why(guild: Guild):
    decided(guild)
    told = lines(guild.get(TRAIL).text)
    assert len(told) == 4
    link, revoked, given, charter = told
    assert "Account linked" in link
    assert "“she said so”" in link
    assert "Revoked the badge Sharer of Ada of the Forum" in revoked
    assert "“both were copies”" in revoked
    assert "Gave the badge Sharer by hand to Bo" in given
    assert "by manager" in given
    assert "“on paper”" in given
    assert "Published charter version 1" in charter
    assert "by test" in charter


def test_pages_go_back_without_leaving_any_out(guild: Guild, monkeypatch: pytest.MonkeyPatch):
    decided(guild)
    whole = lines(guild.get(TRAIL).text)
    for most, through, at_once in ((1, 20_000, 2_000), (50, 3, 2), (2, 5, 1), (3, 4, 100)):
        monkeypatch.setattr(trail, "MOST", most)
        monkeypatch.setattr(trail, "LOOKED_THROUGH", through)
        monkeypatch.setattr(trail, "_AT_ONCE", at_once)
        path, found = TRAIL, list[Any]()
        for _ in range(60):
            page = guild.get(path).text
            found += lines(page)
            earlier = re.search(r"trail\?before=(\d+)", page)
            if earlier is None:
                break
            path = f"{TRAIL}?before={earlier[1]}"
        assert found == whole, (most, through, at_once)


def test_someone_forgotten_is_named_nowhere(guild: Guild):
    decided(guild)
    guild.tell([contribution("late", "bo")])
    member = guild.member("bo")
    erased = guild.client.delete(
        f"/communities/{COMMUNITY}/members/{member}", headers={"Authorization": f"Bearer {guild.manager}"}
    )
    assert erased.status_code == 204
    page = guild.get(TRAIL).text
    assert "Forgot a member" in page
    assert "on paper" not in page
    assert member not in page
    assert "Bo" not in " ".join(lines(page)).split()


def test_odd_questions(guild: Guild):
    assert guild.get(f"{TRAIL}?before=0").status_code == 422
    assert guild.get(f"{TRAIL}?before=x").status_code == 422
    assert guild.get(f"{TRAIL}?before=99999999999").status_code == 200
    assert guild.get(f"{TRAIL}?before=1").status_code == 200
