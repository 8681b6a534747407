"""`guildbook verify`: files, folders and standard input, under a policy, with exit statuses that a script can use."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from badges import sign, to_json
from badges.proofs.did import did_document, verification_method
from tests.badges.samples import GOLDEN, METHOD, SIGNER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild

VALID, NOT_VALID, USAGE, UNDECIDED = 0, 1, 2, 3
ISSUER = METHOD.partition("#")[0]


class Command:
    """Runs `guildbook verify` in a folder of its own, with nothing at hand but what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"GUILDBOOK_DATA": str(folder / "nowhere"), "COLUMNS": "200"}

    def write(self, name: str, content: bytes | str | dict[str, Any]) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content) if isinstance(content, dict) else content
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    def __call__(self, *words: str, status: int = VALID, given: bytes | None = None) -> Result:
        done = CliRunner().invoke(app, ["verify", *words], env=self.environment, input=given)
        assert done.exit_code == status, (done.output, done.exception)
        return done


def lasting(**more: Any) -> dict[str, Any]:
    """Return a badge of a did:key that is good without anything at hand."""
    badge = json.loads((GOLDEN / "badge.json").read_text())
    for name in ("proof", "credentialStatus", "validUntil"):
        badge.pop(name, None)
    return dict(sign(badge | more, SIGNER, verification_method=METHOD, created=1_772_359_200_000_000))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def good(command: Command) -> str:
    return command.write("good.json", to_json(lasting()))


@pytest.fixture
def forged(command: Command) -> str:
    return command.write("forged.json", to_json(lasting() | {"name": "Grand master"}))


@pytest.fixture
def unknown(command: Command) -> str:
    return command.write("unknown.json", (GOLDEN / "web" / "lasting.json").read_bytes())


def test_one_file_is_told_step_by_step(command: Command, good: str):
    said = command(good).output
    assert said.startswith("Valid. Somebody who goes by “Weavers” signed this badge")
    assert "16. log" in said


def test_the_exit_status_is_the_worst_of_all(command: Command, good: str, forged: str, unknown: str):
    command(good, status=VALID)
    command(forged, status=NOT_VALID)
    command(unknown, status=UNDECIDED)
    command(good, unknown, status=UNDECIDED)
    command(good, unknown, forged, status=NOT_VALID)
    command(command.write("x.json", "hello"), status=NOT_VALID)
    command(command.write("empty", b""), status=NOT_VALID)
    command(command.write("large.json", b"[" * 2_200_000), status=NOT_VALID)


def test_several_files_are_told_in_a_line_each(command: Command, good: str, forged: str):
    said = command(good, forged, status=NOT_VALID).output
    assert "2 files: 1 valid, 1 forged" in said
    assert len(said.splitlines()) == 3
    assert "The signature does not fit" in said


def test_json_is_for_scripts(command: Command, good: str, forged: str):
    one = json.loads(command(good, "--json").stdout)
    assert (one["verified"], one["file"], len(one["checks"])) == (True, good, 16)
    many = json.loads(command(good, forged, "--json", status=NOT_VALID).stdout)
    assert many["status"] == NOT_VALID
    assert many["counts"] == {"valid": 1, "forged": 1}
    assert [each["verdict"] for each in many["files"]] == ["valid", "forged"]


def test_quiet_says_nothing(command: Command, good: str, forged: str):
    assert command(good, forged, "--quiet", status=NOT_VALID).output == ""


def test_standard_input(command: Command):
    assert command("-", given=to_json(lasting())).output.startswith("Valid.")
    command("-", given=b"", status=NOT_VALID)


def test_a_folder_is_read_through(command: Command, good: str):
    command.write("inbox/a.json", to_json(lasting()))
    command.write("inbox/deeper/b.json", to_json(lasting()))
    command.write("inbox/notes.md", "no badge")
    assert "2 files: 2 valid" in command(str(command.folder / "inbox")).output
    (command.folder / "empty").mkdir()
    assert "wanted at least one badge" in command(str(command.folder / "empty"), status=USAGE).output
    del good


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["none.json"],
        ["GOOD", "--policy", "none.yaml"],
        ["GOOD", "--registry", "none.json"],
        ["GOOD", "--checks", "prof"],
        ["GOOD", "--checks", ""],
        ["GOOD", "--checks", "trustedIssuer"],
        ["GOOD", "--policy", "POLICY"],
        ["GOOD", "--registry", "GOOD"],
        ["GOOD", "--nonsense"],
    ],
)
def test_what_cannot_be_asked_is_told_apart_from_what_is_not_valid(command: Command, good: str, words: list[str]):
    files = {"GOOD": good, "POLICY": command.write("p.yaml", "chekcs: [proof]")}
    command(*(files.get(each, each) for each in words), status=USAGE)


