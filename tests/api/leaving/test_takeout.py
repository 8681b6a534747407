"""What a member takes along: all that is hers, each thing once, and nothing of anybody else."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.installation import Installation, migrate
from api.leaving.takeout import takeout
from api.people.members import Member, member_of
from api.settings import Settings
from api.verifying.judging import judge_with
from badges import ShownFact
from ledger import Drawer, NewStatement
from ledger.transparency import VerifierKey
from tests.api.people import CHARTER, COMMUNITY, a_spring, account, contribution, endorsement, event
from tests.world import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}/members"
PEOPLE = ("ada", "bo", "cy", "di")


HASHES = re.compile(r"[A-Za-z0-9+/=_-]{20,}")  # and signatures, tokens, salts, in base64


class Archive:
    """An archive as its reader unpacks it."""

    def __init__(self, content: bytes) -> None:
        archive = zipfile.ZipFile(io.BytesIO(content))
        assert archive.testzip() is None
        self.names = archive.namelist()
        assert len(set(self.names)) == len(self.names)
        self.files = {name: archive.read(name).decode() for name in self.names}
        self.member = json.loads(self.files["member.json"])
        self.facts = [json.loads(line) for line in self.files["facts.ndjson"].splitlines()]
        self.text = "\n".join(text for name, text in self.files.items() if name != "README.txt")
        self.words = HASHES.sub("", self.text)  # in which a short name stands only where it was meant


def test_a_member_takes_all_of_hers_along(spring: Guild):
    answer = spring.sign_in("member", spring.member()).get(f"{BASE}/{spring.member()}/takeout")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="makers-{spring.member()}.zip"'
    assert answer.headers["cache-control"] == "no-store"
    found = Archive(answer.content)
    badge = spring.badge().id
    proofs = [f"proofs/{fact['position']}.json" for fact in found.facts]
    assert found.names == [
        "README.txt", "member.json", "facts.ndjson", f"credentials/{badge}.json", "log.vkey", *proofs,
    ]  # fmt: skip

    told = found.member
    assert told["member"] == spring.member()
    assert told["community"] == {"slug": COMMUNITY, "name": "Makers"}
    assert [(one["platform"], one["id"], one["name"]) for one in told["accounts"]] == [
        ("forum", "ada", "Ada of the Forum")
    ]
    assert told["standing"]["level"] == 2
    assert [(one["level"], one["level_name"]) for one in told["levels"]] == [(1, "Member"), (2, "Maker")]
    assert told["levels"][0]["since"] == "2026-03-01T09:00:00Z"
    assert {verdict["rule"] for verdict in told["verdicts"]} >= {"maker@2", "mentor@1", "sharer@1"}
    assert [one["credential"] for one in told["badges"]] == [f"http://127.0.0.1:8700/credentials/{badge}"]

    kinds = [fact["topic"] for fact in found.facts]
    assert kinds == ["contribution.v1"] * 3 + ["endorsement.v1"] * 4 + ["award.issued.v1"]
    assert found.facts[0]["open"]["author"] == "me"
    assert found.facts[0]["sealed"]["title"] == "How to bend ash, part 1"
    assert found.facts[0]["time"] == "2026-03-01T09:00:00Z"
    assert {fact["open"].get("endorser", "another member") for fact in found.facts} == {"another member"}
    assert "Bo" not in found.words
    assert 'You are "me"' in found.files["README.txt"]
    assert judge_with(spring.here.documents, found.files[f"credentials/{badge}.json"].encode()).valid


def test_every_fact_of_hers_is_proved_and_opened_as_far_as_it_is_hers(spring: Guild):
    ada = member_of(spring.here, COMMUNITY, spring.here.book.account(COMMUNITY, "forum", "ada") or "")
    assert ada
    found = Archive(b"".join(takeout(spring.here, ada)))
    key = VerifierKey.parse(found.files["log.vkey"].strip())
    assert key == spring.here.book.log.key(COMMUNITY)
    for fact in found.facts:
        shown = ShownFact.parse(found.files[f"proofs/{fact['position']}.json"].encode())
        assert shown.check(key).index + 1 == fact["position"]
        parts = [shown.opening.content(number) for number in shown.opening.parts]
        assert {name: value for part in parts for name, value in part.items()} == fact["sealed"]


def test_a_manager_hands_it_out_and_nobody_else(spring: Guild):
    path = f"{BASE}/{spring.member()}/takeout"
    assert spring.get(path).status_code == 200
    assert spring.get(path, spring.reader).status_code == 403
    assert spring.sign_in("member", spring.member("bo")).get(path).status_code == 404
    assert spring.get(f"{BASE}/{'a' * 26}/takeout").status_code == 404
    assert spring.get(f"{BASE}/nobody/takeout").status_code == 404


def test_whom_others_only_named_has_something_to_take_too(guild: Guild):
    written = contribution(1, coauthors=[account("eve", name="Eve the Quiet")])
    guild.tell([written])
    eve = member_of(guild.here, COMMUNITY, guild.here.book.account(COMMUNITY, "forum", "eve") or "")
    assert eve
    found = Archive(b"".join(takeout(guild.here, eve)))
    assert (found.member["standing"], found.member["levels"], found.member["badges"]) == (None, [], [])
    assert found.member["accounts"][0]["name"] == "Eve the Quiet"
    (fact,) = found.facts
    assert (fact["open"]["author"], fact["open"]["coauthors"]) == ("another member", ["me"])
    assert fact["sealed"] == {}
    assert "ash" not in found.words


def test_what_withdraws_a_fact_of_hers_goes_along_whenever_it_came(guild: Guild):
    def withdrawn(number: int, of: str) -> dict[str, Any]:
        return event("retraction", number, {"retracts": of, "reason": "mistake"})

    early, late, other = (
        withdrawn(n, of) for n, of in enumerate(("contribution-1", "contribution-2", "endorsement-9-bo"))
    )
    guild.tell([early, contribution(1), contribution(2), late, endorsement(9, "bo", "cy"), other])
    ada = member_of(guild.here, COMMUNITY, guild.here.book.account(COMMUNITY, "forum", "ada") or "")
    assert ada
    found = Archive(b"".join(takeout(guild.here, ada)))
    streams = [fact["stream"] for fact in found.facts if fact["topic"] == "contribution.v1"]
    retracts = [fact["open"]["retracts"] for fact in found.facts if fact["topic"] == "retraction.v1"]
    assert len(streams) == 2
    assert retracts == streams


def test_progress_is_told_to_the_end(spring: Guild):
    ada = member_of(spring.here, COMMUNITY, spring.here.book.account(COMMUNITY, "forum", "ada") or "")
    assert ada
    told: list[tuple[int, int]] = []
    b"".join(takeout(spring.here, ada, lambda done, of: told.append((done, of))))
    head = spring.here.book.head(COMMUNITY)
    assert told == [(head, head)]


# Of any community


class Told(NamedTuple):
    """An event with whom it names, by name, and whose text it has."""

    event: dict[str, Any]
    names: set[str]
    owners: set[str]
    text: str
    retracts: int | None = None  # the number of the event it withdraws


def _who(name: str) -> dict[str, Any]:
    return account(f"{name}-of-the-forum", name=f"Name of {name}", email=f"{name}@mail.example")


def _contribution(a: str, b: str, c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    data = {"author": _who(a), "item": f"i:{a}", "kind": "post", "title": text, "coauthors": [_who(b)]}
    return data | {"beneficiaries": [_who(c), _who(b)]}, {a, b, c}, {a}


def _attendance(a: str, _b: str, _c: str, _text: str, number: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"attendee": _who(a), "session": f"s:{number % 3}", "mode": "sync", "state": "attended"}, {a}, set()


def _planned(_a: str, _b: str, _c: str, text: str, number: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"session": f"s:{number % 3}", "mode": "sync", "state": "planned", "title": text}, set(), set()


def _endorsement(a: str, b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    data = {"endorser": _who(a), "endorsee": _who(b), "item": f"i:{b}", "strength": "comment", "comment": text}
    return data, {a, b}, {a, b}


def _voice(a: str, b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"endorser": _who(a), "item": f"i:{b}", "strength": "comment", "comment": text}, {a}, {a}


def _response(a: str, _b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"respondent": _who(a), "instrument": "pulse", "answers": [{"item": "q", "value": text}]}, {a}, {a}


def _unsigned(_a: str, _b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"instrument": "pulse", "answers": [{"item": "q", "value": text}]}, set(), set()


def _impact(a: str, b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"member": _who(a), "kind": "story", "summary": text, "verifiedBy": _who(b)}, {a, b}, {a}


def _membership(a: str, _b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"member": _who(a), "change": "joined", "reason": text}, {a}, {a}


def _consent(a: str, _b: str, _c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    policy = {"uri": f"https://forum.example/{text}", "version": "1"}
    return {"member": _who(a), "purpose": "profile", "decision": "granted", "policy": policy}, {a}, {a}


def _identity(a: str, b: str, _c: str, text: str, number: int) -> tuple[dict[str, Any], set[str], set[str]]:
    data = {"member": _who(a), "account": _who(b), "method": "oauth", "proof": text}
    return data | {"change": "linked" if number % 3 else "unlinked"}, {a, b}, {a, b}


def _assignment(a: str, b: str, c: str, text: str, _: int) -> tuple[dict[str, Any], set[str], set[str]]:
    data = {"member": _who(a), "kind": "mentor", "value": "new", "change": "started", "reason": text}
    return data | {"counterpart": _who(b), "by": _who(c)}, {a, b, c}, {a, b, c}


def _moderation(a: str, b: str, _c: str, text: str, number: int) -> tuple[dict[str, Any], set[str], set[str]]:
    data = {"case": f"c:{number}", "member": _who(a), "action": "warned", "by": _who(b), "note": text}
    return data, {a, b}, {a, b}


def _metric(a: str, _b: str, _c: str, _text: str, number: int) -> tuple[dict[str, Any], set[str], set[str]]:
    return {"metric": "read", "value": number, "member": _who(a)}, {a}, set()


KINDS = {
    "contribution": (_contribution,), "attendance": (_attendance, _planned), "endorsement": (_endorsement, _voice),
    "response": (_response, _unsigned), "impact": (_impact,), "membership": (_membership,), "consent": (_consent,),
    "identity": (_identity,), "assignment": (_assignment,), "moderation": (_moderation,), "metric": (_metric,),
}  # fmt: skip
ACTS = [(kind, make) for kind, makers in KINDS.items() for make in makers]
_someone = st.sampled_from(PEOPLE)


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Draw what a platform reports, its text marked with a number; some of it withdrawn before or after."""
    acts = draw(st.lists(st.tuples(st.sampled_from(ACTS), _someone, _someone, _someone), min_size=1, max_size=14))
    told = []
    for number, ((kind, make), *people) in enumerate(acts):
        text = f"text-{number:03}-end"
        data, names, owners = make(*people, text, number)
        told.append(Told(event(kind, number, data), names, owners, text))
    for number in draw(st.sets(st.integers(0, len(acts) - 1), max_size=3)):
        data = {"retracts": told[number].event["id"], "reason": "mistake"}
        told.insert(draw(st.integers(0, len(told))), Told(event("retraction", number, data), set(), set(), "", number))
    return told


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an installation on each store, that nobody serves."""
    database = "" if request.param == "sqlite" else request.getfixturevalue("world_database")
    if database:
        emptied(database)
    settings = Settings(data=tmp_path_factory.mktemp("takeout") / "data", database=database, log_level="error")
    migrate(settings)
    opened = Installation.open(settings)
    yield opened
    opened.close()


_slugs = (f"guild-{number}" for number in count())


def told_to(here: Installation, history: list[Told]) -> tuple[str, dict[int, Told]]:
    """Open a community with this history, counted and awarded; return its name, and what stands at which position."""
    slug = next(_slugs)
    here.book.open_community(slug, name=slug)
    here.book.publish_charter(slug, yaml.safe_load(CHARTER), effective=0, by="test")
    outcomes = here.book.append([one.event | {"community": slug} for one in history], community=slug, identity=True)
    assert {outcome.outcome for outcome in outcomes} == {"stored"}, outcomes
    here.background.followers[0].catch_up()
    here.background.awarding[0].run_once()
    here.background.followers[0].catch_up()
    return slug, {outcome.position or 0: one for outcome, one in zip(outcomes, history, strict=True)}


@settings(max_examples=40)
@given(history=histories())
def test_each_own_thing_once_and_nothing_of_another(here: Installation, history: list[Told]):
    slug, told = told_to(here, history)
    found = {name: here.book.account(slug, "forum", f"{name}-of-the-forum") for name in PEOPLE}
    accounts = {name: account for name, account in found.items() if account}
    for name, account_id in accounts.items():
        member = member_of(here, slug, account_id)
        assert member
        row = here.views.member(slug, account_id)
        own = {other for other, other_id in accounts.items() if other_id in (row.accounts if row else (account_id,))}
        assert name in own
        _hers_alone(here, member, own, accounts, told)


def _hers_alone(here: Installation, member: Member, own: set[str], accounts: Mapping[str, str], told: dict[int, Told]):
    archive = Archive(b"".join(takeout(here, member)))
    ids = {accounts[name] for name in own}
    awards = [award for award in here.views.awards(member.community) if award.account in ids]
    hers = {position for position, one in told.items() if one.names & own}
    withdrawn = {told[position].event["id"] for position in hers}
    hers |= {position for position, one in told.items() if one.event["data"].get("retracts") in withdrawn}

    assert sorted(fact["position"] for fact in archive.facts) == sorted(hers | {award.position for award in awards})
    proofs = "".join(text for name, text in archive.files.items() if name.startswith("proofs/"))
    for position, one in told.items():
        if one.text:
            texts = archive.files["facts.ndjson"].count(one.text)
            assert texts == (1 if position in hers and one.owners & own else 0), one
            assert (one.text in proofs) == bool(texts), one
    credentials = [name for name in archive.names if name.startswith("credentials/")]
    assert {f"credentials/{award.credential}.json" for award in awards} == set(credentials)
    for name, account_id in accounts.items():
        assert account_id not in archive.text
        if name not in own:
            assert here.book.member_id(member.community, account_id) not in archive.text
            assert not [
                mark for mark in (f"Name of {name}", f"{name}@", f"{name}-of-the-forum") if mark in archive.text
            ]
        else:
            assert f"Name of {name}" in archive.files["member.json"]


def test_what_an_lms_told_of_her_alone_comes_along(guild: Guild):
    guild.tell(a_spring())
    book, hers = guild.here.book, ("forum", "", "ada")

    def keep(name: str, *who: str, **more: Any) -> NewStatement:
        people = {("forum", "", each): account(each) for each in who}
        return NewStatement(
            id=name, content=json.dumps({"id": name}).encode(), agents=people, related={}, terms=[], **more
        )

    book.statements.keep(
        COMMUNITY,
        [
            keep("mine", "ada"),
            keep("ours", "ada", "bo"),
            keep("his", "bo"),
            keep("void", "ada", refers="mine", voids=True),
        ],
    )
    drawer = Drawer(kind="state", activity="chair", person=hers, told=account("ada"))
    book.documents.change(COMMUNITY, drawer, "page", lambda _: ("text/plain", b"seven"))
    answer = guild.sign_in("member", guild.member()).get(f"{BASE}/{guild.member()}/takeout")
    found = Archive(answer.content)

    told = [json.loads(line) for line in found.files["statements.ndjson"].splitlines()]
    assert [(each["id"], each.get("voided", False)) for each in told] == [("mine", True), ("void", False)]
    assert all(each["stored"].endswith("Z") for each in told)
    (document,) = map(json.loads, found.files["documents.ndjson"].splitlines())
    assert base64.b64decode(document["content"]) == b"seven"
    assert (document["id"], document["media"]) == ("page", "text/plain")
    other = Archive(guild.get(f"{BASE}/{guild.member('di')}/takeout").content)
    assert not {"statements.ndjson", "documents.ndjson"} & {*other.names}
