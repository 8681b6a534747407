"""What statements become: facts by a table that is data, about people who are known, once, until they are voided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import SettingsError
from api.app import create_app
from api.settings import Settings
from api.xapi.meaning import OWN, SOURCE, THEIRS, meanings
from api.xapi.words import WORDS
from schemas import check_event, parse_time
from tests.api.conftest import client_of
from tests.api.people import contribution
from tests.api.xapi.conftest import opened
from tests.api.xapi.telling import NOON, SCHOOL, Store, ada, by_mail, number, told, voiding

SAMPLES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("samples.yaml").read_text(encoding="utf-8"))
TABLE: dict[str, Any] = yaml.safe_load(OWN.read_text(encoding="utf-8"))
MOODLE = sorted((Path(__file__).parents[4] / "shared" / "fixtures" / "platforms").glob("moodle.*.json"))
COUNTED = {
    "charter": 1,
    "name": "The School",
    "rules": [
        {
            "rule": "liked",
            "version": 1,
            "grants": {"level": 1},
            "all": [{"distinct": "endorser", "of": "endorsement", "at_least": 1, "label": "Liked by another"}],
        }
    ],
    "ladder": [{"level": 0, "name": "New"}, {"level": 1, "name": "Liked"}],
}


def statement(sample: dict[str, Any], name: str = number(1)) -> dict[str, Any]:
    """Return the statement of a sample."""
    more = {each: value for each, value in sample.items() if each not in {"name", "verb", "gives"}}
    return told(sample["verb"], id=name, **more)


def event(given: dict[str, Any], data: Path | None = None) -> dict[str, Any] | None:
    return meanings(data).event(given, parse_time(NOON), "makers")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_a_statement_becomes_what_it_should(sample: dict[str, Any]) -> None:
    found = event(statement(sample))
    if not sample["gives"]:
        assert found is None
        return
    ((kind, data),) = sample["gives"].items()
    assert found == {
        "specversion": "1.0",
        "id": number(1),
        "source": SOURCE,
        "type": f"org.guildbook.{kind}.v1",
        "time": NOON,
        "community": "makers",
        "data": data,
    }
    assert check_event(found) == ()


def test_every_line_of_the_table_has_a_sample() -> None:
    """And whichever of its ways a verb is written, it means the same."""
    met = set()
    for sample in SAMPLES:
        names = [name for name, iris in TABLE["verbs"].items() if sample["verb"] in iris]
        for iri in (iri for name in names for iri in TABLE["verbs"][name]):
            assert event(statement({**sample, "verb": iri})) == event(statement(sample)), iri
        met.update(names)
    assert met == TABLE["verbs"].keys()
    shapes = {(each["emit"], tuple(each["data"])) for each in TABLE["facts"]}
    fields = [set(data) for sample in SAMPLES for data in sample["gives"].values()]
    assert [shape for shape in shapes if not any(found <= set(shape[1]) for found in fields)] == []


def test_samples_become_facts_once(store: Store) -> None:
    given = [statement(sample, number(n)) for n, sample in enumerate(SAMPLES, start=1)]
    wanted = sorted(kind for sample in SAMPLES for kind in sample["gives"])
    for _ in range(2):
        store.take(*given)
        assert sorted(fact.topic.removesuffix(".v1") for fact in store.facts()) == wanted
    store.take(*reversed(given))
    assert len(store.facts()) == len(wanted)
    assert len({fact.open["source"] for fact in store.facts()}) == 1
    assert store.kept_aside() == []


def test_without_an_id_it_becomes_one_fact_too(store: Store) -> None:
    for _ in range(3):
        store.take(told(), told("passed"))
    assert len(store.facts()) == 2


TIMES = {
    "in UTC": ("2026-03-01T12:00:00Z", NOON),
    "with an offset": ("2026-03-01T17:30:00+05:30", NOON),
    "with a short offset": ("2026-03-01T13:00:00+01", NOON),
    "with a plain offset": ("2026-03-01T07:00:00-0500", NOON),
    "without one": ("2026-03-01T12:00:00", NOON),
    "without seconds": ("2026-03-01T12:00Z", NOON),
    "with a fraction": ("2026-03-01T12:00:00.250Z", "2026-03-01T12:00:00.25Z"),
    "finer than we keep": ("2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123456Z"),
    "a day alone": ("2026-03-01", "2026-03-01T00:00:00Z"),
}


@pytest.mark.parametrize(("given", "wanted"), TIMES.values(), ids=TIMES)
def test_when_it_happened_is_one_instant_however_it_is_told(store: Store, given: str, wanted: str) -> None:
    (name,) = store.take(told(timestamp=given))
    assert [fact.time for fact in store.facts()] == [parse_time(wanted)]
    assert store.one(name)["timestamp"] == given
    assert store.kept_aside() == []


def test_what_moodle_sends_becomes_a_reply_and_a_presence(store: Store) -> None:
    """Its plugin gives no ids, and each in a list."""
    if not MOODLE:
        pytest.skip("no payloads of Moodle here (../shared/fixtures/platforms)")
    for file in MOODLE:
        assert store.take(*json.loads(file.read_text(encoding="utf-8")))
    made = sorted((fact.topic, fact.open.get("kind") or fact.open["state"]) for fact in store.facts())
    assert made == [("attendance.v1", "joined"), ("contribution.v1", "reply")]
    assert store.kept_aside() == []


def test_what_tells_no_time_happened_when_it_was_stored(store: Store) -> None:
    (name,) = store.take(told(timestamp=None))
    assert [fact.time for fact in store.facts()] == [parse_time(store.one(name)["stored"])]
    store.take(told(timestamp=None))
    assert len(store.facts()) == 1


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z"])
def test_what_the_book_refuses_is_kept_as_a_statement_and_set_aside(store: Store, given: str) -> None:
    (name,) = store.take(told(timestamp=given))
    assert store.one(name)["timestamp"] == given
    assert store.facts() == []
    (aside,) = store.kept_aside()
    assert (aside.why, aside.said["id"]) == ("refused", name)
    assert "time" in aside.said["words"][0]
    assert "Ada" not in str(aside.said)


def test_a_voided_statement_counts_no_more_in_either_order(store: Store) -> None:
    store.take(told(id=number(1)))
    store.take(voiding(number(1)))
    store.take(voiding(number(0xAB).upper()), told("passed", id=number(0xAB)))
    account = store.here.book.account(store.community, "xapi", "ada", SCHOOL)
    assert account
    topics = [fact.topic for fact in store.facts()]
    assert sorted(topics) == ["attendance.v1", "attendance.v1", "retraction.v1", "retraction.v1"]
    streams = {fact.stream for fact in store.facts() if fact.topic == "attendance.v1"}
    assert {fact.open["retracts"] for fact in store.facts() if fact.topic == "retraction.v1"} == streams


def test_people_are_known_by_what_names_them(store: Store) -> None:
    who: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
        "an account": (ada(), ("xapi", "ada", SCHOOL)),
        "an address": (by_mail("bo"), ("mail", "bo@school.example", "")),
        "an address in secret": ({"mbox_sha1sum": "AB" * 20}, ("mail-sha1", "ab" * 20, "")),
        "an openid": ({"openid": f"{SCHOOL}/di"}, ("openid", f"{SCHOOL}/di", "")),
        "a group": ({"objectType": "Group", **ada("team")}, ("xapi", "team", SCHOOL)),
    }
    store.take(*(told(actor=actor) for actor, _ in who.values()))
    book = store.here.book
    found = {
        book.account(store.community, platform, known_as, realm) for _, (platform, known_as, realm) in who.values()
    }
    assert None not in found
    assert {fact.open["attendee"] for fact in store.facts()} == found
    mail = book.account(store.community, "mail", "bo@school.example", "")
    assert mail
    assert book.handle(store.community, mail) == {
        "platform": "mail", "id": "bo@school.example", "email": "bo@school.example",
    }  # fmt: skip
    bearer = {"Authorization": f"Bearer {store.reader}"}
    path = f"/communities/{store.community}/accounts/xapi/ada"
    assert store.client.get(path, params={"realm": SCHOOL}, headers=bearer).json()["member"]


def test_one_address_on_two_platforms_is_proposed_as_one_person(store: Store) -> None:
    given = contribution(1)
    given["data"]["author"]["email"] = "ada@school.example"
    store.here.book.append([{**given, "community": store.community}], community=store.community)
    store.take(told(actor=by_mail()))
    key = store.here.book.vault.add_key(store.community, label="manager", scopes=["manage"])
    assert store.here.standings.wait(store.community, store.here.book.head(store.community))
    proposed = store.client.get(f"/communities/{store.community}/identity", headers={"Authorization": f"Bearer {key}"})
    assert "address" in proposed.text


LESS = {
    "a score without a number": told("scored"),
    "an answer without one": next(statement({**each, "result": {}}) for each in SAMPLES if "survey" in each["name"]),
    "a group without a name": told(actor={"objectType": "Group", "member": [ada(), by_mail("bo")]}),
}


@pytest.mark.parametrize("given", LESS.values(), ids=LESS)
def test_what_says_too_little_for_a_fact_is_kept_and_becomes_none(store: Store, given: dict[str, Any]) -> None:
    store.take(given)
    assert len(store.found()) == 1
    assert (store.facts(), store.kept_aside()) == ([], [])


def test_to_praise_oneself_yields_nothing(store: Store) -> None:
    store.here.book.publish_charter(store.community, COUNTED, effective=0, by="test")
    thing = {"type": "http://id.tincanapi.com/activitytype/discussion"}
    post = {"id": f"{SCHOOL}/post/1", "definition": thing}
    store.take(told("created", object=post), told("http://id.tincanapi.com/verb/rated", "post/1"))
    account = store.here.book.account(store.community, "xapi", "ada", SCHOOL)
    assert account

    def level() -> int:
        assert store.here.standings.wait(store.community, store.here.book.head(store.community))
        return int(store.here.standings.standing(store.community, account)["level"])

    assert level() == 0
    store.take(told("http://id.tincanapi.com/verb/rated", "post/1", actor=ada("bo")))
    assert level() == 1


def test_who_comments_on_a_work_is_not_its_author(store: Store) -> None:
    """The object of such a statement is another's, and two may comment on one."""
    store.take(told("commented", "post/1"), told("commented", "post/1", actor=ada("bo")))
    made = [fact.open for fact in store.facts()]
    assert len({each["item"] for each in made}) == 2
    assert {each["about"] for each in made} == {store.here.book.token(store.community, f"{SCHOOL}/post/1")}