def test_a_faulty_policy_is_told_with_its_place(command: Command, good: str):
    said = command(good, "--policy", command.write("p.yaml", "checks: [proof, proff]"), status=USAGE).output
    assert "p.yaml:1:17: wanted one of" in said
    assert "(/checks/1)" in said


def test_settings_that_cannot_be_used_are_no_verdict(command: Command, good: str):
    command.environment["GUILDBOOK_DOCUMENTS"] = "/nowhere/at/all"
    assert "GUILDBOOK_DOCUMENTS: wanted a folder" in command(good, status=USAGE).output


def test_an_issuer_in_no_registry_is_a_notice(command: Command, good: str):
    registry = command.write("r.json", {"name": "Schools", "issuers": {"did:web:school.example": "A School"}})
    said = command(good, "--registry", registry).output
    assert "is not known to Schools" in said
    assert "(decides nothing)" in said
    checks = "proof,issuer,trustedIssuer"
    assert "Issuer unknown" in command(good, "--registry", registry, "--checks", checks, status=UNDECIDED).output


def test_a_registry_vouches_for_the_name(command: Command, good: str):
    dcc = command.write("dcc.json", {"meta": {}, "registry": {ISSUER: {"name": "The Guild of Weavers"}}})
    assert command(good, "--registry", dcc).output.startswith("Valid. The Guild of Weavers signed this badge")


def test_whom_it_is_for(command: Command, good: str):
    subject = lasting()["credentialSubject"]["id"]
    command(good, "--recipient", subject)
    assert "For somebody else" in command(good, "--recipient", "bo@mail.example", status=NOT_VALID).output
    policy = command.write("p.yaml", {"recipient": "bo@mail.example"})
    command(good, "--policy", policy, status=NOT_VALID)
    command(good, "--policy", policy, "--recipient", subject)


def test_a_policy_may_leave_steps_out(command: Command):
    late = command.write("late.json", to_json(lasting(validUntil="2026-03-02T00:00:00Z")))
    command(late, status=NOT_VALID)
    command(late, "--checks", "proof,issuer")
    said = command(late, "--policy", command.write("p.yaml", "checks: [proof, issuer]")).output
    assert "It was valid until" in said


def test_a_policy_brings_documents(command: Command, spring: Guild):
    answer = spring.client.get(f"/credentials/{spring.badge().id}/bundle").content
    with zipfile.ZipFile(BytesIO(answer)) as archive:
        archive.extractall(command.folder / "bundle")
    badge = str(command.folder / "bundle" / "badge.json")
    command(badge, status=UNDECIDED)
    policy = command.write("p.yaml", "documents: bundle")
    assert "16. log          passed" in command(badge, "--policy", policy).output


def test_a_bundle_is_read_as_it_is(command: Command, spring: Guild):
    """Its issuer's id is its key here, so that nothing has to vouch for it."""
    bundle = command.write("b.zip", spring.client.get(f"/credentials/{spring.badge().id}/bundle").content)
    assert command(bundle).output.startswith("Valid.")
    for words in (["--trust-bundle"], ["--policy", command.write("p.yaml", "trust_bundle: true")]):
        assert "16. log          passed" in command(bundle, *words).output


def test_what_others_wrote_moves_no_terminal(command: Command):
    evil = lasting() | {"name": "\x1b[31mred[/]", "issuer": {**lasting()["issuer"], "name": "[bold]Ada\x07"}}
    evil["credentialSubject"]["achievement"]["name"] = "\x1b]0;owned\x07 [red]"
    one = command.write("evil.json", to_json(evil))
    two = command.write("other.json", to_json(evil))
    for said in (command(one, status=NOT_VALID).output, command(one, two, status=NOT_VALID).output):
        assert "\x1b" not in said
        assert "\x07" not in said


def test_its_help_tells_the_exit_statuses(command: Command):
    said = " ".join(command("--help").output.split())
    for words in ("Exit status: 0 all are valid", "1 one is not", "2 the command", "3 nothing speaks against any"):
        assert words in said


def test_that_the_bundle_alone_vouches_is_said(command: Command):
    web = "did:web:guild.example:communities:weavers"
    badge = json.loads((GOLDEN / "web" / "lasting.json").read_text())
    for name in ("proof", "credentialStatus"):
        badge.pop(name, None)
    method = verification_method(web, SIGNER.public_key)
    badge = sign(badge, SIGNER, verification_method=method, created=1_772_359_200_000_000)
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("badge.json", to_json(badge))
        archive.writestr("did.json", to_json(did_document(web, [SIGNER.public_key])))
    bundle = command.write("web.zip", sink.getvalue())

    assert "Anybody could have written those" in command(bundle, status=UNDECIDED).output
    registry = command.write("r.json", {"name": "Guilds", "issuers": {web: "The Guild"}})
    for more in ([], ["--registry", registry]):
        said = command(bundle, "--trust-bundle", *more).output
        assert "known by the bundle alone" in said
        assert "vouched for by guild.example" not in said
