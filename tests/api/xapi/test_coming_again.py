"""An LMS that sends everything again, and whoever is forgotten: on each store, over restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.settings import Settings
from tests.api.conftest import client_of
from tests.api.xapi.conftest import opened
from tests.api.xapi.telling import SCHOOL, SECOND, Store, ada, attachment, number, part, told, voiding
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from pathlib import Path

VERBS = ("completed", "answered", "attended", "experienced", "initialized")


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    database = request.getfixturevalue("postgres_database") if request.param == "postgres" else ""
    data = tmp_path / "data"
    return Settings(
        data=data, database=database, base_url="http://127.0.0.1:8700", log_level="error", renew=False, follow=False
    )


def again(store: Store, settings: Settings, then: Any) -> None:
    """Start the installation anew, and let it be asked with the keys there were."""
    with client_of(settings) as client:
        here: Any = client.app.state.installation  # type: ignore[attr-defined]
        then(Store(client, here, store.community, store.key, store.poster, store.reader))


def counted(settings: Settings, table: str) -> int:
    return int(run(database_of(settings), f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608  a table of ours


def database_of(settings: Settings) -> str:
    return str(settings.database or settings.data / "book.sqlite")


def statements(count: int) -> list[dict[str, Any]]:
    """Return what an LMS tells of one term: half with ids, half without."""
    found = []
    for n in range(count):
        each = told(VERBS[n % 5], f"course/{n % 40}", actor=ada(f"pupil-{n % 25}"))
        each["timestamp"] = f"2026-03-{1 + n // 24 % 28:02}T{n % 24:02}:{n // 672:02}:00Z"
        found.append(each | ({"id": number(n)} if n % 2 else {}))
    return found


def test_a_thousand_statements_sent_again_after_a_restart_are_nothing_new(settings: Settings):
    term = statements(1_000)
    batches = [term[start : start + 100] for start in range(0, 1_000, 100)]
    with client_of(settings) as client:
        store = opened(client)
        ids = [store.take(*batch) for batch in batches]
    before = [counted(settings, table) for table in ("vault.statements", "stored_events")]
    assert before == [1_000, 400]

    def sent_again(store: Store) -> None:
        assert [store.take(*batch) for batch in reversed(batches)] == ids[::-1]
        assert [store.take(each) for each in term[:40]] == [[name] for name in ids[0][:40]]
        assert store.kept_aside() == []

    again(store, settings, sent_again)
    assert [counted(settings, table) for table in ("vault.statements", "stored_events")] == before


def naming_ada() -> list[dict[str, Any]]:
    """Return statements that name Ada, each in another place."""
    group = {"objectType": "Group", "member": [ada("bo"), ada()]}
    bo: dict[str, Any] = {"actor": ada("bo")}
    within = {"objectType": "SubStatement", **{name: told()[name] for name in ("actor", "verb", "object")}}
    contexts = [
        {"instructor": ada()},
        {"team": group},
        {"contextAgents": [{"objectType": "contextAgent", "agent": ada()}]},
        {"contextGroups": [{"objectType": "contextGroup", "group": group}]},
    ]
    found = [told(), told("mentored", **bo, object={"objectType": "Agent", **ada()}), told(actor=group)]
    found += [told("mentored", **bo, object=group), told("asked", **bo, object=within)]
    found += [told(**bo, context=each) for each in contexts]
    return [each | {"id": number(n)} for n, each in enumerate(found)]


def test_of_whoever_is_erased_nothing_can_be_read_and_of_others_all(settings: Settings):
    hers = naming_ada()
    names = [each["id"] for each in hers]
    secret, mine = number(100), number(101)
    others = [told(id=mine, actor=ada("bo")), voiding(names[0], id=number(102), actor=ada("bo"))]
    state = {"activityId": SCHOOL, "stateId": "page"}
    profile = {"profileId": "likes"}

    def documents(store: Store, who: str, method: str = "GET") -> list[int]:
        agent = {"agent": json.dumps(ada(who))}
        asked: dict[str, Any] = {"content": b"x", "headers": {"If-None-Match": "*"}} if method == "PUT" else {}
        return [
            store.ask(method, "activities/state", params=state | agent, **asked).status_code,
            store.ask(method, "agents/profile", params=profile | agent, **asked).status_code,
        ]

    def check(store: Store) -> None:
        for name in (*names, secret):
            assert store.get(statementId=name).status_code == 404
            assert store.get(voidedStatementId=name).status_code == 404
        listed = store.get(attachments="true")
        assert "Ada" not in listed.text
        assert "photo" not in listed.text
        assert [each["id"] for each in store.get().json()["statements"]] == [number(102), mine]
        assert store.found(agent=json.dumps(ada()), related_agents="true") == []
        assert documents(store, "ada") == [404, 404]
        assert documents(store, "bo") == [200, 200]

    with client_of(settings) as client:
        store = opened(client)
        store.take(*hers, version=SECOND)
        store.take(*others, version=SECOND)
        assert store.attached(told(id=secret, attachments=[attachment(b"photo")]), part(b"photo")).status_code == 200
        assert documents(store, "ada", "PUT") == documents(store, "bo", "PUT") == [204, 204]
        facts = len(store.facts())
        account = store.here.book.account(store.community, "xapi", "ada", SCHOOL)
        assert account
        store.here.book.erase(store.community, [account])
        check(store)
        minted = counted(settings, "vault.accounts")
        assert store.take(*hers, version=SECOND) == names  # as an LMS does that knows nothing of it
        assert counted(settings, "vault.accounts") == minted
        assert len(store.facts()) == facts + 1  # that she was erased
        check(store)
    assert counted(settings, "vault.statement_files") == 0
    again(store, settings, check)