def test_to_guide_somebody_twice_is_two_works(store: Store) -> None:
    guided = {"objectType": "Agent", **ada("bo")}
    store.take(*(told("http://id.tincanapi.com/verb/mentored", object=guided, timestamp=t) for t in (NOON, None)))
    assert len({fact.open["item"] for fact in store.facts()}) == 2


# A table of the installation's own

LIKES: dict[str, Any] = {
    "verbs": {"praised": [f"{SCHOOL}/verbs/praised"], "viewed": [f"{SCHOOL}/verbs/seen"]},
    "ignore": ["completed"],
    "facts": [
        {
            "verb": ["praised", f"{SCHOOL}/verbs/lauded"],
            "emit": "endorsement",
            "data": {"endorser": "$actor", "item": "$object", "strength": "reaction"},
        },
        {
            "verb": ["passed"],
            "types": [f"{SCHOOL}/exam"],
            "emit": "metric",
            "data": {"metric": "exam", "value": "$scaled", "member": "$actor"},
        },
    ],
}


def written(folder: Path, table: Any) -> Path:
    text = table if isinstance(table, str) else yaml.safe_dump(table)
    (folder / THEIRS).write_text(text, encoding="utf-8")
    return folder


def test_an_installation_adds_a_table_of_its_own(tmp_path: Path) -> None:
    data = written(tmp_path, LIKES)

    def kind(given: dict[str, Any]) -> str:
        found = event({"id": number(1), **given}, data)
        return found["type"].split(".")[2] if found else ""

    assert kind(told(f"{SCHOOL}/verbs/praised")) == kind(told(f"{SCHOOL}/verbs/lauded")) == "endorsement"
    assert kind(told("completed")) == kind(told(f"{SCHOOL}/verbs/seen")) == ""
    exam = {"id": f"{SCHOOL}/exam/1", "definition": {"type": f"{SCHOOL}/exam"}}
    assert kind(told("passed", object=exam, result={"score": {"scaled": 1}})) == "metric"
    assert kind(told("passed")) == "attendance"


