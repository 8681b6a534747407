"""A badge of somebody else's, whose keys and status list are on a server elsewhere, verified by command and service."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app
from api.errors import SettingsError
from api.network.fetched import Reach, door_of
from api.network.reachable import UnreachableError
from api.settings import PREFIX, Settings
from api.verifying import asking
from badges import Policy, Verdict, Verified, credential, did, sign, status, to_json
from tests.api.conftest import client_of
from tests.api.sites import Authority, Site, answer, serving
from tests.api.vcapi.test_vcapi import present, presented
from tests.badges.samples import AWARDED, PLACE, SIGNER, STRANGER, facts, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Elsewhere:
    """A guild on a server of its own."""

    site: Site
    authority: Authority

    def issuer(self, name: str = "guild") -> str:
        return f"did:web:localhost%3A{self.site.port}:{name}"

    @property
    def list_url(self) -> str:
        return f"{self.site.origin}/status/0"

    def publish(self, *revoked: int, name: str = "guild") -> None:
        """Put the DID document and the status list on the server."""
        issuer = self.issuer(name)
        document = did.did_document(issuer, [SIGNER.public_key])
        listed = status.status_list(self.list_url, issuer, revoked, valid_from=AWARDED, purpose="revocation")
        self.site.pages |= {
            f"/{name}/did.json": answer(to_json(document), "Cache-Control: no-store"),
            "/status/0": answer(self.signed(listed, name), "Cache-Control: no-store"),
        }

    def signed(self, document: dict[str, Any], name: str = "guild") -> bytes:
        method = did.verification_method(self.issuer(name), SIGNER.public_key)
        return to_json(sign(document, SIGNER, verification_method=method, created=AWARDED))

    def badge(self, name: str = "guild", **changes: Any) -> bytes:
        told = facts(issuer=self.issuer(name), status_list=self.list_url, expires=None, **changes)
        return self.signed(credential(told), name)

    def settings(self, folder: Path, **changes: Any) -> Settings:
        told: dict[str, Any] = {"fetch": True, "fetch_also": self.site.origin, "fetch_ca": self.authority.file}
        return Settings(data=folder / "data", base_url="http://127.0.0.1:8700", log_level="error", **told | changes)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    authority = Authority(tmp_path)
    with serving(authority.context("localhost")) as site:
        yield Elsewhere(site, authority)


@pytest.fixture
def service(elsewhere: Elsewhere, tmp_path: Path) -> Iterator[TestClient]:
    with client_of(elsewhere.settings(tmp_path)) as client:
        yield client


def verify(client: TestClient, badge: bytes):
    return client.post("/credentials/verify", content=badge, headers={"Content-Type": "application/json"})


def words(answered: Any, name: str) -> str:
    """Return what the step of that name says."""
    return str(next(check["words"] for check in answered["checks"] if check["name"] == name))


def test_the_service_asks_for_what_it_lacks(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    told = verify(service, elsewhere.badge())
    assert (told.status_code, told.json()["verdict"]) == (200, "valid"), told.text
    assert elsewhere.site.paths() == ["/guild/did.json", "/status/0"]

    elsewhere.publish(PLACE)
    assert verify(service, elsewhere.badge()).json()["verdict"] == "revoked"


def test_the_page_asks_as_well(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    told = service.post("/verify", files={"file": ("badge.json", elsewhere.badge())})
    assert told.status_code == 200
    assert elsewhere.site.paths() == ["/guild/did.json", "/status/0"]
    assert "signed this badge, not a letter was changed, and it stands" in told.text


def test_what_a_presentation_holds_is_asked_for_as_well(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    told = present(service, presented(json.loads(elsewhere.badge()), sign_plain()))
    assert (told.status_code, told.json()["verified"]) == (200, True), told.text
    assert elsewhere.site.paths() == ["/guild/did.json", "/status/0"]

    elsewhere.publish(PLACE)
    told = present(service, presented(json.loads(elsewhere.badge()), sign_plain()))
    assert [one["verdict"] for one in told.json()["credentialResults"]] == ["revoked", "valid"]


def test_what_cannot_be_had_is_told(elsewhere: Elsewhere, service: TestClient):
    told = verify(service, elsewhere.badge()).json()
    assert told["verdict"] == "issuer unknown"
    assert "could not be fetched: localhost answered 404" in words(told, "key")

    elsewhere.publish()
    del elsewhere.site.pages["/status/0"]
    other = elsewhere.badge("other")
    elsewhere.publish(name="other")
    elsewhere.site.pages["/status/0"] = answer(b"", "Location: /elsewhere", status="302 Found")
    told = verify(service, other).json()
    assert told["verdict"] == "status unreachable"
    assert "could not be fetched: localhost answered 404" in words(told, "status"), "for half a minute"


def test_a_status_list_that_moved_is_unreachable(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    elsewhere.site.pages["/status/0"] = answer(b"", "Location: /elsewhere", status="302 Found")
    told = verify(service, elsewhere.badge()).json()
    assert told["verdict"] == "status unreachable"
    assert "localhost answered 302: it is elsewhere, which is not followed" in words(told, "status")


def test_nobody_is_asked_where_the_operator_did_not_say_so(elsewhere: Elsewhere, tmp_path: Path):
    elsewhere.publish()
    with client_of(elsewhere.settings(tmp_path, fetch=False)) as client:
        told = verify(client, elsewhere.badge()).json()
        assert told["verdict"] == "issuer unknown"
        assert "not at hand" in words(told, "key")
        assert client.post("/verify", files={"file": ("badge.json", elsewhere.badge())}).status_code == 200
    assert elsewhere.site.touched == 0


def test_an_origin_that_was_not_named_is_not_asked(elsewhere: Elsewhere, tmp_path: Path):
    elsewhere.publish()
    with client_of(elsewhere.settings(tmp_path, fetch_also="https://localhost:1")) as client:
        told = verify(client, elsewhere.badge()).json()
        assert told["verdict"] == "issuer unknown"
        assert f"only port 443 is asked, not {elsewhere.site.port}" in words(told, "key")
    assert elsewhere.site.touched == 0


def test_nobody_is_asked_on_behalf_of_what_is_no_badge(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    document = json.loads(elsewhere.badge())
    del document["credentialSubject"]["achievement"]["criteria"]
    for broken in (to_json(document), b"[]", b'{"issuer": "https://localhost/"}', elsewhere.badge()[:-9]):
        assert verify(service, broken).json()["verified"] is False
    altered = json.loads(to_json(signed(status_list=elsewhere.list_url, expires=None)))
    altered["credentialSubject"]["achievement"]["name"] = "Grand Master"
    assert verify(service, to_json(altered)).json()["verdict"] == "forged"
    assert elsewhere.site.touched == 0


def test_contexts_are_never_fetched(elsewhere: Elsewhere, service: TestClient):
    elsewhere.publish()
    context = f"{elsewhere.site.origin}/context"
    elsewhere.site.pages["/context"] = answer(b'{"@context": {"more": "https://schema.example/more"}}')
    document = json.loads(elsewhere.badge())
    document["@context"].append(context)
    told = verify(service, to_json(document)).json()
    assert told["verdict"] == "malformed"
    assert elsewhere.site.touched == 0


def test_what_a_link_leads_to_is_had_by_the_same_door(elsewhere: Elsewhere, service: TestClient, tmp_path: Path):
    def linked(client: TestClient, url: str) -> bytes:
        here = client.app.state.installation  # type: ignore[attr-defined]
        assert client.portal
        return client.portal.call(asking.linked, Request({"type": "http"}), here, url)

    elsewhere.site.pages["/badge.json"] = answer(elsewhere.badge())
    url = f"{elsewhere.site.origin}/badge.json"
    assert linked(service, url) == linked(service, url) == elsewhere.badge()
    assert elsewhere.site.touched == 1
    for other in (f"{elsewhere.site.origin}/none", "http://127.0.0.1/", "https://10.0.0.1/"):
        with pytest.raises(UnreachableError):
            linked(service, other)
    with (
        client_of(elsewhere.settings(tmp_path / "shut", fetch=False)) as shut,
        pytest.raises(UnreachableError, match="lets it ask nobody"),
    ):
        linked(shut, url)


def test_a_badge_is_gone_over_a_few_times_and_no_more(elsewhere: Elsewhere, service: TestClient):
    """However long the chain of documents is that each name the next."""
    elsewhere.site.pages |= {f"/{n}": answer(b"x" * (n + 1)) for n in range(9)}
    runs: list[Verified] = []

    def judge(reach: Reach | None) -> Verified:
        assert reach
        documents = reach.over(Policy()).documents
        number = 0
        while documents.get(f"{elsewhere.site.origin}/{number}") is not None:
            number += 1
        runs.append(Verified(Verdict.ISSUER_UNKNOWN, ()))
        return runs[-1]

    here = service.app.state.installation  # type: ignore[attr-defined]
    assert service.portal
    service.portal.call(asking.gone_over, Request({"type": "http"}), here, judge)
    assert (len(runs), elsewhere.site.paths()) == (4, ["/0", "/1", "/2"])


def from_afar(service: TestClient, number: int) -> TestClient:
    """Return a client of the same running service, at an address of its own: each has few turns at once."""
    client = TestClient(service.app, client=(f"192.0.2.{number}", 1))
    client.portal = service.portal
    return client


def test_who_lacks_nothing_does_not_wait_behind_who_waits(elsewhere: Elsewhere, service: TestClient):
    stop = threading.Event()
    slow = elsewhere.site.slow(lambda: stop.wait(4), answer(b"", status="404 Not Found"))
    names = [f"slow{n}" for n in range(asking.AT_ONCE)]
    elsewhere.site.pages |= {f"/{name}/did.json": slow for name in names}
    plain = to_json(sign_plain())
    with ThreadPoolExecutor(len(names)) as pool:
        waiting = [pool.submit(verify, from_afar(service, n), elsewhere.badge(names[n])) for n in range(len(names))]
        deadline = time.monotonic() + 60
        while elsewhere.site.at_once < len(names):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            told = verify(service, plain)
            assert not any(each.done() for each in waiting)
        finally:
            stop.set()
        assert {each.result().json()["verdict"] for each in waiting} == {"issuer unknown"}
    assert told.json()["verdict"] == "valid"


def sign_plain() -> dict[str, Any]:
    """Return a badge that lacks nothing: of a did:key, without a status."""
    return signed(status_list=None, status_index=None, expires=None)


def test_who_would_wait_too_long_for_a_place_is_told_to_come_again(
    elsewhere: Elsewhere, service: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "WAITING", 0)
    told = verify(service, elsewhere.badge())
    assert (told.status_code, told.headers["retry-after"]) == (503, "2")
    assert "waiting for the network" in told.text
    assert verify(service, to_json(sign_plain())).status_code == 200


def run(elsewhere: Elsewhere, folder: Path, badge: bytes, *words: str, **settings: str):
    """Run the command in an environment that names the guild's server."""
    file = folder / "badge.json"
    file.write_bytes(badge)
    told = {
        "DATA": str(folder / "none"),
        "FETCH_ALSO": elsewhere.site.origin,
        "FETCH_CA": str(elsewhere.authority.file),
    }
    environment = {f"{PREFIX}{name}": value for name, value in (told | settings).items() if value}
    return CliRunner().invoke(app, ["verify", str(file), *words], env=environment)


