"""Facts shown to others by `guildbook log open` and `prove`, and checked by them offline with `check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from badges import ShownFact, sign
from ledger.transparency import Proof, verifier_key
from tests.api.people import COMMUNITY
from tests.ledger.logs import signer

if TYPE_CHECKING:
    from pathlib import Path

    from badges import Issued
    from tests.api.conftest import Guild


class Desk:
    """Runs commands beside the book, or, as `elsewhere`, where there is none."""

    def __init__(self, spring: Guild, folder: Path) -> None:
        self.here = {
            "GUILDBOOK_DATA": str(spring.here.settings.data),
            "GUILDBOOK_BASE_URL": spring.here.settings.origin,
        }
        self.elsewhere = {"GUILDBOOK_DATA": str(folder / "nowhere")}
        self.folder = folder
        self.key = str(spring.here.book.log.key(COMMUNITY))

    def __call__(self, *words: str, code: int = 0) -> str:
        done: Result = CliRunner().invoke(app, ["log", *words], env=self.here)
        assert done.exit_code == code, (done.output, done.exception)
        return " ".join(done.output.split()) if code else done.stdout

    def file(self, content: str | bytes, name: str = "shown.json") -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def check(self, *words: str, code: int = 0, documents: Path | None = None) -> str:
        more = {"GUILDBOOK_DOCUMENTS": str(documents)} if documents else {}
        done: Result = CliRunner().invoke(app, ["log", "check", *words], env=self.elsewhere | more)
        assert done.exit_code == code, (done.output, done.exception)
        return " ".join(done.output.split())


@pytest.fixture
def desk(spring: Guild, tmp_path: Path) -> Desk:
    return Desk(spring, tmp_path)


@pytest.fixture
def issued(spring: Guild) -> Issued:
    return spring.badge()


@pytest.fixture
def evidence(spring: Guild, issued: Issued) -> list[int]:
    """Give the positions of the facts that Ada's badge rests on."""
    positions: list[int] = spring.here.book.reveal(COMMUNITY, [issued.position])[0]["evidence"]
    return positions


def test_a_fact_behind_a_badge_is_shown_and_checked_offline(desk: Desk, spring: Guild, issued: Issued, evidence):
    text = desk("open", f"{COMMUNITY}/{evidence[0]}", "--credential", issued.id)
    badge = desk.file(spring.client.get(f"/credentials/{issued.id}.json").content, "badge.json")
    told = desk.check(desk.file(text), "--key", desk.key, "--badge", badge)
    assert told.startswith(f"It holds. fact {evidence[0]} of 127.0.0.1:8700/communities/{COMMUNITY}/log is a ")
    assert f"It is evidence 1 of {len(evidence)} of {spring.here.awards.url(issued)}." in told
    assert "The badge itself is status unreachable" in told

    answer = json.loads(desk.check(desk.file(text), "--key", desk.key, "--json"))
    assert (answer["holds"], answer["position"], "badge" in answer) == (True, evidence[0], False)
    sealed = spring.here.book.reveal(COMMUNITY, [evidence[0]])[0]
    assert answer["shown"] == {"1": sealed}
    assert not [name for name in ("ada", "bo") if str(spring.here.book.account(COMMUNITY, "forum", name)) in text]


def test_an_address_names_the_badge_as_well(desk: Desk, spring: Guild, issued: Issued, evidence):
    url = spring.here.awards.url(issued)
    shown = ShownFact.parse(desk("open", f"{COMMUNITY}/{evidence[-1]}", "--credential", url).encode())
    assert shown.path
    assert (shown.path.credential, shown.path.count) == (url, len(evidence))


def test_as_much_is_opened_as_one_asks_for(desk: Desk, issued: Issued):
    for words, parts in (((), {1, 2}), (("--part", "1"), {1}), (("--part", "9"), set())):
        shown = ShownFact.parse(desk("open", f"{COMMUNITY}/{issued.position}", *words).encode())
        assert shown.opening.parts.keys() == parts


def test_a_proof_says_nothing_of_the_fact(desk: Desk):
    text = desk("prove", f"{COMMUNITY}/3")
    assert ShownFact.parse(text.encode()).opening.parts == {}
    told = json.loads(desk.check(desk.file(text), "--key", desk.key, "--json"))
    assert (told["position"], told["shown"]) == (3, {})