def test_a_statement_that_was_kept_becomes_a_fact_when_it_comes_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, log_level="error", renew=False)
    praise = told(f"{SCHOOL}/verbs/praised", id=number(1))
    with client_of(settings) as client:
        store = opened(client)
        assert (store.take(praise), store.facts()) == ([number(1)], [])
    written(tmp_path, LIKES)
    meanings.cache_clear()  # as by a restart
    with client_of(settings) as client:
        again = replace(store, client=client, here=client.app.state.installation)  # type: ignore[attr-defined]
        assert again.take(praise) == [number(1)]
        assert [fact.topic for fact in again.facts()] == ["endorsement.v1"]


def line(**changed: Any) -> dict[str, Any]:
    """Return a table of one line, which is otherwise in order."""
    return {"facts": [{**LIKES["facts"][0], "verb": [f"{SCHOOL}/verbs/lauded"], **changed}]}


WRONG: dict[str, tuple[Any, str]] = {
    "no YAML": ("{", "wanted YAML"),
    "a list": ([], "wanted facts, ignore, verbs"),
    "a member that is none": ({"verb": {}}, "wanted facts, ignore, verbs"),
    "a verb in no list": ({"verbs": {"seen": f"{SCHOOL}/seen"}}, "lists of IRIs"),
    "verbs that are none": ({"verbs": ["seen"]}, "lists of IRIs"),
    "what is ignored in no list": ({"ignore": "viewed"}, "lists of IRIs"),
    "a line that is none": ({"facts": ["x"]}, "facts/0: wanted verb, emit and data"),
    "a line without an event": ({"facts": [{"verb": ["passed"]}]}, "facts/0: wanted verb, emit and data"),
    "a verb nobody knows": (line(verb=["lauded"]), "got 'lauded'"),
    "types in no list": (line(types="x"), "types: wanted a list"),
    "a fact that is none": (line(emit="praise"), "emit: wanted a type of fact, got 'praise'"),
    "what only voiding becomes": (line(emit="retraction"), "emit: wanted"),
    "a field that is none": (line(data={"colour": "red"}), "data: wanted some of"),
    "a line without what its fact must have": (line(data={"item": "$object"}), "data: wanted endorser, strength too"),
    "a word that is none": (
        line(data={"endorser": "$actor", "item": "$colour", "strength": "reaction"}),
        f"data/item: wanted one of {next(iter(WORDS))}",
    ),
}


@pytest.mark.parametrize(("table", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_it_is_said_before_anything_is_served(tmp_path: Path, table: Any, words: str) -> None:
    written(tmp_path, table)
    with pytest.raises(SettingsError) as raised:
        create_app(Settings(data=tmp_path))
    assert words in str(raised.value)
    assert str(raised.value).startswith(THEIRS)