def test_the_command_asks_where_it_is_told_to(elsewhere: Elsewhere, tmp_path: Path):
    elsewhere.publish()
    told = run(elsewhere, tmp_path, elsewhere.badge(), "--online", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["verdict"] == "valid"
    assert elsewhere.site.paths() == ["/guild/did.json", "/status/0"]

    elsewhere.publish(PLACE)
    told = run(elsewhere, tmp_path, elsewhere.badge(), "--online")
    assert told.exit_code == 1
    assert "The issuer has revoked it" in told.output


@pytest.mark.parametrize("words", [[], ["--offline"]])
def test_the_command_asks_nobody_otherwise(elsewhere: Elsewhere, tmp_path: Path, words):
    """Whatever the settings let the service do."""
    elsewhere.publish()
    told = run(elsewhere, tmp_path, elsewhere.badge(), "--json", *words, FETCH="true")
    assert told.exit_code != 0
    assert json.loads(told.stdout)["verdict"] == "issuer unknown"
    assert elsewhere.site.touched == 0


def test_the_command_says_why_somebody_cannot_be_reached(elsewhere: Elsewhere, tmp_path: Path):
    elsewhere.publish()
    untrusting = run(elsewhere, tmp_path, elsewhere.badge(), "--online", FETCH_CA="")
    assert "the certificate of localhost is not to be trusted" in untrusting.output
    unnamed = run(elsewhere, tmp_path, elsewhere.badge(), "--online", FETCH_ALSO="")
    assert f"only port 443 is asked, not {elsewhere.site.port}" in unnamed.output
    assert elsewhere.site.asked == []


def test_a_badge_of_somebody_else_s_is_not_valid_by_her_document(elsewhere: Elsewhere, tmp_path: Path):
    elsewhere.publish()
    method = did.verification_method(elsewhere.issuer(), STRANGER.public_key)
    told = facts(issuer=elsewhere.issuer(), status_list=None, status_index=None, expires=None)
    forged = to_json(sign(credential(told), STRANGER, verification_method=method, created=AWARDED))
    found = run(elsewhere, tmp_path, forged, "--online", "--json")
    assert found.exit_code != 0
    assert "which its document does not list" in words(json.loads(found.stdout), "key")


def test_a_file_without_certificates_stops_the_start(tmp_path: Path):
    with pytest.raises(SettingsError, match="GUILDBOOK_FETCH_CA: wanted certificates"):
        door_of(Settings(fetch_ca=tmp_path / "none.crt"))
    (tmp_path / "empty.crt").write_text("nothing", encoding="utf-8")
    with pytest.raises(SettingsError, match="GUILDBOOK_FETCH_CA: wanted certificates"):
        door_of(Settings(fetch_ca=tmp_path / "empty.crt"))


def test_an_origin_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"{PREFIX}FETCH_ALSO", "http://127.0.0.1:9000")
    with pytest.raises(SettingsError, match=r"GUILDBOOK_FETCH_ALSO: .*wanted origins like"):
        Settings.load()