def test_a_badge_s_own_proof_is_checked_against_the_badge(desk: Desk, spring: Guild, issued: Issued):
    proof = desk.file(spring.client.get(f"/credentials/{issued.id}/proof").content, "proof.txt")
    badge = desk.file(spring.client.get(f"/credentials/{issued.id}.jwt").content, "badge.jwt")
    told = json.loads(desk.check(proof, "--key", desk.key, "--badge", badge, "--json"))
    assert told["shown"]["1"]["credential"] == issued.id

    document = spring.client.get(f"/credentials/{issued.id}.json").json()
    method = document.pop("proof")["verificationMethod"]
    document["credentialSubject"]["id"] += "x"
    stolen = sign(document, spring.here.book.signer(COMMUNITY), verification_method=method, created=None)
    another = desk.file(json.dumps(stolen), "other.json")
    assert "the badge is forged: The log does not have this badge: wanted the award" in desk.check(
        proof, "--key", desk.key, "--badge", another, code=1
    )


def test_the_key_may_be_a_file_or_stand_in_the_folder_of_documents(desk: Desk, tmp_path: Path):
    shown = desk.file(desk("open", f"{COMMUNITY}/1"))
    assert desk.check(shown, "--key", desk.file(desk.key, "its.vkey"))
    assert desk.check(shown, documents=tmp_path / "documents", code=1)
    (tmp_path / "documents").mkdir()
    assert "It cannot be told. wanted the key of the log" in desk.check(shown, documents=tmp_path / "documents", code=3)
    (tmp_path / "documents" / "log.vkey").write_text(desk.key, encoding="utf-8")
    assert desk.check(shown, documents=tmp_path / "documents")


def test_what_was_changed_does_not_hold(desk: Desk, evidence, issued: Issued, spring: Guild):
    text = desk("open", f"{COMMUNITY}/{evidence[0]}", "--credential", issued.id)
    document = json.loads(text)
    thief = str(verifier_key(Proof.parse(document["proof"]).checkpoint.partition("\n")[0], signer("a thief")))
    assert "wanted a signature by" in desk.check(desk.file(text), "--key", thief, code=1)

    other = document["opening"] | {"parts": {"1": {"content": "{}", "salt": "A" * 22}}}
    spoilt: dict[str, dict[str, Any]] = {
        "wanted what c_1 stands for": {"opening": other},
        "wanted the root": {"opening": document["opening"] | {"recorded": 1}},
        "cut or extended": {"evidence": document["evidence"] | {"hashes": []}},
    }
    for words, changes in spoilt.items():
        changed = desk.file(json.dumps(document | changes))
        assert words in desk.check(changed, "--key", desk.key, code=1)
        told = json.loads(desk.check(changed, "--key", desk.key, "--json", code=1))
        assert told["holds"] is False
        assert words in told["why"]

    badge = spring.client.get(f"/credentials/{issued.id}.json").content
    forged = desk.file(badge.replace(b"Sharer", b"Leader"), "forged.json")
    told = json.loads(desk.check(desk.file(text), "--key", desk.key, "--badge", forged, "--json", code=1))
    assert told["why"].startswith("the badge is forged")


def test_a_key_that_is_none_or_a_place_that_is_none_is_said(desk: Desk, issued: Issued):
    shown = desk.file(desk("open", f"{COMMUNITY}/1"))
    assert "verifier key" in desk.check(shown, "--key", "a+b+c", code=1)
    assert "wanted keys of logs" in desk.check(shown, "--key", desk.file("nonsense", "its.vkey"), code=1)
    assert "wanted at most" in desk.check(desk.file(b" " * 2_200_000), "--key", desk.key, code=1)
    for where in (COMMUNITY, "/1", f"{COMMUNITY}/x", f"{COMMUNITY}/\N{SUPERSCRIPT ONE}", f"{COMMUNITY}/{'1' * 30}"):
        assert "wanted COMMUNITY/POSITION" in desk("open", where, code=1)
    assert "wanted a community of this book" in desk("prove", "nowhere/1", code=1)
    assert "wanted a fact of" in desk("prove", f"{COMMUNITY}/999999", code=1)
    assert "wanted the id of a credential" in desk("open", f"{COMMUNITY}/1", "--credential", "none", code=1)
    words = f"wanted a fact that the badge {issued.id} rests on"
    assert words in desk("open", f"{COMMUNITY}/{issued.position}", "--credential", issued.id, code=1)
