"""Policies and registries in files: read as they are meant, refused with the place of what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import SettingsError
from api.known.documents import Documents
from api.known.policies import Asked, PolicyError, read_policy
from api.known.registries import read_registries, read_registry
from badges import ALL_CHECKS, CHECKS
from ledger.transparency import Kind, verifier_key
from schemas import check_policy
from schemas.documents import document
from tests.ledger.logs import signer

if TYPE_CHECKING:
    from pathlib import Path

SCHOOL = "did:web:school.example"
PLAIN = {"name": "Schools", "issuers": {SCHOOL: "A School"}}
DCC = {
    "meta": {"created": "2020-12-02T02:32:16+0000", "updated": "2021-09-20T01:00:00+0000"},
    "registry": {
        SCHOOL: {"name": "A School", "location": "Here"},
        "did:key:z": {},
        "x": 1,
    },
}


WITNESS = str(verifier_key("witness.example", signer("w"), Kind.COSIGNATURE))
LOG = str(verifier_key("log.example", signer("l")))


@pytest.fixture
def written(tmp_path: Path):
    """Give a function that writes a policy, or another file, and returns its path."""

    def write(found: str | dict[str, Any], name: str = "policy.yaml") -> Path:
        path = tmp_path / name
        path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
        return path

    return write


def test_the_schema_names_every_check():
    assert set(document("policy")["properties"]["checks"]["items"]["enum"]) == ALL_CHECKS


def test_an_empty_policy_asks_for_what_none_does(written):
    asked = read_policy(written("{}"))
    assert asked == Asked()
    assert asked.policy(Documents()).checks == CHECKS


def test_a_policy_says_what_must_hold_and_who_is_known(written, tmp_path: Path):
    written(DCC, "dcc.json")
    (tmp_path / "documents").mkdir()
    written({"id": SCHOOL}, "documents/did.json")
    path = written("""
        checks: [proof, trustedIssuer]
        registries:
          - file: dcc.json
          - {name: Ours, issuers: {"did:web:us.example": Us}}
        documents: documents
        recipient: ada@mail.example
        challenge: abc
        domain: us.example
        trust_bundle: true
    """)
    policy = read_policy(path).policy(Documents())
    assert policy.checks == {"proof", "trustedIssuer"}
    assert [(each.name, dict(each.issuers)) for each in policy.registries] == [
        ("dcc", {SCHOOL: "A School", "did:key:z": "did:key:z"}),
        ("Ours", {"did:web:us.example": "Us"}),
    ]
    assert policy.documents[SCHOOL] == {"id": SCHOOL}
    assert policy.trust_bundle
    assert (policy.recipient, policy.challenge, policy.domain) == ("ada@mail.example", "abc", "us.example")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chekcs: [proof]", ["policy.yaml:1:1: ", "checks", "(/chekcs)"]),
        ("checks: []", ["policy.yaml:1:9: ", "(/checks)"]),
        ("checks: [proof, proff]", ["1:17", "proff", "(/checks/1)"]),
        ("checks: proof", ["a list", "(/checks)"]),
        ("checks: [trustedIssuer]", ["trustedIssuer wants a registry"]),
        ("quorum: 2", ["quorum"]),
        ("quorum: -1", ["(/quorum)"]),
        ("witnesses: [nonsense]", ["(/witnesses/0)"]),
        ("registries: [{file: none.json}]", ["none.json", "(/registries/0/file)"]),
        ("registries: [{name: Ours}]", ["wanted `file`, or `name` and `issuers`, got name", "(/registries/0)"]),
        ("registries: [{}]", ["got nothing"]),
        ("registries: [{name: A, issuers: {x: 1}}]", ["(/registries/0/issuers/x)"]),
        ("documents: nowhere", ["wanted a folder", "(/documents)"]),
        ("- proof", ["wanted a policy"]),
        ("", ["got an empty text"]),
        ("checks: [proof", ["wanted a comma or ]"]),
        ("checks: &a [proof]\nrecipient: *a", ["aliases are not allowed"]),
        ('{"checks": ["proof"], "checks": ["issuer"]}', ["got checks again"]),
        ("checks: null", ["1:9", "wanted a list, got null", "(/checks)"]),
        ("checks: [null]", ["1:10", "got null", "(/checks/0)"]),
        ("checks: [Proof]", ['got "Proof"; did you mean "proof"?', "(/checks/0)"]),
        ("checks: {proof: true}", ["wanted a list, got an object", "(/checks)"]),
        (f"checks: [{'proof, ' * 20}proof]", ["wanted a list of 20 or fewer, got a list of 21"]),
        ("checks: [trustedIssuer]\nregistries: [{name: A, issuers: {}}]", ["a registry with at least one issuer"]),
        ("recipient: ''", ['wanted text of 1 or more characters, got ""', "(/recipient)"]),
        ("recipient: [ada@mail.example]", ["wanted text, got a list of 1", "(/recipient)"]),
        (f"recipient: {'x' * 1_001}", ["1000 or fewer characters", "(/recipient)"]),
        ('recipient: "a\\ud800"', ["without U+0000 and lone surrogates", "(/recipient)"]),
        ("recipient: ada\nrecipient: bo", ["2:1", "got recipient again", "(/recipient)"]),
        ("Recipient: ada", ['did you mean "recipient"?', "(/Recipient)"]),
        ("challenge: 7", ["wanted text, got 7", "(/challenge)"]),
        ("challenge: ''", ['got ""', "(/challenge)"]),
        ("domain: [a, b]", ["wanted text, got a list of 2", "(/domain)"]),
        ("domain: ''", ['got ""', "(/domain)"]),
        ("trust_bundle: 'true'", ['wanted true or false, got "true"', "(/trust_bundle)"]),
        ("trust_bundle: 1", ["wanted true or false, got 1", "(/trust_bundle)"]),
        ("quorum: 1.5", ["wanted a whole number, got 1.5", "(/quorum)"]),
        ("quorum: '1'", ['wanted a whole number, got "1"', "(/quorum)"]),
        ("quorum: true", ["wanted a whole number, got true", "(/quorum)"]),
        ("quorum: 51", ["wanted 50 or less, got 51", "(/quorum)"]),
        (f"witnesses: ['{WITNESS}']\nquorum: 2", ["wanted 0 to the 1 different witnesses, got 2"]),
        (f"witnesses: ['{WITNESS}', '{WITNESS}']\nquorum: 2", ["wanted 0 to the 1 different witnesses, got 2"]),
        (f"witnesses: '{WITNESS}'", ["wanted a list", "(/witnesses)"]),
        (f"witnesses: ['{WITNESS[:-4]}']", ["wanted 32 bytes, got 29", "(/witnesses/0)"]),
        (f"witnesses: ['{WITNESS}', '{LOG}']", ["got that of the log log.example", "(/witnesses/1)"]),
        ("witnesses: [7]", ["wanted text, got 7", "(/witnesses/0)"]),
        ("registries: dcc.json", ["wanted a list", "(/registries)"]),
        ("registries: [dcc.json]", ["wanted a registry, as {file: ./registry.json}", "(/registries/0)"]),
        ("registries: [{file: dcc.json, name: x}]", ["got file, name", "(/registries/0)"]),
        ("registries: [{file: ''}]", ['got ""', "(/registries/0/file)"]),
        ("registries: [{file: 7}]", ["wanted text, got 7", "(/registries/0/file)"]),
        ("registries: [{file: .}]", ["wanted a registry", "(/registries/0/file)"]),
        ("registries: [{file: policy.yaml}]", ["wanted a registry", "wanted JSON", "(/registries/0/file)"]),
        ("registries: [{issuers: {x: X}}]", ["got issuers", "(/registries/0)"]),
        ("registries: [{name: '', issuers: {x: X}}]", ['got ""', "(/registries/0/name)"]),
        ("registries: [{name: A, issuers: [x]}]", ["wanted an object, got a list of 1", "(/registries/0/issuers)"]),
        ("registries: [{name: A, issuers: {x: ''}}]", ['got ""', "(/registries/0/issuers/x)"]),
        ("registries: [{name: A, issuers: {x: X}, url: y}]", ['got "url"; known are file, name, issuers']),
        ("documents: ''", ['got ""', "(/documents)"]),
        ("documents: policy.yaml", ["wanted a folder", "(/documents)"]),
        ("documents: [a]", ["wanted text, got a list of 1", "(/documents)"]),
        ("checks: [proof]\n---\nchecks: [issuer]", ["wanted one document, got a second one after ---"]),
        ("\tchecks: [proof]", ["wanted spaces, got a tab"]),
        ("!!python/object:os.system {}", ["wanted a plain value, got one of a kind of its own"]),
        ('"\\ud800": x', ["a name: wanted text without U+0000 and lone surrogates"]),
        ("null", ["wanted a policy"]),
        ("7", ["wanted a policy"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, text: str, words: list[str]):
    with pytest.raises(PolicyError) as refused:
        read_policy(written(text))
    assert [each for each in words if each not in str(refused.value)] == []


def test_every_fault_is_told_at_once(written):
    with pytest.raises(PolicyError) as refused:
        read_policy(written("checks: [a, b]\nrecipient: 3\nmore: 1"))
    assert [fault.pointer for fault in refused.value.faults] == ["/checks/0", "/checks/1", "/recipient", "/more"]


def test_what_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "p").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "p", tmp_path / "none", tmp_path):
        with pytest.raises(PolicyError):
            read_policy(path)


@pytest.mark.parametrize("value", [None, 3, [], "x", {"checks": [[]]}, {"registries": [None]}, {"": "\ud800"}])
def test_no_value_is_too_strange(value: Any):
    assert check_policy(value)


def test_witnesses_and_a_quorum(written):
    key = verifier_key("witness.example", signer("w"), Kind.COSIGNATURE)
    asked = read_policy(written({"witnesses": [str(key)], "quorum": 1}))
    assert asked.policy(Documents()).witnesses == (key,)


@pytest.mark.parametrize(
    ("found", "name"), [(PLAIN, "Schools"), (DCC, "reg"), ({"meta": {"name": "DCC"}, "registry": {}}, "DCC")]
)
def test_both_forms_of_registry_are_read(written, found, name: str):
    read = read_registry(written(found, "reg.json"))
    assert read.name == name
    assert read.issuers.get(SCHOOL) == (None if name == "DCC" else "A School")


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "{}", "nonsense", '{"issuers": []}', '{"registry": 1}', "\x00", "", '"x"', "[1]"),
        *('{"issuers": null}', '{"issuers": {}} x', '\ufeff{"issuers": {}}', '{"issuers": {"a": "\\ud800"}}'),
        *('{"issuers": {"a": "A"}, "issuers": {}}', '{"issuers": {"a": "A"'),
    ],
)
def test_what_is_no_registry_is_refused_by_name(written, text: str):
    with pytest.raises(SettingsError, match=r"reg\.json: wanted a registry"):
        read_registry(written(text, "reg.json"))


def test_a_setting_names_files_and_folders(written, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    one = written(PLAIN, "one.json")
    written(DCC, "folder/b.json")
    written(PLAIN | {"name": "A"}, "folder/a.json")
    found = read_registries(f"{one}:{tmp_path / 'folder'}")
    assert [each.name for each in found] == ["Schools", "A", "b"]
    assert read_registries("") == ()
