"""A ring is shown to the manager; what she decides counts, and can be taken back."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from tests.api.conftest import client_of, opened
from tests.api.people import COMMUNITY, SOURCE, account, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from tests.api.conftest import Guild

RING = ("xa", "xb", "xc", "xd")
FAIRNESS = f"/communities/{COMMUNITY}/fairness"
WORKS = 5


def an_instant(day: int) -> str:
    return f"2025-{1 + day // 28:02}-{1 + day % 28:02}T10:00:00Z"


def a_work(who: str, day: int, item: str) -> dict[str, Any]:
    told = {"author": account(who, name=who.title()), "item": f"{SOURCE}/{item}", "kind": "resource"}
    return event("contribution", item, told, time=an_instant(day))


def a_voice(by: str, of: str, day: int, item: str) -> dict[str, Any]:
    told = {"endorser": account(by), "endorsee": account(of), "item": f"{SOURCE}/{item}", "strength": "review"}
    return event("endorsement", f"{item}-{by}", told, time=an_instant(day))


def a_village() -> list[dict[str, Any]]:
    """Return a year of an honest place, and the ring that came in its autumn."""
    told = []
    for number in range(160):
        author = f"p{number % 20}"
        told += [
            a_work(author, 2 * number, f"w{number}"),
            a_voice(f"p{number * 7 % 3}", author, 2 * number, f"w{number}"),
        ]
    for author in RING:
        told += [a_work(author, 250 + number, f"{author}{number}") for number in range(WORKS)]
    for author, by in permutations(RING, 2):
        told += [a_voice(by, author, 250 + number, f"{author}{number}") for number in range(WORKS)]
    return told


def settled_by(guild: Guild) -> Guild:
    """Return an installation that heard of the village, all of it counted."""
    outcomes = guild.here.book.append(a_village(), community=COMMUNITY)
    guild.here.told(COMMUNITY, outcomes)
    assert guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    return guild


@pytest.fixture
def village(guild: Guild) -> Guild:
    """Give a community with a ring in it."""
    return settled_by(guild)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    """Give such a community to tests that only look."""
    settings = Settings(data=tmp_path_factory.mktemp("village") / "data", base_url="http://127.0.0.1:8700")
    with client_of(settings) as client:
        yield settled_by(opened(client))


def decide(guild: Guild, case: str, decision: str, reason: str = "They write us every day.", **more: Any) -> Response:
    headers = {"Authorization": f"Bearer {more.pop('key', guild.manager)}"}
    sent = {"decision": decision, "reason": reason, **more}
    answer: Response = guild.client.post(f"{FAIRNESS}/{case}/decision", json=sent, headers=headers)
    if answer.status_code == 201:
        assert guild.here.standings.wait(COMMUNITY, max(answer.json()["recorded"]))
    return answer


def level(guild: Guild, who: str) -> int:
    told = guild.get(f"/communities/{COMMUNITY}/members/{guild.member(who)}/standing").json()
    return int(told["level"])


def the_ring(guild: Guild) -> dict[str, Any]:
    (found,) = guild.get(FAIRNESS).json()["proposals"]
    return dict(found)


def test_a_ring_is_shown_with_evidence_names_and_what_a_discount_would_change(seen: Guild):
    found = the_ring(seen)
    ids = {seen.member(who): who.title() for who in RING}

    assert (found["kind"], found["state"]) == ("ring", "proposed")
    assert {one["member"]: one["name"] for one in found["members"]} == ids
    assert found["evidence_count"] == len(found["evidence"]) == 12 * WORKS
    assert found["says"][0].startswith(f"4 people endorsed one another {12 * WORKS} times.")
    assert {(one["by"]["member"], one["of"]["member"]) for one in found["voices"]} == set(permutations(ids, 2))
    assert {(one["name"], one["level"]["from"], one["level"]["to"]) for one in found["effect"]} == {
        (who.title(), 2, 1) for who in RING
    }
    assert seen.get(FAIRNESS).json()["proposals"] == [found]


def test_no_account_id_leaves(seen: Guild):
    accounts = {seen.here.book.account(COMMUNITY, "forum", who) for who in RING}
    text = seen.get(FAIRNESS).text
    assert "account" not in text.replace("accounts", "")
    assert not [one for one in accounts if one and one in text]


def test_without_effects_nothing_is_derived(seen: Guild):
    (found,) = seen.get(f"{FAIRNESS}?effects=false").json()["proposals"]
    assert "effect" not in found


def test_a_discount_takes_away_and_a_restoration_gives_back_as_if_it_had_never_been(village: Guild):
    before = {who: level(village, who) for who in (*RING, "p0", "p1")}
    case = the_ring(village)["case"]
    assert [before[who] for who in RING] == [2] * 4

    answer = decide(village, case, "discount")
    assert answer.status_code == 201
    assert (answer.json()["state"], len(answer.json()["recorded"])) == ("discounted", 4)
    assert [level(village, who) for who in RING] == [1] * 4
    found = village.get(FAIRNESS).json()
    assert found["proposals"] == []
    assert [(one["case"], one["state"], one["reason"]) for one in found["decided"]] == [
        (case, "discounted", "They write us every day.")
    ]

    assert decide(village, case, "appeal", "We are a class.").json()["state"] == "appealed"
    assert [level(village, who) for who in RING] == [1] * 4
    assert decide(village, case, "restore", "They are.").json()["state"] == "restored"
    assert {who: level(village, who) for who in before} == before
    found = village.get(FAIRNESS).json()
    assert found["proposals"] == []
    assert [(one["state"], one["reason"]) for one in found["decided"]] == [("restored", "They are.")]


def test_an_appeal_can_be_refused(village: Guild):
    case = the_ring(village)["case"]
    for decision in ("discount", "appeal", "discount"):
        assert decide(village, case, decision).status_code == 201
    assert village.get(FAIRNESS).json()["decided"][0]["state"] == "discounted"


def test_what_was_left_rests_until_more_has_come(village: Guild):
    case = the_ring(village)["case"]
    assert decide(village, case, "leave").json()["state"] == "left"
    assert [level(village, who) for who in RING] == [2] * 4
    assert village.get(FAIRNESS).json()["proposals"] == []

    more = [a_work("xa", 260, f"xa-more{number}") for number in range(6)]
    village.tell(more + [a_voice("xb", "xa", 261, f"xa-more{number}") for number in range(6)])
    again = the_ring(village)
    assert again["case"] == case
    assert decide(village, case, "discount").status_code == 201
    assert [level(village, who) for who in RING] == [1] * 4


@pytest.mark.parametrize("decision", ["appeal", "restore"])
def test_what_was_not_taken_cannot_be_given_back(seen: Guild, decision):
    answer = decide(seen, the_ring(seen)["case"], decision)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/decision"
    assert "this one is proposed" in answer.json()["detail"]


def test_what_is_no_decision_is_refused_with_every_fault(seen: Guild):
    case = the_ring(seen)["case"]
    answer = decide(seen, case, "punish", " ", why="no")
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/decision", "/reason", "/why"}
    headers = {"Authorization": f"Bearer {seen.manager}"}
    where = f"{FAIRNESS}/{case}/decision"
    assert seen.client.post(where, json=[], headers=headers).status_code == 422
    assert (
        seen.client.post(where, content=b"{", headers=headers | {"Content-Type": "application/json"}).status_code == 400
    )
    assert seen.client.post(where, content=b"{}", headers=headers | {"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("case", ["ring-0123456789abcdef", "ring", "flood-0123456789abcdeg"])
def test_a_case_nobody_knows_is_not_found(seen: Guild, case):
    assert decide(seen, case, "leave").status_code == 404


def test_whoever_was_erased_is_named_nowhere_and_the_others_can_still_be_restored(village: Guild):
    case = the_ring(village)["case"]
    decide(village, case, "discount")
    headers = {"Authorization": f"Bearer {village.manager}"}
    gone = village.member("xa")
    assert village.client.delete(f"/communities/{COMMUNITY}/members/{gone}", headers=headers).status_code == 204
    assert village.here.standings.wait(COMMUNITY, village.here.book.head(COMMUNITY))

    (found,) = village.get(FAIRNESS).json()["decided"]
    assert found["case"] == case
    assert {one["name"] for one in found["members"]} == {"Xb", "Xc", "Xd"}
    assert len(decide(village, case, "restore").json()["recorded"]) == 6
    assert [level(village, who) for who in RING[1:]] == [2] * 3


def test_an_empty_community_has_nothing_to_look_at(guild: Guild):
    assert guild.get(FAIRNESS).json() == {"position": 1, "proposals": [], "decided": []}


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, [*words], env={"GUILDBOOK_DATA": str(folder), "COLUMNS": "200"})


def test_the_shell_shows_and_decides_the_same(village: Guild):
    folder = village.here.settings.data
    shown = run(folder, "fairness", COMMUNITY)
    assert shown.exit_code == 0, shown.output
    case = the_ring(village)["case"]
    assert case in shown.output
    assert "without them Xa would lose level 2" in shown.output

    assert run(folder, "fairness", COMMUNITY, case, "punish").exit_code == 1
    assert run(folder, "fairness", COMMUNITY, case, "leave").exit_code == 1
    assert run(folder, "fairness", COMMUNITY, case, "restore", "--reason", "so").exit_code == 1
    done = run(folder, "fairness", COMMUNITY, case, "discount", "--reason", "They write us every day.")
    assert (done.exit_code, done.output.strip()) == (0, f"{case} is discounted.")
    assert [level(village, who) for who in RING] == [1] * 4
    assert "is discounted since" in run(folder, "fairness", COMMUNITY).output
    assert run(folder, "fairness", COMMUNITY, case, "restore", "--reason", "no", "--json").exit_code == 0
    assert [level(village, who) for who in RING] == [2] * 4
