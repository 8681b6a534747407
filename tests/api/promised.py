"""A fresh service to be held to its OpenAPI document: what its addresses may name, and what may be said to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from api.settings import Settings
from tests.api.conftest import Guild, client_of, opened
from tests.api.people import CHARTER, COMMUNITY, a_spring, contribution
from tests.badges.test_presentation import presented
from tests.badges.verifier.contents import one

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

JSON = "application/json"
BASE = "/communities/{community}"
REVOKED = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}


@dataclass(frozen=True)
class Service:
    """A service after one spring.

    `named`: by path, or "" for every path, parameters that lead to something. `said`: by operation what it takes, as a
    case is told of it.
    """

    guild: Guild
    named: Mapping[str, Mapping[str, str]]
    said: Mapping[str, Mapping[str, Any]]

    def known(self, path: str, names: Sequence[str]) -> dict[str, str]:
        """Return values for parameters of a path that lead to something."""
        told = {**self.named[""], **self.named.get(path, {})}
        return {name: told[name] for name in names if name in told}


@contextmanager
def served(folder: Path) -> Iterator[Service]:
    """Give a fresh service, which waits for nothing."""
    settings = Settings(
        data=folder / "data", base_url="http://127.0.0.1:8700", limit_wait=0, log_level="error", vc_api_issuer=True
    )
    with client_of(settings) as client:
        guild = opened(client)
        guild.tell([*a_spring(), contribution("d1", "di")])
        guild.badge()
        yield Service(guild, names(guild), sayings(guild))


def names(guild: Guild) -> dict[str, dict[str, str]]:
    """Return what parameters of paths may be."""
    badge = guild.badge().id
    listed = guild.get(f"/credentials/{badge}.json").json()["credentialStatus"]["statusListCredential"]
    praise = post(guild, "endorsements", kind="credential", of=badge, comment="Her joints hold.")["endorsement"]
    post(guild, "nominations", member=guild.member("bo"), badge="sharer", reason="He shared out loud.")
    (waiting,) = guild.get(f"/communities/{COMMUNITY}/nominations").json()["nominations"]
    size = guild.get(f"/communities/{COMMUNITY}/log/checkpoint").text.split("\n")[1]
    everywhere = {
        "community": COMMUNITY,
        "platform": "forum",
        "account": "ada",
        "member": guild.member(),
        "rule": "sharer",
        "credential": badge,
        "part": "badges",
        "kind": "badge",
        "name": "sharer",
        "version": "1",
        "endorsement": praise,
        "nomination": waiting["nomination"],
        "decision": "confirm",
        "purpose": "revocation",
        "number": "0",
        "did": "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b",
    }
    return {
        "": everywhere,
        f"{BASE}/members/{{member}}": {"member": guild.member("bo")},
        f"{BASE}/log/tile/{{tile}}": {"tile": f"0/000.p/{size}"},
        "/c/{community}/levels/{name}": {"name": "1"},
        "/c/{community}/roles/{name}": {"name": "host"},
        "/credentials/{name}": {"name": f"{badge}.json"},
        "/endorsements/{name}": {"name": f"{praise}.json"},
        "/status/{name}": {"name": listed.rpartition("/")[2]},
        "/ob2/assertions/{name}": {"name": badge},
    }


def sayings(guild: Guild) -> dict[str, dict[str, Any]]:
    """Return what operations take."""
    ada, bo, di, badge = *map(guild.member, ("ada", "bo", "di")), guild.badge().id
    held = guild.get(f"/credentials/{badge}.json").json()
    plain = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": guild.get("/.well-known/did.json").json()["id"],
        "credentialSubject": {"id": "urn:person:1"},
    }
    wanted = {"credential": plain, "options": {"credentialStatus": REVOKED}}
    issued = guild.client.post("/credentials/issue", json=wanted).json()["verifiableCredential"]
    entry = {"credentialStatus": issued["credentialStatus"], "status": True}
    charter = yaml.safe_load(CHARTER)
    said: dict[str, Any] = {
        f"PUT {BASE}/charter": charter | {"name": "The Makers of chairs"},
        f"POST {BASE}/charter/simulate": charter,
        f"POST {BASE}/assignments": {"member": ada, "value": "host", "change": "started"},
        f"POST {BASE}/awards": {"member": di, "badge": "sharer", "reason": "She shared out loud."},
        f"POST {BASE}/awards/{{credential}}": {"decision": "revoke", "reason": "It was for somebody else."},
        f"POST {BASE}/nominations": {"member": bo, "badge": "sharer", "reason": "He is kind to newcomers."},
        f"POST {BASE}/nominations/{{nomination}}": {"decision": "decline", "reason": "Not yet."},
        f"POST {BASE}/endorsements": {"kind": "achievement", "of": "sharer", "comment": "It takes two shares."},
        f"POST {BASE}/endorsements/{{endorsement}}/withdrawal": {"reason": "It was said of another."},
        "POST /credentials/verify": {"verifiableCredential": held},
        "POST /presentations/verify": {"verifiablePresentation": json.loads(presented(one(1)))},
        "POST /credentials/issue": wanted,
        "POST /credentials/status": {"credentialId": issued.get("id", "urn:uuid:1"), **entry},
    }
    frame = {"url": f"{guild.here.settings.origin}/b/{badge}"}
    bodies = {label: {"body": body, "media_type": JSON} for label, body in said.items()}
    form = {"body": {"text": json.dumps(held)}, "media_type": "multipart/form-data"}
    return {**bodies, **records(guild), "POST /verify": form, "GET /oembed": {"query": frame}}


def records(guild: Guild) -> dict[str, dict[str, Any]]:
    """Return what the operations of the record store take."""
    name, activity = "00000000-0000-4000-8000-000000000001", "https://school.example/course/1"
    someone = {"mbox": "mailto:ada@school.example"}
    statement = {"actor": someone, "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}, "object": {"id": activity}}
    version = {"headers": {"X-Experience-API-Version": "1.0.3"}}
    sent = {"body": statement, "media_type": JSON, **version}
    found: dict[str, dict[str, Any]] = {
        "POST /xapi/statements": sent,
        "PUT /xapi/statements": {**sent, "query": {"statementId": name}},
        "GET /xapi/statements": {"query": {"activity": activity}, **version},
        "GET /xapi/activities": {"query": {"activityId": activity}, **version},
        "GET /xapi/agents": {"query": {"agent": json.dumps(someone)}, **version},
    }
    beside = {"activityId": activity, "agent": json.dumps(someone)}
    for path, of, known_as in (
        ("activities/state", ("activityId", "agent"), "stateId"),
        ("activities/profile", ("activityId",), "profileId"),
        ("agents/profile", ("agent",), "profileId"),
    ):
        query = {each: beside[each] for each in of}
        kept, dropped = ({**query, known_as: name} for name in ("kept", "dropped"))
        for each in (kept, dropped):
            told = {"Authorization": f"Bearer {guild.poster}", **version["headers"]}
            guild.client.post(f"/xapi/{path}", params=each, json={"page": 6}, headers=told).raise_for_status()
        there = {"headers": {**version["headers"], "If-Match": "*", "If-None-Match": "none"}}
        body = {"body": {"page": 7}, "media_type": JSON}
        found[f"GET /xapi/{path}"] = {"query": query, **version}
        found[f"POST /xapi/{path}"] = {"query": kept, **body, **there}
        found[f"PUT /xapi/{path}"] = {"query": kept, **body, **there}
        found[f"DELETE /xapi/{path}"] = {"query": dropped, **there}
    return found


def post(guild: Guild, path: str, **said: object) -> Any:
    """Say something as the manager, and return what was answered once it counts."""
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    answer = guild.client.post(f"/communities/{COMMUNITY}/{path}", json=said, headers=bearer).raise_for_status()
    told = answer.json()
    assert guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    return told
